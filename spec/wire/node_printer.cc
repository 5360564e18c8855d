#include <algorithm>

#include "spec/base/text_encoding.h"
#include "spec/wire/node_text.h"
#include "spec/wire/node_text_names.h"

namespace doublecheck::wire {
namespace {

bool is_printable(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
}

class Printer {
 public:
  explicit Printer(PrintOptions options) : options_(options) {}

  std::string print(const Node& root) {
    print_element(root, 0);
    return std::move(out_);
  }

 private:
  void print_element(const Node& node, std::size_t level) {
    out_ += '<';
    print_name(node.tag);
    for (const Attribute& attribute : node.attributes) {
      out_ += ' ';
      print_name(attribute.name);
      out_ += '=';
      print_value(attribute.value);
    }
    if (std::holds_alternative<std::monostate>(node.content)) {
      out_ += "/>";
      return;
    }
    out_ += '>';
    print_content(node, level);
    out_ += "</";
    print_name(node.tag);
    out_ += '>';
  }

  void print_content(const Node& node, std::size_t level) {
    if (const Blob* blob = std::get_if<Blob>(&node.content)) return print_bytes(blob->view());
    if (const Jid* jid = std::get_if<Jid>(&node.content)) return print_jid(*jid);
    if (const Text* text = std::get_if<Text>(&node.content)) {
      out_ += "text:";
      return print_quoted(*text);
    }
    for (const Node& child : node.children()) {
      start_line(level + 1);
      print_element(child, level + 1);
    }
    if (!node.children().empty()) start_line(level);
  }

  void print_value(const Value& value) {
    if (const Jid* jid = std::get_if<Jid>(&value)) return print_jid(*jid);
    print_quoted(std::get<Text>(value));
  }

  void print_bytes(ByteView bytes) {
    if (options_.max_bytes != 0 && bytes.size() > options_.max_bytes) {
      out_ += "hex:" + to_hex(bytes.first(options_.max_bytes)) + "…(" +
              std::to_string(bytes.size()) + " bytes)";
    } else if (is_printable(bytes)) {
      out_ += "bytes:";
      print_quoted(as_text(bytes));
    } else {
      out_ += "hex:" + to_hex(bytes);
    }
  }

  // As Jid::to_string, but with the separators told from characters of the parts, and a server
  // always after `@`.
  void print_jid(const Jid& jid) {
    out_ += "jid:\"";
    if (jid.server == server_name::kInterop && !jid.user.empty())
      out_ += std::to_string(jid.integrator) + "-";
    print_escaped(jid.user, ":@");
    if (jid.device != 0) out_ += ":" + std::to_string(jid.device);
    out_ += '@';
    print_escaped(jid.server, "@");
    out_ += '"';
  }

  void print_name(std::string_view name) {
    if (is_plain_name(name)) {
      out_ += name;
    } else {
      print_quoted(name);
    }
  }

  void print_quoted(std::string_view text) {
    out_ += '"';
    print_escaped(text);
    out_ += '"';
  }

  void print_escaped(std::string_view text, std::string_view separators = {}) {
    for (const char character : text) {
      const auto byte = static_cast<std::uint8_t>(character);
      if (character == '"') {
        out_ += "&quot;";
      } else if (character == '&') {
        out_ += "&amp;";
      } else if (character == '<') {
        out_ += "&lt;";
      } else if (character == '>') {
        out_ += "&gt;";
      } else if (byte < 0x20 || byte == 0x7f ||
                 separators.find(character) != std::string_view::npos) {
        out_ += "&#x" + to_hex({&byte, 1}) + ";";
      } else {
        out_ += character;
      }
    }
  }

  void start_line(std::size_t level) {
    if (options_.indent < 0) return;
    out_ += '\n';
    out_.append(level * static_cast<std::size_t>(options_.indent), ' ');
  }

  PrintOptions options_;
  std::string out_;
};

}  // namespace

std::string print_node(const Node& node, PrintOptions options) {
  return Printer(options).print(node);
}

}  // namespace doublecheck::wire
