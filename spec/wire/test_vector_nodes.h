#pragma once

#include <zlib.h>

#include "spec/base/vector_json.h"
#include "spec/wire/node.h"

// Nodes and byte strings as the vectors for nodes describe them; the member `notes` of nodes.json
// explains the forms.
namespace doublecheck::wire::test_vectors {

using namespace doublecheck::test_vectors;

inline Bytes bytes_of(const Json& expression) {
  if (expression.is_string()) return bytes_of_hex(expression);
  Bytes bytes;
  if (expression.is_array()) {
    for (const Json& part : expression) append(bytes, bytes_of(part));
  } else if (expression.contains("zlib")) {
    const Bytes plain = bytes_of(expression["zlib"]);
    bytes.resize(compressBound(plain.size()));
    uLongf size = bytes.size();
    compress2(bytes.data(), &size, plain.data(), plain.size(), expression["level"].get<int>());
    bytes.resize(size);
  } else {
    const Bytes unit = bytes_of_hex(expression.at("repeat"));
    const std::size_t count = expression.at("count");
    if (unit.size() == 1) return Bytes(count, unit.front());
    for (std::size_t i = 0; i < count; ++i) append(bytes, unit);
  }
  return bytes;
}

inline Jid jid_of(const Json& jid) {
  return {jid["user"].get<std::string>(), jid["server"].get<std::string>(),
          jid.value("device", std::uint16_t{0}), jid.value("integrator", std::uint16_t{0})};
}

inline Value value_of(const Json& value) {
  if (value.is_string()) return Text(value.get<std::string>());
  if (value.contains("jid")) return jid_of(value);
  const std::string unit = value.at("repeat_text");
  std::string text;
  for (std::size_t left = value.at("count"); left != 0; --left) text += unit;
  return Text(text);
}

inline Node node_of(const Json& json) {
  Node node{.tag = json["tag"].get<std::string>()};
  for (const Json& attribute : json.value("attrs", Json::array())) {
    node.attributes.push_back({attribute[0].get<std::string>(), value_of(attribute[1])});
  }
  if (json.contains("attrs_repeat")) {
    const std::size_t count = json["attrs_repeat"]["count"];
    const Value value = value_of(json["attrs_repeat"]["value"]);
    for (std::size_t i = 0; i < count; ++i)
      node.attributes.push_back({"k" + std::to_string(i), value});
  }
  const Json& content = json["content"];
  if (content.is_null()) return node;
  if (content.contains("bytes")) {
    node.content = Blob(bytes_of(content["bytes"]));
  } else if (content.contains("string")) {
    node.content = Text(content["string"].get<std::string>());
  } else if (content.contains("jid")) {
    node.content = jid_of(content);
  } else if (content.contains("nodes")) {
    std::vector<Node>& children = node.content.emplace<std::vector<Node>>();
    for (const Json& child : content["nodes"]) children.push_back(node_of(child));
  } else {
    const Json& repeat = content.at("nodes_repeat");
    node.content = std::vector<Node>(repeat["count"].get<std::size_t>(), node_of(repeat["node"]));
  }
  return node;
}

}  // namespace doublecheck::wire::test_vectors
