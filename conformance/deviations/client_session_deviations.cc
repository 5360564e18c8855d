#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "harness/actor/signal_device.h"
#include "spec/signal/message.h"
#include "spec/wire/node.h"
#include "spec/wire/node_literal.h"

// Clients that do one thing wrong with sessions, keys, or requests for messages. Where a library is
// known to do the same, the sentence is about that.
namespace doublecheck::deviations {
namespace {

using namespace wire::literals;
using harness::Matcher;
using harness::read_prekey_message;
using harness::read_signal_message;
using harness::stanza;

std::vector<wire::Node>* children_in(wire::Node& node) {
  return std::get_if<std::vector<wire::Node>>(&node.content);
}

wire::Node* child_in(wire::Node& node, std::string_view tag) {
  std::vector<wire::Node>* children = children_in(node);
  if (children == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(*children, [tag](const wire::Node& child) { return child.tag == tag; });
  return found == children->end() ? nullptr : &*found;
}

std::string text_of(const wire::Node& node, std::string_view attribute) {
  const wire::Value* value = node.attribute(attribute);
  return value == nullptr ? std::string() : wire::to_string(*value);
}

// Does something with every enc of a message, also with those for several devices.
void for_each_enc(wire::Node& message, const std::function<void(wire::Node&)>& action) {
  if (wire::Node* participants = child_in(message, "participants")) {
    for (wire::Node& to : *children_in(*participants)) {
      if (wire::Node* enc = child_in(to, "enc")) action(*enc);
    }
  }
  if (wire::Node* enc = child_in(message, "enc")) action(*enc);
}

Matcher retries() { return stanza("receipt", {{"type", "retry"}}); }
Matcher key_uploads() {
  return stanza("iq", {{"xmlns", "encrypt"}, {"type", "set"}}) &&
         Matcher{"with one-time prekeys",
                 [](const wire::Node& node) { return node.child("list") != nullptr; }};
}

// ---- Clients that cannot read what they should: such messages do not reach them.

// Decides about each message in turn, as it comes: `reads` is asked with the message and its first
// enc.
class CannotRead final : public client::Tamper {
 public:
  using Reads = std::function<bool(const wire::Node& message, const wire::Node& encrypted)>;
  explicit CannotRead(Reads reads) : reads_(std::move(reads)) {}

  bool received(client::ConnectionId, const wire::Node& stanza) override {
    const wire::Node* encrypted = stanza.child("enc");
    const bool is_direct = stanza.tag == "message" && stanza.text("category") != "peer" &&
                           encrypted != nullptr && !stanza.has("participant");
    return !is_direct || reads_(stanza, *encrypted);
  }

 private:
  Reads reads_;
};

// With a memory of its own for each run.
template <typename Memory>
std::function<std::unique_ptr<client::Tamper>()> cannot_read(bool (*reads)(Memory&,
                                                                           const wire::Node&,
                                                                           const wire::Node&)) {
  return [reads] {
    return std::make_unique<CannotRead>(
        [reads, memory = Memory{}](const wire::Node& message, const wire::Node& encrypted) mutable {
          return reads(memory, message, encrypted);
        });
  };
}

// What is known of each device that has written.
struct Identities {
  std::map<std::string, PublicKey> known;
  std::set<std::string> lost;
};
// Another identity makes it forget the session, before anything has been decrypted.
bool until_another_identity(Identities& memory, const wire::Node& message,
                            const wire::Node& encrypted) {
  const std::string from = text_of(message, "from");
  if (const auto started = read_prekey_message(encrypted)) {
    const auto [known, is_new] = memory.known.emplace(from, started->identity_key);
    if (!is_new && known->second != started->identity_key) memory.lost.insert(from);
    return true;
  }
  return !memory.lost.contains(from);
}

// One session of each device, the one that was started last.
struct LatestSessions {
  std::map<std::string, PublicKey> base_keys;
  std::map<std::string, std::set<PublicKey>> ratchet_keys;  // of sessions that were forgotten
  std::map<std::string, std::set<PublicKey>> current;
};
bool on_the_latest_session(LatestSessions& memory, const wire::Node& message,
                           const wire::Node& encrypted) {
  const std::string from = text_of(message, "from");
  const auto inner = read_signal_message(encrypted);
  if (!inner) return true;
  if (const auto started = read_prekey_message(encrypted)) {
    const auto [known, is_new] = memory.base_keys.emplace(from, started->base_key);
    if (!is_new && known->second != started->base_key) {
      known->second = started->base_key;
      memory.ratchet_keys[from].merge(memory.current[from]);
      memory.current[from].clear();
    }
  }
  if (memory.ratchet_keys[from].contains(inner->ratchet_key)) return false;
  memory.current[from].insert(inner->ratchet_key);
  return true;
}

// A one-time prekey is gone with the first message that names it, whether that was genuine or not.
bool while_its_prekey_is_there(std::set<std::uint32_t>& memory, const wire::Node&,
                               const wire::Node& encrypted) {
  const auto started = read_prekey_message(encrypted);
  return !started || !started->one_time_prekey_id ||
         memory.insert(*started->one_time_prekey_id).second;
}

struct Chains {
  std::map<PublicKey, std::uint32_t> latest;  // counters, by ratchet key
};
bool in_order(Chains& memory, const wire::Node&, const wire::Node& encrypted) {
  const auto message = read_signal_message(encrypted);
  if (!message) return true;
  const auto [latest, is_new] = memory.latest.emplace(message->ratchet_key, message->counter);
  if (is_new) return true;
  const bool follows = message->counter > latest->second;
  latest->second = std::max(latest->second, message->counter);
  return follows;
}
bool without_a_gap_of_a_thousand(Chains& memory, const wire::Node&, const wire::Node& encrypted) {
  const auto message = read_signal_message(encrypted);
  if (!message) return true;
  const std::uint32_t before = std::exchange(memory.latest[message->ratchet_key], message->counter);
  return message->counter < before + 1'000;
}

// Reads a few messages of a peer with which it has two sessions, and then nothing more.
class DamagesCrossingSessions final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& stanza) override {
    const wire::Node* encrypted = stanza.child("enc");
    if (stanza.tag != "message" || stanza.text("category") == "peer" || encrypted == nullptr)
      return true;
    if (encrypted->text("type") == "pkmsg") peer_has_started_ = true;
    if (!started_ || !peer_has_started_) return true;
    return ++rounds_ <= 3;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      if (node.tag != "message" || node.text("category") == "peer" || peer_has_started_) continue;
      for_each_enc(node,
                   [&](wire::Node& enc) { started_ = started_ || enc.text("type") == "pkmsg"; });
    }
  }

