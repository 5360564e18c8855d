#include "reference/client/info.h"

#include <utility>

#include "reference/client/stanzas.h"

namespace doublecheck::client {
namespace {

// For the intro header of the next connection (TRANSPORT-11).
void store_routing(Turn& turn, const wire::Node& edge_routing) {
  const wire::Node* node = edge_routing.child("routing_info");
  const auto bytes = node == nullptr ? std::nullopt : node->bytes();
  if (!bytes || bytes->empty() || bytes->size() > kMaxRoutingInfo) return;
  turn.state.credentials.routing_info = to_bytes(*bytes);
  turn.changed();
}

// The server's copy of something has changed. This client keeps no copies, so that it only has to
// say so (IB-03).
void clean(Turn& turn, const wire::Node& dirty) {
  const wire::Value* type = dirty.attribute("type");
  if (type == nullptr) return;
  wire::Node clean = element("clean", {{"type", *type}});
  if (const wire::Value* timestamp = dirty.attribute("timestamp"))
    clean.set("timestamp", *timestamp);
  turn.query(query_node("urn:xmpp:whatsapp:dirty", "set", {std::move(clean)}), kIqTimeout, nullptr);
}

}  // namespace

void receive_info(Turn& turn, const wire::Node& info) {
  for (const wire::Node& child : info.children()) {
    if (child.tag == "edge_routing") store_routing(turn, child);
    if (child.tag == "dirty") clean(turn, child);
    if (child.tag == "offline") {
      turn.remark("the queue is empty after " + std::string(child.text("count").value_or("?")) +
                  " stanzas");
    }
  }
}

}  // namespace doublecheck::client
