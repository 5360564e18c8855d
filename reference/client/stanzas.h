#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/base/writer.h"
#include "spec/wire/node.h"

// Shapes that many handlers write.
namespace doublecheck::client {

inline wire::Node element(std::string_view tag, std::vector<wire::Attribute> attributes = {},
                          wire::Content content = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(content)};
}

inline wire::Node parent(std::string_view tag, std::vector<wire::Node> children,
                         std::vector<wire::Attribute> attributes = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(children)};
}

// An element whose content is bytes.
inline wire::Node bytes_element(std::string_view tag, ByteView content) {
  return {.tag = tag, .attributes = {}, .content = wire::Blob(content)};
}

// Numbers as content: ids of prekeys are 3 bytes, registration ids 4.
inline Bytes u24_bytes(std::uint32_t value) {
  Writer writer;
  writer.u24(value);
  return writer.take();
}
inline Bytes u32_bytes(std::uint32_t value) {
  Writer writer;
  writer.u32(value);
  return writer.take();
}

// A query to the server, without id.
inline wire::Node query_node(std::string_view xmlns, std::string_view type,
                             std::vector<wire::Node> children) {
  return parent(
      "iq", std::move(children),
      {{"to", wire::Jid::of_server()}, {"xmlns", wire::Text(xmlns)}, {"type", wire::Text(type)}});
}

}  // namespace doublecheck::client
