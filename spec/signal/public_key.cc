#include "spec/signal/public_key.h"

#include <algorithm>

namespace doublecheck::signal {
namespace {

constexpr std::string_view kWhat = "public key";

// Whether the coordinate is below the field prime 2^255 - 19, little-endian.
bool is_canonical(const PublicKey& key) {
  if (key.back() != 0x7f) return key.back() < 0x7f;
  const bool all_ones =
      std::all_of(key.begin() + 1, key.end() - 1, [](std::uint8_t byte) { return byte == 0xff; });
  return !all_ones || key.front() < 0xed;
}

}  // namespace

EncodedPublicKey encode_public_key(const PublicKey& key) {
  EncodedPublicKey encoded;
  encoded.front() = kCurve25519KeyType;
  std::ranges::copy(key, encoded.begin() + 1);
  return encoded;
}

Result<PublicKey> decode_public_key(ByteView encoded, const Guard& guard) {
  const bool has_type = encoded.size() == EncodedPublicKey{}.size();
  if (!guard.holds(Rule::KEY_04, has_type)) return fail(kWhat, "not 33 bytes long");
  if (has_type && !guard.holds(Rule::KEY_03, encoded.front() == kCurve25519KeyType)) {
    return fail(kWhat, "not of type 05");
  }
  const ByteView raw = has_type ? encoded.subspan(1) : encoded;
  PublicKey key{};
  std::copy_n(raw.begin(), std::min(raw.size(), key.size()), key.begin());
  if (!guard.holds(Rule::KEY_11, is_canonical(key)))
    return fail(kWhat, "not a canonical coordinate");
  return key;
}

std::optional<SharedSecret> agree(const PrivateKey& own, const PublicKey& peer,
                                  const Guard& guard) {
  const std::optional<SharedSecret> secret = x25519(own, peer);
  if (!guard.holds(Rule::KEY_06, secret.has_value())) return std::nullopt;
  return secret.value_or(SharedSecret{});
}

}  // namespace doublecheck::signal
