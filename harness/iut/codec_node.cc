#include "harness/iut/codec_node.h"

#include <string>
#include <utility>
#include <vector>

#include "harness/iut/codec.pb.h"

namespace doublecheck::harness {
namespace {

// A list that still lacks nodes.
struct OpenList {
  wire::Node node;
  std::uint32_t missing = 0;
};

void write_element(const wire::Node& node, codec::Node& to) {
  codec::Element& element = *to.add_elements();
  element.set_tag(std::string(node.tag.view()));
  for (const wire::Attribute& attribute : node.attributes) {
    codec::Attribute& written = *element.add_attributes();
    written.set_name(std::string(attribute.name.view()));
    if (const auto* text = std::get_if<wire::Text>(&attribute.value)) {
      written.set_text(std::string(text->view()));
    } else {
      write_jid(std::get<wire::Jid>(attribute.value), *written.mutable_jid());
    }
  }
  if (const auto* text = std::get_if<wire::Text>(&node.content)) {
    element.set_text(std::string(text->view()));
  } else if (const auto* blob = std::get_if<wire::Blob>(&node.content)) {
    element.set_bytes(std::string(as_text(blob->view())));
  } else if (const auto* jid = std::get_if<wire::Jid>(&node.content)) {
    write_jid(*jid, *element.mutable_jid());
  } else if (const auto* children = std::get_if<std::vector<wire::Node>>(&node.content)) {
    element.set_children(static_cast<std::uint32_t>(children->size()));
    for (const wire::Node& child : *children) write_element(child, to);
  }
}

// The element alone, without its children.
Result<wire::Node> read_element(const codec::Element& element) {
  wire::Node node{.tag = element.tag()};
  for (const codec::Attribute& attribute : element.attributes()) {
    wire::Value value = wire::Text(attribute.text());
    if (attribute.has_jid()) {
      auto jid = read_jid(attribute.jid());
      if (!jid) return propagate(jid);
      value = *std::move(jid);
    }
    node.attributes.push_back({wire::Text(attribute.name()), std::move(value)});
  }
  switch (element.content_case()) {
    case codec::Element::kText:
      node.content = wire::Text(element.text());
      break;
    case codec::Element::kBytes:
      node.content = wire::Blob(as_bytes(element.bytes()));
      break;
    case codec::Element::kJid: {
      auto jid = read_jid(element.jid());
      if (!jid) return propagate(jid);
      node.content = *std::move(jid);
      break;
    }
    case codec::Element::kChildren:
      node.content.emplace<std::vector<wire::Node>>();
      break;
    case codec::Element::CONTENT_NOT_SET:
      break;
  }
  return node;
}

}  // namespace

void write_jid(const wire::Jid& jid, codec::Jid& to) {
  to.set_user(std::string(jid.user.view()));
  to.set_server(std::string(jid.server.view()));
  to.set_device(jid.device);
  to.set_integrator(jid.integrator);
}

Result<wire::Jid> read_jid(const codec::Jid& from) {
  if (from.device() > 0xffff || from.integrator() > 0xffff)
    return fail("JID", "a device or integrator of more than 16 bits");
  return wire::Jid{wire::Text(from.user()), wire::Text(from.server()),
                   static_cast<std::uint16_t>(from.device()),
                   static_cast<std::uint16_t>(from.integrator())};
}

void write_node(const wire::Node& node, codec::Node& to) { write_element(node, to); }

Result<wire::Node> read_node(const codec::Node& from) {
  std::vector<OpenList> open;
  for (int i = 0; i < from.elements_size(); ++i) {
    auto node = read_element(from.elements(i));
    if (!node) return propagate(node);
    const bool last = i + 1 == from.elements_size();
    if (open.size() >= kMaxCodecNodeDepth) return fail("node", "nested too deep");
    open.push_back({*std::move(node), from.elements(i).children()});
    // What is complete goes into what it belongs to.
    while (open.back().missing == 0) {
      wire::Node complete = std::move(open.back().node);
      open.pop_back();
      if (open.empty()) {
        if (!last) return fail("node", "elements after the last one of the root");
        return complete;
      }
      std::get<std::vector<wire::Node>>(open.back().node.content).push_back(std::move(complete));
      --open.back().missing;
    }
  }
  return fail("node", from.elements_size() == 0 ? "no elements" : "children are missing");
}

}  // namespace doublecheck::harness
