#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/wire/node.h"

// Clients that get devices, keys, connections or queues wrong. Many are modelled on what libraries
// in use do, or have done.
namespace doublecheck::deviations {
namespace {

using harness::Matcher;
using harness::stanza;

// ---- What it is about

Matcher notifications(std::string type, std::string_view child) {
  return stanza("notification", {{"type", std::move(type)}}) &&
         Matcher{"with that child", [tag = std::string(child)](const wire::Node& node) {
                   return node.child(tag) != nullptr;
                 }};
}

Matcher with_child(std::string_view tag, std::string_view child) {
  return stanza(tag) &&
         Matcher{"with that child", [name = std::string(child)](const wire::Node& node) {
                   return node.child(name) != nullptr;
                 }};
}

Matcher having(std::string_view tag, std::string_view attribute) {
  return stanza(tag) &&
         Matcher{"with that attribute", [name = std::string(attribute)](const wire::Node& node) {
                   return node.has(name);
                 }};
}

Matcher messages_to_chats() {
  return {"a message to a chat", [](const wire::Node& node) {
            return node.tag == "message" && node.text("category") != "peer";
          }};
}

Matcher device_queries() { return with_child("iq", "usync"); }
Matcher pings() { return stanza("iq", {{"xmlns", "w:p"}}); }

Matcher uploads() {
  return {"an upload of prekeys", [](const wire::Node& node) {
            return node.tag == "iq" && node.text("xmlns") == "encrypt" &&
                   node.child("list") != nullptr;
          }};
}

Matcher refusals() { return having("ack", "error") && stanza("ack", {{"class", "message"}}); }
Matcher other_phashes() { return having("ack", "phash"); }

Matcher successes() { return stanza("success"); }

// ---- What it does about it

// Applies an edit from the time on that it has received such a stanza so many times.
class Afterwards final : public client::Tamper {
 public:
  Afterwards(Matcher trigger, int times, Edit edit)
      : trigger_(std::move(trigger)), times_(times), edit_(std::move(edit)) {}

  bool received(client::ConnectionId, const wire::Node& node) override {
    if (trigger_.matches(node)) --times_;
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (times_ <= 0) edit_(stanzas);
  }

 private:
  Matcher trigger_;
  int times_;
  Edit edit_;
};

std::function<std::unique_ptr<client::Tamper>()> afterwards(Matcher trigger, Edit edit,
                                                            int times = 1) {
  return [=] { return std::make_unique<Afterwards>(trigger, times, edit); };
}
std::function<std::unique_ptr<client::Tamper>()> until(Matcher trigger, Edit edit) {
  class Until final : public client::Tamper {
   public:
    Until(Matcher end, Edit what) : end_(std::move(end)), edit_(std::move(what)) {}
    bool received(client::ConnectionId, const wire::Node& node) override {
      over_ = over_ || end_.matches(node);
      return true;
    }
    void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
      if (!over_) edit_(stanzas);
    }

   private:
    Matcher end_;
    Edit edit_;
    bool over_ = false;
  };
  return [=] { return std::make_unique<Until>(trigger, edit); };
}

// Sends its last message once more, with the next stanza, when it has received such a stanza.
class RepeatsLastMessage final : public client::Tamper {
 public:
  explicit RepeatsLastMessage(Matcher trigger) : trigger_(std::move(trigger)) {}

  bool received(client::ConnectionId, const wire::Node& node) override {
    due_ = due_ || trigger_.matches(node);
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (due_ && last_) stanzas.push_back(*std::exchange(last_, std::nullopt));
    due_ = false;
    for (const wire::Node& node : stanzas) {
      if (messages_to_chats().matches(node)) last_ = node;
    }
  }

