#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/pairing/adv_secret.h"

// Pairing by an 8-character code that the companion shows and the user types into the phone: the
// code protects an exchange of ephemeral keys through the server, from which both derive the adv
// secret. Then follows pair-success, as after a QR code.
namespace doublecheck::pairing {

inline constexpr std::string_view kCodeAlphabet = "123456789ABCDEFGHJKLMNPQRSTVWXYZ";
inline constexpr std::size_t kCodeLength = 8;
inline constexpr std::uint32_t kCodeRounds = 131072;  // of PBKDF2-HMAC-SHA-256

inline constexpr std::size_t kWrappedKeySize =
    80;  // salt 32, initialisation vector 16, encrypted key 32
inline constexpr std::size_t kWrappedBundleSize =
    156;  // salt 32, nonce 12, encrypted keys and random 96, tag 16

// Five bytes as eight characters, most significant bits first (CODE-01).
std::string encode_code(const std::array<std::uint8_t, 5>& bytes);
std::string generate_code(RandomSource& random);

// As shown to the user: XXXX-XXXX.
std::string display_code(std::string_view code);

// What the user typed, without the dash. Refuses anything but eight printable ASCII characters
// other than it; they need not be of the alphabet, since some companions let their users choose a
// code.
Result<std::string> parse_code(std::string_view typed);

// An ephemeral public key under the code (CODE-02, CODE-11): kWrappedKeySize bytes. About 50 ms of
// computation.
Bytes wrap_ephemeral_key(std::string_view code, const PublicKey& key, RandomSource& random);

// Refuses another size than kWrappedKeySize (CODE-08). A wrong code gives a wrong key, which shows
// only later.
Result<PublicKey> unwrap_ephemeral_key(std::string_view code, ByteView wrapped);

// The companion's part, once it has the phone's keys (CODE-09, CODE-10).
struct CompanionFinish {
  Bytes wrapped_key_bundle;  // kWrappedBundleSize bytes, for companion_finish
  AdvSecret adv_secret{};
};
Result<CompanionFinish> finish_as_companion(const KeyPair& companion_ephemeral,
                                            const KeyPair& companion_identity,
                                            const PublicKey& phone_ephemeral,
                                            const PublicKey& phone_identity, RandomSource& random);

// The phone's part: opens the bundle, checks that it holds the companion identity that was
// announced and its own, and derives the same secret. Fails if the code was mistyped on either
// side.
Result<AdvSecret> finish_as_phone(const KeyPair& phone_ephemeral, const KeyPair& phone_identity,
                                  const PublicKey& companion_ephemeral,
                                  const PublicKey& companion_identity, ByteView wrapped_key_bundle,
                                  const Guard& guard);

}  // namespace doublecheck::pairing
