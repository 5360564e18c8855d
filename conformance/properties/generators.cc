#include "conformance/properties/generators.h"

#include <rapidcheck.h>

#include <algorithm>
#include <ostream>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "spec/wire/limits.h"
#include "spec/wire/node_format.h"
#include "spec/wire/node_text.h"
#include "spec/wire/token.h"

namespace doublecheck::properties {
namespace {

namespace gen = rc::gen;
using wire::Jid;
using wire::Node;

// ---- Texts, one generator for each way in which they travel

const std::vector<std::string>& all_tokens() {
  static const auto kTokens = [] {
    std::vector<std::string> tokens;
    const auto add = [&](wire::Token token) {
      if (const auto text = wire::token_text(token); !text.empty()) tokens.emplace_back(text);
    };
    for (std::size_t index = 1; index < wire::kSingleByteTokens; ++index) {
      add({.table = std::nullopt, .index = static_cast<std::uint8_t>(index)});
    }
    for (std::size_t table = 0; table < wire::kTokenTables; ++table) {
      for (std::size_t index = 0; index <= UINT8_MAX; ++index) {
        add({.table = static_cast<std::uint8_t>(table), .index = static_cast<std::uint8_t>(index)});
      }
    }
    return tokens;
  }();
  return kTokens;
}

rc::Gen<std::string> token() { return gen::elementOf(all_tokens()); }

// Of random length, or close to the most that can be packed.
rc::Gen<std::string> text_over(std::string alphabet, std::size_t longest) {
  const auto random =
      gen::nonEmpty(gen::container<std::string>(gen::elementOf(std::move(alphabet))));
  const auto at_the_limit =
      gen::map(gen::pair(gen::inRange(longest - 2, longest + 1), random),
               [](const std::pair<std::size_t, std::string>& drawn) {
                 std::string text(drawn.first, '7');
                 std::ranges::copy(drawn.second | std::views::take(drawn.first), text.begin());
                 return text;
               });
  return gen::map(gen::weightedOneOf<std::string>({{4, random}, {1, at_the_limit}}),
                  [longest](const std::string& text) { return text.substr(0, longest); });
}

rc::Gen<std::string> packable() {
  return gen::oneOf(text_over("0123456789-.", wire::kMaxPackedCharacters),
                    text_over("0123456789ABCDEF", wire::kMaxPackedCharacters));
}

std::string utf8(char32_t point) {
  const auto byte = [](char32_t bits) {
    return static_cast<char>(static_cast<unsigned char>(bits));
  };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) {
    return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)),
            byte(0x80 | (point & 0x3f))};
  }
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)),
          byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
}

