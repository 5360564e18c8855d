#include "spec/pairing/code.h"

#include <algorithm>

namespace doublecheck::pairing {
namespace {

constexpr std::string_view kWhat = "code pairing";
constexpr std::size_t kSaltSize = 32;
constexpr std::size_t kKeySize = 32;

Bytes key_from_code(std::string_view code, ByteView salt) {
  return pbkdf2_hmac_sha256(as_bytes(code), salt, kCodeRounds, kKeySize);
}

Bytes bundle_key(const SharedSecret& ephemeral_secret, ByteView salt) {
  return hkdf_sha256(ephemeral_secret, salt,
                     as_bytes("link_code_pairing_key_bundle_encryption_key"), kKeySize);
}

struct Secrets {
  SharedSecret ephemeral;
  SharedSecret identity;

  AdvSecret adv_secret(ByteView companion_random) const {
    const Bytes derived = hkdf_sha256(concat({ephemeral, identity, companion_random}), {},
                                      as_bytes("adv_secret"), kKeySize);
    AdvSecret secret;
    std::ranges::copy(derived, secret.begin());
    return secret;
  }
};

Result<Secrets> agree(const KeyPair& own_ephemeral, const PublicKey& ephemeral,
                      const KeyPair& own_identity, const PublicKey& identity) {
  const auto ephemeral_secret = x25519(own_ephemeral.private_key, ephemeral);
  const auto identity_secret = x25519(own_identity.private_key, identity);
  if (!ephemeral_secret || !identity_secret) return fail(kWhat, "a public key is of low order");
  return Secrets{*ephemeral_secret, *identity_secret};
}

}  // namespace

std::string encode_code(const std::array<std::uint8_t, 5>& bytes) {
  std::uint64_t bits = 0;
  for (const std::uint8_t byte : bytes) bits = bits << 8 | byte;
  std::string code;
  for (int shift = 35; shift >= 0; shift -= 5) code += kCodeAlphabet[bits >> shift & 31];
  return code;
}

std::string generate_code(RandomSource& random) { return encode_code(random.array<5>()); }

std::string display_code(std::string_view code) {
  const std::string_view front = code.substr(0, kCodeLength / 2);
  return std::string(front) + '-' + std::string(code.substr(front.size()));
}

Result<std::string> parse_code(std::string_view typed) {
  std::string code;
  for (const char character : typed) {
    if (character == '-') continue;
    if (character <= ' ' || character > '~') return fail(kWhat, "a character that cannot be typed");
    if (code.size() == kCodeLength) return fail(kWhat, "more than eight characters");
    code += character;
  }
  if (code.size() < kCodeLength) return fail(kWhat, "fewer than eight characters");
  return code;
}

Bytes wrap_ephemeral_key(std::string_view code, const PublicKey& key, RandomSource& random) {
  const auto salt = random.array<kSaltSize>();
  const auto iv = random.array<16>();
  return concat({salt, iv, aes256_ctr(key_from_code(code, salt), iv, key)});
}

Result<PublicKey> unwrap_ephemeral_key(std::string_view code, ByteView wrapped) {
  if (wrapped.size() != kWrappedKeySize) return fail(kWhat, "the wrapped key is not 80 bytes long");
  const ByteView salt = wrapped.first(kSaltSize);
  const ByteView iv = wrapped.subspan(kSaltSize, 16);
  const Bytes key = aes256_ctr(key_from_code(code, salt), iv, wrapped.last(kKeySize));
  return *to_public_key(key);
}

Result<CompanionFinish> finish_as_companion(const KeyPair& companion_ephemeral,
                                            const KeyPair& companion_identity,
                                            const PublicKey& phone_ephemeral,
                                            const PublicKey& phone_identity, RandomSource& random) {
  auto secrets = agree(companion_ephemeral, phone_ephemeral, companion_identity, phone_identity);
  if (!secrets) return propagate(secrets);
  const auto companion_random = random.array<32>();
  const auto salt = random.array<kSaltSize>();
  const auto nonce = random.array<12>();
  const Bytes bundle = concat({companion_identity.public_key, phone_identity, companion_random});
  const Bytes sealed = aes256_gcm_seal(bundle_key(secrets->ephemeral, salt), nonce, bundle, {});
  return CompanionFinish{.wrapped_key_bundle = concat({salt, nonce, sealed}),
                         .adv_secret = secrets->adv_secret(companion_random)};
}

Result<AdvSecret> finish_as_phone(const KeyPair& phone_ephemeral, const KeyPair& phone_identity,
                                  const PublicKey& companion_ephemeral,
                                  const PublicKey& companion_identity, ByteView wrapped_key_bundle,
                                  const Guard& guard) {
  auto secrets = agree(phone_ephemeral, companion_ephemeral, phone_identity, companion_identity);
  if (!secrets) return propagate(secrets);
  Bytes bundle;
  if (wrapped_key_bundle.size() == kWrappedBundleSize) {
    const ByteView salt = wrapped_key_bundle.first(kSaltSize);
    const ByteView nonce = wrapped_key_bundle.subspan(kSaltSize, 12);
    bundle = aes256_gcm_open(bundle_key(secrets->ephemeral, salt), nonce,
                             wrapped_key_bundle.subspan(kSaltSize + 12), {})
                 .value_or(Bytes{});
  }
  const Bytes identities = concat({companion_identity, phone_identity.public_key});
  const bool opened = bundle.size() == identities.size() + 32;
  if (!guard.holds(Rule::CODE_09,
                   opened && equal(ByteView(bundle).first(identities.size()), identities))) {
    return fail(kWhat, "the key bundle does not open, or not to the two identity keys");
  }
  return secrets->adv_secret(opened ? ByteView(bundle).last(32) : ByteView());
}

}  // namespace doublecheck::pairing