 private:
  bool started_ = false;
  bool peer_has_started_ = false;
  int rounds_ = 0;
};

// ---- Clients that write something else

// Wraps the first message of a session alone.
class StopsWrapping final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      if (node.tag != "message") continue;
      for_each_enc(node, [&](wire::Node& enc) {
        const auto started = read_prekey_message(enc);
        if (!started || base_keys_.insert(started->base_key).second) return;
        enc.set("type", "msg");
        enc.content = wire::Blob(ByteView(started->message));
      });
    }
  }

 private:
  std::set<PublicKey> base_keys_;
};

void invent_prekeys(wire::Node& message) {
  for_each_enc(message, [](wire::Node& enc) {
    auto started = read_prekey_message(enc);
    if (!started || started->one_time_prekey_id) return;
    started->one_time_prekey_id = 1;
    enc.content = wire::Blob(ByteView(signal::encode_prekey_signal_message(*started)));
  });
}

// Does not send what it would after it has seen a bundle whose signature is wrong.
class GivesUpOnBadBundles final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& stanza) override {
    const wire::Node* list = stanza.tag == "iq" ? stanza.child("list") : nullptr;
    if (list == nullptr) return true;
    for (const wire::Node& user : list->children()) {
      const wire::Node* signed_prekey = user.child("skey");
      if (signed_prekey != nullptr && !is_signed(user, *signed_prekey)) gives_up_ = true;
    }
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (!gives_up_) return;
    gives_up_ = std::erase_if(stanzas, [](const wire::Node& node) {
                  return node.tag == "message" && node.text("category") != "peer";
                }) == 0;
  }

 private:
  static bool is_signed(const wire::Node& user, const wire::Node& signed_prekey) {
    const auto bytes = [](const wire::Node* node) {
      return node == nullptr ? ByteView{} : node->bytes().value_or(ByteView{});
    };
    const auto identity = to_public_key(bytes(user.child("identity")));
    const auto key = to_public_key(bytes(signed_prekey.child("value")));
    signal::PrekeyBundle bundle;
    const ByteView signature = bytes(signed_prekey.child("signature"));
    if (!identity || !key || signature.size() != bundle.signed_prekey.signature.size())
      return false;
    bundle.identity_key = *identity;
    bundle.signed_prekey.key = *key;
    std::ranges::copy(signature, bundle.signed_prekey.signature.begin());
    return bundle.is_signed();
  }

  bool gives_up_ = false;
};

