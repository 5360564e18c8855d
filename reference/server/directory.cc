#include "reference/server/directory.h"

#include <algorithm>

#include "reference/server/limits.h"
#include "spec/base/crypto.h"

namespace doublecheck::server {
namespace {

// `count` decimal digits that depend on the label, the name and the attempt, and on nothing else.
std::string digits_of(std::string_view label, std::string_view name, std::uint64_t attempt,
                      std::size_t count) {
  const auto key =
      sha256(concat({as_bytes("doublecheck/account/"), as_bytes(label), as_bytes("/"),
                     as_bytes(name), as_bytes("/"), as_bytes(std::to_string(attempt))}));
  SeededRandom stream{ByteView(key)};
  std::string digits;
  while (digits.size() < count) {
    digits.push_back(static_cast<char>('0' + stream.below(10)));
  }
  return digits;
}

bool is_user(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

KeyDirectory published_keys(const phone::Phone& phone) {
  KeyDirectory keys;
  keys.registration_id = phone.identity().registration_id;
  keys.identity = phone.identity_key().public_key;
  keys.signed_prekey = {phone.signed_prekey().id, phone.signed_prekey().key.public_key};
  keys.signature = phone.signed_prekey().signature;
  for (const auto& [id, prekey] : phone.one_time_prekeys())
    keys.one_time.push_back({id, prekey.key.public_key});
  return keys;
}

Result<Account*> Directory::for_name(std::string_view name) {
  if (Account* known = by_name(name)) return known;
  return create({.name = std::string(name), .phone_number = {}, .lid = {}});
}

Result<Account*> Directory::create(NewAccount wanted) {
  if (accounts_.size() >= kMaxAccounts) return fail("account", "kMaxAccounts exist already");
  if (wanted.name.size() > kMaxPushNameBytes) {
    return fail("account", "the name is longer than kMaxPushNameBytes");
  }
  while (wanted.name.empty() ||
         (wanted.name.starts_with("Account ") && by_name(wanted.name) != nullptr)) {
    wanted.name = "Account " + std::to_string(++unnamed_);
  }
  if (by_name(wanted.name) != nullptr) return fail("account", "the name is taken");

  for (std::uint64_t attempt = 0; !wanted.phone_number; ++attempt) {
    std::string number = "1555" + digits_of("phone", wanted.name, attempt, 7);
    if (by_phone_number(number) == nullptr) wanted.phone_number = std::move(number);
  }
  for (std::uint64_t attempt = 0; !wanted.lid; ++attempt) {
    std::string lid = "1" + digits_of("lid", wanted.name, attempt, 14);
    if (by_lid(lid) == nullptr) wanted.lid = std::move(lid);
  }
  const auto phone_random = random_->fork("phone/" + *wanted.phone_number, 0);
  Account account{.phone_number = *wanted.phone_number,
                  .lid = *wanted.lid,
                  .name = wanted.name,
                  .push_name = wanted.name,
                  .phone = phone::Phone(*phone_random),
                  .phone_keys = {},
                  .next_key_index = 1,
                  .devices = {},
                  .props = {},
                  .privacy = {},
                  .blocklist = {},
                  .app_state = {},
                  .status = {},
                  .status_at = {},
                  .disappearing_seconds = 0,
                  .disappearing_at = {},
                  .last_seen = {},
                  .picture = {},
                  .watchers = {},
                  .contact_policy = {},
                  .salt = {},
                  .contacted = {},
                  .phone_messages = {},
                  .accepted = {}};
  account.phone_keys = published_keys(account.phone);
  rules_.settings_for(wanted.name).apply(account);
  return insert(std::move(account));
}

Result<Account*> Directory::insert(Account account) {
  if (!is_user(account.phone_number) || !is_user(account.lid)) {
    return fail("account", "phone number and LID must be 1 to 20 digits");
  }
  if (by_name(account.name) != nullptr) return fail("account", "the name is taken");
  if (by_phone_number(account.phone_number) != nullptr)
    return fail("account", "the phone number is taken");
  if (by_lid(account.lid) != nullptr) return fail("account", "the LID is taken");
  touched_.insert(account.phone_number);
  phone_number_by_lid_[account.lid] = account.phone_number;
  phone_number_by_name_[account.name] = account.phone_number;
  const std::string phone_number = account.phone_number;
  return &accounts_.emplace(phone_number, std::move(account)).first->second;
}

Account* Directory::by_phone_number(std::string_view digits) {
  const auto found = accounts_.find(std::string(digits));
  if (found == accounts_.end()) return nullptr;
  touched_.insert(found->first);
  return &found->second;
}

Account* Directory::by_lid(std::string_view digits) {
  const auto found = phone_number_by_lid_.find(digits);
  return found == phone_number_by_lid_.end() ? nullptr : by_phone_number(found->second);
}

Account* Directory::by_name(std::string_view name) {
  const auto found = phone_number_by_name_.find(name);
  return found == phone_number_by_name_.end() ? nullptr : by_phone_number(found->second);
}

Account* Directory::find(const wire::Jid& jid) {
  if (jid.server == wire::server_name::kUser || jid.server == wire::server_name::kLegacyUser) {
    return by_phone_number(jid.user);
  }
  if (jid.server == wire::server_name::kLid) return by_lid(jid.user);
  return nullptr;
}

Account* Directory::find(std::string_view reference) {
  if (Account* account = by_phone_number(reference)) return account;
  if (Account* account = by_lid(reference)) return account;
  return by_name(reference);
}

Device* Directory::find_device(const DeviceAddress& address) {
  Account* account = by_phone_number(address.phone_number);
  if (account == nullptr) return nullptr;
  const auto found = account->devices.find(address.device);
  return found == account->devices.end() ? nullptr : &found->second;
}

void Directory::erase(const Account& account) {
  const std::string phone_number = account.phone_number;
  touched_.insert(phone_number);
  phone_number_by_lid_.erase(account.lid);
  phone_number_by_name_.erase(account.name);
  accounts_.erase(phone_number);
}

void Directory::clear() {
  std::set<std::string> touched = std::move(touched_);
  for (const auto& [phone_number, account] : accounts_) touched.insert(phone_number);
  *this = Directory(*random_, std::move(rules_));
  touched_ = std::move(touched);
}

void Directory::forget_changes() {
  for (const std::string& phone_number : std::exchange(touched_, {})) {
    const auto account = accounts_.find(phone_number);
    if (account == accounts_.end()) continue;
    for (auto& [number, device] : account->second.devices) device.queue.forget_removed();
  }
}

const Account* Directory::look_up(std::string_view phone_number) const {
  const auto found = accounts_.find(std::string(phone_number));
  return found == accounts_.end() ? nullptr : &found->second;
}

}  // namespace doublecheck::server
