#include "reference/client/peers.h"

#include "reference/client/limits.h"

namespace doublecheck::client {
namespace {

using wire::server_name::kLid;
using wire::server_name::kUser;

// What is known of `from` becomes known of `to`, except for what is known there already.
template <typename Value>
void move_entries(std::map<Address, Value>& entries, const Address& from, const Address& to) {
  for (auto entry = entries.lower_bound(from.account());
       entry != entries.end() && entry->first.same_account(from);) {
    auto moved = entries.extract(entry++);
    moved.key() = {to.user, to.server, moved.key().device};
    entries.insert(std::move(moved));
  }
}

}  // namespace

Address Peers::address_of(const wire::Jid& jid) const {
  if (jid.server == kUser) {
    const auto lid = lid_by_phone_number.find(std::string(jid.user.view()));
    if (lid != lid_by_phone_number.end()) return {lid->second, std::string(kLid), jid.device};
  }
  return {std::string(jid.user.view()), std::string(jid.server.view()), jid.device};
}

std::optional<wire::Jid> Peers::other_name(const wire::Jid& account) const {
  for (const auto& [phone_number, lid] : lid_by_phone_number) {
    if (account.server == kUser && account.user == phone_number) return wire::Jid::of_lid(lid);
    if (account.server == kLid && account.user == lid) return wire::Jid::of_user(phone_number);
  }
  return std::nullopt;
}

bool Peers::learn(const wire::Jid& one, const wire::Jid& other) {
  const wire::Jid& phone_number = one.server == kUser ? one : other;
  const wire::Jid& lid = one.server == kUser ? other : one;
  if (phone_number.server != kUser || lid.server != kLid) return false;
  if (phone_number.user.empty() || lid.user.empty()) return false;
  const std::string digits(phone_number.user.view());
  const auto known = lid_by_phone_number.find(digits);
  if (known == lid_by_phone_number.end() && lid_by_phone_number.size() >= kMaxKnownUsers)
    return false;
  if (known != lid_by_phone_number.end() && lid.user == known->second) return false;
  lid_by_phone_number[digits] = std::string(lid.user.view());
  const Address from{digits, std::string(kUser), 0};
  const Address to{std::string(lid.user.view()), std::string(kLid), 0};
  move_entries(sessions, from, to);
  move_entries(account_keys, from, to);
  move_entries(privacy_tokens, from, to);
  groups.rename(from, to);
  if (blocked.erase(from) > 0) blocked.insert(to);
  return true;
}

signal::SessionRecord* Peers::session(const Address& address) {
  const auto found = sessions.find(address);
  if (found != sessions.end()) return &found->second;
  if (sessions.size() >= kMaxSessions) return nullptr;
  return &sessions[address];
}

void Peers::trust(const Address& account, const PublicKey& key) {
  if (account_keys.contains(account.account()) || account_keys.size() < kMaxKnownUsers) {
    account_keys[account.account()] = key;
  }
}

const PublicKey* Peers::account_key(const Address& address) const {
  const auto found = account_keys.find(address.account());
  return found == account_keys.end() ? nullptr : &found->second;
}

void Peers::forget_device(const Address& address) {
  sessions.erase(address);
  groups.forget_device(address);
}

void Peers::forget_user(const Address& address) {
  groups.forget_user(address);
  std::erase_if(sessions, [&](const auto& entry) { return entry.first.same_account(address); });
  account_keys.erase(address.account());
}

}  // namespace doublecheck::client
