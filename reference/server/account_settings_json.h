#pragma once

#include "reference/server/account_settings.h"
#include "reference/server/json_fields.h"

namespace doublecheck::server {

// Takes the settings of an account, as reference/server/README.md has them, out of an object that
// may have other members too. What is wrong is noted in `fields`.
AccountSettings read_account_settings(Fields& fields);

// The policy and the salt of an account, as they are read.
Json policy_to_json(const ContactPolicy& policy);
Json salt_to_json(const FirstContactSalt& salt);

}  // namespace doublecheck::server
