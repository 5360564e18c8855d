#include "spec/wire/node.h"

#include <algorithm>

#include "spec/wire/decimal.h"

namespace doublecheck::wire {
namespace {

bool same_attributes(std::span<const Attribute> left, std::span<const Attribute> right) {
  if (left.size() != right.size()) return false;
  if (std::ranges::equal(left, right)) return true;
  const auto by_name = [](std::span<const Attribute> attributes) {
    std::vector<const Attribute*> sorted;
    sorted.reserve(attributes.size());
    for (const Attribute& attribute : attributes) sorted.push_back(&attribute);
    std::ranges::sort(sorted, {},
                      [](const Attribute* attribute) { return attribute->name.view(); });
    return sorted;
  };
  return std::ranges::equal(by_name(left), by_name(right),
                            [](const Attribute* a, const Attribute* b) { return *a == *b; });
}

}  // namespace

const Value* Node::attribute(std::string_view name) const {
  const auto found =
      std::ranges::find(attributes, name, [](const Attribute& each) { return each.name.view(); });
  return found == attributes.end() ? nullptr : &found->value;
}

std::optional<std::string_view> Node::text(std::string_view name) const {
  const Value* value = attribute(name);
  const Text* text = value == nullptr ? nullptr : std::get_if<Text>(value);
  return text == nullptr ? std::nullopt : std::optional(text->view());
}

const Jid* Node::jid(std::string_view name) const {
  const Value* value = attribute(name);
  return value == nullptr ? nullptr : std::get_if<Jid>(value);
}

std::optional<std::uint64_t> Node::number(std::string_view name) const {
  const auto digits = text(name);
  return digits ? parse_decimal(*digits) : std::nullopt;
}

std::span<const Node> Node::children() const {
  const auto* nodes = std::get_if<std::vector<Node>>(&content);
  return nodes == nullptr ? std::span<const Node>() : std::span<const Node>(*nodes);
}

const Node* Node::child(std::string_view child_tag) const {
  for (const Node& each : children()) {
    if (each.tag == child_tag) return &each;
  }
  return nullptr;
}

std::optional<ByteView> Node::bytes() const {
  if (const Blob* blob = std::get_if<Blob>(&content)) return blob->view();
  if (const Text* text = std::get_if<Text>(&content)) return as_bytes(text->view());
  return std::nullopt;
}

void Node::set(std::string_view name, Value value) {
  for (Attribute& each : attributes) {
    if (each.name == name) {
      each.value = std::move(value);
      return;
    }
  }
  attributes.push_back({name, std::move(value)});
}

void Node::remove(std::string_view name) {
  std::erase_if(attributes, [name](const Attribute& each) { return each.name == name; });
}

bool operator==(const Node& left, const Node& right) {
  return left.tag == right.tag && same_attributes(left.attributes, right.attributes) &&
         left.content == right.content;
}

std::string to_string(const Value& value) {
  if (const Jid* jid = std::get_if<Jid>(&value)) return jid->to_string();
  return std::string(std::get<Text>(value).view());
}

}  // namespace doublecheck::wire
