#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/wire/node.h"

// Servers that do one thing wrong.
namespace doublecheck::deviations {
namespace {

using harness::info;
using harness::Matcher;
using harness::stanza;

Matcher acks(std::string stanza_class) {
  return stanza("ack", {{"class", std::move(stanza_class)}});
}

Matcher answers() { return stanza("iq", {{"type", "result"}}); }

Matcher errors_of_code(const std::string& code) {
  return {"an error " + code, [code](const wire::Node& node) {
            const wire::Node* error = node.child("error");
            return node.tag == "iq" && error != nullptr && error->text("code") == code;
          }};
}

Matcher queued(std::string_view tag) {
  return stanza(tag) &&
         Matcher{"queued", [](const wire::Node& node) { return node.has("offline"); }};
}

Matcher without_type(std::string_view tag) {
  return stanza(tag) &&
         Matcher{"without type", [](const wire::Node& node) { return !node.has("type"); }};
}

// The first child of a stanza that has one.
wire::Node& first_child(wire::Node& node) {
  return std::get<std::vector<wire::Node>>(node.content).front();
}

void write_as_text(wire::Node& node, std::string_view attribute) {
  if (const wire::Jid* jid = node.jid(attribute)) node.set(attribute, wire::Text(jid->to_string()));
}

// Answers no ping on connections that have not logged in.
class IgnoresPingsWhilePairing final : public server::Tamper {
 public:
  void authenticated(server::ConnectionId connection, const noise::ClientPayload& payload,
                     const PublicKey&) override {
    is_pairing_[connection] = payload.is_registration();
  }
  bool received(server::ConnectionId connection, const wire::Node& node) override {
    return !is_pairing_[connection] || node.text("xmlns") != "w:p";
  }

 private:
  std::map<server::ConnectionId, bool> is_pairing_;
};

// Marks the end of a device's queue when it logs in for the first time, and never again.
class ForgetsEndMarkers final : public server::Tamper {
 public:
  void authenticated(server::ConnectionId connection, const noise::ClientPayload& payload,
                     const PublicKey& static_key) override {
    if (payload.is_login() && !known_.insert(static_key).second) returning_.insert(connection);
  }
  void sending(server::ConnectionId connection, std::vector<wire::Node>& stanzas) override {
    if (returning_.contains(connection)) std::erase_if(stanzas, info("offline").matches);
  }

