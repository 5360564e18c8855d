#pragma once

#include <string>
#include <string_view>

#include "spec/base/context.h"

namespace doublecheck::payload {

// An id for a message that the account with this user part sends: `3EB0`, then 18 upper-case
// hexadecimal digits of SHA-256 over the time in seconds, the user at `c.us`, and 16 random bytes.
std::string generate_message_id(std::string_view own_user, const Context& context);

}  // namespace doublecheck::payload
