#include <array>
#include <optional>

#include "spec/base/reader.h"
#include "spec/wire/attribute_names.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_format.h"
#include "spec/wire/packed.h"
#include "spec/wire/token_table.h"

namespace doublecheck::wire {
namespace {

// The fewest bytes that an element of a list takes: a node its list header and tag, an attribute
// its name and value.
constexpr std::size_t kSmallestNode = 3;
constexpr std::size_t kSmallestAttribute = 2;

template <typename Integer>
std::optional<std::size_t> widen(std::optional<Integer> number) {
  return number ? std::optional<std::size_t>(*number) : std::nullopt;
}

// One pass over the input, straight into the node that is returned. Every `read_` function says
// whether it worked; the first that did not has left the reason in `why_`.
class Decoder {
 public:
  explicit Decoder(ByteView encoded) : reader_(encoded), unclaimed_(encoded.size()) {}

  Result<Node> decode() {
    Result<Node> root;
    if (!read_node(*root, 1) || !read_end()) {
      root = doublecheck::fail("node", std::string(why_), reader_.offset());
    }
    return root;
  }

 private:
  bool fail(std::string_view why) {
    why_ = why;
    return false;
  }
  bool truncated() { return fail("truncated"); }

  bool read_end() { return reader_.at_end() || fail("bytes after the node"); }

  // Whether the frame has room for `count` elements of at least `smallest` bytes besides all that
  // were promised before. So what is reserved for promises never exceeds what the whole input could
  // hold (NODE-61), nor what a stanza may hold (NODE-84).
  bool claim(std::size_t count, std::size_t smallest) {
    if (count * smallest > unclaimed_) return fail("a list promises more than the rest can hold");
    if (count > unclaimed_elements_) return fail("too many nodes and attributes");
    unclaimed_ -= count * smallest;
    unclaimed_elements_ -= count;
    return true;
  }

  bool read_node(Node& node, std::size_t depth) {
    if (depth > kMaxNodeDepth) return fail("nodes nested too deeply");
    const auto tag = reader_.u8();
    if (!tag) return truncated();
    if (!is_list(*tag)) return fail("not a node");
    std::size_t size = 0;
    if (!read_list_size(*tag, size)) return false;
    if (size == 0) return fail("a node without a tag");
    if (!read_text(node.tag)) return false;
    if (node.tag.empty()) return fail("empty node tag");
    return read_attributes(node.attributes, (size - 1) / 2) &&
           (size % 2 != 0 || read_content(node.content, depth));
  }

  bool read_attributes(std::vector<Attribute>& attributes, std::size_t count) {
    if (count == 0) return true;
    if (!claim(count, kSmallestAttribute)) return false;
    attributes.reserve(count);
    while (attributes.size() < count) {
      Attribute& attribute = attributes.emplace_back();
      if (!read_text(attribute.name)) return false;
      if (attribute.name.empty()) return fail("empty attribute name");
      if (!read_value(attribute.value)) return false;
    }
    return !has_repeated_name(attributes) || fail("repeated attribute name");
  }

  bool read_value(Value& value) {
    const auto tag = reader_.u8();
    if (!tag) return truncated();
    if (is_jid(*tag)) return read_jid(*tag, value.emplace<Jid>());
    // An absent value is an empty text, which `value` is already.
    if (*tag == format::kListEmpty) return true;
    return read_text(*tag, std::get<Text>(value));
  }

  bool read_content(Content& content, std::size_t depth) {
    const auto tag = reader_.u8();
    if (!tag) return truncated();
    if (is_list(*tag)) return read_children(*tag, content.emplace<std::vector<Node>>(), depth + 1);
    if (is_jid(*tag)) return read_jid(*tag, content.emplace<Jid>());
    if (!is_binary(*tag)) return read_text(*tag, content.emplace<Text>());
    ByteView bytes;
    if (!read_binary(*tag, bytes)) return false;
    content.emplace<Blob>().assign_borrowed(bytes);
    return true;
  }

  bool read_children(std::uint8_t tag, std::vector<Node>& children, std::size_t depth) {
    std::size_t count = 0;
    if (!read_list_size(tag, count) || !claim(count, kSmallestNode)) return false;
    children.reserve(count);
    while (children.size() < count) {
      if (!read_node(children.emplace_back(), depth)) return false;
    }
    return true;
  }

  static bool is_list(std::uint8_t tag) {
    return tag == format::kListEmpty || tag == format::kList8 || tag == format::kList16;
  }

  bool read_list_size(std::uint8_t tag, std::size_t& size) {
    if (tag == format::kListEmpty) {
      size = 0;
      return true;
    }
    const auto read = tag == format::kList8 ? widen(reader_.u8()) : widen(reader_.u16());
    if (!read) return truncated();
    size = *read;
    return true;
  }

