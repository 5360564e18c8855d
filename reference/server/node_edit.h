#pragma once

#include <string_view>

#include "spec/wire/node.h"

// Small changes of a stanza, for what sends other than it should.
namespace doublecheck::server {

// Calls `change` for the node and every element in it that has this tag. How many there were.
template <typename Change>
std::size_t edit_elements(wire::Node& node, std::string_view tag, Change change) {
  std::size_t edited = 0;
  if (auto* children = std::get_if<std::vector<wire::Node>>(&node.content)) {
    for (wire::Node& child : *children) edited += edit_elements(child, tag, change);
  }
  if (node.tag == tag) {
    change(node);
    ++edited;
  }
  return edited;
}

// The children, to be changed; none for other content.
inline std::vector<wire::Node>& children_of(wire::Node& node) {
  if (!std::holds_alternative<std::vector<wire::Node>>(node.content))
    node.content = std::vector<wire::Node>();
  return std::get<std::vector<wire::Node>>(node.content);
}

inline void remove_children(wire::Node& node, std::string_view tag) {
  std::erase_if(children_of(node), [&](const wire::Node& child) { return child.tag == tag; });
}

// One bit of the last byte of its content is another; no bytes, no change.
inline void flip_last_bit(wire::Node& node) {
  const auto bytes = node.bytes();
  if (!bytes || bytes->empty()) return;
  Bytes changed = to_bytes(*bytes);
  changed.back() ^= 0x01;
  node.content = wire::Blob(changed);
}

}  // namespace doublecheck::server
