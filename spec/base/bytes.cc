#include "spec/base/bytes.h"

#include <cstring>

namespace doublecheck {

Bytes concat(std::initializer_list<ByteView> parts) {
  Bytes all;
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  all.reserve(size);
  for (const ByteView part : parts) append(all, part);
  return all;
}

bool equal(ByteView left, ByteView right) {
  return left.size() == right.size() &&
         (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
}

bool is_utf8(ByteView bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    // Nearly all text is ASCII: eight bytes at a time.
    if (bytes.size() - at >= sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, bytes.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const std::uint8_t lead = bytes[at];
    if (lead < 0x80) {
      ++at;
      continue;
    }
    // What the lead byte promises: how many continuation bytes follow, and the range of the first
    // of them, which is what excludes overlong forms, surrogates and code points above U+10FFFF.
    std::size_t following = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
      following = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      following = 2;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      following = 3;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    if (bytes.size() - at <= following) return false;
    if (bytes[at + 1] < low || bytes[at + 1] > high) return false;
    for (std::size_t i = 2; i <= following; ++i) {
      if ((bytes[at + i] & 0xc0) != 0x80) return false;
    }
    at += following + 1;
  }
  return true;
}

}  // namespace doublecheck
