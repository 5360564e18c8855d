#include <gtest/gtest.h>

#include <algorithm>

#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/base/test_vectors.h"

// X25519 and XEdDSA.
namespace doublecheck {
namespace {

using test_vectors::bytes_of_hex;
using test_vectors::Json;

std::array<std::uint8_t, 32> key(std::string_view hex) {
  std::array<std::uint8_t, 32> out{};
  std::ranges::copy(from_hex(hex).value(), out.begin());
  return out;
}

// RFC 7748, section 5.2.
TEST(X25519, KnownAnswers) {
  EXPECT_EQ(to_hex(x25519(key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                          key("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
                       .value()),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  // The top bit of the public key is ignored.
  EXPECT_EQ(to_hex(x25519(key("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                          key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))
                       .value()),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST(X25519, AThousandTimesOver) {
  auto k = key("0900000000000000000000000000000000000000000000000000000000000000");
  auto u = k;
  for (int i = 1; i <= 1000; ++i) {
    const auto result = x25519(k, u).value();
    u = k;
    k = result;
    if (i == 1) {
      EXPECT_EQ(to_hex(k), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(to_hex(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

// RFC 7748, section 6.1.
TEST(X25519, BothSidesAgree) {
  const KeyPair alice = KeyPair::from_private(
      key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const KeyPair bob = KeyPair::from_private(
      key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(to_hex(alice.public_key),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(to_hex(bob.public_key),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(to_hex(x25519(alice.private_key, bob.public_key).value()), shared);
  EXPECT_EQ(to_hex(x25519(bob.private_key, alice.public_key).value()), shared);
}

// All points of low order on the curve and its twist, in every encoding below 2^255, and with the
// bit that is ignored.
TEST(X25519, PublicKeysOfLowOrderAreRefused) {
  SeededRandom random(1);
  const KeyPair own = KeyPair::generate(random);
  for (const char* const hex : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    PublicKey peer = key(hex);
    EXPECT_EQ(x25519(own.private_key, peer), std::nullopt) << hex;
    peer[31] |= 0x80;
    EXPECT_EQ(x25519(own.private_key, peer), std::nullopt) << hex << " with bit 255 set";
  }
}

TEST(KeyPair, GeneratedPrivateKeysAreClamped) {
  SeededRandom random(1);
  for (int i = 0; i < 20; ++i) {
    const KeyPair pair = KeyPair::generate(random);
    EXPECT_EQ(pair.private_key[0] & 0x07, 0);
    EXPECT_EQ(pair.private_key[31] & 0xc0, 0x40);
    EXPECT_EQ(pair.public_key, KeyPair::from_private(pair.private_key).public_key);
  }
}

TEST(PublicKey, HasExactly32Bytes) {
  EXPECT_EQ(to_public_key(Bytes(31)), std::nullopt);
  EXPECT_EQ(to_public_key(Bytes(33)), std::nullopt);
  EXPECT_EQ(to_public_key(Bytes(32, 7))->at(31), 7);
}

// Gives one string of bytes over and over.
class Repeating final : public RandomSource {
 public:
  explicit Repeating(Bytes bytes) : bytes_(std::move(bytes)) {}

  void fill(std::span<std::uint8_t> out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::ranges::copy(bytes_, out.begin());
  }
  std::unique_ptr<RandomSource> fork(std::string_view, std::uint64_t) const override {
    return nullptr;
  }

 private:
  Bytes bytes_;
};

bool verifies(const Json& input) {
  return xeddsa_verify(to_public_key(bytes_of_hex(input["public_key_u"])).value(),
                       bytes_of_hex(input["message"]), bytes_of_hex(input["signature"]));
}

TEST(XEdDsa, Vectors) {
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  const Json vectors = test_vectors::load("xeddsa");
  for (const Json& vector : vectors["cases"]) {
    const std::string name = vector["name"];
    SCOPED_TRACE(name);
    const std::string expected = vector["output"]["expected"];
    // Left open: the top bit of a public key, which is ignored as X25519 ignores it. A scalar that
    // is not reduced, left open too, is refused, and so are keys of low order, with which anybody
    // can sign.
    const bool accept = expected == "accept" || name.starts_with("key with bit 255 set");
    EXPECT_EQ(verifies(vector["input"]), accept) << expected;
    ++(accept ? accepted : rejected);
  }
  EXPECT_GE(accepted, 28U);
  EXPECT_GE(rejected, 30U);
}

TEST(XEdDsa, SignsLikeOtherImplementations) {
  std::size_t compared = 0;
  const Json vectors = test_vectors::load("xeddsa");
  for (const Json& vector : vectors["cases"]) {
    const Json& input = vector["input"];
    // The published algorithm negates the key instead of carrying its sign, and signs differently
    // with half the keys.
    if (!input.contains("z") ||
        vector["name"].get<std::string>().find("strict") != std::string::npos)
      continue;
    SCOPED_TRACE(vector["name"].get<std::string>());
    Repeating z(bytes_of_hex(input["z"]));
    const auto private_key = key(input["private_key"].get<std::string>());
    EXPECT_EQ(to_hex(KeyPair::from_private(private_key).public_key),
              input["public_key_u"].get<std::string>());
    EXPECT_EQ(to_hex(xeddsa_sign(private_key, bytes_of_hex(input["message"]), z)),
              input["signature"].get<std::string>());
    ++compared;
  }
  EXPECT_GE(compared, 8U);
}

TEST(XEdDsa, VerifiesWhatItSigned) {
  SeededRandom random(1);
  bool signs[2] = {false, false};
  for (int i = 0; i < 20; ++i) {
    const KeyPair pair = KeyPair::generate(random);
    const Bytes message = random.bytes(random.below(100));
    Signature signature = xeddsa_sign(pair.private_key, message, random);
    signs[signature[63] >> 7] = true;
    EXPECT_TRUE(xeddsa_verify(pair.public_key, message, signature));
    signature[63] ^= 0x80;
    EXPECT_FALSE(xeddsa_verify(pair.public_key, message, signature));
  }
  EXPECT_TRUE(signs[0] && signs[1]);
}

TEST(XEdDsa, ANonceIsDrawnForEachSignature) {
  SeededRandom random(1);
  const KeyPair pair = KeyPair::generate(random);
  const Signature first = xeddsa_sign(pair.private_key, as_bytes("message"), random);
  const Signature second = xeddsa_sign(pair.private_key, as_bytes("message"), random);
  EXPECT_FALSE(std::equal(first.begin(), first.begin() + 32, second.begin()));
}

TEST(XEdDsa, AnyChangeIsRefused) {
  SeededRandom random(1);
  const KeyPair pair = KeyPair::generate(random);
  const Bytes message = to_bytes("message");
  const Signature signature = xeddsa_sign(pair.private_key, message, random);
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    Signature changed = signature;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(xeddsa_verify(pair.public_key, message, changed)) << "bit " << bit;
  }
  EXPECT_FALSE(xeddsa_verify(pair.public_key, as_bytes("Message"), signature));
  EXPECT_FALSE(xeddsa_verify(KeyPair::generate(random).public_key, message, signature));
  EXPECT_FALSE(xeddsa_verify(pair.public_key, message, {}));
  EXPECT_FALSE(xeddsa_verify(pair.public_key, message, ByteView(signature).first(63)));
}

}  // namespace
}  // namespace doublecheck
