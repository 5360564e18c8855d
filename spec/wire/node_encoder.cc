#include <array>

#include "spec/base/writer.h"
#include "spec/wire/attribute_names.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_format.h"
#include "spec/wire/packed.h"
#include "spec/wire/token.h"

namespace doublecheck::wire {
namespace {

std::uint8_t low_byte(std::size_t number) { return static_cast<std::uint8_t>(number); }

// Room for most stanzas, so that the output is not moved again and again while it grows.
constexpr std::size_t kTypicalSize = 512;

// Every `write_` function says whether it worked; the first that did not has left the reason in
// `why_`.
class Encoder {
 public:
  Result<Bytes> encode(const Node& root) {
    writer_.reserve(kTypicalSize);
    if (!write_node(root, 1)) return doublecheck::fail("node", std::string(why_));
    return writer_.take();
  }

 private:
  bool fail(std::string_view why) {
    why_ = why;
    return false;
  }

  bool write_node(const Node& node, std::size_t depth) {
    if (depth > kMaxNodeDepth) return fail("nodes nested too deeply");
    if (node.tag.empty()) return fail("empty node tag");
    elements_ += 1 + node.attributes.size();
    if (elements_ > kMaxNodeElements) return fail("too many nodes and attributes");
    if (has_repeated_name(node.attributes)) return fail("repeated attribute name");
    const bool has_content = !std::holds_alternative<std::monostate>(node.content);
    if (!write_list_size(1 + 2 * node.attributes.size() + (has_content ? 1 : 0))) return false;
    if (!write_text(node.tag)) return false;
    for (const Attribute& attribute : node.attributes) {
      if (attribute.name.empty()) return fail("empty attribute name");
      if (!write_text(attribute.name) || !write_value(attribute.value)) return false;
    }
    return !has_content || write_content(node, depth);
  }

  bool write_value(const Value& value) {
    if (const Jid* jid = std::get_if<Jid>(&value)) return write_jid(*jid);
    return write_text(std::get<Text>(value));
  }

  bool write_content(const Node& node, std::size_t depth) {
    if (const Blob* blob = std::get_if<Blob>(&node.content)) return write_binary(blob->view());
    if (const Text* text = std::get_if<Text>(&node.content)) return write_text(*text);
    if (const Jid* jid = std::get_if<Jid>(&node.content)) return write_jid(*jid);
    if (!write_list_size(node.children().size())) return false;
    for (const Node& child : node.children()) {
      if (!write_node(child, depth + 1)) return false;
    }
    return true;
  }

  bool write_list_size(std::size_t size) {
    if (size > kMaxListSize) return fail("more attributes or children than a list can hold");
    if (size == 0) {
      writer_.u8(format::kListEmpty);
    } else if (size <= UINT8_MAX) {
      writer_.u8(format::kList8);
      writer_.u8(low_byte(size));
    } else {
      writer_.u8(format::kList16);
      writer_.u16(static_cast<std::uint16_t>(size));
    }
    return true;
  }

  // Token, packed, raw: the first that fits (NODE-19 … NODE-23). An empty text is an empty raw one.
  bool write_text(std::string_view text) {
    if (const auto token = find_token(text)) {
      if (token->table) writer_.u8(low_byte(format::kDictionary0 + *token->table));
      writer_.u8(token->index);
      return true;
    }
    if (const auto alphabet = packed_alphabet(text)) {
      write_packed(*alphabet, text);
      return true;
    }
    if (!is_utf8(as_bytes(text))) return fail("text that is not UTF-8");
    return write_binary(as_bytes(text));
  }

  void write_packed(PackedAlphabet alphabet, std::string_view text) {
    std::array<std::uint8_t, kMaxPackedBytes> packed;
    const std::size_t size = pack(alphabet, text, packed);
    writer_.u8(alphabet == PackedAlphabet::kNibble ? format::kNibble8 : format::kHex8);
    writer_.u8(low_byte(size | (text.size() % 2 != 0 ? format::kPackedOdd : 0)));
    writer_.bytes(ByteView(packed).first(size));
  }

  bool write_binary(ByteView bytes) {
    if (bytes.size() <= UINT8_MAX) {
      writer_.u8(format::kBinary8);
      writer_.u8(low_byte(bytes.size()));
    } else if (bytes.size() <= format::kBinary20Mask) {
      writer_.u8(format::kBinary20);
      writer_.u24(static_cast<std::uint32_t>(bytes.size()));
    } else if (bytes.size() <= UINT32_MAX) {
      writer_.u8(format::kBinary32);
      writer_.u32(static_cast<std::uint32_t>(bytes.size()));
    } else {
      return fail("more bytes than a length can express");
    }
    writer_.bytes(bytes);
    return true;
  }

  // The form that the server demands; a device that this form cannot hold is refused, not cut
  // (NODE-45 … NODE-49).
  bool write_jid(const Jid& jid) {
    if (jid.integrator != 0 && jid.server != server_name::kInterop)
      return fail("an integrator outside interop");
    if (jid.user.empty())
      return jid.device == 0 && jid.integrator == 0 ? write_jid_pair(jid)
                                                    : fail("a device JID without a user");
    for (const auto& domain : format::kAdDomains) {
      if (jid.server == domain.server) return write_account(jid, domain.byte);
    }
    if (jid.server == server_name::kMessenger) {
      writer_.u8(format::kFbJid);
      if (!write_text(jid.user)) return false;
      writer_.u16(jid.device);
      return write_text(jid.server);
    }
    if (jid.server == server_name::kInterop) {
      writer_.u8(format::kInteropJid);
      if (!write_text(jid.user)) return false;
      writer_.u16(jid.device);
      writer_.u16(jid.integrator);
      return write_text(jid.server);
    }
    return jid.device == 0 ? write_jid_pair(jid) : fail("a device at a server that has none");
  }

  // Hosted accounts are written with their device even if it is 0 (NODE-71 has the others as
  // pairs).
  bool write_account(const Jid& jid, std::uint8_t domain) {
    const bool hosted = jid.server == server_name::kHosted || jid.server == server_name::kHostedLid;
    if (jid.device == 0 && !hosted) return write_jid_pair(jid);
    if (jid.device > UINT8_MAX) return fail("a device that does not fit one byte");
    writer_.u8(format::kAdJid);
    writer_.u8(domain);
    writer_.u8(low_byte(jid.device));
    return write_text(jid.user);
  }

  bool write_jid_pair(const Jid& jid) {
    if (jid.server.empty()) return fail("a JID without a server");
    writer_.u8(format::kJidPair);
    if (jid.user.empty()) {
      writer_.u8(format::kListEmpty);
    } else if (!write_text(jid.user)) {
      return false;
    }
    return write_text(jid.server);
  }

  Writer writer_;
  std::size_t elements_ = 0;  // nodes and attributes so far
  std::string_view why_;
};

}  // namespace

Result<Bytes> encode_node(const Node& node) { return Encoder().encode(node); }

}  // namespace doublecheck::wire
