#include <array>
#include <functional>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generated_nodes.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_format.h"

namespace doublecheck::corpus {
namespace {

namespace format = wire::format;

// A node without compression; drawn again until it is long enough to be damaged in many places.
Bytes draw_payload(Generator& generator) {
  constexpr std::size_t kLongEnough = 24;
  for (;;) {
    const Bytes payload = wire::encode_payload(draw_node(generator, 3)).value();
    if (payload.size() >= kLongEnough) return payload;
  }
}

// A node `x` with one attribute `a`, whose value is these bytes.
Bytes with_value_bytes(ByteView value) {
  const Bytes head = {0x00, format::kList8, 3, format::kBinary8, 1, 'x', format::kBinary8, 1, 'a'};
  return concat({head, value});
}

// A node `x` whose content is these bytes.
Bytes with_content_bytes(ByteView content) {
  const Bytes head = {0x00, format::kList8, 2, format::kBinary8, 1, 'x'};
  return concat({head, content});
}

// Adds what no conforming decoder reads. Damage that happens to leave a node is left out.
class Malformed {
 public:
  explicit Malformed(Generator& generator) : generator_(generator) {}

  void add(std::string_view name, const std::string& category, const Bytes& payload,
           std::string notes) {
    if (wire::Stanza::decode(payload)) return;
    add_expression(name, category, to_expression(payload), std::move(notes));
  }

  void add_expression(std::string_view name, const std::string& category, Json payload,
                      std::string notes) {
    Vector& vector =
        generator_.add(name, "decode_payload", Generator::malformed_requirements(category));
    vector.flag = kMustReject;
    vector.input = {{"payload", std::move(payload)}};
    vector.notes = std::move(notes);
  }

