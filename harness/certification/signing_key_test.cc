#include "harness/certification/signing_key.h"

#include <gtest/gtest.h>

#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

// RFC 8032 section 7.1, TEST 1, as OpenSSL writes it.
constexpr const char* kPrivatePem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kPublicPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

TEST(SigningKey, SignsAsTheSpecificationDoes) {
  const auto key = SigningKey::from_pem(kPrivatePem);
  ASSERT_TRUE(key) << key.error().to_string();
  EXPECT_EQ(
      to_hex(key->sign({})),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b");
  EXPECT_EQ(key->verifying_key().to_pem(), kPublicPem);
  EXPECT_EQ(key->to_pem(), kPrivatePem);
}

TEST(SigningKey, VerifiesNothingElse) {
  const auto key = SigningKey::generate();
  ASSERT_TRUE(key);
  const VerifyingKey verifying = key->verifying_key();
  const Bytes signature = key->sign(as_bytes("a message"));
  EXPECT_TRUE(verifying.verifies(as_bytes("a message"), signature));
  EXPECT_FALSE(verifying.verifies(as_bytes("a massage"), signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes forged = signature;
    forged[i] ^= 1;
    EXPECT_FALSE(verifying.verifies(as_bytes("a message"), forged)) << i;
  }
  EXPECT_FALSE(verifying.verifies(as_bytes("a message"), {}));
  EXPECT_FALSE(SigningKey::generate()->verifying_key().verifies(as_bytes("a message"), signature));
}

TEST(SigningKey, RefusesWhatIsNoKeyOfItsKind) {
  EXPECT_FALSE(SigningKey::from_pem(""));
  EXPECT_FALSE(SigningKey::from_pem(kPublicPem));
  EXPECT_FALSE(VerifyingKey::from_pem(kPrivatePem));
  // A key of X25519.
  const auto other = VerifyingKey::from_pem(
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
      "-----END PUBLIC KEY-----\n");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().why, "the key is not one of Ed25519");
  EXPECT_FALSE(VerifyingKey::from_pem(std::string(kMaxPemBytes + 1, '\n') + kPublicPem));
}

TEST(SigningKey, HasAnIdThatIsTheDigestOfThePublicKey) {
  // openssl pkey -pubin -outform der | sha256sum
  const auto key = VerifyingKey::from_pem(kPublicPem);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id(), "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
}

}  // namespace
}  // namespace doublecheck::harness
