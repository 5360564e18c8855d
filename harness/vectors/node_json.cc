#include "harness/vectors/node_json.h"

#include "harness/vectors/byte_expression.h"
#include "spec/wire/test_vector_nodes.h"

namespace doublecheck::corpus {
namespace {

Json value_to_json(const wire::Value& value) {
  if (const auto* jid = std::get_if<wire::Jid>(&value)) return to_json(*jid);
  return std::string(std::get<wire::Text>(value).view());
}

}  // namespace

wire::Node node_of(const Json& json) { return wire::test_vectors::node_of(json); }
wire::Jid jid_of(const Json& json) { return wire::test_vectors::jid_of(json); }

Json to_json(const wire::Jid& jid) {
  Json json = {{"jid", (jid.is_server() ? "@" : "") + jid.to_string()},
               {"user", std::string(jid.user.view())},
               {"server", std::string(jid.server.view())}};
  if (jid.device != 0) json["device"] = jid.device;
  if (jid.integrator != 0) json["integrator"] = jid.integrator;
  return json;
}

Json to_json(const wire::Node& node) {
  Json attributes = Json::array();
  for (const wire::Attribute& attribute : node.attributes) {
    attributes.push_back(
        Json::array({std::string(attribute.name.view()), value_to_json(attribute.value)}));
  }
  Json content = nullptr;
  if (const auto* text = std::get_if<wire::Text>(&node.content)) {
    content = {{"string", std::string(text->view())}};
  } else if (const auto* blob = std::get_if<wire::Blob>(&node.content)) {
    content = {{"bytes", to_expression(blob->view())}};
  } else if (const auto* jid = std::get_if<wire::Jid>(&node.content)) {
    content = to_json(*jid);
  } else if (const auto* children = std::get_if<std::vector<wire::Node>>(&node.content)) {
    Json nodes = Json::array();
    for (const wire::Node& child : *children) nodes.push_back(to_json(child));
    content = {{"nodes", std::move(nodes)}};
  }
  return {{"tag", std::string(node.tag.view())},
          {"attrs", std::move(attributes)},
          {"content", std::move(content)}};
}

Json node_of_stanza(const Json& stanza) {
  Json attributes = Json::array();
  for (const auto& [name, value] : stanza.at("attrs").items()) {
    const std::string text = value.get<std::string>();
    const auto at = text.find('@');
    if (at == std::string::npos) {
      attributes.push_back(Json::array({name, text}));
      continue;
    }
    const auto colon = text.substr(0, at).find(':');
    Json jid = {{"jid", text},
                {"user", text.substr(0, std::min(colon, at))},
                {"server", text.substr(at + 1)}};
    if (colon != std::string::npos) jid["device"] = std::stoi(text.substr(colon + 1));
    attributes.push_back(Json::array({name, std::move(jid)}));
  }
  Json content = nullptr;
  if (stanza.contains("content") && stanza.at("content").is_array()) {
    Json nodes = Json::array();
    for (const Json& child : stanza.at("content")) nodes.push_back(node_of_stanza(child));
    content = {{"nodes", std::move(nodes)}};
  } else if (stanza.contains("content") && !stanza.at("content").is_null()) {
    content = {{"bytes", stanza.at("content").at("hex")}};
  }
  return {{"tag", stanza.at("tag")}, {"attrs", std::move(attributes)}, {"content", content}};
}

}  // namespace doublecheck::corpus