 private:
  Matcher trigger_;
  bool due_ = false;
  std::optional<wire::Node> last_;
};

// One device's bad bundle keeps it from sending at all.
class GivesUpAtABadBundle final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& node) override {
    const wire::Node* list = node.tag == "iq" ? node.child("list") : nullptr;
    if (list == nullptr) return true;
    for (const wire::Node& user : list->children()) {
      const wire::Node* identity = user.child("identity");
      const bool is_sound = identity != nullptr && user.child("skey") != nullptr &&
                            identity->bytes().value_or(ByteView{}).size() == 32;
      gives_up_ = gives_up_ || (user.tag == "user" && !is_sound);
    }
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (gives_up_) drop(messages_to_chats())(stanzas);
  }

 private:
  bool gives_up_ = false;
};

// Asks for a message again that it has had before.
class AsksForDuplicates final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& node) override {
    const auto id = node.text("id");
    if (node.tag != "message" || !id) return true;
    if (!seen_.insert(std::string(*id)).second) repeated_.insert(std::string(*id));
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      const auto id = node.text("id");
      if (node.tag == "receipt" && id && repeated_.contains(std::string(*id)))
        node.set("type", "retry");
    }
  }

 private:
  std::set<std::string> seen_;
  std::set<std::string> repeated_;
};

// Says everything about one id once.
class SettlesOnce final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    std::erase_if(stanzas, [this](const wire::Node& node) {
      if (node.tag != "ack" && node.tag != "receipt") return false;
      std::string what(node.tag.view());
      for (const std::string_view name : {"class", "type", "id"})
        what += " " + std::string(node.text(name).value_or(""));
      return !said_.insert(what).second;
    });
  }

 private:
  std::set<std::string> said_;
};

// Acknowledges each id of a receipt by itself.
class AcknowledgesEachId final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& node) override {
    const wire::Node* list = node.tag == "receipt" ? node.child("list") : nullptr;
    if (list == nullptr) return true;
    for (const wire::Node& item : list->children()) {
      if (const wire::Value* id = item.attribute("id")) ids_.push_back(*id);
    }
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (const wire::Value& id : std::exchange(ids_, {})) {
      stanzas.push_back(
          {.tag = "ack", .attributes = {{"class", "receipt"}, {"id", id}}, .content = {}});
    }
  }

 private:
  std::vector<wire::Value> ids_;
};

// Messages that it has sent before are sent again under another id.
class RenamesWhatItRepeats final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      if (!messages_to_chats().matches(node)) continue;
      const std::string id(node.text("id").value_or(""));
      if (!sent_.insert(id).second) node.set("id", wire::Text(id + "A"));
    }
  }

 private:
  std::set<std::string> sent_;
};

template <typename Tamper>
std::function<std::unique_ptr<client::Tamper>()> being() {
  return [] { return std::make_unique<Tamper>(); };
}

// ---- Parts of stanzas

void keep_first(wire::Node& node, std::string_view tag, std::size_t count) {
  for (wire::Node& child : std::get<std::vector<wire::Node>>(node.content)) {
    auto* children = std::get_if<std::vector<wire::Node>>(&child.content);
    if (child.tag == tag && children != nullptr && children->size() > count)
      children->resize(count);
  }
}

void leave_out(wire::Node& node, std::string_view tag) {
  if (auto* children = std::get_if<std::vector<wire::Node>>(&node.content))
    std::erase_if(*children, [tag](const wire::Node& child) { return child.tag == tag; });
}

// Leaves out the devices of others than the one that the message is for.
void leave_out_own_devices(wire::Node& message) {
  const wire::Jid* to = message.jid("to");
  auto* children = std::get_if<std::vector<wire::Node>>(&message.content);
  if (to == nullptr || children == nullptr) return;
  for (wire::Node& child : *children) {
    auto* entries = std::get_if<std::vector<wire::Node>>(&child.content);
    if (child.tag != "participants" || entries == nullptr) continue;
    std::erase_if(*entries, [&](const wire::Node& entry) {
      const wire::Jid* jid = entry.jid("jid");
      return jid != nullptr && jid->user != to->user;
    });
  }
}

Matcher receipts_of_type(std::string type) {
  return stanza("receipt", {{"type", std::move(type)}});
}