// ---- Clients that ask wrongly

class CountsByIdAlone final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      wire::Node* retry = retries().matches(node) ? child_in(node, "retry") : nullptr;
      if (retry != nullptr)
        retry->set("count", wire::Text(std::to_string(++counts_[text_of(node, "id")])));
    }
  }

 private:
  std::map<std::string, int> counts_;
};

class RepeatsItsKeys final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      wire::Node* keys = retries().matches(node) ? child_in(node, "keys") : nullptr;
      if (keys == nullptr) continue;
      if (first_) *keys = *first_;
      first_ = *keys;
    }
  }

 private:
  std::optional<wire::Node> first_;
};

// Does not ask for messages that start a session.
class IgnoresUnknownPrekeys final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& stanza) override {
    const wire::Node* encrypted = stanza.tag == "message" ? stanza.child("enc") : nullptr;
    if (encrypted != nullptr && encrypted->text("type") == "pkmsg")
      ids_.insert(text_of(stanza, "id"));
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    std::erase_if(stanzas, [&](const wire::Node& node) {
      return retries().matches(node) && ids_.contains(text_of(node, "id"));
    });
  }

 private:
  std::set<std::string> ids_;
};

void drop_keys(wire::Node& receipt) {
  if (std::vector<wire::Node>* children = children_in(receipt))
    std::erase_if(*children, [](const wire::Node& child) { return child.tag == "keys"; });
}

class PingsAboutBadMessages final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    const auto bad = static_cast<std::size_t>(std::ranges::count_if(stanzas, retries().matches));
    wire::Node presence = R"(<presence type="available" name="I cannot read this"/>)"_node;
    stanzas.insert(stanzas.end(), 10 * bad, presence);
  }
};

// ---- Clients that answer wrongly

bool is_resend(const wire::Node& node) {
  return node.tag == "message" && node.child("enc") != nullptr && node.child("enc")->has("count") &&
         node.jid("to") != nullptr;
}
Matcher resends() { return {"a message sent again", is_resend}; }

void write_twice(wire::Node& resend) {
  wire::Node to{.tag = "to", .attributes = {{"jid", *resend.jid("to")}}, .content = {}};
  to.content = std::vector<wire::Node>{*resend.child("enc")};
  wire::Node participants{.tag = "participants", .attributes = {}, .content = {}};
  participants.content = std::vector<wire::Node>{std::move(to)};
  children_in(resend)->push_back(std::move(participants));
}

// When a phone asks, everybody gets the message once more.
class FansOutForPhones final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      if (node.tag != "message") continue;
      const std::string id = text_of(node, "id");
      if (!is_resend(node)) {
        sent_.emplace(id, node);
      } else if (node.jid("to")->device == 0 && sent_.contains(id)) {
        node = sent_.at(id);
      }
    }
  }

 private:
  std::map<std::string, wire::Node> sent_;
};

