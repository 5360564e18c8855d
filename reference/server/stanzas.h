#pragma once

#include <string_view>
#include <vector>

#include "spec/wire/node.h"

// Shapes that many handlers write.
namespace doublecheck::server {

inline wire::Node element(std::string_view tag, std::vector<wire::Attribute> attributes = {},
                          wire::Content content = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(content)};
}

inline wire::Node parent(std::string_view tag, std::vector<wire::Node> children,
                         std::vector<wire::Attribute> attributes = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(children)};
}

// Content of the server's that is text travels as bytes, whatever it spells (STANZA-04).
inline wire::Content text_content(std::string_view text) { return wire::Blob(as_bytes(text)); }

// An attribute that may have travelled as a JID or, as some clients send it, as text that spells
// one.
std::optional<wire::Jid> lenient_jid(const wire::Node& node, std::string_view name);

}  // namespace doublecheck::server