Matcher receipts_to_a_lid() {
  return {"a receipt to a LID", [](const wire::Node& node) {
            const wire::Jid* to = node.jid("to");
            return node.tag == "receipt" && to != nullptr && to->server == wire::server_name::kLid;
          }};
}

}  // namespace

std::vector<Deviation> client_conduct_deviations() {
  const auto editing = deviations::editing<client::Tamper>;
  const auto ignoring = deviations::ignoring<client::Tamper>;
  return {
      // ---- Devices
      {.name = "client/device_of_any_list",
       .sentence = "Believes a list of key indexes whoever has signed it",
       .violates = Rule::DEVICE_03,
       .caught_by = "client/devices/list_of_a_foreign_signer_adds_nobody",
       .guard = ForcedGuard(Rule::DEVICE_03, true)},
      {.name = "client/device_of_any_own_list",
       .sentence = "Copies to whatever the server says is a device of its own account",
       .violates = Rule::DEVICE_03,
       .caught_by = "client/devices/forged_own_device_gets_no_copy",
       .guard = ForcedGuard(Rule::DEVICE_03, true)},
      {.name = "client/device_of_any_list_in_groups",
       .sentence = "Gives its key in a group to devices of a list that anybody has signed",
       .violates = Rule::DEVICE_03,
       .caught_by = "client/devices/no_group_key_for_a_forged_device",
       .guard = ForcedGuard(Rule::DEVICE_03, true)},
      {.name = "client/device_of_any_index",
       .sentence = "Sends to devices whose key index is out of date",
       .violates = Rule::DEVICE_04,
       .caught_by = "client/devices/old_index_gets_nothing",
       .guard = ForcedGuard(Rule::DEVICE_04, true)},
      {.name = "client/device_of_listed_indexes_only",
       .sentence = "Leaves out devices that are newer than the list",
       .violates = Rule::DEVICE_04,
       .caught_by = "client/devices/index_beyond_the_list_is_believed",
       .guard = ForcedGuard(Rule::DEVICE_04, false)},
      {.name = "client/device_without_warrant",
       .sentence = "Sends to companions that nobody vouches for",
       .violates = Rule::DEVICE_07,
       .caught_by = "client/devices/bundle_vouched_for_by_a_foreigner_is_refused",
       .guard = ForcedGuard(Rule::DEVICE_07, true)},
      {.name = "client/device_without_warrant_is_read",
       .sentence = "Reads companions that nobody vouches for",
       .violates = Rule::DEVICE_07,
       .caught_by = "client/devices/message_of_a_forged_companion_is_not_read",
       .guard = ForcedGuard(Rule::DEVICE_07, true)},
      {.name = "client/device_without_warrant_asks_again",
       .sentence = "Sends a message again under any keys that come with a request",
       .violates = Rule::DEVICE_07,
       .caught_by = "client/devices/nothing_again_under_a_foreign_identity",
       .guard = ForcedGuard(Rule::DEVICE_07, true)},
      {.name = "client/device_removed_by_strangers",
       .sentence = "Lets one account remove the devices of another",
       .violates = Rule::DEVICE_08,
       .caught_by = "client/devices/removal_by_another_account_changes_nothing",
       .guard = ForcedGuard(Rule::DEVICE_08, true)},
      {.name = "client/device_hash_is_not_compared",
       .sentence = "Asks for no devices after news of one",
       .violates = Rule::DEVICE_09,
       .caught_by = "client/devices/asks_again_when_the_hash_differs",
       .client_tamper = afterwards(notifications("devices", "add"), drop(device_queries()))},
      {.name = "client/device_updates_are_ignored",
       .sentence = "Asks for no devices after an update",
       .violates = Rule::DEVICE_10,
       .caught_by = "client/devices/asks_again_after_an_update",
       .client_tamper = afterwards(notifications("devices", "update"), drop(device_queries()))},
      {.name = "client/device_removed_keeps_its_session",
       .sentence = "Keeps the session with a device that was removed",
       .violates = Rule::DEVICE_11,
       .caught_by = "client/devices/number_of_a_removed_device_is_used_again",
       .client_tamper = ignoring(notifications("devices", "remove"))},
      {.name = "client/device_identity_change_is_ignored",
       .sentence = "Goes on in the session with a phone that has a new identity",
       .violates = Rule::DEVICE_12,
       .caught_by = "client/devices/identity_change_starts_over",
       .client_tamper = ignoring(notifications("encrypt", "identity"))},
      {.name = "client/device_identity_change_of_companions",
       .sentence = "Takes news of a companion's identity for news of its account's",
       .violates = Rule::DEVICE_13,
       .caught_by = "client/devices/identity_change_of_a_companion_is_ignored",
       .guard = ForcedGuard(Rule::DEVICE_13, true)},
      {.name = "client/device_by_phone_number_only",
       .sentence = "Asks again for what comes by LID",
       .violates = Rule::DEVICE_15,
       .caught_by = "client/devices/phone_number_then_lid",
       .client_tamper = editing(
           change(receipts_to_a_lid(), [](wire::Node& receipt) { receipt.set("type", "retry"); }))},
      {.name = "client/device_of_its_own_is_left_out",
       .sentence = "Sends no copies to its own devices",
       .violates = Rule::DEVICE_20,
       .caught_by = "client/devices/new_own_device_gets_a_copy",
       .client_tamper = editing(change(messages_to_chats(), leave_out_own_devices))},
      {.name = "client/device_phash_is_ignored",
       .sentence = "Asks for no devices although an ack has another phash",
       .violates = Rule::MESSAGE_11,
       .caught_by = "client/devices/asks_again_when_an_ack_has_another_phash",
       .client_tamper = afterwards(other_phashes(), drop(device_queries()))},
      {.name = "client/device_phash_leads_to_a_repetition",
       .sentence = "Sends a message again when its ack has another phash",
       .violates = Rule::STANZA_58,
       .caught_by = "client/devices/asks_again_when_an_ack_has_another_phash",
       .client_tamper = [] { return std::make_unique<RepeatsLastMessage>(other_phashes()); }},

      // ---- Prekeys
      {.name = "client/prekey_counts_are_ignored",
       .sentence = "Uploads nothing when its prekeys run out",
       .violates = Rule::PREKEY_08,
       .caught_by = "client/prekeys/upload_after_a_count",
       .client_tamper = afterwards(notifications("encrypt", "count"), drop(uploads()))},
      {.name = "client/prekey_uploads_are_small",
       .sentence = "Uploads five keys at a time",
       .violates = Rule::PREKEY_09,
       .caught_by = "client/prekeys/upload_is_large_enough",
       .client_tamper =
           editing(change(uploads(), [](wire::Node& upload) { keep_first(upload, "list", 5); }))},
      {.name = "client/prekey_uploads_are_repeated",
       .sentence = "Uploads once for each count",
       .violates = Rule::PREKEY_15,
       .caught_by = "client/prekeys/one_upload_for_several_counts",
       .client_tamper = editing(repeat(uploads()))},
      {.name = "client/prekey_digest_is_ignored",
       .sentence = "Uploads nothing although the server has nothing on record",
       .violates = Rule::PREKEY_12,
       .caught_by = "client/prekeys/upload_when_nothing_is_on_record",
       .client_tamper = ignoring(with_child("iq", "error"))},
      {.name = "client/prekey_error_ends_the_send",
       .sentence = "Sends to nobody when there is an error for one device",
       .violates = Rule::PREKEY_06,
       .caught_by = "client/prekeys/error_for_one_device",
       .client_tamper = being<GivesUpAtABadBundle>()},
      {.name = "client/prekey_bundle_ends_the_send",
       .sentence = "Sends to nobody when the bundle of one device is bad",
       .violates = Rule::PREKEY_07,
       .caught_by = "client/prekeys/bundle_without_signed_prekey",
       .client_tamper = being<GivesUpAtABadBundle>()},

      // ---- Messages
      {.name = "client/message_copies_are_bare",
       .sentence = "Sends its own devices the message as it is",
       .violates = Rule::STANZA_45,
       .caught_by = "client/messages/own_devices_get_a_device_sent_message",
       .guard = ForcedGuard(Rule::STANZA_45, false)},
      {.name = "client/message_is_a_copy_for_everybody",
       .sentence = "Sends everybody a DeviceSentMessage",
       .violates = Rule::MESSAGE_05,
       .caught_by = "client/messages/other_devices_get_the_plain_message",
       .guard = ForcedGuard(Rule::MESSAGE_05, false)},
      {.name = "client/message_of_others_is_its_own",
       .sentence = "Takes a DeviceSentMessage for its own whoever sends it",
       .violates = Rule::MESSAGE_06,
       .caught_by = "client/messages/device_sent_message_of_another_account",
       .guard = ForcedGuard(Rule::MESSAGE_06, true)},
      {.name = "client/message_history_of_anybody",
       .sentence = "Believes a piece of history whoever sends it",
       .violates = Rule::MESSAGE_07,
       .caught_by = "client/messages/mapping_of_another_account",
       .guard = ForcedGuard(Rule::MESSAGE_07, true)},
      {.name = "client/message_padding_of_any_version",
       .sentence = "Removes padding where there is none",
       .violates = Rule::MESSAGE_04,
       .caught_by = "client/messages/version_3_has_no_padding",
       .guard = ForcedGuard(Rule::MESSAGE_04, true)},
      {.name = "client/message_refused_counts_as_sent",
       .sentence = "Takes an ack with an error for one without",
       .violates = Rule::STANZA_42,
       .caught_by = "client/messages/refused_message_is_reported",
       .guard = ForcedGuard(Rule::STANZA_42, true)},
      {.name = "client/message_refused_is_repeated",
       .sentence = "Sends a message again that was refused",
       .violates = Rule::STANZA_42,
       .caught_by = "client/messages/refused_message_is_not_repeated",
       .client_tamper = [] { return std::make_unique<RepeatsLastMessage>(refusals()); }},

      // ---- Receipts and presence
      {.name = "client/receipt_of_reading_in_private",
       .sentence = "Tells authors that they were read although the user does not want that",
       .violates = Rule::STANZA_89,
       .caught_by = "client/receipts/read_self_when_others_may_not",
       .guard = ForcedGuard(Rule::STANZA_89, true)},
      {.name = "client/receipt_of_a_copy_for_nobody",
       .sentence = "Leaves out whom the receipt for an own copy is for",
       .violates = Rule::STANZA_92,
       .caught_by = "client/receipts/copy_of_an_own_message",
       .client_tamper = editing(
           change(receipts_of_type("sender"), [](wire::Node& receipt) { receipt.remove("to"); }))},
      {.name = "client/receipt_of_a_copy_without_chat",
       .sentence = "Leaves the chat out of the receipt for an own copy",
       .violates = Rule::STANZA_92,
       .caught_by = "client/receipts/copy_of_an_own_message",
       .client_tamper = editing(change(receipts_of_type("sender"),
                                       [](wire::Node& receipt) { receipt.remove("recipient"); }))},
      {.name = "client/receipt_of_a_copy_is_a_delivery",
       .sentence = "Confirms its own copies as it does the messages of others",
       .violates = Rule::STANZA_71,
       .caught_by = "client/receipts/copy_of_an_own_message",
       .client_tamper = editing(change(receipts_of_type("sender"),
                                       [](wire::Node& receipt) { receipt.remove("type"); }))},
      {.name = "client/receipt_of_history_to_a_device",
       .sentence = "Confirms a piece of history to a device",
       .violates = Rule::STANZA_123,
       .caught_by = "client/receipts/history_is_confirmed_to_the_own_account",
       .client_tamper = editing(change(receipts_of_type("hist_sync"),
                                       [](wire::Node& receipt) {
                                         wire::Jid to = *receipt.jid("to");
                                         to.device = 1;
                                         receipt.set("to", to);
                                       }))},
      {.name = "client/receipt_of_peer_messages_is_forgotten",
       .sentence = "Does not confirm what its phone tells it",
       .violates = Rule::STANZA_123,
       .caught_by = "client/receipts/peer_message_is_confirmed_to_the_own_account",
       .client_tamper = editing(drop(receipts_of_type("peer_msg")))},
      {.name = "client/receipt_lists_are_acknowledged_by_item",
       .sentence = "Acknowledges each id of a receipt with a list",
       .violates = Rule::STANZA_72,
       .caught_by = "client/receipts/one_ack_for_a_list",
       .client_tamper = being<AcknowledgesEachId>()},
      {.name = "client/presence_without_name",
       .sentence = "Becomes available without saying its name",
       .violates = Rule::STANZA_111,
       .caught_by = "client/presence/name_before_available",
       .client_tamper = editing(
           change(stanza("presence"), [](wire::Node& presence) { presence.remove("name"); }))},

      // ---- Tokens
      {.name = "client/token_of_any_time",
       .sentence = "Puts an older token in the place of a newer one",
       .violates = Rule::STANZA_108,
       .caught_by = "client/tokens/older_one_is_ignored",
       .guard = ForcedGuard(Rule::STANZA_108, true)},
      {.name = "client/token_without_end",
       .sentence = "Shows tokens that have expired",
       .violates = Rule::DEVICE_18,
       .caught_by = "client/tokens/expired_one_is_not_shown",
       .guard = ForcedGuard(Rule::DEVICE_18, true)},
      {.name = "client/token_is_never_shown",
       .sentence = "Shows no tokens",
       .violates = Rule::STANZA_62,
       .caught_by = "client/tokens/shown_to_the_issuer",
       .client_tamper = editing(change(
           messages_to_chats(), [](wire::Node& message) { leave_out(message, "tctoken"); }))},

      // ---- Queues
      {.name = "client/queue_is_ignored",
       .sentence = "Ignores notifications that waited",
       .violates = Rule::STANZA_121,
       .caught_by = "client/prekeys/upload_after_a_queued_count",
       .client_tamper = ignoring(having("notification", "offline"))},
      {.name = "client/queue_stops_the_pings",
       .sentence = "Sends no pings once a queue was announced",
       .violates = Rule::STANZA_35,
       .caught_by = "client/offline/keepalive_during_the_queue",
       .client_tamper = afterwards(with_child("ib", "offline_preview"), drop(pings()))},
      {.name = "client/queue_duplicates_are_asked_for",
       .sentence = "Asks again for a message that it has had",
       .violates = Rule::SESSION_25,
       .caught_by = "client/offline/replayed_queue",
       .client_tamper = being<AsksForDuplicates>()},
      {.name = "client/queue_duplicates_are_not_settled",
       .sentence = "Says nothing about a message that it has had",
       .violates = Rule::STANZA_69,
       .caught_by = "client/offline/repeated_after_it_was_settled",
       .client_tamper = being<SettlesOnce>()},
      {.name = "client/queue_receipts_are_acknowledged_once",
       .sentence = "Does not acknowledge a receipt that comes again",
       .violates = Rule::STANZA_72,
       .caught_by = "client/offline/repeated_receipt",
       .client_tamper = being<SettlesOnce>()},

      // ---- Connections
      {.name = "client/connection_is_never_given_up",
       .sentence = "Stays on a connection on which nothing arrives",
       .violates = Rule::KEEP_03,
       .caught_by = "client/keepalive/silent_link_is_given_up",
       .guard = ForcedGuard(Rule::KEEP_03, true)},
      {.name = "client/connection_is_kept_alive_after_login_only",
       .sentence = "Sends no pings before success",
       .violates = Rule::KEEP_06,
       .caught_by = "client/keepalive/pings_while_a_code_is_shown",
       .client_tamper = until(successes(), drop(pings()))},
      {.name = "client/connection_pings_come_in_pairs",
       .sentence = "Pings twice",
       .violates = Rule::STANZA_22,
       .caught_by = "client/keepalive/intervals_vary",
       .client_tamper = editing(repeat(pings()))},
      {.name = "client/connection_pings_have_one_id",
       .sentence = "Uses one id for all pings",
       .violates = Rule::IQ_01,
       .caught_by = "client/reconnect/ids_of_queries_are_unique",
       .client_tamper = editing(change(pings(), [](wire::Node& ping) { ping.set("id", "ping"); }))},
      {.name = "client/connection_takes_messages_with_it",
       .sentence = "Forgets messages that were not acknowledged when the connection ended",
       .violates = Rule::CONTROL_07,
       .caught_by = "client/reconnect/message_without_ack",
       .client_tamper = afterwards(successes(), drop(messages_to_chats()), 2)},
      {.name = "client/connection_gives_messages_other_ids",
       .sentence = "Sends a message again under another id",
       .violates = Rule::CONTROL_07,
       .caught_by = "client/reconnect/message_without_ack",
       .client_tamper = being<RenamesWhatItRepeats>()},
      {.name = "client/connection_conflict_with_a_code",
       .sentence = "Does not recognise a conflict that has a code",
       .violates = Rule::STANZA_120,
       .caught_by = "client/control/replaced_with_a_code",
       .client_tamper =
           ignoring(having("stream:error", "code") && with_child("stream:error", "conflict"))},
      {.name = "client/connection_conflict_without_a_code",
       .sentence = "Does not recognise a conflict that has no code",
       .violates = Rule::STANZA_120,
       .caught_by = "client/control/device_removed_without_a_code",
       .client_tamper = ignoring(
           with_child("stream:error", "conflict") &&
           Matcher{"without code", [](const wire::Node& node) { return !node.has("code"); }})},
      {.name = "client/connection_stays_open_at_the_end",
       .sentence = "Takes the end of the stream for nothing",
       .violates = Rule::CONTROL_06,
       .caught_by = "client/control/closes_at_the_end_of_the_stream",
       .client_tamper = ignoring(stanza("xmlstreamend"))},
      {.name = "client/connection_rate_limits_are_ignored",
       .sentence = "Comes back after a rate limit as after any other loss",
       .violates = Rule::STANZA_118,
       .caught_by = "client/control/waits_longer_after_a_rate_limit",
       .client_tamper = ignoring(stanza("stream:error", {{"code", "429"}}))},

      // ---- Logins
      {.name = "client/login_is_tried_although_logged_out",
       .sentence = "Connects again after failure 401",
       .violates = Rule::LOGIN_08,
       .caught_by = "client/login/stays_away_after_401",
       .guard = ForcedGuard(Rule::LOGIN_08, true)},
      {.name = "client/login_is_tried_although_banned",
       .sentence = "Connects again after failure 406",
       .violates = Rule::LOGIN_08,
       .caught_by = "client/login/stays_away_after_406",
       .client_tamper = ignoring(stanza("failure", {{"reason", "406"}}))},
      {.name = "client/login_is_tried_during_a_ban",
       .sentence = "Connects again after failure 402",
       .violates = Rule::LOGIN_09,
       .caught_by = "client/login/stays_away_after_402",
       .client_tamper = ignoring(stanza("failure", {{"reason", "402"}}))},
      {.name = "client/login_is_tried_although_outdated",
       .sentence = "Connects again after failure 405",
       .violates = Rule::LOGIN_09,
       .caught_by = "client/login/stays_away_after_405",
       .guard = ForcedGuard(Rule::LOGIN_09, true)},
      {.name = "client/login_is_given_up_after_503",
       .sentence = "Stays away after failure 503",
       .violates = Rule::LOGIN_10,
       .caught_by = "client/login/comes_back_after_503",
       .guard = ForcedGuard(Rule::LOGIN_10, false)},
  };
}

}  // namespace doublecheck::deviations