// Counts what it sends again by message, whoever asks.
class ExhaustsAllTogether final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    std::erase_if(stanzas, [&](const wire::Node& node) {
      return is_resend(node) && ++resends_[text_of(node, "id")] > 5;
    });
  }

 private:
  std::map<std::string, int> resends_;
};

// Acknowledges a request when it is the first for its message.
class AcknowledgesTheFirstRequest final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    std::erase_if(stanzas, [&](const wire::Node& node) {
      return node.tag == "ack" && node.text("type") == "retry" &&
             !acknowledged_.insert(text_of(node, "id")).second;
    });
  }

 private:
  std::set<std::string> acknowledged_;
};

// ---- Clients that make keys wrongly

void damage_signature(wire::Node& upload) {
  wire::Node* signed_prekey = child_in(upload, "skey");
  wire::Node* signature =
      signed_prekey == nullptr ? nullptr : child_in(*signed_prekey, "signature");
  if (signature == nullptr) return;
  Bytes bytes = to_bytes(signature->bytes().value_or(ByteView{}));
  bytes.front() ^= 0x01;
  signature->content = wire::Blob(ByteView(bytes));
}

void number_from_one(wire::Node& upload) {
  std::uint8_t next = 0;
  for (wire::Node& key : *children_in(*child_in(upload, "list"))) {
    if (wire::Node* id = child_in(key, "id"))
      id->content = wire::Blob(ByteView(Bytes{0, 0, ++next}));
  }
}

template <typename Tamper>
std::function<std::unique_ptr<client::Tamper>()> made_anew() {
  return [] { return std::make_unique<Tamper>(); };
}

}  // namespace

