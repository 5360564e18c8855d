#include "spec/payload/message_id.h"

#include <algorithm>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/base/writer.h"

namespace doublecheck::payload {

std::string generate_message_id(std::string_view own_user, const Context& context) {
  static constexpr std::size_t kDigestSize = 9;
  const auto seconds = static_cast<std::uint64_t>(context.now.wall.seconds());
  Writer input;
  input.u32(static_cast<std::uint32_t>(seconds >> 32));
  input.u32(static_cast<std::uint32_t>(seconds));
  input.bytes(as_bytes(own_user));
  input.bytes(as_bytes("@c.us"));
  input.bytes(context.random.array<16>());
  std::string digits = to_hex(ByteView(sha256(input.written())).first(kDigestSize));
  std::ranges::transform(digits, digits.begin(), [](char digit) {
    return digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
  });
  return "3EB0" + digits;
}

}  // namespace doublecheck::payload
