#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "reference/client/credentials.h"
#include "reference/client/credentials.pb.h"
#include "spec/proto/access.h"
#include "spec/proto/keys.h"
#include "spec/signal/limits.h"

namespace doublecheck::client {
namespace {

using doublecheck::proto::read_array;
using doublecheck::proto::read_key_pair;
using proto::CredentialsState;

constexpr std::uint8_t kVersion = 1;

std::unexpected<Error> refused(std::string why) { return fail("credentials", std::move(why)); }

// ---- Bytes and keys

template <typename Array>
std::string text(const Array& bytes) {
  return std::string(as_text(ByteView(bytes)));
}

// ---- Names

void write(const wire::Jid& jid, CredentialsState::Jid& out) {
  out.set_user(std::string(jid.user.view()));
  out.set_server(std::string(jid.server.view()));
  out.set_device(jid.device);
  out.set_integrator(jid.integrator);
}

wire::Jid read(const CredentialsState::Jid& in) {
  return {in.user(), in.server(), static_cast<std::uint16_t>(in.device()),
          static_cast<std::uint16_t>(in.integrator())};
}

void write(const Address& address, CredentialsState::Address& out) {
  out.set_user(address.user);
  out.set_server(address.server);
  out.set_device(address.device);
}

Address read(const CredentialsState::Address& in) {
  return {in.user(), in.server(), static_cast<std::uint16_t>(in.device())};
}

// ---- Own keys

void write(const KeyStore& keys, CredentialsState::Keys& out) {
  out.set_identity_private_key(text(keys.local.identity_key.private_key));
  out.set_registration_id(keys.local.registration_id);
  for (const auto& [id, prekey] : keys.signed_prekeys) {
    CredentialsState::SignedPrekey& entry = *out.add_signed_prekeys();
    entry.set_id(id);
    entry.set_private_key(text(prekey.key.private_key));
    entry.set_signature(text(prekey.signature));
  }
  out.set_current_signed_prekey(keys.current_signed_prekey);
  for (const auto& [id, prekey] : keys.one_time_prekeys) {
    CredentialsState::OneTimePrekey& entry = *out.add_one_time_prekeys();
    entry.set_id(id);
    entry.set_private_key(text(prekey.key.private_key));
  }
  out.set_next_prekey_id(keys.next_prekey_id);
}

bool read(const CredentialsState::Keys& in, KeyStore& keys) {
  if (!read_key_pair(in.identity_private_key(), keys.local.identity_key)) return false;
  keys.local.registration_id = in.registration_id();
  for (const CredentialsState::SignedPrekey& entry : in.signed_prekeys()) {
    signal::SignedPrekey prekey{.id = entry.id(), .key = {}, .signature = {}};
    if (!read_key_pair(entry.private_key(), prekey.key) ||
        !read_array(entry.signature(), prekey.signature))
      return false;
    keys.signed_prekeys.emplace(prekey.id, prekey);
  }
  keys.current_signed_prekey = in.current_signed_prekey();
  for (const CredentialsState::OneTimePrekey& entry : in.one_time_prekeys()) {
    signal::OneTimePrekey prekey{.id = entry.id(), .key = {}};
    if (!read_key_pair(entry.private_key(), prekey.key)) return false;
    keys.one_time_prekeys.emplace(prekey.id, prekey);
  }
  keys.next_prekey_id = in.next_prekey_id();
  return keys.next_prekey_id >= signal::kMinPrekeyId &&
         keys.next_prekey_id <= signal::kMaxPrekeyId &&
         keys.signed_prekeys.contains(keys.current_signed_prekey) &&
         keys.one_time_prekeys.size() <= kMaxOneTimePrekeys;
}

// ---- Account and connection

void write(const Account& account, CredentialsState::Account& out) {
  write(account.jid, *out.mutable_jid());
  if (account.lid) write(*account.lid, *out.mutable_lid());
  out.set_signed_identity(text(account.signed_identity));
  out.set_account_key(text(account.account_key));
}

bool read(const CredentialsState::Account& in, Account& account) {
  account.jid = read(in.jid());
  if (in.has_lid()) account.lid = read(in.lid());
  account.signed_identity = to_bytes(in.signed_identity());
  return !account.jid.user.empty() && read_array(in.account_key(), account.account_key);
}

void write(const noise::ResumptionTicket& ticket, CredentialsState::Ticket& out) {
  out.set_server_static(text(ticket.server_static));
  out.set_leaf_not_before(ticket.validity.leaf.not_before);
  out.set_leaf_not_after(ticket.validity.leaf.not_after);
  out.set_intermediate_not_before(ticket.validity.intermediate.not_before);
  out.set_intermediate_not_after(ticket.validity.intermediate.not_after);
}

bool read(const CredentialsState::Ticket& in, noise::ResumptionTicket& ticket) {
  ticket.validity.leaf = {in.leaf_not_before(), in.leaf_not_after()};
  ticket.validity.intermediate = {in.intermediate_not_before(), in.intermediate_not_after()};
  return read_array(in.server_static(), ticket.server_static);
}

void write(const payload::AppStateSyncKey& key, CredentialsState::AppStateKey& out) {
  out.set_key_id(text(key.key_id));
  out.set_key_data(text(key.key_data));
  out.set_timestamp(key.timestamp);
  if (!key.fingerprint) return;
  out.set_has_fingerprint(true);
  out.set_raw_id(key.fingerprint->raw_id);
  out.set_current_index(key.fingerprint->current_index);
  for (const std::uint32_t index : key.fingerprint->device_indexes) out.add_device_indexes(index);
}

payload::AppStateSyncKey read(const CredentialsState::AppStateKey& in) {
  payload::AppStateSyncKey key{.key_id = to_bytes(in.key_id()),
                               .key_data = to_bytes(in.key_data()),
                               .fingerprint = {},
                               .timestamp = in.timestamp()};
  if (in.has_fingerprint()) {
    key.fingerprint = payload::AppStateSyncKey::Fingerprint{
        .raw_id = in.raw_id(),
        .current_index = in.current_index(),
        .device_indexes = {in.device_indexes().begin(), in.device_indexes().end()}};
  }
  return key;
}

// ---- Peers

void write(const Peers& peers, CredentialsState& out) {
  for (const auto& [address, record] : peers.sessions) {
    CredentialsState::Session& entry = *out.add_sessions();
    write(address, *entry.mutable_address());
    entry.set_record(text(record.serialize()));
  }
  for (const auto& [account, key] : peers.account_keys) {
    CredentialsState::AccountKey& entry = *out.add_account_keys();
    write(account, *entry.mutable_account());
    entry.set_key(text(key));
  }
  for (const auto& [phone_number, lid] : peers.lid_by_phone_number) {
    CredentialsState::LidMapping& entry = *out.add_lid_mappings();
    entry.set_phone_number(phone_number);
    entry.set_lid(lid);
  }
  for (const Address& account : peers.blocked) write(account, *out.add_blocked());
  out.set_block_list_hash(peers.block_list_hash);
  for (const auto& [issuer, token] : peers.privacy_tokens) {
    CredentialsState::PrivacyToken& entry = *out.add_privacy_tokens();
    write(issuer, *entry.mutable_issuer());
    entry.set_value(text(token.value));
    entry.set_t(token.t);
  }
}

Result<> read(const CredentialsState& in, Peers& peers) {
  for (const CredentialsState::Session& entry : in.sessions()) {
    auto record = signal::SessionRecord::restore(as_bytes(entry.record()));
    if (!record) return propagate(record);
    peers.sessions[read(entry.address())] = std::move(*record);
  }
  for (const CredentialsState::AccountKey& entry : in.account_keys()) {
    PublicKey key{};
    if (!read_array(entry.key(), key)) return refused("an account key is malformed");
    peers.account_keys[read(entry.account())] = key;
  }
  for (const CredentialsState::LidMapping& entry : in.lid_mappings()) {
    peers.lid_by_phone_number[entry.phone_number()] = entry.lid();
  }
  for (const CredentialsState::Address& account : in.blocked()) peers.blocked.insert(read(account));
  peers.block_list_hash = in.block_list_hash();
  for (const CredentialsState::PrivacyToken& entry : in.privacy_tokens()) {
    if (entry.value().size() > kMaxPrivacyTokenBytes) return refused("a privacy token is too long");
    peers.privacy_tokens[read(entry.issuer())] = {.value = to_bytes(entry.value()), .t = entry.t()};
  }
  if (peers.blocked.size() > kMaxBlockedUsers) return refused("more than kMaxBlockedUsers users");
  if (peers.sessions.size() > kMaxSessions) return refused("more than kMaxSessions sessions");
  if (peers.account_keys.size() > kMaxKnownUsers || peers.privacy_tokens.size() > kMaxKnownUsers ||
      peers.lid_by_phone_number.size() > kMaxKnownUsers) {
    return refused("more than kMaxKnownUsers users");
  }
  return {};
}

// ---- Groups

void write(const GroupKeys& groups, CredentialsState& out) {
  for (const auto& [group, own] : groups.own) {
    CredentialsState::OwnGroupKey& entry = *out.add_group_keys();
    entry.set_group(group);
    entry.set_key(text(own.key.serialize()));
    for (const Address& holder : own.holders) write(holder, *entry.add_holders());
  }
  for (const auto& [sender, record] : groups.others) {
    CredentialsState::GroupSender& entry = *out.add_group_senders();
    entry.set_group(sender.group);
    write(sender.sender, *entry.mutable_sender());
    entry.set_record(text(record.serialize()));
  }
}

Result<> read(const CredentialsState& in, GroupKeys& groups) {
  for (const CredentialsState::OwnGroupKey& entry : in.group_keys()) {
    auto key = signal::OwnSenderKey::restore(as_bytes(entry.key()));
    if (!key) return propagate(key);
    OwnGroupKey own{*std::move(key), {}};
    for (const CredentialsState::Address& holder : entry.holders())
      own.holders.insert(read(holder));
    groups.own.insert_or_assign(entry.group(), std::move(own));
  }
  for (const CredentialsState::GroupSender& entry : in.group_senders()) {
    auto record = signal::SenderKeyRecord::restore(as_bytes(entry.record()));
    if (!record) return propagate(record);
    groups.others.insert_or_assign({entry.group(), read(entry.sender())}, *std::move(record));
  }
  if (groups.own.size() > kMaxGroups || groups.others.size() > kMaxGroupSenders)
    return refused("more than kMaxGroups groups or kMaxGroupSenders senders");
  return {};
}

// ---- Messages

void write(const SentMessage& message, CredentialsState::SentMessage& out) {
  out.set_id(message.id);
  write(message.chat, *out.mutable_chat());
  out.set_text(message.text);
  if (message.stanza) out.set_stanza(text(*message.stanza));
  for (const Address& addressee : message.addressees) write(addressee, *out.add_addressees());
  for (const auto& [device, count] : message.resends) {
    CredentialsState::SentMessage::Resends& entry = *out.add_resends();
    write(device, *entry.mutable_device());
    entry.set_count(count);
  }
}

SentMessage read(const CredentialsState::SentMessage& in) {
  SentMessage message{.id = in.id(),
                      .chat = read(in.chat()),
                      .text = in.text(),
                      .stanza = {},
                      .addressees = {},
                      .resends = {}};
  if (in.has_stanza()) message.stanza = to_bytes(in.stanza());
  for (const CredentialsState::Address& addressee : in.addressees())
    message.addressees.push_back(read(addressee));
  for (const auto& entry : in.resends()) message.resends[read(entry.device())] = entry.count();
  return message;
}

void write(const MessageKey& key, CredentialsState::ReceivedMessage& out) {
  write(key.chat, *out.mutable_chat());
  write(key.sender, *out.mutable_sender());
  out.set_id(key.id);
}

MessageKey read(const CredentialsState::ReceivedMessage& in) {
  return {read(in.chat()), read(in.sender()), in.id()};
}

void write(const Mailbox& mailbox, CredentialsState& out) {
  for (const SentMessage& message : mailbox.outbox) write(message, *out.add_outbox());
  for (const SentMessage& message : mailbox.recent) write(message, *out.add_recent());
  for (const MessageKey& key : mailbox.reported.keys()) write(key, *out.add_reported());
  for (const MessageKey& key : mailbox.retries.keys()) {
    CredentialsState::ReceivedMessage& entry = *out.add_retried();
    write(key, entry);
    entry.set_retries(*mailbox.retries.find(key));
  }
}

Result<> read(const CredentialsState& in, Mailbox& mailbox) {
  if (in.outbox().size() > static_cast<int>(kMaxOutbox))
    return refused("more than kMaxOutbox messages");
  if (in.recent().size() > static_cast<int>(kMaxRecentMessages))
    return refused("more than kMaxRecentMessages messages");
  for (const CredentialsState::SentMessage& message : in.outbox())
    mailbox.outbox.push_back(read(message));
  for (const CredentialsState::SentMessage& message : in.recent())
    mailbox.recent.push_back(read(message));
  for (const CredentialsState::ReceivedMessage& entry : in.reported())
    mailbox.reported[read(entry)];
  for (const CredentialsState::ReceivedMessage& entry : in.retried())
    mailbox.retries[read(entry)] = entry.retries();
  return {};
}

}  // namespace

Bytes serialize(const Credentials& credentials) {
  CredentialsState state;
  state.set_noise_private_key(text(credentials.noise_key.private_key));
  state.set_adv_secret(text(credentials.adv_secret));
  write(credentials.keys, *state.mutable_keys());
  if (credentials.account) write(*credentials.account, *state.mutable_account());
  if (credentials.ticket) write(*credentials.ticket, *state.mutable_ticket());
  if (credentials.routing_info) state.set_routing_info(text(*credentials.routing_info));
  state.set_sends_read_receipts(credentials.sends_read_receipts);
  for (const payload::AppStateSyncKey& key : credentials.app_state_keys)
    write(key, *state.add_app_state_keys());
  write(credentials.peers, state);
  write(credentials.peers.groups, state);
  write(credentials.mailbox, state);
  Bytes serialized{kVersion};
  append(serialized, doublecheck::proto::serialize(state));
  return serialized;
}

Result<Credentials> restore(ByteView serialized) {
  if (serialized.size() > kMaxSerializedCredentials)
    return refused("longer than kMaxSerializedCredentials");
  if (serialized.empty() || serialized.front() != kVersion) return refused("of another version");
  CredentialsState state;
  if (!doublecheck::proto::parse(serialized.subspan(1), state))
    return refused("not what was written");

  Credentials credentials;
  if (!read_key_pair(state.noise_private_key(), credentials.noise_key) ||
      !read_array(state.adv_secret(), credentials.adv_secret) ||
      !read(state.keys(), credentials.keys)) {
    return refused("own keys are missing or malformed");
  }
  if (state.has_account() && !read(state.account(), credentials.account.emplace())) {
    return refused("the account is malformed");
  }
  if (state.has_ticket() && !read(state.ticket(), credentials.ticket.emplace())) {
    return refused("the ticket is malformed");
  }
  if (state.has_routing_info()) credentials.routing_info = to_bytes(state.routing_info());
  credentials.sends_read_receipts = state.sends_read_receipts();
  if (state.app_state_keys().size() > static_cast<int>(kMaxAppStateKeys)) {
    return refused("more than kMaxAppStateKeys keys");
  }
  for (const CredentialsState::AppStateKey& key : state.app_state_keys())
    credentials.app_state_keys.push_back(read(key));
  auto peers = read(state, credentials.peers);
  if (!peers) return propagate(peers);
  auto groups = read(state, credentials.peers.groups);
  if (!groups) return propagate(groups);
  auto mailbox = read(state, credentials.mailbox);
  if (!mailbox) return propagate(mailbox);
  return credentials;
}

}  // namespace doublecheck::client
