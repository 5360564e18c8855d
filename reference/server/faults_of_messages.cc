#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "reference/server/fault_kind.h"
#include "reference/server/key_directory.h"
#include "reference/server/node_edit.h"
#include "reference/server/phone_mail.h"
#include "reference/server/seed_groups.h"
#include "reference/server/stanzas.h"
#include "spec/payload/history_sync.h"
#include "spec/payload/message.h"

// Faults of messages, of what answers them, and of groups.
namespace doublecheck::server {
namespace {

constexpr std::string_view kStranger = "A stranger";
constexpr std::int32_t kPlaceholderAnswer = 17;  // PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE

constexpr std::string_view kDropsOrRetries = "drops it, or asks for it again";
constexpr std::string_view kOnlyFromOwn = "takes such a thing from its own devices alone";
constexpr std::string_view kBounded = "reacts a bounded number of times";

// A message of somebody, not one between the devices of an account.
bool is_message(const wire::Node& stanza) {
  return stanza.tag == "message" && stanza.child("enc") != nullptr &&
         stanza.text("category") != "peer";
}
bool is_direct_message(const wire::Node& stanza) {
  return is_message(stanza) && !stanza.has("participant");
}
bool is_group_message(const wire::Node& stanza) {
  return is_message(stanza) && stanza.has("participant");
}

template <typename Change>
std::optional<Replacement> change_if(bool concerned, const wire::Node& stanza, Change change) {
  if (!concerned) return std::nullopt;
  wire::Node changed = stanza;
  change(changed);
  return instead(std::move(changed));
}

// The message as it would be if it had been addressed by the sender's other name.
void switch_addressing(wire::Node& message) {
  const wire::Jid* from = message.jid("from");
  const bool by_lid = message.has("sender_pn");
  const wire::Jid* other = message.jid(by_lid ? "sender_pn" : "sender_lid");
  if (from == nullptr || other == nullptr) return;
  const wire::Jid before = *from;
  wire::Jid now = *other;
  now.device = before.device;
  message.remove(by_lid ? "sender_pn" : "sender_lid");
  message.set("from", now);
  message.set(by_lid ? "sender_lid" : "sender_pn", before.account());
  message.set("addressing_mode", by_lid ? "pn" : "lid");
}

// The ack of a message to a user, which was accepted.
bool acknowledges_direct_message(const wire::Node& stanza) {
  const wire::Jid* from = stanza.jid("from");
  return stanza.tag == "ack" && stanza.text("class") == "message" && !stanza.has("error") &&
         from != nullptr && stanza.has("id") &&
         (from->server == wire::server_name::kUser || from->server == wire::server_name::kLid);
}

// Some device of whom the message was for, by the name that was used.
wire::Jid reader_of(const FaultRun& run, const wire::Jid& to) {
  wire::Jid reader = to.account();
  const Account* account = run.state.directory.find(to);
  if (account != nullptr && !account->devices.empty())
    reader.device = account->devices.begin()->first;
  return reader;
}

wire::Node retry_receipt(const FaultRun& run, const wire::Node& ack, const wire::Text& id,
                         std::uint64_t count) {
  const wire::Text time(std::to_string(run.context.now.wall.seconds()));
  return parent(
      "receipt",
      {element("retry",
               {{"count", wire::Text(std::to_string(count))}, {"id", id}, {"t", time}, {"v", "1"}}),
       element("registration", {}, wire::Blob(Bytes{0, 0, 0, 1}))},
      {{"id", id}, {"from", reader_of(run, *ack.jid("from"))}, {"type", "retry"}, {"t", time}});
}

// Keys as a retry receipt brings them, whose signature does not verify.
wire::Node keys_with_bad_signature(const FaultRun& run, const wire::Jid& reader) {
  KeyDirectory keys;
  if (const Device* device = run.state.directory.find_device(
          {std::string(reader.account().user.view()), reader.device}))
    keys = device->keys;
  keys.signature.back() ^= 0x01;
  return parent("keys",
                {element("type", {}, wire::Blob(Bytes{5})),
                 element("identity", {}, wire::Blob(keys.identity)), keys.signed_prekey_node()});
}

std::optional<Replacement> followed_by(const wire::Node& ack, std::vector<wire::Node> receipts) {
  receipts.insert(receipts.begin(), ack);
  return Replacement{.now = std::move(receipts), .later = {}, .delay = {}, .close = false};
}

// The phone of a stranger sends a message, or any plaintext.
template <typename Content>
void stranger_writes(Turn& turn, Account& to, Device& device, const Content& content) {
  const auto stranger = account_for_name(turn, kStranger);
  if (!stranger) return turn.log(0, "no stranger: " + stranger.error().to_string());
  phone_writes_to(turn, **stranger, to, device, phone_message_id(turn), content);
}

payload::Message with_protocol(payload::ProtocolMessage protocol_message) {
  payload::Message message;
  message.protocol_message = std::move(protocol_message);
  return message;
}

constexpr auto kMessageFaults = std::to_array<FaultKind>({
    {"message", "duplicate", "a message comes twice", "shows it once",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_message(stanza)) return std::nullopt;
       return Replacement{.now = {stanza, stanza}, .later = {}, .delay = {}, .close = false};
     }},
    {"message", "wrong-sender", "a message is from another than who has encrypted it",
     kDropsOrRetries,
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_direct_message(stanza), stanza,
                        [](wire::Node& message) { message.set("from", nobody()); });
     }},
    {"message", "no-sender-lid", "a message does not have the other name of its sender", "works",
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_direct_message(stanza), stanza, [](wire::Node& message) {
         message.remove("sender_lid");
         message.remove("sender_pn");
       });
     }},
    {"message", "switched-addressing", "a message names its sender by the other name", "works",
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_direct_message(stanza), stanza, switch_addressing);
     }},
    {"message", "junk-ciphertext", "one bit of a ciphertext is wrong", kDropsOrRetries,
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_message(stanza), stanza, [](wire::Node& message) {
         edit_elements(message, "enc", [](wire::Node& node) { flip_last_bit(node); });
       });
     }},
    {"message", "forged-device-identity", "one bit of the sender's device-identity is wrong",
     kDropsOrRetries,
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_message(stanza) && stanza.child("device-identity") != nullptr, stanza,
                        [](wire::Node& message) {
                          edit_elements(message, "device-identity",
                                        [](wire::Node& node) { flip_last_bit(node); });
                        });
     }},
    {"message", "bad-padding", "the plaintext of a message is padded wrongly",
     "drops it; whoever can read it needs no retry",
     [](Turn& turn, FaultRun&, Account& account, Device& device) {
       Bytes padded = payload::encode_message(payload::Message::of_text("badly padded"));
       padded.insert(padded.end(), {1, 2, 3});
       stranger_writes(turn, account, device, padded);
     }},
    {"message", "device-sent-by-stranger",
     "a stranger's message claims to be sent by the account itself", kOnlyFromOwn,
     [](Turn& turn, FaultRun&, Account& account, Device& device) {
       payload::Message message = payload::Message::of_text("not by you");
       message.device_sent =
           payload::DeviceSent{.destination_jid = account.pn().to_string(), .phash = {}};
       stranger_writes(turn, account, device, message);
     }},
    {"message", "key-share-by-stranger", "a stranger shares keys of app state", kOnlyFromOwn,
     [](Turn& turn, FaultRun&, Account& account, Device& device) {
       stranger_writes(turn, account, device, with_protocol(account.phone.share_keys()));
     }},
    {"message", "history-by-stranger", "a stranger sends history", kOnlyFromOwn,
     [](Turn& turn, FaultRun&, Account& account, Device& device) {
       payload::HistorySync history;
       history.type = payload::HistorySyncType::kPushName;
       history.push_names = {{.id = account.pn().to_string(), .name = "not your name"}};
       stranger_writes(turn, account, device, with_protocol(payload::inline_notification(history)));
     }},
    {"message", "placeholder-answer-by-stranger",
     "a stranger answers a request for a message that nobody has made", kOnlyFromOwn,
     [](Turn& turn, FaultRun&, Account& account, Device& device) {
       stranger_writes(turn, account, device,
                       with_protocol(payload::OtherProtocolMessage{.type = kPlaceholderAnswer}));
     }},

    {"receipt", "retry-storm", "a message that was sent is asked for again many times", kBounded,
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!acknowledges_direct_message(stanza)) return std::nullopt;
       std::vector<wire::Node> receipts;
       for (std::uint64_t i = 1; i <= run.parameter(); ++i)
         receipts.push_back(retry_receipt(run, stanza, wire::Text(*stanza.text("id")), i));
       return followed_by(stanza, std::move(receipts));
     },
     "times", 20, 1'000},
    {"receipt", "count-out-of-range", "a message is asked for again, for the 4,000,000,000th time",
     "sends nothing",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!acknowledges_direct_message(stanza)) return std::nullopt;
       return followed_by(stanza, {retry_receipt(run, stanza, wire::Text(*stanza.text("id")),
                                                 4'000'000'000)});
     }},
    {"receipt", "unknown-id", "a message is asked for again that was never sent", "sends nothing",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!acknowledges_direct_message(stanza)) return std::nullopt;
       return followed_by(stanza, {retry_receipt(run, stanza, "3EB0000000000000000000", 1)});
     }},
    {"receipt", "bad-bundle", "a message is asked for again with keys whose signature is wrong",
     "starts no session with these keys",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!acknowledges_direct_message(stanza)) return std::nullopt;
       wire::Node receipt = retry_receipt(run, stanza, wire::Text(*stanza.text("id")), 2);
       children_of(receipt).push_back(keys_with_bad_signature(run, *receipt.jid("from")));
       return followed_by(stanza, {std::move(receipt)});
     }},

    {"groups", "non-member", "a message in a group is from somebody who is no member",
     kDropsOrRetries,
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_group_message(stanza), stanza,
                        [](wire::Node& message) { message.set("participant", nobody()); });
     }},
    {"groups", "wrong-participant", "a message in a group names another device of its author",
     kDropsOrRetries,
     [](FaultRun&, const wire::Node& stanza) {
       return change_if(is_group_message(stanza) && stanza.jid("participant") != nullptr, stanza,
                        [](wire::Node& message) {
                          wire::Jid other = *message.jid("participant");
                          other.device = static_cast<std::uint16_t>(other.device + 40);
                          message.set("participant", other);
                        });
     }},
    {"groups", "stale-phash", "the ack of a message in a group has another phash",
     "looks up the members again",
     [](FaultRun&, const wire::Node& stanza) {
       const wire::Jid* from = stanza.jid("from");
       const bool concerned = stanza.tag == "ack" && stanza.text("class") == "message" &&
                              from != nullptr && from->server == wire::server_name::kGroup;
       return change_if(concerned, stanza,
                        [](wire::Node& ack) { ack.set("phash", "2:AAAAAAAA"); });
     }},
    {"groups", "no-distribution", "a message in a group comes without the sender key that it needs",
     kDropsOrRetries,
     [](FaultRun&, const wire::Node& stanza) {
       const auto is_pairwise = [](const wire::Node& child) {
         return child.tag == "enc" && child.text("type") != "skmsg";
       };
       const bool concerned = is_group_message(stanza) &&
                              std::ranges::any_of(stanza.children(), is_pairwise) &&
                              !std::ranges::all_of(stanza.children(), is_pairwise);
       return change_if(concerned, stanza, [&](wire::Node& message) {
         std::erase_if(children_of(message), is_pairwise);
       });
     }},
});

}  // namespace

std::span<const FaultKind> faults_of_messages() { return kMessageFaults; }

}  // namespace doublecheck::server
