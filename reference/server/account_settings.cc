#include "reference/server/account_settings.h"

namespace doublecheck::server {

void AccountSettings::merge(const AccountSettings& later) {
  for (const auto& [code, value] : later.props) props[code] = value;
  if (later.contact_policy) contact_policy = later.contact_policy;
  if (later.salt) salt = later.salt;
}

void AccountSettings::apply(Account& account) const {
  for (const auto& [code, value] : props) account.props[code] = value;
  if (contact_policy) account.contact_policy = *contact_policy;
  if (salt) account.salt = *salt;
}

}  // namespace doublecheck::server
