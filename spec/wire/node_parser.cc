#include <algorithm>
#include <charconv>
#include <optional>

#include "spec/base/text_encoding.h"
#include "spec/wire/attribute_names.h"
#include "spec/wire/jid_text.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_text.h"
#include "spec/wire/node_text_names.h"

namespace doublecheck::wire {
namespace {

// Appends a code point as UTF-8; false for what is none.
bool append_code_point(std::uint32_t point, std::string& to) {
  const auto put = [&to](std::uint32_t byte) { to.push_back(static_cast<char>(byte)); };
  const auto continuation = [](std::uint32_t bits) { return 0x80 | (bits & 0x3f); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(continuation(point));
  } else if (point < 0x10000) {
    if (point >= 0xd800 && point <= 0xdfff) return false;
    put(0xe0 | point >> 12);
    put(continuation(point >> 6));
    put(continuation(point));
  } else if (point < 0x110000) {
    put(0xf0 | point >> 18);
    put(continuation(point >> 12));
    put(continuation(point >> 6));
    put(continuation(point));
  } else {
    return false;
  }
  return true;
}

// What a reference such as `quot` or `#x0a` stands for, appended; false if it stands for nothing.
bool append_reference(std::string_view reference, std::string& to) {
  if (reference == "quot") return append_code_point('"', to);
  if (reference == "amp") return append_code_point('&', to);
  if (reference == "lt") return append_code_point('<', to);
  if (reference == "gt") return append_code_point('>', to);
  if (!reference.starts_with("#x")) return false;
  std::uint32_t point = 0;
  const char* const end = reference.data() + reference.size();
  const auto [stop, error] = std::from_chars(reference.data() + 2, end, point, 16);
  return error == std::errc() && stop == end && append_code_point(point, to);
}

// Quoted text without its references.
std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t ampersand = text.find('&');
    plain += text.substr(0, ampersand);
    if (ampersand == std::string_view::npos) break;
    const std::size_t semicolon = text.find(';', ampersand);
    if (semicolon == std::string_view::npos) return std::nullopt;
    if (!append_reference(text.substr(ampersand + 1, semicolon - ampersand - 1), plain))
      return std::nullopt;
    text.remove_prefix(semicolon + 1);
  }
  return plain;
}

