#include "reference/server/other_stanzas.h"

#include "reference/server/delivery.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"
#include "spec/base/bytes.h"

namespace doublecheck::server {

void settle_by_ack(Turn& turn, Session& session, const wire::Node& ack) {
  const auto stanza_class = ack.text("class");
  const auto id = ack.text("id");
  if (!stanza_class || !id) {
    turn.count("ack.malformed");
    return;
  }
  if (const auto error = ack.text("error")) turn.count("nack." + std::string(error->substr(0, 10)));
  settle(turn, session, *stanza_class, *id);
}

void note_presence(Turn& turn, Session& session, const wire::Node& presence) {
  const auto party = party_of(turn.state, session);
  const auto name = presence.text("name");
  if (!party || !name || name->empty()) return;
  if (name->size() > kMaxPushNameBytes) {
    turn.count("presence.name_too_long");
    return;
  }
  party->account.push_name = *name;
}

void acknowledge_call(Turn& turn, Session& session, const wire::Node& call) {
  wire::Node ack = element("ack", {{"class", "call"}});
  if (const wire::Value* id = call.attribute("id")) ack.set("id", *id);
  const wire::Value* to = call.attribute("to");
  ack.set("from", to != nullptr ? *to : wire::Value(wire::Jid::of_server()));
  if (!call.children().empty()) ack.set("type", wire::Text(call.children().front().tag));
  turn.send(session.id, std::move(ack));
}

}  // namespace doublecheck::server
