#include <memory>
#include <string>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/wire/node.h"

// Clients that do one thing wrong.
namespace doublecheck::deviations {
namespace {

using harness::Matcher;
using harness::stanza;

Matcher client_acks(std::string stanza_class) {
  return stanza("ack", {{"class", std::move(stanza_class)}});
}

Matcher empty_results() {
  return stanza("iq", {{"type", "result"}}) &&
         Matcher{"empty", [](const wire::Node& node) { return node.children().empty(); }};
}

Matcher removals() {
  return {"a request to remove a device",
          [](const wire::Node& node) { return node.child("remove-companion-device") != nullptr; }};
}

// Acknowledges what is never acknowledged, with the next stanza that it sends.
class AcknowledgesEverything final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& stanza) override {
    const wire::Value* id = stanza.attribute("id");
    if (id != nullptr && (stanza.tag == "ib" || stanza.tag == "presence")) {
      owed_.push_back(
          {.tag = "ack", .attributes = {{"class", stanza.tag}, {"id", *id}}, .content = {}});
    }
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    stanzas.insert(stanzas.begin(), owed_.begin(), owed_.end());
    owed_.clear();
  }

 private:
  std::vector<wire::Node> owed_;
};

void drop_children(wire::Node& node, std::string_view tag) {
  auto* children = std::get_if<std::vector<wire::Node>>(&node.content);
  if (children == nullptr) return;
  std::erase_if(*children, [tag](const wire::Node& child) { return child.tag == tag; });
}

}  // namespace

