#include "conformance/server/steps.h"

#include <algorithm>
#include <utility>

#include "harness/suite/verdict.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {

wire::Node element(std::string_view tag, std::vector<wire::Attribute> attributes,
                   std::vector<wire::Node> children) {
  wire::Node node{.tag = tag, .attributes = std::move(attributes), .content = {}};
  if (!children.empty()) node.content = std::move(children);
  return node;
}

wire::Node element_of_bytes(std::string_view tag, ByteView content) {
  return {.tag = tag, .attributes = {}, .content = wire::Blob(content)};
}

wire::Node ping(std::string_view id) {
  return element(
      "iq",
      {{"id", wire::Text(id)}, {"to", wire::Jid::of_server()}, {"type", "get"}, {"xmlns", "w:p"}});
}

std::string id_of(const wire::Node& stanza) { return std::string(stanza.text("id").value_or("")); }

bool names(const wire::Node& stanza, std::string_view attribute, const wire::Jid& jid) {
  const wire::Jid* found = stanza.jid(attribute);
  return found != nullptr && *found == jid;
}

std::size_t count_children(const wire::Node& node, std::string_view tag) {
  return static_cast<std::size_t>(std::ranges::count_if(
      node.children(), [tag](const wire::Node& child) { return child.tag == tag; }));
}

const wire::Node& descend(const wire::Node& node, std::initializer_list<std::string_view> tags) {
  const wire::Node* at = &node;
  for (const std::string_view tag : tags) {
    const wire::Node* child = at->child(tag);
    if (child == nullptr) {
      fail_case("<" + std::string(at->tag.view()) + "> has a child <" + std::string(tag) + ">",
                "<" + std::string(tag) + ">", wire::print_node(node));
    }
    at = child;
  }
  return *at;
}

wire::Node descend(wire::Node&& node, std::initializer_list<std::string_view> tags) {
  const wire::Node gone = std::move(node);
  return descend(gone, tags);
}

void check_result(const wire::Node& answer) {
  check(answer.tag == "iq" && answer.text("type") == "result", "the answer is a result",
        wire::print_node(answer));
}

void check_error(const wire::Node& answer, std::string_view code, std::string_view text) {
  check(answer.tag == "iq" && answer.text("type") == "error", "the answer is an error",
        wire::print_node(answer));
  const wire::Node& error = descend(answer, {"error"});
  check(error.text("code") == code && error.text("text") == text,
        "the error is " + std::string(code) + " " + std::string(text), wire::print_node(answer));
}

Matcher message(std::string_view id) { return stanza("message", {{"id", std::string(id)}}); }
Matcher receipt(std::string_view id) { return stanza("receipt", {{"id", std::string(id)}}); }
Matcher queued() {
  return {"a stanza with the attribute offline",
          [](const wire::Node& node) { return node.has("offline"); }};
}

void settle_everything(Peer& peer) {
  peer.barrier();
  for (const wire::Node& received :
       std::vector<wire::Node>(peer.inbox().begin(), peer.inbox().end())) {
    if (received.tag != "message" && received.tag != "receipt" && received.tag != "notification")
      continue;
    wire::Node ack = element("ack", {{"class", received.tag}});
    if (const wire::Value* id = received.attribute("id")) ack.set("id", *id);
    if (const wire::Value* from = received.attribute("from")) ack.set("to", *from);
    peer.send(ack);
    peer.expect(stanza(received.tag, {{"id", id_of(received)}}));
  }
  peer.barrier();
}

void accept(Peer& from, const wire::Node& message) {
  from.send(message);
  const wire::Node ack = from.expect(ack_of("message", id_of(message)));
  check(!ack.has("error"), "a well-formed message is accepted", wire::print_node(ack));
}

std::string send_message(Peer& from, const wire::Jid& to, const std::vector<wire::Jid>& devices) {
  const wire::Node sent = from.message_to(to, devices);
  accept(from, sent);
  return id_of(sent);
}

std::string send_message(Peer& from, const Peer& to) {
  return send_message(from, to.jid().account(), {to.jid()});
}

void let_pass(ServerBench& bench, Duration duration) {
  bench.driver().run_until([] { return false; }, duration);
}

void expect_closed_silently(Peer& peer) {
  peer.expect_closed();
  peer.expect_none(anything());
}

std::vector<std::string> ids_from(const std::vector<wire::Node>& stanzas, const Peer& from) {
  std::vector<std::string> ids;
  for (const wire::Node& stanza : stanzas) {
    if (stanza.tag == "message" && names(stanza, "from", from.jid())) ids.push_back(id_of(stanza));
  }
  return ids;
}

}  // namespace doublecheck::harness