  static bool is_jid(std::uint8_t tag) {
    return tag == format::kJidPair || (tag >= format::kInteropJid && tag <= format::kAdJid);
  }

  bool read_jid(std::uint8_t tag, Jid& jid) {
    switch (tag) {
      case format::kJidPair:
        return read_jid_pair(jid);
      case format::kAdJid:
        return read_ad_jid(jid);
      case format::kFbJid:
        return read_user(jid) && read_u16(jid.device) && read_server(jid) &&
               (jid.server == server_name::kMessenger ||
                fail("FB_JID of a server other than msgr"));
      default:
        return read_user(jid) && read_u16(jid.device) && read_u16(jid.integrator) &&
               read_server(jid) &&
               (jid.server == server_name::kInterop ||
                fail("INTEROP_JID of a server other than interop"));
    }
  }

  bool read_jid_pair(Jid& jid) {
    const auto tag = reader_.u8();
    if (!tag) return truncated();
    if (*tag != format::kListEmpty && !read_text(*tag, jid.user)) return false;
    return read_server(jid);
  }

  bool read_ad_jid(Jid& jid) {
    const auto domain = reader_.u8();
    const auto device = reader_.u8();
    if (!domain || !device) return truncated();
    jid.device = *device;
    for (const auto& known : format::kAdDomains) {
      if (known.byte == *domain) {
        jid.server.assign_borrowed(known.server);
        return read_user(jid);
      }
    }
    return fail("AD_JID of an unknown domain");
  }

  bool read_user(Jid& jid) {
    return read_text(jid.user) && (!jid.user.empty() || fail("a device JID without a user"));
  }

  bool read_server(Jid& jid) {
    return read_text(jid.server) && (!jid.server.empty() || fail("a JID without a server"));
  }

  bool read_u16(std::uint16_t& number) {
    const auto read = reader_.u16();
    if (!read) return truncated();
    number = *read;
    return true;
  }

  bool read_text(Text& text) {
    const auto tag = reader_.u8();
    return tag ? read_text(*tag, text) : truncated();
  }

  bool read_text(std::uint8_t tag, Text& text) {
    if (tag != format::kListEmpty && tag < kSingleByteTokens) {
      text.assign_borrowed(kTokenTexts[tag]);
      return true;
    }
    if (tag >= format::kDictionary0 && tag <= format::kDictionary3) {
      const auto index = reader_.u8();
      if (!index) return truncated();
      text.assign_borrowed(
          kTokenTexts[kSingleByteTokens + (tag - format::kDictionary0) * kTokenTableSize + *index]);
      return true;
    }
    if (tag == format::kNibble8) return read_packed(PackedAlphabet::kNibble, text);
    if (tag == format::kHex8) return read_packed(PackedAlphabet::kHex, text);
    if (!is_binary(tag)) return fail("not a string");
    ByteView bytes;
    if (!read_binary(tag, bytes)) return false;
    if (!is_utf8(bytes)) return fail("text that is not UTF-8");
    text.assign_borrowed(as_text(bytes));
    return true;
  }

  bool read_packed(PackedAlphabet alphabet, Text& text) {
    const auto head = reader_.u8();
    if (!head) return truncated();
    const auto packed = reader_.take(*head & format::kPackedSizeMask);
    if (!packed) return truncated();
    std::array<char, kMaxUnpackedCharacters> characters;
    const auto count = unpack(alphabet, *packed, (*head & format::kPackedOdd) != 0, characters);
    if (!count) return fail("not a packed string");
    text = Text(std::string_view(characters.data(), *count));
    return true;
  }

  static bool is_binary(std::uint8_t tag) {
    return tag >= format::kBinary8 && tag <= format::kBinary32;
  }

  bool read_binary(std::uint8_t tag, ByteView& bytes) {
    std::optional<std::size_t> size;
    if (tag == format::kBinary8) {
      size = widen(reader_.u8());
    } else if (tag == format::kBinary20) {
      size = widen(reader_.u24());
      if (size) *size &= format::kBinary20Mask;
    } else {
      size = widen(reader_.u32());
    }
    const auto taken = size ? reader_.take(*size) : std::nullopt;
    if (!taken) return truncated();
    bytes = *taken;
    return true;
  }

  Reader reader_;
  std::size_t unclaimed_;  // bytes of the input that no list has promised yet
  std::size_t unclaimed_elements_ = kMaxNodeElements - 1;  // besides the root
  std::string_view why_;
};

}  // namespace

Result<Node> decode_node(ByteView encoded) { return Decoder(encoded).decode(); }

}  // namespace doublecheck::wire
