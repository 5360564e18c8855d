#pragma once

#include <string>
#include <string_view>

#include "spec/base/random.h"

// How the server names the chats that it keeps itself, groups and newsletters, and the ways into
// them.
namespace doublecheck::server {

// Whether that may be the user of such a chat's JID: 1 to 20 digits.
bool is_chat_id(std::string_view text);

// 18 digits. Another chat may have them, which is for the caller to see.
std::string new_chat_id(RandomSource& random);

// 22 letters and digits, as clients know invite codes.
std::string new_invite_code(RandomSource& random);

}  // namespace doublecheck::server