// Characters of one to four bytes, with those that a text form has to escape, and without
// surrogates.
rc::Gen<std::string> character() {
  return gen::map(
      gen::weightedOneOf<char32_t>({{4, gen::inRange<char32_t>('a', 'z' + 1)},
                                    {2, gen::elementOf(std::u32string(U"\0\n\"&<>:@-./;", 12))},
                                    {1, gen::inRange<char32_t>(0x80, 0x800)},
                                    {1, gen::inRange<char32_t>(0x800, 0xd800)},
                                    {1, gen::inRange<char32_t>(0xe000, 0x10000)},
                                    {1, gen::inRange<char32_t>(0x10000, 0x110000)}}),
      utf8);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

rc::Gen<std::string> unicode() {
  return gen::map(gen::nonEmpty(gen::container<std::vector<std::string>>(character())), joined);
}

// Lengths around which the encoding changes: the most that can be packed, and that one byte can
// say.
rc::Gen<std::string> text_of_some_length() {
  return gen::map(gen::elementOf(std::vector<std::size_t>{127, 128, 254, 255, 256, 257}),
                  [](std::size_t size) { return std::string(size, '1'); });
}

rc::Gen<std::string> non_empty_text() {
  return gen::weightedOneOf<std::string>(
      {{4, token()}, {4, packable()}, {4, unicode()}, {1, text_of_some_length()}});
}

rc::Gen<std::string> any_text() {
  return gen::weightedOneOf<std::string>({{10, non_empty_text()}, {1, gen::just(std::string())}});
}

// ---- JIDs

std::string named(std::string_view name) { return std::string(name); }

rc::Gen<std::uint16_t> device(unsigned most) {
  return gen::map(gen::oneOf(gen::inRange(0u, most + 1), gen::elementOf(std::vector{0u, 1u, most})),
                  [](unsigned number) { return static_cast<std::uint16_t>(number); });
}

Jid make_jid(const std::string& user, const std::string& server, std::uint16_t number,
             std::uint16_t integrator) {
  return {.user = user, .server = server, .device = number, .integrator = integrator};
}

// Every form, of the users and opaque servers given.
rc::Gen<Jid> jid_of(const rc::Gen<std::string>& user, const rc::Gen<std::string>& server) {
  const auto no_device = gen::just(std::uint16_t{0});
  std::vector<std::string> domains;
  for (const auto& domain : wire::format::kAdDomains) domains.push_back(named(domain.server));
  return gen::oneOf(
      gen::apply(make_jid, gen::just(std::string()), server, no_device, no_device),
      gen::apply(make_jid, user, server, no_device, no_device),
      gen::apply(make_jid, user, gen::elementOf(domains), device(UINT8_MAX), no_device),
      gen::apply(make_jid, user, gen::just(named(wire::server_name::kMessenger)),
                 device(UINT16_MAX), no_device),
      gen::apply(make_jid, user, gen::just(named(wire::server_name::kInterop)), device(UINT16_MAX),
                 device(UINT16_MAX)));
}

rc::Gen<std::string> server_without_devices() {
  using namespace wire::server_name;
  return gen::elementOf(std::vector{named(kUser), named(kLid), named(kLegacyUser), named(kGroup),
                                    named(kBroadcast), named(kNewsletter), named(kBot),
                                    named(kCall)});
}

// ---- Nodes

rc::Gen<wire::Value> value() {
  return gen::oneOf(gen::map(any_text(), [](const std::string& text) { return wire::Value(text); }),
                    gen::map(arbitrary_jid(), [](const Jid& jid) { return wire::Value(jid); }));
}

rc::Gen<std::vector<wire::Attribute>> attributes() {
  const auto attribute =
      gen::map(gen::pair(non_empty_text(), value()), [](const auto& drawn) -> wire::Attribute {
        return {.name = drawn.first, .value = drawn.second};
      });
  return gen::map(gen::scale(0.1, gen::container<std::vector<wire::Attribute>>(attribute)),
                  [](const std::vector<wire::Attribute>& drawn) {
                    Node unique;
                    for (const wire::Attribute& each : drawn) unique.set(each.name, each.value);
                    return unique.attributes;
                  });
}

rc::Gen<wire::Content> leaf_content() {
  const auto as_content = [](const auto& drawn) { return wire::Content(drawn); };
  return gen::weightedOneOf<wire::Content>(
      {{3, gen::just(wire::Content())},
       {2, gen::map(gen::oneOf(token(), packable()),
                    [](const std::string& text) { return wire::Content(wire::Text(text)); })},
       {2, gen::map(gen::arbitrary<Bytes>(),
                    [](const Bytes& bytes) { return wire::Content(wire::Blob(bytes)); })},
       {1, gen::map(
               text_of_some_length(),
               [](const std::string& text) { return wire::Content(wire::Blob(as_bytes(text))); })},
       {1, gen::map(arbitrary_jid(), as_content)}});
}

// What a node shrinks to besides its parts: each of its children, and itself without content or
// without one attribute.
rc::Seq<Node> smaller_nodes(const Node& node) {
  std::vector<Node> smaller(node.children().begin(), node.children().end());
  if (!std::holds_alternative<std::monostate>(node.content)) {
    smaller.push_back({.tag = node.tag, .attributes = node.attributes, .content = {}});
  }
  for (const wire::Attribute& attribute : node.attributes) {
    smaller.push_back(node);
    smaller.back().remove(attribute.name);
  }
  return rc::seq::fromContainer(std::move(smaller));
}

// Children get smaller with each level, so that nodes end.
rc::Gen<Node> node_of_size(int size) {
  const auto children =
      gen::map(gen::resize(size / 12, gen::container<std::vector<Node>>(
                                          gen::lazy([size] { return node_of_size(size / 2); }))),
               [](const std::vector<Node>& nodes) { return wire::Content(nodes); });
  const auto content = size < 12 ? leaf_content() : gen::oneOf(leaf_content(), children);
  return gen::shrink(
      gen::apply(
          [](const std::string& tag, const std::vector<wire::Attribute>& drawn_attributes,
             const wire::Content& drawn_content) {
            return Node{.tag = tag, .attributes = drawn_attributes, .content = drawn_content};
          },
          non_empty_text(), attributes(), content),
      [](const Node& node) { return smaller_nodes(node); });
}

// ---- Damage

struct Damage {
  enum Kind { kOverwrite, kInsert, kRemove, kRepeat } kind;
  std::size_t place;
  std::uint8_t byte;
};

void apply(const Damage& damage, Bytes& bytes) {
  if (bytes.empty()) return;
  const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(damage.place % bytes.size());
  switch (damage.kind) {
    case Damage::kOverwrite:
      *at = damage.byte;
      break;
    case Damage::kInsert:
      bytes.insert(at, damage.byte);
      break;
    case Damage::kRemove:
      bytes.erase(at);
      break;
    case Damage::kRepeat:
      const Bytes tail(at, bytes.end());
      append(bytes, tail);
      break;
  }
}

}  // namespace