std::vector<Deviation> client_session_deviations() {
  const auto editing = deviations::editing<client::Tamper>;
  return {
      // ---- Reading
      {.name = "client/accepts_any_mac",
       .sentence = "Reads messages whose MAC is wrong",
       .violates = Rule::SESSION_08,
       .caught_by = "client/forged/mac",
       .guard = ForcedGuard(Rule::SESSION_08, true)},
      {.name = "client/keeps_one_time_prekeys",
       .sentence = "Lets a one-time prekey start any number of sessions",
       .violates = Rule::SESSION_15,
       .caught_by = "client/sessions/one_time_prekey_is_used_once",
       .guard = ForcedGuard(Rule::SESSION_15, false)},
      {.name = "client/keeps_prekeys_of_retry_receipts",
       .sentence = "Lets the one-time prekey of a retry receipt start any number of sessions",
       .violates = Rule::RETRY_05,
       .caught_by = "client/retry/prekey_of_a_receipt_is_usable_once",
       .guard = ForcedGuard(Rule::SESSION_15, false)},
      {.name = "client/starts_every_session_again",
       .sentence = "Takes every message that starts a session for one that starts another",
       .violates = Rule::SESSION_16,
       .caught_by = "client/sessions/further_prekey_messages_of_one_session",
       .guard = ForcedGuard(Rule::SESSION_16, false)},
      {.name = "client/keeps_used_message_keys",
       .sentence = "Reads a late message as often as it comes",
       .violates = Rule::SESSION_24,
       .caught_by = "client/sessions/skipped_message_key_is_used_once",
       .guard = ForcedGuard(Rule::SESSION_24, false)},
      // As npm libsignal.
      {.name = "client/keeps_all_skipped_keys",
       .sentence = "Keeps the keys of all messages that never came",
       .violates = Rule::SESSION_22,
       .caught_by = "client/sessions/skipped_keys_are_bounded",
       .guard = ForcedGuard(Rule::SESSION_22, true)},
      {.name = "client/keeps_all_chains",
       .sentence = "Keeps every chain that a peer has ever had",
       .violates = Rule::SESSION_22,
       .caught_by = "client/sessions/receiving_chains_are_bounded",
       .guard = ForcedGuard(Rule::SESSION_22, true)},
      {.name = "client/keeps_to_its_session",
       .sentence = "Goes on writing on its session when the peer uses an earlier one",
       .violates = Rule::SESSION_28,
       .caught_by = "client/sessions/answer_is_on_the_session_that_was_used_last",
       .guard = ForcedGuard(Rule::SESSION_28, false)},
      {.name = "client/jumps_any_distance",
       .sentence = "Derives as many keys as a counter says",
       .violates = Rule::SESSION_21,
       .caught_by = "client/sessions/jump_of_25001",
       .guard = ForcedGuard(Rule::SESSION_21, true)},
      // As Baileys.
      {.name = "client/forgets_sessions_on_another_identity",
       .sentence = "Forgets its session as soon as a message claims another identity",
       .violates = Rule::SESSION_14,
       .caught_by = "client/forged/identity_in_a_prekey_message",
       .client_tamper = cannot_read(until_another_identity)},
      {.name = "client/consumes_prekeys_of_forged_messages",
       .sentence = "Deletes a one-time prekey before the message under it is decrypted",
       .violates = Rule::SESSION_14,
       .caught_by = "client/forged/mac_in_a_prekey_message",
       .client_tamper = cannot_read(while_its_prekey_is_there)},
      {.name = "client/forgets_earlier_sessions",
       .sentence = "Keeps the session alone that a device has started last",
       .violates = Rule::SESSION_29,
       .caught_by = "client/sessions/earlier_session_is_still_read",
       .client_tamper = cannot_read(on_the_latest_session)},
      // As npm libsignal and libsignal-protocol of whatsapp-rust-bridge.
      {.name = "client/damages_crossing_sessions",
       .sentence = "Reads three messages when both sides have started a session, and no more",
       .violates = Rule::SESSION_27,
       .caught_by = "client/sessions/both_start_and_the_clients_is_read_first",
       .client_tamper = made_anew<DamagesCrossingSessions>()},
      {.name = "client/reads_in_order_only",
       .sentence = "Cannot read a message that a later one has overtaken",
       .violates = Rule::SESSION_19,
       .caught_by = "client/sessions/messages_in_every_order",
       .client_tamper = cannot_read(in_order)},
      {.name = "client/cannot_jump",
       .sentence = "Cannot read a message in front of which a thousand are missing",
       .violates = Rule::SESSION_20,
       .caught_by = "client/sessions/jump_of_1999",
       .client_tamper = cannot_read(without_a_gap_of_a_thousand)},

      // ---- Writing
      {.name = "client/stops_wrapping_too_early",
       .sentence = "Starts a session with its first message alone",
       .violates = Rule::SESSION_12,
       .caught_by = "client/sessions/first_messages_are_wrapped_until_answered",
       .client_tamper = made_anew<StopsWrapping>()},
      {.name = "client/invents_a_one_time_prekey",
       .sentence = "Names a one-time prekey although the bundle had none",
       .violates = Rule::SESSION_03,
       .caught_by = "client/sessions/bundle_without_one_time_prekey",
       .client_tamper = editing(change(stanza("message"), invent_prekeys))},
      // As Baileys.
      {.name = "client/encrypts_for_unsigned_bundles",
       .sentence = "Encrypts for a bundle whose signature does not verify",
       .violates = Rule::SESSION_04,
       .caught_by = "client/forged/zeros_as_signature_in_a_bundle",
       .guard = ForcedGuard(Rule::SESSION_04, true)},
      // As whatsapp-rust.
      {.name = "client/gives_up_on_a_bad_bundle",
       .sentence = "Sends a message to nobody when the bundle of one device is bad",
       .violates = Rule::SESSION_05,
       .caught_by = "client/forged/one_bad_bundle_of_two",
       .client_tamper = made_anew<GivesUpOnBadBundles>()},

      // ---- Asking
      // As whatsmeow and Baileys.
      {.name = "client/counts_by_id_alone",
       .sentence = "Counts retries of messages of two senders together",
       .violates = Rule::RETRY_19,
       .caught_by = "client/retry/counts_of_two_senders",
       .client_tamper = made_anew<CountsByIdAlone>()},
      {.name = "client/repeats_its_keys",
       .sentence = "Gives the same one-time prekey with every retry receipt",
       .violates = Rule::RETRY_05,
       .caught_by = "client/retry/prekey_of_a_receipt_is_fresh",
       .client_tamper = made_anew<RepeatsItsKeys>()},
      {.name = "client/ignores_unknown_prekeys",
       .sentence = "Does not ask for a message under a prekey that it does not have",
       .violates = Rule::SESSION_17,
       .caught_by = "client/sessions/unknown_one_time_prekey",
       .client_tamper = made_anew<IgnoresUnknownPrekeys>()},
      // As yowsup.
      {.name = "client/shows_no_keys_for_unknown_prekeys",
       .sentence = "Asks for a message under a prekey that it does not have without showing others",
       .violates = Rule::SESSION_17,
       .caught_by = "client/sessions/unknown_signed_prekey",
       .client_tamper = editing(change(retries(), drop_keys))},
      {.name = "client/asks_for_each_ciphertext",
       .sentence = "Asks twice for one delivery of a message",
       .violates = Rule::RETRY_02,
       .caught_by = "client/resources/one_message_with_many_ciphertexts",
       .client_tamper = editing(repeat(retries()))},
      {.name = "client/makes_noise_about_bad_messages",
       .sentence = "Sends ten stanzas more for each message that it cannot read",
       .violates = Rule::STANZA_93,
       .caught_by = "client/resources/many_bad_messages",
       .client_tamper = made_anew<PingsAboutBadMessages>()},

      // ---- Being asked
      // As Baileys.
      {.name = "client/writes_resends_twice",
       .sentence = "Puts a message twice into what it sends again",
       .violates = Rule::RETRY_14,
       .caught_by = "client/retry/resend_contains_the_message_once",
       .client_tamper = editing(change(resends(), write_twice))},
      {.name = "client/serves_each_request_twice",
       .sentence = "Sends a message again twice for one request",
       .violates = Rule::RETRY_14,
       .caught_by = "client/retry/one_request_is_served_once",
       .client_tamper = editing(repeat(resends()))},
      {.name = "client/serves_any_count",
       .sentence = "Sends a message again whatever the count is",
       .violates = Rule::RETRY_06,
       .caught_by = "client/retry/counts_that_are_no_counts",
       .guard = ForcedGuard(Rule::RETRY_06, true)},
      {.name = "client/uses_unsigned_keys_of_retry_receipts",
       .sentence = "Sends a message again under keys whose signature does not verify",
       .violates = Rule::RETRY_10,
       .caught_by = "client/forged/signature_in_a_retry_receipt",
       .guard = ForcedGuard(Rule::SESSION_04, true)},
      {.name = "client/uses_keys_of_strangers",
       .sentence = "Sends a message again under the keys of any identity",
       .violates = Rule::RETRY_10,
       .caught_by = "client/forged/keys_of_an_attested_stranger_in_a_retry_receipt",
       .guard = ForcedGuard(Rule::DEVICE_07, true)},
      {.name = "client/fans_out_for_phones",
       .sentence = "Sends a message to everybody again when a phone asks for it",
       .violates = Rule::RETRY_23,
       .caught_by = "client/retry/phone_asks",
       .client_tamper = made_anew<FansOutForPhones>()},
      // As whatsapp-rust.
      {.name = "client/writes_to_own_devices_as_to_others",
       .sentence = "Sends a message again to an own device as if it were for it",
       .violates = Rule::RETRY_15,
       .caught_by = "client/retry/own_device_gets_its_own_form",
       .guard = ForcedGuard(Rule::RETRY_15, false)},
      {.name = "client/resends_without_the_group_key",
       .sentence = "Sends a group message again without the key",
       .violates = Rule::RETRY_16,
       .caught_by = "client/retry/resend_in_a_group_brings_the_key",
       .guard = ForcedGuard(Rule::RETRY_16, false)},
      {.name = "client/ignores_registration_ids",
       .sentence = "Goes on with the session of a device that was set up anew",
       .violates = Rule::RETRY_17,
       .caught_by = "client/retry/another_registration_id",
       .guard = ForcedGuard(Rule::RETRY_17, true)},
      {.name = "client/exhausts_all_devices_together",
       .sentence = "Sends a message again five times, to whichever device",
       .violates = Rule::RETRY_07,
       .caught_by = "client/retry/exhausted_device_does_not_exhaust_others",
       .client_tamper = made_anew<ExhaustsAllTogether>()},
      {.name = "client/acknowledges_the_first_request",
       .sentence = "Acknowledges one retry receipt for each message",
       .violates = Rule::RETRY_18,
       .caught_by = "client/retry/every_request_is_acknowledged",
       .client_tamper = made_anew<AcknowledgesTheFirstRequest>()},

      // ---- Who is believed
      // As whatsmeow, Baileys and whatsapp-rust.
      {.name = "client/believes_any_companion",
       .sentence = "Trusts a session with a companion that the account does not vouch for",
       .violates = Rule::DEVICE_07,
       .caught_by = "client/forged/account_signature_beside_a_prekey_message",
       .guard = ForcedGuard(Rule::DEVICE_07, true)},
      {.name = "client/fetches_keys_of_strangers",
       .sentence = "Encrypts for a companion whose device signature is wrong",
       .violates = Rule::DEVICE_07,
       .caught_by = "client/forged/device_signature_in_a_bundle",
       .guard = ForcedGuard(Rule::DEVICE_07, true)},
      {.name = "client/believes_any_device_list",
       .sentence = "Believes a list of devices that the account has not signed",
       .violates = Rule::DEVICE_03,
       .caught_by = "client/forged/signature_of_a_device_list",
       .guard = ForcedGuard(Rule::DEVICE_03, true)},
      // As Baileys.
      {.name = "client/takes_group_keys_from_anywhere",
       .sentence = "Takes the key of a group from a direct chat",
       .violates = Rule::SENDERKEY_10,
       .caught_by = "client/forged/group_key_in_a_direct_chat",
       .guard = ForcedGuard(Rule::SENDERKEY_10, true)},
      {.name = "client/ignores_signatures_in_groups",
       .sentence = "Reads group messages whose signature is wrong",
       .violates = Rule::SENDERKEY_02,
       .caught_by = "client/forged/signature_in_a_group",
       .guard = ForcedGuard(Rule::SENDERKEY_02, true)},
      {.name = "client/pairs_under_any_account_key",
       .sentence = "Signs an identity that names another account key than the one that has signed",
       .violates = Rule::PAIR_09,
       .caught_by = "client/forged/account_key_of_a_pairing",
       .guard = ForcedGuard(Rule::PAIR_09, true)},
      {.name = "client/pairs_with_a_short_hmac",
       .sentence = "Signs an identity whose HMAC is not complete",
       .violates = Rule::PAIR_08,
       .caught_by = "client/forged/hmac_of_a_pairing_cut",
       .guard = ForcedGuard(Rule::PAIR_08, true)},

      // ---- Own keys
      {.name = "client/signs_its_prekey_wrongly",
       .sentence = "Uploads a signed prekey whose signature does not verify",
       .violates = Rule::KEY_12,
       .caught_by = "client/keys/signed_prekey_of_an_upload",
       .client_tamper = editing(change(key_uploads(), damage_signature))},
      {.name = "client/numbers_prekeys_from_one",
       .sentence = "Gives the same ids to the prekeys of every upload",
       .violates = Rule::KEY_15,
       .caught_by = "client/keys/prekey_ids_of_many_uploads",
       .client_tamper = editing(change(key_uploads(), number_from_one))},
  };
}

}  // namespace doublecheck::deviations
