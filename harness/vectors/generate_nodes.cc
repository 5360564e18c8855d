#include <array>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generated_nodes.h"
#include "harness/vectors/generator.h"
#include "harness/vectors/node_json.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_format.h"
#include "spec/wire/token.h"

namespace doublecheck::corpus {
namespace {

constexpr std::size_t kTokensPerVector = 16;

Vector& add_node(Generator& generator, std::string_view name, const std::string& group,
                 const wire::Node& node) {
  Vector& vector =
      generator.add(name, "encode_and_decode_payload", Generator::node_requirements(group));
  const Bytes payload = wire::encode_payload(node).value();
  vector.input = {{"node", to_json(node)}};
  vector.output = {{"payload", to_expression(payload)}};
  const auto decoded = wire::Stanza::decode(payload).value();
  if (!(decoded.root() == node)) vector.output["decoded"] = to_json(decoded.root());
  return vector;
}

wire::Node with_value(std::string_view value) {
  return {.tag = "x", .attributes = {{"a", wire::Text(value)}}};
}

// ---- Tokens: every one of the tables, and what is nearly one

void add_tokens(Generator& generator, std::optional<std::uint8_t> table, std::size_t begin,
                std::size_t end) {
  for (std::size_t first = begin; first < end; first += kTokensPerVector) {
    wire::Node node{.tag = "x"};
    for (std::size_t index = first; index < std::min(first + kTokensPerVector, end); ++index) {
      const auto text = wire::token_text({table, static_cast<std::uint8_t>(index)});
      if (text.empty() || text.contains('@')) continue;
      node.attributes.push_back({"n" + std::to_string(index), wire::Text(text)});
    }
    add_node(generator, table ? "token-table-" + std::to_string(*table) : "token", "tokens", node);
  }
}

void add_near_tokens(Generator& generator) {
  for (std::size_t i = 0; i < 12; ++i) {
    wire::Node node{.tag = "x"};
    for (std::size_t j = 0; j < 4; ++j) {
      const auto index =
          static_cast<std::uint8_t>(generator.between(3, wire::kSingleByteTokens - 1));
      std::string text(wire::token_text({std::nullopt, index}));
      if (text.contains('@')) continue;
      if (generator.chance(2)) {
        text += 's';
      } else {
        text.front() = static_cast<char>(text.front() ^ ' ');
      }
      if (text.front() < ' ') continue;
      node.attributes.push_back({"n" + std::to_string(j), wire::Text(text)});
    }
    add_node(generator, "near-token", "tokens", node);
  }
}

// ---- Strings and bytes

void add_packed(Generator& generator) {
  for (const std::string_view alphabet :
       {"0123456789", "0123456789-.", "0123456789ABCDEF", "ABCDEF"}) {
    for (const std::size_t size : {1U, 2U, 3U, 4U, 7U, 8U, 15U, 31U, 64U, 126U, 127U, 128U, 129U})
      add_node(generator, "packed", "packed", with_value(generator.text(alphabet, size)));
  }
  // One character of another alphabet makes it another form.
  for (const std::string_view last : {"a", "G", "-", ".", " ", "F", ":"}) {
    add_node(generator, "packed-nearly", "packed",
             with_value(generator.text("0123456789", 6) + std::string(last)));
    add_node(generator, "packed-nearly", "packed",
             with_value(generator.text("ABCDEF", 5) + std::string(last)));
  }
}

void add_strings(Generator& generator) {
  for (const std::size_t size : {1U, 2U, 3U, 126U, 127U, 128U, 254U, 255U, 256U, 257U, 300U})
    add_node(generator, "string", "strings", with_value("q" + generator.text("abcxyz_", size - 1)));
  for (const std::string_view letter : {"é", "ß", "中", "🙂", "\u0001", "\u007f", "\u0080",
                                        "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff"})
    add_node(generator, "utf-8", "strings",
             with_value("q" + std::string(letter) + draw_text(generator)));
}

void add_bytes(Generator& generator) {
  for (const std::size_t size : {0U, 1U, 2U, 16U, 64U})
    add_node(generator, "bytes", "bytes",
             {.tag = "x", .content = wire::Blob(generator.random().bytes(size))});
  for (const std::size_t size : {254U, 255U, 256U, 257U, 4095U, 4096U, 65534U, 65537U}) {
    const Bytes bytes(size, generator.random().bytes(1).front());
    add_node(generator, "bytes", "bytes", {.tag = "x", .content = wire::Blob(bytes)});
  }
}

// ---- Lists

void add_structures(Generator& generator) {
  for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 7U, 8U, 15U, 16U, 31U}) {
    wire::Node node{.tag = draw_text(generator)};
    for (std::size_t i = 0; i < count; ++i)
      node.attributes.push_back({"n" + std::to_string(i), wire::Text(draw_text(generator))});
    add_node(generator, "attributes", "structure", node);
    node.content = wire::Blob(generator.random().bytes(3));
    add_node(generator, "attributes-and-content", "structure", node);
  }
  for (const std::size_t count : {1U, 2U, 3U, 7U, 8U, 15U, 16U, 40U}) {
    std::vector<wire::Node> children;
    for (std::size_t i = 0; i < count; ++i) children.push_back({.tag = draw_text(generator)});
    add_node(generator, "children", "structure", {.tag = "list", .content = std::move(children)});
  }
  for (const std::size_t depth : {2U, 3U, 4U, 5U, 8U, 13U, 21U, 34U}) {
    wire::Node node{.tag = draw_text(generator)};
    for (std::size_t i = 1; i < depth; ++i) {
      std::vector<wire::Node> children;
      children.push_back(std::move(node));
      node = {.tag = draw_text(generator), .content = std::move(children)};
    }
    add_node(generator, "nested", "structure", node);
  }
}

