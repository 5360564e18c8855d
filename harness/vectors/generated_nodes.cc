#include "harness/vectors/generated_nodes.h"

#include <array>

#include "spec/wire/token.h"

namespace doublecheck::corpus {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kDigits = "0123456789";

std::string draw_token(Generator& generator) {
  for (;;) {
    wire::Token token{
        .table = std::nullopt,
        .index = static_cast<std::uint8_t>(generator.between(1, wire::kSingleByteTokens - 1))};
    if (generator.chance(3)) {
      token.table = static_cast<std::uint8_t>(generator.size_below(wire::kTokenTables));
      token.index = static_cast<std::uint8_t>(generator.size_below(256));
    }
    const std::string_view text = wire::token_text(token);
    if (!text.empty() && !text.contains('@')) return std::string(text);
  }
}

std::string draw_packed(Generator& generator) {
  return generator.chance(2) ? generator.text("0123456789-.", generator.between(1, 24))
                             : generator.text("0123456789ABCDEF", generator.between(1, 24));
}

std::string draw_raw(Generator& generator) {
  constexpr auto kPieces = std::to_array<std::string_view>(
      {"a", "Z", "_", " ", "hello", "x9", "/", "é", "ß", "中", "🙂", "\n", "\"", "\\"});
  std::string out = "q";
  for (std::size_t left = generator.between(0, 12); left != 0; --left)
    out += generator.one_of(kPieces);
  return out;
}

// Unlike integers, which some languages put in front, and unlike names that their objects have.
std::string draw_name(Generator& generator, std::size_t number) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"id", "type", "class", "count", "t", "xmlns", "participant", "recipient", "category"});
  return generator.chance(3) ? "n" + std::to_string(number)
                             : std::string(kNames.at(number % kNames.size())) +
                                   (number < kNames.size() ? "" : std::to_string(number));
}

}  // namespace

std::string draw_text(Generator& generator) {
  switch (generator.size_below(3)) {
    case 0:
      return draw_token(generator);
    case 1:
      return draw_packed(generator);
    default:
      return draw_raw(generator);
  }
}

wire::Jid draw_jid(Generator& generator) {
  std::string number = generator.text("123456789", 1);
  number += generator.text(kDigits, generator.between(5, 14));
  switch (generator.size_below(7)) {
    case 0:
      return wire::Jid::of_server();
    case 1:
      return wire::Jid::of_user(number);
    case 2:
      return wire::Jid::of_user(number, static_cast<std::uint16_t>(generator.between(1, 255)));
    case 3:
      return wire::Jid::of_lid(number);
    case 4:
      return wire::Jid::of_lid(number, static_cast<std::uint16_t>(generator.between(1, 255)));
    case 5:
      return {"1203630" + number, wire::server_name::kGroup};
    default:
      return {"status", wire::server_name::kBroadcast};
  }
}

wire::Node draw_node(Generator& generator, std::size_t levels) {
  wire::Node node{.tag = draw_text(generator)};
  const std::size_t attributes = generator.size_below(6);
  for (std::size_t i = 0; i < attributes; ++i) {
    const std::string name = draw_name(generator, i);
    if (generator.chance(4)) {
      node.attributes.push_back({name, draw_jid(generator)});
    } else {
      node.attributes.push_back({name, wire::Text(draw_text(generator))});
    }
  }
  switch (generator.size_below(levels > 1 ? 5 : 3)) {
    case 0:
      break;
    case 1:
      node.content = wire::Blob(generator.random().bytes(generator.size_below(40)));
      break;
    case 2:
      node.content =
          wire::Text(generator.chance(2) ? draw_token(generator) : draw_packed(generator));
      break;
    default: {
      std::vector<wire::Node> children;
      for (std::size_t left = generator.between(1, 3); left != 0; --left)
        children.push_back(draw_node(generator, levels - 1));
      node.content = std::move(children);
    }
  }
  return node;
}

}  // namespace doublecheck::corpus
