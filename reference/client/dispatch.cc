#include "reference/client/dispatch.h"

#include <utility>

#include "reference/client/acks.h"
#include "reference/client/inbox.h"
#include "reference/client/info.h"
#include "reference/client/login.h"
#include "reference/client/notifications.h"
#include "reference/client/outbox.h"
#include "reference/client/pairing.h"
#include "reference/client/presence.h"
#include "reference/client/receipts.h"
#include "reference/client/retry.h"
#include "reference/client/stanzas.h"
#include "reference/client/stream_end.h"

namespace doublecheck::client {
namespace {

IqFailure failure_of(const wire::Node& answer) {
  IqFailure failure{.kind = IqFailure::Kind::kError};
  if (const wire::Node* error = answer.child("error")) {
    failure.code = error->number("code").value_or(0);
    failure.text = error->text("text").value_or("");
  }
  return failure;
}

// Whether the stanza was the answer to a query, which has been told (IQ-02, IQ-03).
bool take_answer(Turn& turn, const wire::Node& stanza) {
  const auto id = stanza.text("id");
  if (!id || !turn.connection().iqs.waits_for(*id)) return false;
  const auto type = stanza.text("type");
  const bool is_answer = stanza.tag == "iq" && (type == "result" || type == "error");
  if (!turn.guard().holds(Rule::IQ_02, is_answer)) return false;
  const IqHandler handler = turn.connection().iqs.take(*id);
  if (turn.guard().holds(Rule::IQ_03, type != "error")) {
    handler(turn, &stanza);
  } else {
    handler(turn, std::unexpected(failure_of(stanza)));
  }
  return true;
}

void answer_ping(Turn& turn, const wire::Node& ping) {
  wire::Node answer = element("iq", {{"to", wire::Jid::of_server()}, {"type", "result"}});
  if (const wire::Value* from = ping.attribute("from")) answer.set("to", *from);
  if (const wire::Value* id = ping.attribute("id")) answer.set("id", *id);
  turn.send(std::move(answer));
}

// What the server asks.
void handle_query(Turn& turn, const wire::Node& iq) {
  const auto type = iq.text("type");
  if (type == "get" && (iq.text("xmlns") == "urn:xmpp:ping" || iq.child("ping") != nullptr)) {
    return answer_ping(turn, iq);
  }
  if (type != "set") return;
  if (const wire::Node* pair_device = iq.child("pair-device"))
    return receive_references(turn, iq, *pair_device);
  if (const wire::Node* pair_success = iq.child("pair-success"))
    return receive_pair_success(turn, iq, *pair_success);
}

void acknowledge(Turn& turn, const wire::Node& stanza) {
  if (auto ack = ack_of(stanza, turn.guard())) turn.send(std::move(*ack));
}

}  // namespace

void handle_stanza(Turn& turn, const wire::Node& stanza) {
  if (take_answer(turn, stanza)) return;
  if (stanza.tag == "iq") return handle_query(turn, stanza);
  if (stanza.tag == "success") return receive_success(turn, stanza);
  if (stanza.tag == "failure") return turn.end(read_failure(stanza, turn.guard()));
  if (stanza.tag == "stream:error") return turn.end(read_stream_error(stanza, turn.guard()));
  if (stanza.tag == "xmlstreamend") return turn.end(lost("the server ended the stream"));
  if (stanza.tag == "ib") return receive_info(turn, stanza);
  if (stanza.tag == "notification") {
    receive_notification(turn, stanza);
    return acknowledge(turn, stanza);
  }
  // The rest is about an account.
  if (!turn.connection().is_logged_in()) return turn.remark("ignored a stanza before login");
  if (stanza.tag == "message") return receive_message(turn, stanza);
  if (stanza.tag == "receipt") {
    if (stanza.text("type") == "retry") return send_again(turn, stanza);
    acknowledge(turn, stanza);
    return receive_receipt(turn, stanza);
  }
  if (stanza.tag == "ack") return receive_ack(turn, stanza);
  if (stanza.tag == "presence") return receive_presence(turn, stanza);
  if (stanza.tag == "chatstate") return receive_chat_state(turn, stanza);
  if (stanza.tag == "call") return acknowledge(turn, stanza);
}

}  // namespace doublecheck::client
