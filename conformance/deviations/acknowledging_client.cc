#include "conformance/deviations/acknowledging_client.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace doublecheck::deviations {
namespace {

// `stanza` with the attributes that say what it is an answer to.
wire::Node answering(const wire::Node& received, wire::Node stanza,
                     std::initializer_list<std::string_view> repeated) {
  for (const std::string_view name : repeated) {
    if (const wire::Value* value = received.attribute(name)) stanza.set(name, *value);
  }
  if (const wire::Value* from = received.attribute("from")) stanza.set("to", *from);
  return stanza;
}

bool wants_an_ack(const wire::Node& stanza) {
  constexpr std::array<std::string_view, 4> kAcknowledged{"message", "receipt", "notification",
                                                          "call"};
  return std::ranges::find(kAcknowledged, std::string_view(stanza.tag)) != kAcknowledged.end();
}

bool is_a_query(const wire::Node& stanza) {
  return stanza.tag == "iq" && (stanza.text("type") == "get" || stanza.text("type") == "set");
}

// The end of a connection, and answers to what it asked to log in.
bool belongs_to_a_connection(const wire::Node& stanza) {
  return stanza.tag == "stream:error" || stanza.tag == "failure" || stanza.tag == "xmlstreamend" ||
         stanza.tag == "ib" || stanza.tag == "iq" || stanza.tag == "ack";
}

}  // namespace

bool AcknowledgingClient::received(client::ConnectionId connection, const wire::Node& stanza) {
  if (stanza.tag == "success") due_.try_emplace(connection);
  const auto logged_in = due_.find(connection);
  if (logged_in == due_.end() || stanza.tag == "success") return true;
  if (is_a_query(stanza)) {
    logged_in->second.push_back(
        answering(stanza, {.tag = "iq", .attributes = {{"type", wire::Text("result")}}}, {"id"}));
    return false;
  }
  if (wants_an_ack(stanza)) {
    logged_in->second.push_back(answering(stanza,
                                          {.tag = "ack", .attributes = {{"class", stanza.tag}}},
                                          {"id", "participant", "type"}));
    return false;
  }
  return belongs_to_a_connection(stanza);
}

void AcknowledgingClient::sending(client::ConnectionId connection,
                                  std::vector<wire::Node>& stanzas) {
  const auto logged_in = due_.find(connection);
  if (logged_in == due_.end()) return;
  std::erase_if(stanzas, [](const wire::Node& stanza) { return stanza.tag != "iq"; });
  std::ranges::move(std::exchange(logged_in->second, {}), std::back_inserter(stanzas));
}

}  // namespace doublecheck::deviations
