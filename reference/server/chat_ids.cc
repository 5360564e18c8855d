#include "reference/server/chat_ids.h"

#include <algorithm>

#include "spec/base/text_encoding.h"

namespace doublecheck::server {

bool is_chat_id(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string new_chat_id(RandomSource& random) {
  std::string id = "120363";
  while (id.size() < 18) id.push_back(static_cast<char>('0' + random.below(10)));
  return id;
}

std::string new_invite_code(RandomSource& random) {
  std::string code = to_base64(random.bytes(16)).substr(0, 22);
  for (char& c : code) {
    if (c == '+') c = 'A';
    if (c == '/') c = 'B';
  }
  return code;
}

}  // namespace doublecheck::server
