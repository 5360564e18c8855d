#include "reference/client/group_encryption.h"

#include <algorithm>
#include <utility>

#include "reference/client/message_stanza.h"
#include "reference/client/stanzas.h"
#include "spec/payload/phash.h"
#include "spec/signal/sender_key_message.h"

namespace doublecheck::client {
namespace {

// Over every device of the group, this one included (MESSAGE-10).
std::string phash_of(const State& state, const GroupInfo& group,
                     const std::vector<Recipient>& devices) {
  std::vector<payload::DeviceAddress> addresses;
  const auto add = [&](const wire::Jid& jid) {
    addresses.push_back({std::string(jid.user.view()), std::string(jid.server.view()), jid.device});
  };
  const Account& account = *state.credentials.account;
  add(group.by_lid && account.lid ? *account.lid : account.jid);
  for (const Recipient& device : devices) add(device.jid);
  return payload::phash(addresses);
}

// Whoever held the key and is gone may not read on.
void replace_if_somebody_left(Turn& turn, OwnGroupKey& key, const std::vector<Recipient>& devices) {
  const bool complete = std::ranges::all_of(key.holders, [&](const Address& holder) {
    return std::ranges::find(devices, holder, &Recipient::address) != devices.end();
  });
  if (turn.guard().holds(Rule::SENDERKEY_11, complete)) return;
  key = {signal::OwnSenderKey::generate(turn.context.random), {}};
}

}  // namespace

std::optional<payload::SenderKeyDistribution> distribution(const State& state,
                                                           const wire::Jid& group) {
  const auto& own = state.credentials.peers.groups.own;
  const auto key = own.find(group.to_string());
  if (key == own.end()) return std::nullopt;
  return payload::SenderKeyDistribution{
      .group_id = key->first,
      .message = signal::encode_sender_key_distribution_message(key->second.key.distribution())};
}

Result<wire::Node> encrypt_for_group(Turn& turn, SentMessage& message, const GroupInfo& group,
                                     const std::vector<Recipient>& devices) {
  OwnGroupKey* key = turn.state.credentials.peers.groups.own_key(message.chat, turn.context.random);
  if (key == nullptr) return fail("send", "kMaxGroups have a key already");
  replace_if_somebody_left(turn, *key, devices);

  payload::Message keys;
  keys.sender_key_distribution = distribution(turn.state, message.chat);
  std::vector<wire::Node> entries;
  bool needs_identity = false;
  for (const Recipient& device : devices) {
    message.addressees.push_back(device.address);
    if (key->holders.contains(device.address)) continue;
    auto encrypted = encrypt_for(turn, device.address, padded(turn, keys));
    if (!encrypted) continue;  // without session: told when that was found
    key->holders.insert(device.address);
    needs_identity = needs_identity || starts_session(*encrypted);
    entries.push_back(parent("to", {std::move(*encrypted)}, {{"jid", device.jid}}));
  }
  auto encrypted = key->key.encrypt(padded(turn, content_of(message, false)), turn.context);
  if (!encrypted) return propagate(encrypted);
  turn.changed();

  wire::Node stanza = parent("message", {},
                             {{"id", wire::Text(message.id)},
                              {"to", message.chat},
                              {"type", "text"},
                              {"addressing_mode", group.by_lid ? "lid" : "pn"},
                              {"phash", wire::Text(phash_of(turn.state, group, devices))}});
  if (group.ephemeral) stanza.set("expiration", wire::Text(*group.ephemeral));
  std::vector<wire::Node> children;
  if (!entries.empty()) children.push_back(parent("participants", std::move(entries)));
  if (needs_identity) children.push_back(device_identity(turn.state));
  children.push_back(
      element("enc", {{"v", "2"}, {"type", "skmsg"}}, wire::Blob(ByteView(*encrypted))));
  stanza.content = std::move(children);
  return stanza;
}

void take_distribution(Turn& turn, const Envelope& envelope,
                       const payload::SenderKeyDistribution& distribution) {
  const bool is_for_this_chat =
      is_shared(envelope.chat) && distribution.group_id == envelope.chat.to_string();
  if (!turn.guard().holds(Rule::SENDERKEY_10, is_for_this_chat)) {
    return turn.remark("ignored a sender key for another chat");
  }
  const auto key =
      signal::decode_sender_key_distribution_message(distribution.message, turn.guard());
  if (!key) return turn.remark("ignored a sender key: " + key.error().to_string());
  signal::SenderKeyRecord* record =
      turn.state.credentials.peers.groups.record({distribution.group_id, envelope.sender});
  if (record == nullptr) return turn.remark("ignored a sender key: kMaxGroupSenders are kept");
  record->process(*key);
  turn.changed();
}

}  // namespace doublecheck::client