std::vector<Deviation> client_deviations() {
  const auto editing = deviations::editing<client::Tamper>;
  const auto ignoring = deviations::ignoring<client::Tamper>;
  return {
      {.name = "client/accepts_a_foreign_root",
       .sentence = "Accepts an intermediate certificate that another root has signed",
       .violates = Rule::CERT_01,
       .caught_by = "client/certificates/intermediate_of_a_foreign_root_is_refused",
       .guard = ForcedGuard(Rule::CERT_01, true)},
      {.name = "client/accepts_a_forged_leaf",
       .sentence = "Accepts a leaf certificate whose signature does not verify",
       .violates = Rule::CERT_02,
       .caught_by = "client/certificates/damaged_leaf_signature_is_refused",
       .guard = ForcedGuard(Rule::CERT_02, true)},
      {.name = "client/accepts_a_leaf_for_another_key",
       .sentence = "Accepts a leaf certificate for another key than the server's",
       .violates = Rule::CERT_04,
       .caught_by = "client/certificates/leaf_for_another_key_is_refused",
       .guard = ForcedGuard(Rule::CERT_04, true)},
      {.name = "client/ignores_issuers",
       .sentence = "Accepts a certificate that names another issuer than the one that signed it",
       .violates = Rule::CERT_05,
       .caught_by = "client/certificates/leaf_with_another_issuer_is_refused",
       .guard = ForcedGuard(Rule::CERT_05, true)},
      {.name = "client/ignores_dates",
       .sentence = "Accepts certificates that have expired",
       .violates = Rule::CERT_06,
       .caught_by = "client/certificates/expired_leaf_is_refused",
       .guard = ForcedGuard(Rule::CERT_06, true)},
      {.name = "client/refuses_unknown_fields",
       .sentence = "Refuses a ServerHello that has an unknown field",
       .violates = Rule::NOISE_18,
       .caught_by = "client/noise/unknown_fields_are_ignored",
       .guard = ForcedGuard(Rule::NOISE_18, false)},
      {.name = "client/pairs_without_hmac",
       .sentence = "Signs an identity whose HMAC is wrong",
       .violates = Rule::PAIR_08,
       .caught_by = "client/pairing/wrong_hmac_is_refused",
       .guard = ForcedGuard(Rule::PAIR_08, true)},
      {.name = "client/pairs_without_account_signature",
       .sentence = "Signs an identity whose account signature does not verify",
       .violates = Rule::PAIR_09,
       .caught_by = "client/pairing/wrong_account_signature_is_refused",
       .guard = ForcedGuard(Rule::PAIR_09, true)},
      {.name = "client/answers_pair_device_with_another_id",
       .sentence = "Answers pair-device with an id of its own",
       .violates = Rule::PAIR_02,
       .caught_by = "client/pairing/pair_device_is_answered",
       .client_tamper =
           editing(change(empty_results(), [](wire::Node& answer) { answer.set("id", "other"); }))},
      {.name = "client/stays_away_after_pairing",
       .sentence = "Does not connect again when the server restarts the stream",
       .violates = Rule::CONTROL_01,
       .caught_by = "client/pairing/next_connection_logs_in_with_the_same_key",
       .guard = ForcedGuard(Rule::CONTROL_01, false)},
      {.name = "client/forgets_acks",
       .sentence = "Does not acknowledge receipts",
       .violates = Rule::STANZA_72,
       .caught_by = "client/acks/receipt_is_acknowledged_without_an_invented_type",
       .client_tamper = editing(drop(client_acks("receipt")))},
      {.name = "client/acknowledges_twice",
       .sentence = "Acknowledges each notification twice",
       .violates = Rule::STANZA_72,
       .caught_by = "client/acks/notification_is_acknowledged_once",
       .client_tamper = editing(repeat(client_acks("notification")))},
      {.name = "client/acknowledges_to_nobody",
       .sentence = "Leaves out whom an ack is for",
       .violates = Rule::STANZA_73,
       .caught_by = "client/acks/notification_is_acknowledged_once",
       .client_tamper =
           editing(change(client_acks("notification"), [](wire::Node& ack) { ack.remove("to"); }))},
      {.name = "client/invents_types",
       .sentence = "Gives the ack of a plain receipt a type",
       .violates = Rule::STANZA_75,
       .caught_by = "client/acks/receipt_is_acknowledged_without_an_invented_type",
       .client_tamper = editing(
           change(client_acks("receipt"), [](wire::Node& ack) { ack.set("type", "delivery"); }))},
      {.name = "client/acknowledges_everything",
       .sentence = "Acknowledges stanzas that are never acknowledged",
       .violates = Rule::STANZA_77,
       .caught_by = "client/acks/ib_and_presence_are_not_acknowledged",
       .client_tamper = [] { return std::make_unique<AcknowledgesEverything>(); }},
      {.name = "client/never_pings",
       .sentence = "Sends no keepalive",
       .violates = Rule::KEEP_01,
       .caught_by = "client/keepalive/idle_client_pings",
       .client_tamper = editing(drop(stanza("iq", {{"xmlns", "w:p"}})))},
      {.name = "client/ignores_pings",
       .sentence = "Does not answer a ping of the server",
       .violates = Rule::KEEP_04,
       .caught_by = "client/keepalive/server_ping_is_answered",
       .client_tamper = ignoring(stanza("iq", {{"xmlns", "urn:xmpp:ping"}}))},
      {.name = "client/comes_back_after_removal",
       .sentence = "Connects again although its device has been removed",
       .violates = Rule::CONTROL_02,
       .caught_by = "client/control/removed_device_does_not_come_back",
       .guard = ForcedGuard(Rule::CONTROL_02, true)},
      {.name = "client/comes_back_after_replacement",
       .sentence = "Connects again although another connection has replaced this one",
       .violates = Rule::CONTROL_03,
       .caught_by = "client/control/replaced_client_does_not_come_back",
       .guard = ForcedGuard(Rule::CONTROL_03, true)},
      {.name = "client/logs_out_somebody",
       .sentence = "Does not say which device a logout is to remove",
       .violates = Rule::LOGOUT_01,
       .caught_by = "client/login/logout_names_the_own_device",
       .client_tamper = editing(
           change(removals(),
                  [](wire::Node& request) {
                    std::get<std::vector<wire::Node>>(request.content).front().remove("jid");
                  }))},
      {.name = "client/keeps_its_group_key",
       .sentence = "Goes on with its key in a group after a removal",
       .violates = Rule::SENDERKEY_11,
       .caught_by = "client/groups/new_key_after_a_removal",
       .guard = ForcedGuard(Rule::SENDERKEY_11, true)},
      {.name = "client/resends_to_former_members",
       .sentence = "Sends a group message again to who was removed",
       .violates = Rule::RETRY_09,
       .caught_by = "client/groups/nothing_again_for_who_has_left",
       .guard = ForcedGuard(Rule::RETRY_09, true)},
      {.name = "client/resends_to_strangers",
       .sentence = "Sends a message again to a device that it was not for",
       .violates = Rule::RETRY_08,
       .caught_by = "client/retry/strangers_get_nothing",
       .guard = ForcedGuard(Rule::RETRY_08, true)},
      {.name = "client/resends_without_end",
       .sentence = "Sends a message again as often as it is asked",
       .violates = Rule::RETRY_07,
       .caught_by = "client/retry/resends_end",
       .guard = ForcedGuard(Rule::RETRY_07, true)},
      {.name = "client/asks_without_end",
       .sentence = "Asks for an unreadable message without end",
       .violates = Rule::STANZA_93,
       .caught_by = "client/retry/counts_end",
       .guard = ForcedGuard(Rule::STANZA_93, true)},
      {.name = "client/gives_no_keys",
       .sentence = "Gives its key in a group to nobody",
       .violates = Rule::SENDERKEY_12,
       .caught_by = "client/groups/key_for_every_device",
       .client_tamper = editing(change(
           stanza("message"), [](wire::Node& node) { drop_children(node, "participants"); }))},
      {.name = "client/leaves_out_phash",
       .sentence = "Leaves the phash out of group messages",
       .violates = Rule::MESSAGE_10,
       .caught_by = "client/groups/phash",
       .client_tamper =
           editing(change(stanza("message"), [](wire::Node& node) { node.remove("phash"); }))},
      {.name = "client/sends_no_identity",
       .sentence = "Leaves its device identity out of messages",
       .violates = Rule::STANZA_46,
       .caught_by = "client/messages/device_identity_with_pkmsg",
       .client_tamper = editing(change(
           stanza("message"), [](wire::Node& node) { drop_children(node, "device-identity"); }))},
      {.name = "client/settles_nothing",
       .sentence = "Sends no receipts",
       .violates = Rule::STANZA_69,
       .caught_by = "client/messages/every_message_is_settled",
       .client_tamper = editing(drop(stanza("receipt")))},
      {.name = "client/asks_without_keys",
       .sentence = "Leaves its keys out of retry receipts",
       .violates = Rule::RETRY_03,
       .caught_by = "client/retry/keys_from_the_second_on",
       .client_tamper = editing(
           change(stanza("receipt"), [](wire::Node& node) { drop_children(node, "keys"); }))},
  };
}

}  // namespace doublecheck::deviations