// ---- Other forms of the same: for decoders alone

// Writes a node in forms that are longer than needed, drawn at random.
class LooseWriter {
 public:
  explicit LooseWriter(Generator& generator) : generator_(generator) {}

  Bytes payload(const wire::Node& node) {
    out_ = {0x00};
    write(node);
    return out_;
  }

 private:
  void u8(std::size_t value) { out_.push_back(static_cast<std::uint8_t>(value)); }

  void list(std::size_t size) {
    if (generator_.chance(2)) {
      u8(wire::format::kList8);
    } else {
      u8(wire::format::kList16);
      u8(0);
    }
    u8(size);
  }

  void binary(ByteView bytes) {
    switch (generator_.size_below(3)) {
      case 0:
        u8(wire::format::kBinary8);
        break;
      case 1:
        u8(wire::format::kBinary20);
        u8(0);
        u8(0);
        break;
      default:
        u8(wire::format::kBinary32);
        for (std::size_t i = 0; i < 3; ++i) u8(0);
    }
    u8(bytes.size());
    append(out_, bytes);
  }

  void write(const wire::Value& value) {
    if (const auto* jid = std::get_if<wire::Jid>(&value)) {
      // The same as every other encoder; its value in a node of its own ends the payload of that.
      const Bytes payload = wire::encode_payload({.tag = "x", .attributes = {{"a", *jid}}}).value();
      append(out_, ByteView(payload).subspan(kBeforeValue));
    } else {
      binary(as_bytes(std::get<wire::Text>(value).view()));
    }
  }

  void write(const wire::Node& node) {
    const bool has_content = !std::holds_alternative<std::monostate>(node.content);
    list(1 + 2 * node.attributes.size() + (has_content ? 1 : 0));
    binary(as_bytes(node.tag.view()));
    for (const wire::Attribute& attribute : node.attributes) {
      binary(as_bytes(attribute.name.view()));
      write(attribute.value);
    }
    if (const auto* text = std::get_if<wire::Text>(&node.content)) {
      binary(as_bytes(text->view()));
    } else if (const auto* blob = std::get_if<wire::Blob>(&node.content)) {
      binary(blob->view());
    } else if (const auto* children = std::get_if<std::vector<wire::Node>>(&node.content)) {
      list(children->size());
      for (const wire::Node& child : *children) write(child);
    }
  }

  // Flag, list and its size, tag, name: what precedes the value of the only attribute of `x`.
  static constexpr std::size_t kBeforeValue = 9;

  Generator& generator_;
  Bytes out_;
};

void add_loose_forms(Generator& generator) {
  for (std::size_t i = 0; i < 50; ++i) {
    const wire::Node drawn = draw_node(generator, 1 + i % 3);
    const Bytes payload = LooseWriter(generator).payload(drawn);
    Vector& vector =
        generator.add("not-minimal", "decode_payload", Generator::node_requirements("non-minimal"));
    vector.input = {{"payload", to_expression(payload)}};
    vector.output = {{"node", to_json(wire::Stanza::decode(payload).value().root())}};
  }
}

void add_compressed(Generator& generator) {
  for (int level = 0; level < 30; ++level) {
    const wire::Node node = draw_node(generator, 3);
    const Bytes payload = wire::encode_payload(node).value();
    Vector& vector =
        generator.add("compressed", "decode_payload", Generator::node_requirements("compressed"));
    vector.input = {{"payload", Json::array({"02",
                                             {{"zlib", to_expression(ByteView(payload).subspan(1))},
                                              {"level", level % 10}}})}};
    vector.output = {{"node", to_json(node)}};
  }
}

}  // namespace

void generate_nodes(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("node", seed, out);
  add_tokens(generator, std::nullopt, 1, wire::kSingleByteTokens);
  for (std::uint8_t table = 0; table < wire::kTokenTables; ++table)
    add_tokens(generator, table, 0, 256);
  add_near_tokens(generator);
  add_packed(generator);
  add_strings(generator);
  add_bytes(generator);
  add_structures(generator);
  for (std::size_t i = 0; i < 150; ++i)
    add_node(generator, "stanza", "stanza", draw_node(generator, 1 + i % 4));
  add_loose_forms(generator);
  add_compressed(generator);
}

}  // namespace doublecheck::corpus
