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

void publish_keys(const phone::Phone& phone, KeyDirectory& keys) {
  keys.registration_id = phone.identity().registration_id;
  keys.identity = phone.identity_key().public_key;
  keys.signed_prekey = {phone.signed_prekey().id, phone.signed_prekey().key.public_key};
  keys.signature = phone.signed_prekey().signature;
  for (const auto& [id, prekey] : phone.one_time_prekeys())
    keys.one_time.push_back({id, prekey.key.public_key});
}

}  // namespace

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
  if (!is_user(*wanted.phone_number) || !is_user(*wanted.lid)) {
    return fail("account", "phone number and LID must be 1 to 20 digits");
  }
  if (by_phone_number(*wanted.phone_number) != nullptr)
    return fail("account", "the phone number is taken");
  if (by_lid(*wanted.lid) != nullptr) return fail("account", "the LID is taken");

  const auto phone_random = random_->fork("phone/" + *wanted.phone_number, 0);
  Account account{.phone_number = *wanted.phone_number,
                  .lid = *wanted.lid,
                  .push_name = wanted.name,
                  .phone = phone::Phone(*phone_random),
                  .phone_keys = {},
                  .next_key_index = 1,
                  .devices = {},
                  .props = rules_.props_for(wanted.name),
                  .privacy = {},
                  .blocklist = {},
                  .app_state = {},
                  .accepted = {},
                  .accepted_order = {}};
  publish_keys(account.phone, account.phone_keys);
  Account& entry = accounts_.emplace(*wanted.phone_number, std::move(account)).first->second;
  phone_number_by_lid_[*wanted.lid] = *wanted.phone_number;
  phone_number_by_name_[wanted.name] = *wanted.phone_number;
  return &entry;
}

Account* Directory::by_phone_number(std::string_view digits) {
  const auto found = accounts_.find(std::string(digits));
  return found == accounts_.end() ? nullptr : &found->second;
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
  phone_number_by_lid_.erase(account.lid);
  std::erase_if(phone_number_by_name_,
                [&](const auto& entry) { return entry.second == phone_number; });
  accounts_.erase(phone_number);
}

}  // namespace doublecheck::server