// Every `read_` function says whether it worked; the first that did not has left the reason in
// `why_`. What is read has been consumed from `rest_`.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  Result<Node> parse() {
    Result<Node> root;
    if (!is_utf8(as_bytes(text_))) return doublecheck::fail(kWhat, "not UTF-8");
    skip_space();
    if (!read_element(*root, 1) || !read_end())
      root = doublecheck::fail(kWhat, why_, text_.size() - rest_.size());
    return root;
  }

 private:
  static constexpr std::string_view kWhat = "node text";
  static constexpr std::string_view kSpace = " \t\r\n";

  bool fail(std::string why) {
    why_ = std::move(why);
    return false;
  }

  // Whether there was any.
  bool skip_space() {
    const std::size_t size = std::min(rest_.find_first_not_of(kSpace), rest_.size());
    rest_.remove_prefix(size);
    return size != 0;
  }

  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool require(std::string_view expected) {
    return skip(expected) || fail("expected " + std::string(expected));
  }

  bool read_end() {
    skip_space();
    return rest_.empty() || fail("text after the node");
  }

  bool read_element(Node& node, std::size_t depth) {
    if (depth > kMaxNodeDepth) return fail("nodes nested too deeply");
    if (!count_element()) return false;
    if (!require("<") || !read_name(node.tag) || !read_attributes(node.attributes)) return false;
    if (skip("/>")) return check_list_size(1 + 2 * node.attributes.size());
    if (!require(">") || !check_list_size(2 + 2 * node.attributes.size())) return false;
    if (!read_content(node.content, depth) || !require("</")) return false;
    Text closing;
    if (!read_name(closing)) return false;
    if (closing != node.tag) return fail("the closing tag differs from the opening one");
    return require(">");
  }

  bool count_element() {
    return ++elements_ <= kMaxNodeElements || fail("too many nodes and attributes");
  }

  bool check_list_size(std::size_t size) {
    return size <= kMaxListSize || fail("more attributes or children than a list can hold");
  }

  bool read_attributes(std::vector<Attribute>& attributes) {
    while (true) {
      const bool separated = skip_space();
      if (rest_.starts_with('/') || rest_.starts_with('>')) break;
      if (!separated) return fail("expected a space, / or >");
      if (!count_element()) return false;
      Attribute& attribute = attributes.emplace_back();
      if (!read_name(attribute.name) || !require("=") || !read_value(attribute.value)) return false;
    }
    return !has_repeated_name(attributes) || fail("repeated attribute name");
  }

  bool read_name(Text& name) {
    if (!rest_.empty() && rest_.front() == '"')
      return read_text(name) && (!name.empty() || fail("empty name"));
    const auto end = std::ranges::find_if_not(rest_, is_name_character);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    if (size == 0) return fail("expected a name");
    name = Text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return true;
  }

  bool read_value(Value& value) {
    if (skip("jid:")) return read_jid(value.emplace<Jid>());
    return read_text(value.emplace<Text>());
  }

  bool read_content(Content& content, std::size_t depth) {
    skip_space();
    if (!read_content_form(content, depth)) return false;
    skip_space();
    return true;
  }

  bool read_content_form(Content& content, std::size_t depth) {
    if (skip("hex:")) return read_hex(content.emplace<Blob>());
    if (skip("jid:")) return read_jid(content.emplace<Jid>());
    if (skip("text:")) return read_text(content.emplace<Text>());
    if (!skip("bytes:")) return read_children(content.emplace<std::vector<Node>>(), depth);
    Text text;
    if (!read_text(text)) return false;
    content.emplace<Blob>(as_bytes(text));
    return true;
  }

  bool read_children(std::vector<Node>& children, std::size_t depth) {
    while (rest_.starts_with('<') && !rest_.starts_with("</")) {
      if (!check_list_size(children.size() + 1) ||
          !read_element(children.emplace_back(), depth + 1))
        return false;
      skip_space();
    }
    return true;
  }

  bool read_hex(Blob& blob) {
    const std::string_view digits = rest_.substr(0, rest_.find_first_of("< \t\r\n"));
    const auto bytes = from_hex(digits);
    if (!bytes) return fail("not hexadecimal");
    blob = Blob(*bytes);
    rest_.remove_prefix(digits.size());
    return true;
  }

  // The text between quotes, as it is written.
  std::optional<std::string_view> read_quoted() {
    const std::size_t end = rest_.starts_with('"') ? rest_.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      fail("expected quoted text");
      return std::nullopt;
    }
    const std::string_view quoted = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return quoted;
  }

  bool read_text(Text& text) {
    const auto quoted = read_quoted();
    return quoted && set_unescaped(text, *quoted);
  }

  bool set_unescaped(Text& text, std::string_view quoted) {
    const auto plain = unescape(quoted);
    if (!plain) return fail("a reference that stands for nothing");
    text = Text(*plain);
    return true;
  }

  bool read_jid(Jid& jid) {
    const auto quoted = read_quoted();
    if (!quoted) return false;
    const auto parts = split_jid(*quoted);
    if (!parts) return fail(parts.error().why);
    // A word alone is more likely a user whose server was forgotten than an unknown server.
    if (quoted->find('@') == std::string_view::npos && !is_known_server(parts->server))
      return fail("no server");
    jid.device = parts->device;
    jid.integrator = parts->integrator;
    return set_unescaped(jid.user, parts->user) && set_unescaped(jid.server, parts->server);
  }

  std::string_view text_;
  std::string_view rest_;
  std::size_t elements_ = 0;  // nodes and attributes so far
  std::string why_;
};

}  // namespace

Result<Node> parse_node(std::string_view text) { return Parser(text).parse(); }

}  // namespace doublecheck::wire
