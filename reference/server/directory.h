#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "reference/server/account.h"
#include "reference/server/account_rules.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/wire/jid.h"

// Every account, found by phone number, LID or push name.
namespace doublecheck::server {

// What an account is made with, where the caller does not leave it to the directory.
struct NewAccount {
  std::string name;
  std::optional<std::string> phone_number;
  std::optional<std::string> lid;
};

// The keys of a phone, as device 0 publishes them.
KeyDirectory published_keys(const phone::Phone& phone);

class Directory {
 public:
  // `random` makes the keys of the phones; it is forked, not drawn from. `rules` say what an
  // account starts with.
  explicit Directory(const RandomSource& random, AccountRules rules = {})
      : random_(random.fork("accounts", 0)), rules_(std::move(rules)) {}

  // The account of that push name, made when there is none. Phone number and LID are a function of
  // the name, so that runs repeat; an empty name gives a fresh account with a generated one.
  Result<Account*> for_name(std::string_view name);

  // Makes an account; fails when its name, phone number or LID is taken, is not digits, or
  // kMaxAccounts exist.
  Result<Account*> create(NewAccount wanted);

  Account* by_phone_number(std::string_view digits);
  Account* by_lid(std::string_view digits);
  Account* by_name(std::string_view name);

  // The account that a JID names, whatever its device; nullptr for other kinds of JID and unknown
  // users.
  Account* find(const wire::Jid& jid);
  // By phone number, LID or name, in this order.
  Account* find(std::string_view reference);

  Device* find_device(const DeviceAddress& address);

  void erase(const Account& account);
  void clear();

  // In order of phone number.
  const std::map<std::string, Account>& all() const { return accounts_; }

  // ---- For those who keep what changes.

  // The phone numbers of the accounts that may have changed since changes were last forgotten: of
  // those that were handed out to be changed, made, or erased.
  const std::set<std::string>& touched() const { return touched_; }
  void forget_changes();

  // An account to be looked at, and not changed.
  const Account* look_up(std::string_view phone_number) const;

  // Puts in an account. Fails as `create` does for a phone number or LID that is none, and for what
  // is taken.
  Result<Account*> insert(Account account);
  // The number of the last account that was named here.
  std::uint64_t unnamed() const { return unnamed_; }
  void set_unnamed(std::uint64_t unnamed) { unnamed_ = unnamed; }

 private:
  std::unique_ptr<RandomSource> random_;
  AccountRules rules_;
  std::map<std::string, Account> accounts_;  // by phone number
  std::map<std::string, std::string, std::less<>> phone_number_by_lid_;
  std::map<std::string, std::string, std::less<>> phone_number_by_name_;
  std::uint64_t unnamed_ = 0;
  std::set<std::string> touched_;
};

}  // namespace doublecheck::server
