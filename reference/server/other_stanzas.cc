#include "reference/server/other_stanzas.h"

#include "reference/server/delivery.h"

namespace doublecheck::server {

void settle_by_ack(Turn& turn, Session& session, const wire::Node& ack) {
  const auto stanza_class = ack.text("class");
  const auto id = ack.text("id");
  if (!stanza_class || !id) {
    turn.count("ack.malformed");
    return;
  }
  if (const auto error = ack.text("error")) turn.count("nack." + std::string(error->substr(0, 10)));
  settle(turn, session, *stanza_class, *id, ack.text("type"));
}

}  // namespace doublecheck::server