rc::Gen<Jid> arbitrary_jid() { return jid_of(non_empty_text(), non_empty_text()); }

rc::Gen<Jid> arbitrary_jid_with_text() {
  const auto user = gen::map(non_empty_text(), [](std::string text) {
    std::erase_if(text, [](char each) { return each == ':' || each == '@'; });
    return text.empty() ? "0" : text;
  });
  return jid_of(user, server_without_devices());
}

rc::Gen<Node> arbitrary_node() {
  return gen::withSize([](int size) { return node_of_size(size); });
}

rc::Gen<Bytes> nearly(const Bytes& valid) {
  // Bytes that mean something to the codec, or any.
  const auto byte = gen::oneOf(
      gen::arbitrary<std::uint8_t>(),
      gen::elementOf(std::vector<std::uint8_t>{0, 1, 0x7f, 0x80, 0xec, 0xef, 0xf5, 0xf6, 0xf7, 0xf8,
                                               0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff}));
  const auto kind = gen::weightedElement<Damage::Kind>(
      {{8, Damage::kOverwrite}, {2, Damage::kInsert}, {2, Damage::kRemove}, {1, Damage::kRepeat}});
  const auto damage =
      gen::apply([](Damage::Kind drawn_kind, std::size_t place,
                    std::uint8_t drawn_byte) { return Damage{drawn_kind, place, drawn_byte}; },
                 kind, gen::inRange<std::size_t>(0, std::max<std::size_t>(valid.size(), 1)), byte);
  return gen::map(gen::nonEmpty(gen::scale(0.02, gen::container<std::vector<Damage>>(damage))),
                  [valid](const std::vector<Damage>& all) {
                    Bytes bytes = valid;
                    for (const Damage& each : all) apply(each, bytes);
                    return bytes;
                  });
}

}  // namespace doublecheck::properties

namespace doublecheck::wire {

void showValue(const Node& node, std::ostream& out) { out << print_node(node, {.max_bytes = 0}); }
void showValue(const Jid& jid, std::ostream& out) { out << jid.to_string(); }

}  // namespace doublecheck::wire
