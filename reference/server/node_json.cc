#include "reference/server/node_json.h"

#include <utility>
#include <variant>
#include <vector>

#include "reference/server/json_fields.h"
#include "spec/base/text_encoding.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::server {
namespace {

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const wire::Text& text) const { return std::string(text.view()); }
  Json operator()(const wire::Jid& jid) const { return {{"jid", jid.to_string()}}; }
  Json operator()(const wire::Blob& blob) const { return {{"bytes", to_base64(blob)}}; }
  Json operator()(const std::vector<wire::Node>& nodes) const {
    Json children = Json::array();
    for (const wire::Node& node : nodes) children.push_back(node_to_json(node));
    return children;
  }
};

Result<wire::Jid> jid_from(const Json& json) {
  Fields fields(json);
  const std::string text = fields.required_text("jid");
  if (auto finished = fields.finish(); !finished) return propagate(finished);
  return wire::parse_jid(text);
}

Result<wire::Value> value_from(const Json& json) {
  if (json.is_string()) return wire::Text(json.get<std::string>());
  if (!json.is_object()) return fail("stanza", R"(an attribute is text or {"jid": …})");
  auto jid = jid_from(json);
  if (!jid) return propagate(jid);
  return *std::move(jid);
}

Result<wire::Node> read_node(const Json& json);

Result<wire::Content> content_from(const Json& json) {
  if (json.is_null()) return wire::Content();
  if (json.is_string()) return wire::Text(json.get<std::string>());
  if (json.is_array()) {
    std::vector<wire::Node> children;
    for (const Json& child : json) {
      auto node = read_node(child);
      if (!node) return propagate(node);
      children.push_back(*std::move(node));
    }
    return children;
  }
  if (json.is_object() && json.contains("bytes")) {
    Fields fields(json);
    const auto bytes = from_base64(fields.required_text("bytes"));
    if (auto finished = fields.finish(); !finished) return propagate(finished);
    if (!bytes) return fail("stanza", R"(field "bytes" must be base64)");
    return wire::Blob(*bytes);
  }
  if (!json.is_object()) return fail("stanza", "content of a kind that does not exist");
  auto jid = jid_from(json);
  if (!jid) return propagate(jid);
  return *std::move(jid);
}

Result<wire::Node> read_node(const Json& json) {
  Fields fields(json);
  wire::Node node{.tag = fields.required_text("tag")};
  const Json* const attributes = fields.any("attrs");
  const Json* const content = fields.any("content");
  if (auto finished = fields.finish(); !finished) return propagate(finished);

  if (attributes != nullptr) {
    if (!attributes->is_object()) return fail("stanza", R"(field "attrs" must be an object)");
    for (const auto& [name, json_value] : attributes->items()) {
      auto value = value_from(json_value);
      if (!value) return propagate(value);
      node.attributes.push_back({name, *std::move(value)});
    }
  }
  if (content != nullptr) {
    auto read = content_from(*content);
    if (!read) return propagate(read);
    node.content = *std::move(read);
  }
  return node;
}

}  // namespace

Json node_to_json(const wire::Node& node) {
  Json attributes = Json::object();
  for (const wire::Attribute& attribute : node.attributes) {
    attributes[std::string(attribute.name.view())] = std::visit(ToJson(), attribute.value);
  }
  return {{"tag", std::string(node.tag.view())},
          {"attrs", std::move(attributes)},
          {"content", std::visit(ToJson(), node.content)}};
}

Result<wire::Node> node_from_json(const Json& json) {
  auto node = read_node(json);
  if (!node) return node;
  if (auto encoded = wire::encode_node(*node); !encoded) return propagate(encoded);
  return node;
}

}  // namespace doublecheck::server