 private:
  std::set<PublicKey> known_;
  std::set<server::ConnectionId> returning_;
};

// Has one ephemeral key for all handshakes.
class RepeatsEphemeralKey final : public server::Tamper {
 public:
  noise::ServerHandshakeFaults handshake(server::ConnectionId) override {
    SeededRandom random(1);
    noise::ServerHandshakeFaults faults;
    faults.ephemeral_key_pair = KeyPair::generate(random);
    return faults;
  }
};

}  // namespace

std::vector<Deviation> server_deviations() {
  const auto editing = deviations::editing<server::Tamper>;
  return {
      {.name = "server/forgets_acks",
       .sentence = "Does not acknowledge messages",
       .violates = Rule::STANZA_40,
       .caught_by = "server/acks/message",
       .server_tamper = editing(drop(acks("message")))},
      {.name = "server/acknowledges_twice",
       .sentence = "Acknowledges each message twice",
       .violates = Rule::STANZA_40,
       .caught_by = "server/acks/message",
       .server_tamper = editing(repeat(acks("message")))},
      {.name = "server/acknowledges_with_text",
       .sentence = "Writes the from of an ack as text instead of as a JID",
       .violates = Rule::STANZA_40,
       .caught_by = "server/acks/message",
       .server_tamper =
           editing(change(acks("message"), [](wire::Node& ack) { write_as_text(ack, "from"); }))},
      {.name = "server/forgets_acks_of_receipts",
       .sentence = "Does not acknowledge receipts",
       .violates = Rule::STANZA_79,
       .caught_by = "server/acks/receipt",
       .server_tamper = editing(drop(acks("receipt")))},
      {.name = "server/reorders_the_queue",
       .sentence = "Delivers the messages of the offline queue in the opposite order",
       .violates = Rule::STANZA_31,
       .caught_by = "server/offline/order",
       .server_tamper = editing(reverse(queued("message")))},
      {.name = "server/does_not_mark_the_queue",
       .sentence = "Delivers queued messages without the attribute offline",
       .violates = Rule::STANZA_29,
       .caught_by = "server/offline/content_is_unchanged",
       .server_tamper = editing(
           change(queued("message"), [](wire::Node& message) { message.remove("offline"); }))},
      {.name = "server/miscounts_the_queue",
       .sentence = "Tells of none at the end of a queue, however many there were",
       .violates = Rule::STANZA_26,
       .caught_by = "server/offline/end_marker_counts",
       .server_tamper = editing(
           change(info("offline"), [](wire::Node& ib) { first_child(ib).set("count", "0"); }))},
      {.name = "server/forgets_end_markers",
       .sentence = "Does not mark the end of the queue of a device that comes back",
       .violates = Rule::LOGIN_07,
       .caught_by = "server/offline/end_marker_of_an_empty_queue",
       .server_tamper = [] { return std::make_unique<ForgetsEndMarkers>(); }},
      {.name = "server/ignores_pings_while_pairing",
       .sentence = "Answers no ping of a companion that has no account yet",
       .violates = Rule::KEEP_02,
       .caught_by = "server/keepalive/ping_is_answered_while_pairing",
       .server_tamper = [] { return std::make_unique<IgnoresPingsWhilePairing>(); }},
      {.name = "server/ignores_unknown_queries",
       .sentence = "Does not answer queries that it does not know",
       .violates = Rule::IQ_04,
       .caught_by = "server/iq/unknown_namespace_get",
       .server_tamper = editing(drop(errors_of_code("501")))},
      {.name = "server/answers_twice",
       .sentence = "Answers each ping twice",
       .violates = Rule::KEEP_02,
       .caught_by = "server/keepalive/ping_is_answered_once",
       .server_tamper = editing(repeat(answers()))},
      {.name = "server/answers_from_nobody",
       .sentence = "Leaves out the from of its answers",
       .violates = Rule::STANZA_12,
       .caught_by = "server/iq/answer_to_nobody_comes_from_the_server",
       .server_tamper =
           editing(change(answers(), [](wire::Node& answer) { answer.remove("from"); }))},
      {.name = "server/adds_types_to_receipts",
       .sentence = "Forwards a plain receipt with a type",
       .violates = Rule::STANZA_82,
       .caught_by = "server/receipts/delivery_receipt",
       .server_tamper = editing(change(
           without_type("receipt"), [](wire::Node& receipt) { receipt.set("type", "delivery"); }))},
      {.name = "server/delivers_live_messages_twice",
       .sentence = "Delivers each message twice on one connection",
       .violates = Rule::STANZA_33,
       .caught_by = "server/delivery/not_twice_on_one_connection",
       .server_tamper = editing(repeat(stanza("message")))},
      {.name = "server/serves_any_version",
       .sentence = "Goes on with a client of another protocol or dictionary version",
       .violates = Rule::TRANSPORT_14,
       .caught_by = "server/transport/other_dictionary_version",
       .guard = ForcedGuard(Rule::TRANSPORT_14, true)},
      {.name = "server/lets_anybody_log_in",
       .sentence = "Accepts a login with a Noise key that the device is not bound to",
       .violates = Rule::PAYLOAD_10,
       .caught_by = "server/login/other_static_key",
       .guard = ForcedGuard(Rule::PAYLOAD_10, true)},
      {.name = "server/pairs_without_device_signature",
       .sentence = "Makes a device of a companion whose device signature does not verify",
       .violates = Rule::PAIR_21,
       .caught_by = "server/pairing/device_signature_changed",
       .guard = ForcedGuard(Rule::PAIR_12, true)},
      {.name = "server/pairs_with_changed_details",
       .sentence = "Makes a device of a companion that has changed its own identity",
       .violates = Rule::PAIR_21,
       .caught_by = "server/pairing/details_changed",
       .guard = ForcedGuard(Rule::PAIR_13, true)},
      {.name = "server/pairs_by_code_with_a_foreign_key",
       .sentence = "Accepts a companion_hello that names another Noise key than the connection's",
       .violates = Rule::CODE_03,
       .caught_by = "server/pairing/code_with_foreign_noise_key",
       .guard = ForcedGuard(Rule::CODE_03, true)},
      {.name = "server/repeats_its_ephemeral_key",
       .sentence = "Uses one ephemeral key for all handshakes",
       .violates = Rule::NOISE_09,
       .caught_by = "server/noise/fresh_ephemeral",
       .server_tamper = [] { return std::make_unique<RepeatsEphemeralKey>(); }},
      {.name = "server/refuses_unknown_fields",
       .sentence = "Refuses a handshake message that has an unknown field",
       .violates = Rule::NOISE_18,
       .caught_by = "server/noise/unknown_fields",
       .guard = ForcedGuard(Rule::NOISE_18, false)},
  };
}

}  // namespace doublecheck::deviations
