#include "reference/client/acks.h"

#include <algorithm>

#include "reference/client/stanzas.h"

namespace doublecheck::client {

std::optional<wire::Node> ack_of(const wire::Node& stanza, const Guard& guard,
                                 std::string_view error) {
  constexpr std::string_view kAcknowledged[] = {"message", "receipt", "notification", "call"};
  const wire::Value* id = stanza.attribute("id");
  const wire::Value* from = stanza.attribute("from");
  const bool owed =
      std::ranges::any_of(kAcknowledged, [&](std::string_view tag) { return stanza.tag == tag; }) &&
      id != nullptr && from != nullptr;
  if (!guard.holds(Rule::STANZA_77, owed)) return std::nullopt;
  wire::Node ack = element("ack", {{"class", stanza.tag}});
  if (id != nullptr) ack.set("id", *id);
  if (from != nullptr) ack.set("to", *from);
  for (const std::string_view name : {"participant", "recipient"}) {
    if (const wire::Value* value = stanza.attribute(name)) ack.set(name, *value);
  }
  if (stanza.tag != "message") {
    if (const wire::Value* type = stanza.attribute("type")) ack.set("type", *type);
  }
  if (!error.empty()) ack.set("error", wire::Text(error));
  return ack;
}

}  // namespace doublecheck::client
