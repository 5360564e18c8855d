#include <array>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generator.h"
#include "spec/base/crypto.h"

namespace doublecheck::corpus {
namespace {

// ---- X25519

void add_agreement(Generator& generator, std::string_view name, const PrivateKey& own,
                   const PublicKey& peer) {
  Vector& vector = generator.add(name, "agree", {"KEY-05", "SESSION-01"});
  vector.input = {{"private_key", to_hex(own)}, {"public_key", to_hex(peer)}};
  vector.output = {{"secret", to_hex(x25519(own, peer).value())}};
}

void add_agreements(Generator& generator) {
  for (std::size_t i = 0; i < 30; ++i) {
    const KeyPair own = KeyPair::generate(generator.random());
    const KeyPair peer = KeyPair::generate(generator.random());
    add_agreement(generator, "agreement", own.private_key, peer.public_key);
  }
  // Scalars that clamping changes, and u coordinates whose top bit does not count.
  for (std::size_t i = 0; i < 16; ++i) {
    auto own = generator.random().array<32>();
    own.front() = static_cast<std::uint8_t>((own.front() & 0xf8U) | (i % 8));
    own.back() = static_cast<std::uint8_t>((own.back() & 0x3fU) | (i / 4) << 6U);
    const KeyPair peer = KeyPair::generate(generator.random());
    add_agreement(generator, "not-clamped", own, peer.public_key);
    PublicKey with_top_bit = peer.public_key;
    with_top_bit.back() |= 0x80U;
    if (i < 4) add_agreement(generator, "top-bit", own, with_top_bit);
  }
}

// Every point of small order, and its forms that are not reduced (RFC 7748, section 6.1, and the
// literature on contributory behaviour).
constexpr auto kSmallOrder = std::to_array<std::string_view>({
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
});

void add_small_orders(Generator& generator) {
  for (const std::string_view point : kSmallOrder) {
    const KeyPair own = KeyPair::generate(generator.random());
    Vector& vector = generator.add("small-order", "agree", {"KEY-06"});
    vector.flag = kMustReject;
    vector.input = {{"private_key", to_hex(own.private_key)}, {"public_key", std::string(point)}};
    vector.notes = "the secret would be all zeros";
  }
}

void add_public_keys(Generator& generator) {
  for (std::size_t i = 0; i < 20; ++i) {
    const auto own = generator.random().array<32>();
    Vector& vector = generator.add("public-key", "public_key", {"KEY-05"});
    vector.input = {{"private_key", to_hex(own)}};
    vector.output = {{"public_key", to_hex(KeyPair::from_private(own).public_key)}};
  }
}

// ---- XEdDSA

struct Signed {
  PublicKey key{};
  Bytes message;
  Bytes signature;
};

Vector& add_verification(Generator& generator, std::string_view name,
                         std::vector<std::string> requirements, const Signed& given) {
  Vector& vector = generator.add(name, "verify", std::move(requirements));
  vector.input = {{"public_key", to_hex(given.key)},
                  {"message", to_expression(given.message)},
                  {"signature", to_hex(given.signature)}};
  return vector;
}

Signed draw_signed(Generator& generator, std::size_t size) {
  const KeyPair key = KeyPair::generate(generator.random());
  Bytes message = generator.random().bytes(size);
  const Signature signature = xeddsa_sign(key.private_key, message, generator.random());
  return {key.public_key, std::move(message), to_bytes(signature)};
}

struct Forgery {
  std::string_view name;
  void (*apply)(Generator&, Signed&);
};

constexpr auto kForgeries = std::to_array<Forgery>({
    {"changed-r",
     [](Generator& generator, Signed& given) {
       given.signature = generator.flipped(given.signature, generator.size_below(32));
     }},
    {"changed-s",
     [](Generator& generator, Signed& given) {
       given.signature = generator.flipped(given.signature, 32 + generator.size_below(31));
     }},
    {"other-sign", [](Generator&, Signed& given) { given.signature.back() ^= 0x80U; }},
    {"changed-message",
     [](Generator& generator, Signed& given) { given.message = generator.flipped(given.message); }},
    {"longer-message", [](Generator&, Signed& given) { given.message.push_back(0); }},
    {"shorter-message", [](Generator&, Signed& given) { given.message.pop_back(); }},
    {"other-key",
     [](Generator& generator, Signed& given) {
       given.key = KeyPair::generate(generator.random()).public_key;
     }},
    {"shorter-signature", [](Generator&, Signed& given) { given.signature.pop_back(); }},
    {"longer-signature", [](Generator&, Signed& given) { given.signature.push_back(0); }},
    {"zeros", [](Generator&, Signed& given) { given.signature.assign(64, 0); }},
    {"swapped-halves",
     [](Generator&, Signed& given) {
       std::ranges::rotate(given.signature, given.signature.begin() + 32);
     }},
});

void add_signatures(Generator& generator) {
  for (const std::size_t size : {0U, 1U, 2U, 31U, 32U, 33U, 34U, 63U, 64U, 65U, 127U, 128U, 129U})
    add_verification(generator, "valid", {"CERT-10", "KEY-07"}, draw_signed(generator, size))
        .output = {{"valid", true}};
  for (std::size_t i = 0; i < 20; ++i)
    add_verification(generator, "valid", {"CERT-10", "KEY-07"}, draw_signed(generator, 33))
        .output = {{"valid", true}};
  for (const Forgery& forgery : kForgeries) {
    for (std::size_t i = 0; i < 6; ++i) {
      Signed given = draw_signed(generator, 8 + i);
      forgery.apply(generator, given);
      add_verification(generator, forgery.name, {"CERT-11", "KEY-09"}, given).flag = kMustReject;
    }
  }
}

// ---- HKDF

void add_derived_keys(Generator& generator) {
  constexpr auto kSizes = std::to_array<std::uint32_t>(
      {1, 16, 31, 32, 33, 48, 63, 64, 65, 80, 96, 112, 128, 160, 255, 256});
  for (std::size_t i = 0; i < 48; ++i) {
    const std::uint32_t size = kSizes.at(i % kSizes.size());
    const Bytes input = generator.random().bytes(i < 32 ? 32 : generator.size_below(70));
    const Bytes salt = generator.random().bytes(i % 3 == 0   ? 0
                                                : i % 3 == 1 ? 32
                                                             : generator.size_below(80));
    const std::string info =
        generator.text("abcdefghijklmnopqrstuvwxyz ABC_", i % 4 == 0 ? 0 : 5 + i);
    Vector& vector = generator.add("hkdf", "derive_key", {"NOISE-03", "SESSION-02"});
    vector.input = {{"input", to_hex(input)},
                    {"salt", to_hex(salt)},
                    {"info", to_hex(as_bytes(info))},
                    {"size", size}};
    vector.output = {{"key", to_hex(hkdf_sha256(input, salt, as_bytes(info), size))}};
  }
}

}  // namespace

void generate_keys(const RandomSource& seed, std::vector<Vector>& out) {
  Generator agreements("key-agreement", seed, out);
  add_agreements(agreements);
  add_small_orders(agreements);
  add_public_keys(agreements);
  Generator signatures("signature", seed, out);
  add_signatures(signatures);
  Generator derivations("key-derivation", seed, out);
  add_derived_keys(derivations);
}

}  // namespace doublecheck::corpus