 private:
  Generator& generator_;
};

void add_truncated(Generator& generator, Malformed& to) {
  for (std::size_t i = 0; i < 40; ++i) {
    Bytes payload = draw_payload(generator);
    payload.resize(generator.between(1, payload.size() - 1));
    to.add("truncated", "truncated", payload, "cut off");
  }
}

void add_trailing(Generator& generator, Malformed& to) {
  for (std::size_t i = 0; i < 20; ++i) {
    Bytes payload = draw_payload(generator);
    append(payload, generator.random().bytes(1 + i % 4));
    to.add("trailing", "trailing", payload, "bytes after the node");
  }
}

void add_wrong_lists(Generator& generator, Malformed& to) {
  for (std::size_t i = 0; i < 20; ++i) {
    Bytes payload = draw_payload(generator);
    const std::size_t change = 2 * generator.between(1, 20);
    payload[2] = static_cast<std::uint8_t>(payload[2] + change);
    to.add("list-too-long", "truncated", payload,
           "the list of the root announces more than there is");
  }
  for (std::size_t i = 0; i < 12; ++i) {
    const Bytes payload = draw_payload(generator);
    Bytes changed = payload;
    changed[2] = static_cast<std::uint8_t>(payload[2] - 1);
    if (payload[2] > 1)
      to.add("list-too-short", "trailing", changed, "the root's list leaves something over");
  }
  to.add("list-empty", "node-start", {0x00, format::kListEmpty}, "an empty list is no node");
  to.add("list-empty", "node-start", {0x00, format::kList8, 0}, "an empty list is no node");
  to.add("list-empty", "node-start", {0x00, format::kList16, 0, 0}, "an empty list is no node");
}

void add_wrong_starts(Generator& generator, Malformed& to) {
  for (std::size_t i = 0; i < 16; ++i) {
    Bytes payload = draw_payload(generator);
    do {
      payload[1] = generator.random().bytes(1).front();
    } while (payload[1] == format::kList8 || payload[1] == format::kList16);
    to.add("not-a-list", "node-start", payload, "a node begins with a list");
  }
}

void add_reserved(Malformed& to) {
  for (std::size_t tag = format::kDictionary3 + 1; tag < format::kInteropJid; ++tag) {
    const Bytes reserved = {static_cast<std::uint8_t>(tag)};
    to.add("reserved", "reserved", with_value_bytes(reserved), "an unassigned tag as a value");
    to.add("reserved", "reserved", with_content_bytes(reserved), "an unassigned tag as content");
  }
}

void add_wrong_packed(Generator& generator, Malformed& to) {
  for (std::size_t i = 0; i < 16; ++i) {
    // 12 … 14 stand for nothing in a nibble string.
    Bytes digits = {0x12, 0x34, 0x56};
    const std::size_t at = generator.size_below(digits.size());
    const std::size_t wrong = generator.between(12, 14);
    digits[at] = static_cast<std::uint8_t>(generator.chance(2) ? wrong << 4U : wrong);
    Bytes value = {format::kNibble8, static_cast<std::uint8_t>(digits.size())};
    append(value, digits);
    to.add("nibble", "packed", with_value_bytes(value), "a half-byte that stands for no character");
  }
  for (const std::uint8_t kind : {format::kNibble8, format::kHex8}) {
    for (const std::size_t missing : {1U, 2U, 60U}) {
      Bytes value = {kind, static_cast<std::uint8_t>(3 + missing)};
      append(value, generator.random().bytes(3));
      for (std::size_t i = 2; i < value.size(); ++i)
        value[i] = static_cast<std::uint8_t>(value[i] & 0x77U);
      to.add("packed-too-short", "packed", with_value_bytes(value), "fewer bytes than announced");
    }
  }
}

void add_wrong_lengths(Generator& generator, Malformed& to) {
  for (const std::uint8_t kind : {format::kBinary8, format::kBinary20, format::kBinary32}) {
    const std::size_t width = kind == format::kBinary8 ? 1 : kind == format::kBinary20 ? 3 : 4;
    for (const std::size_t more : {1U, 2U, 17U, 200U}) {
      const std::size_t size = generator.between(0, 20);
      Bytes value = {kind};
      for (std::size_t i = 1; i < width; ++i) value.push_back(0);
      value.push_back(static_cast<std::uint8_t>(size + more));
      append(value, Bytes(size, 'q'));
      to.add("length", "length", with_content_bytes(value), "content shorter than announced");
      to.add("length", "length", with_value_bytes(value), "a value shorter than announced");
    }
  }
  Bytes enormous = {format::kBinary32, 0xff, 0xff, 0xff, 0xff};
  append(enormous, generator.random().bytes(8));
  to.add("length-enormous", "length", with_content_bytes(enormous), "4 GiB are announced");
  enormous[1] = 0x7f;
  to.add("length-enormous", "length", with_content_bytes(enormous), "2 GiB are announced");
}

void add_wrong_values(Malformed& to) {
  for (const Bytes& value : {Bytes{format::kList8, 1, 0x19}, Bytes{format::kList16, 0, 1, 0x19}})
    to.add("list-as-value", "value", with_value_bytes(value), "a list in the place of a value");
  // The name of an attribute, then that of the node, as a list.
  to.add("list-as-name", "key",
         {0x00, format::kList8, 3, format::kBinary8, 1, 'x', format::kList8, 1, 0x19, 0x05},
         "a list in the place of a name");
  to.add("list-as-tag", "tag", {0x00, format::kList8, 1, format::kList8, 1, 0x19},
         "a list in the place of a tag");
  to.add("empty-tag", "tag", {0x00, format::kList8, 1, format::kBinary8, 0}, "an empty tag");
  to.add("empty-tag", "tag", {0x00, format::kList8, 1, format::kListEmpty}, "an empty tag");
}

void add_wrong_jids(Generator& generator, Malformed& to) {
  const Bytes user = {format::kNibble8, 3, 0x15, 0x55, 0x00};
  const Bytes pair_head = {format::kJidPair};
  for (const Bytes& server : {Bytes{format::kListEmpty}, Bytes{format::kBinary8, 0},
                              Bytes{format::kList8, 1, 0x03}, Bytes{format::kAdJid, 0, 1, 0x05}})
    to.add("jid-server", "jid", with_value_bytes(concat({pair_head, user, server})),
           "a JID without a server that is a text");
  for (std::size_t i = 0; i < 8; ++i) {
    Bytes value = {format::kAdJid, static_cast<std::uint8_t>(i % 2),
                   generator.random().bytes(1).front()};
    if (i < 4) value.resize(1 + i % 3);
    if (i >= 4) append(value, ByteView(user).first(1 + i % 4));
    to.add("jid-cut-off", "jid", with_value_bytes(value), "a device JID that is cut off");
  }
  const Bytes fb = {format::kFbJid};
  const Bytes interop = {format::kInteropJid};
  const Bytes numbers = {0x00, 0x01, 0x00, 0x02};
  for (const std::size_t size : {0U, 1U, 2U}) {
    to.add("jid-cut-off", "jid",
           with_value_bytes(concat({fb, user, ByteView(numbers).first(size)})),
           "a JID of msgr that is cut off");
    to.add("jid-cut-off", "jid",
           with_value_bytes(concat({interop, user, ByteView(numbers).first(size + 2)})),
           "a JID of interop that is cut off");
  }
}

// Deflate streams are written as what they are made of, where a library may write others.
void add_wrong_streams(Generator& generator, Malformed& to) {
  for (std::size_t i = 0; i < 16; ++i) {
    const Bytes payload = draw_payload(generator);
    to.add("not-compressed", "zlib", concat({Bytes{0x02}, ByteView(payload).subspan(1)}),
           "the flag announces a stream, and there is none");
  }
  for (std::size_t i = 0; i < 8; ++i) {
    // A stored block: header, length and its complement, the node, and a checksum that is wrong.
    const Bytes payload = draw_payload(generator);
    const ByteView node = ByteView(payload).subspan(1);
    Bytes stream = {0x02, 0x78, 0x01, 0x01};
    for (const std::size_t value : {node.size(), ~node.size()}) {
      stream.push_back(static_cast<std::uint8_t>(value));
      stream.push_back(static_cast<std::uint8_t>(value >> 8U));
    }
    append(stream, node);
    append(stream, generator.random().bytes(4));
    to.add("checksum", "zlib", stream, "the checksum of the stream is wrong");
    stream.resize(stream.size() - generator.between(1, 4));
    to.add("stream-cut-off", "zlib", stream, "the stream is cut off");
    stream[5] ^= 0x40U;
    to.add("stored-length", "zlib", stream,
           "the length of a stored block and its complement differ");
  }
}

}  // namespace

void generate_malformed_nodes(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("node-invalid", seed, out);
  Malformed to(generator);
  add_truncated(generator, to);
  add_trailing(generator, to);
  add_wrong_lists(generator, to);
  add_wrong_starts(generator, to);
  add_reserved(to);
  add_wrong_packed(generator, to);
  add_wrong_lengths(generator, to);
  add_wrong_values(to);
  add_wrong_jids(generator, to);
  add_wrong_streams(generator, to);
}

}  // namespace doublecheck::corpus
