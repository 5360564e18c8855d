#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spec/wire/jid.h"
#include "spec/wire/text.h"

// A node is one stanza, or one element inside it: a tag, attributes, and content. Values are typed
// and stay what they were on the wire: a JID that travelled as a string is a string, which some
// receivers ignore (STANZA-01).
namespace doublecheck::wire {

struct Node;

// An attribute value.
using Value = std::variant<Text, Jid>;

struct Attribute {
  Text name;
  Value value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Nothing; a string that had a token or was packed; bytes, which is how all other text arrives; a
// JID; child nodes.
using Content = std::variant<std::monostate, Text, Blob, Jid, std::vector<Node>>;

struct Node {
  Text tag;
  std::vector<Attribute> attributes = {};
  Content content = {};

  // The value of an attribute; nullptr when there is none of that name.
  const Value* attribute(std::string_view name) const;
  bool has(std::string_view name) const { return attribute(name) != nullptr; }

  // The value if it travelled as a string, or as a JID, respectively.
  std::optional<std::string_view> text(std::string_view name) const;
  const Jid* jid(std::string_view name) const;

  // A decimal number without sign or leading zeros, as every count and time is written (STANZA-02).
  std::optional<std::uint64_t> number(std::string_view name) const;

  // Children, empty unless the content is a list of nodes.
  std::span<const Node> children() const;
  // The first child with that tag, or nullptr.
  const Node* child(std::string_view child_tag) const;

  // Content as bytes: of a blob, or of a string that happened to have a token or a packed form
  // (STANZA-05).
  std::optional<ByteView> bytes() const;

  // Sets or replaces an attribute, and removes one.
  void set(std::string_view name, Value value);
  void remove(std::string_view name);

  // Same tag, same content, same attributes in any order, which carries no meaning (NODE-17).
  friend bool operator==(const Node& left, const Node& right);
};

// The value as a person reads it: JIDs and strings look alike.
std::string to_string(const Value& value);

}  // namespace doublecheck::wire
