#include "spec/payload/padding.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "spec/payload/limits.h"

namespace doublecheck::payload {
namespace {

constexpr std::string_view kWhat = "padding";

}  // namespace

Bytes pad(ByteView encoded, RandomSource& random) {
  static_assert(kMaxPadding == 16);  // four bits of a random byte
  const std::uint8_t size = static_cast<std::uint8_t>(1 + (random.array<1>()[0] & 0x0f));
  Bytes padded = to_bytes(encoded);
  padded.insert(padded.end(), size, size);
  return padded;
}

Result<ByteView> unpad(ByteView padded, const Guard& guard) {
  if (padded.empty()) return fail(kWhat, "there is none");
  const std::size_t claimed = padded.back();
  const ByteView padding = padded.last(std::min(claimed, padded.size()));
  const bool consistent =
      claimed != 0 && padding.size() == claimed &&
      std::ranges::all_of(padding, [&](std::uint8_t byte) { return byte == claimed; });
  if (!guard.holds(Rule::MESSAGE_03, consistent)) return fail(kWhat, "not n bytes of value n");
  if (!guard.holds(Rule::MESSAGE_01, claimed <= kMaxPadding)) return fail(kWhat, "too long");
  return padded.first(padded.size() - padding.size());
}

}  // namespace doublecheck::payload
