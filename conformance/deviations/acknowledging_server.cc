#include "conformance/deviations/acknowledging_server.h"

#include <string_view>
#include <utility>

#include "spec/wire/node_literal.h"

namespace doublecheck::deviations {
namespace {

using namespace wire::literals;

// Whatever it is, as a JID: nobody looks for the recipient.
wire::Value recipient_of(const wire::Node& stanza) {
  const wire::Jid* to = stanza.jid("to");
  return to == nullptr ? wire::Jid::of_server() : *to;
}

wire::Node result_for(const wire::Node& query) {
  wire::Node result{.tag = "iq", .attributes = {{"from", recipient_of(query)}, {"type", "result"}}};
  if (const wire::Value* id = query.attribute("id")) result.set("id", *id);
  return result;
}

wire::Node ack_for(const wire::Node& stanza, UnixTime now) {
  wire::Node ack{.tag = "ack",
                 .attributes = {{"class", stanza.tag},
                                {"from", recipient_of(stanza)},
                                {"t", wire::Text(std::to_string(now.seconds()))}}};
  for (const std::string_view name : {"id", "type"}) {
    if (const wire::Value* value = stanza.attribute(name)) ack.set(name, *value);
  }
  return ack;
}

bool is_query(const wire::Node& stanza) {
  return stanza.tag == "iq" && (stanza.text("type") == "get" || stanza.text("type") == "set");
}

bool is_acknowledged(const wire::Node& stanza) {
  return stanza.tag == "message" || stanza.tag == "receipt" || stanza.tag == "call" ||
         stanza.tag == "notification";
}

}  // namespace

void AcknowledgingServer::authenticated(server::ConnectionId connection,
                                        const noise::ClientPayload& payload, const PublicKey&) {
  if (payload.is_login()) logins_.insert(connection);
}

bool AcknowledgingServer::received(server::ConnectionId connection, const wire::Node& stanza) {
  if (!logins_.contains(connection)) return true;
  if (is_query(stanza)) {
    send(connection, result_for(stanza));
    if (stanza.child("active") != nullptr)
      send(connection, R"(<ib from=jid:"@s.whatsapp.net"><offline count="0"/></ib>)"_node);
  } else if (is_acknowledged(stanza)) {
    send(connection, ack_for(stanza, driver_.now().wall));
  }
  return false;
}

// The server is in the middle of a step.
void AcknowledgingServer::send(server::ConnectionId connection, const wire::Node& stanza) {
  driver_.after(Duration{0}, [alive = std::weak_ptr(alive_), connection, stanza] {
    if (const auto self = alive.lock()) {
      harness::InProcessServer& server = (*self)->server_;
      server.apply(server.core().inject(connection, stanza, (*self)->driver_.now()));
    }
  });
}

}  // namespace doublecheck::deviations
