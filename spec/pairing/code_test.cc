#include "spec/pairing/code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/noise/test_guard.h"
#include "spec/pairing/test_pairing.h"

namespace doublecheck::pairing {
namespace {

using namespace test_vectors;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(PairingCode, MatchesTheVectors) {
  const std::vector<Json> cases = load_cases("pair-code-base32-");
  EXPECT_EQ(cases.size(), 5u);
  for (const Json& test_case : cases) {
    const Bytes bytes = bytes_of_hex(test_case["input"]["bytes"]);
    ASSERT_EQ(bytes.size(), 5u);
    const std::string code = encode_code({bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]});
    EXPECT_EQ(code, text(test_case["output"]["code"]));
    EXPECT_EQ(display_code(code), text(test_case["output"]["displayed"]));
  }
}

TEST(PairingCode, IsGeneratedFromFiveBytes) {
  PrescribedRandom random({"0123456789"});
  EXPECT_EQ(generate_code(random), "15JMBSWA");
  EXPECT_TRUE(random.used_up());
}

TEST(PairingCode, IsTakenAsTyped) {
  EXPECT_EQ(parse_code("M7SD8N86"), "M7SD8N86");
  EXPECT_EQ(parse_code("M7SD-8N86"), "M7SD8N86");
  EXPECT_EQ(parse_code("custom!~"), "custom!~");
  for (const char* typed : {"", "-", "M7SD8N8", "M7SD-8N8", "M7SD8N868", "M7SD 8N86", "M7SD8N8\t",
                            "M7SD8N8\x7f", "M7SD8N8\xc3"}) {
    EXPECT_FALSE(parse_code(typed)) << typed;
  }
}

class LinkCode : public testing::Test {
 protected:
  const Json case_ = load_case("link-code-full-flow");
  const Json& in_ = case_["input"];
  const Json& out_ = case_["output"];
  const std::string code_ = in_["code"];
  const KeyPair companion_ephemeral_ = key_pair(in_["companion_ephemeral"]);
  const KeyPair companion_identity_ = key_pair(in_["companion_identity"]);
  const KeyPair phone_ephemeral_ = key_pair(in_["primary_ephemeral"]);
  const KeyPair phone_identity_ = key_pair(in_["primary_identity"]);

  Result<AdvSecret> finish_as_phone(ByteView bundle, const Guard& guard = {}) const {
    return pairing::finish_as_phone(phone_ephemeral_, phone_identity_,
                                    companion_ephemeral_.public_key, companion_identity_.public_key,
                                    bundle, guard);
  }
};

TEST_F(LinkCode, WrapsTheCompanionsKeyAsTheVector) {
  PrescribedRandom random({in_["companion_salt"], in_["companion_iv"]});
  const Bytes wrapped = wrap_ephemeral_key(code_, companion_ephemeral_.public_key, random);
  EXPECT_EQ(to_hex(wrapped), text(out_["link_code_pairing_wrapped_companion_ephemeral_pub"]));
  EXPECT_EQ(wrapped.size(), kWrappedKeySize);
  EXPECT_EQ(unwrap_ephemeral_key(code_, wrapped), companion_ephemeral_.public_key);
}

TEST_F(LinkCode, WrapsThePhonesKeyAsTheVector) {
  PrescribedRandom random({in_["primary_salt"], in_["primary_iv"]});
  const Bytes wrapped = wrap_ephemeral_key(code_, phone_ephemeral_.public_key, random);
  EXPECT_EQ(to_hex(wrapped), text(out_["link_code_pairing_wrapped_primary_ephemeral_pub"]));
}

TEST_F(LinkCode, FinishesAsTheVector) {
  PrescribedRandom random({in_["adv_random"], in_["bundle_salt"], in_["bundle_iv"]});
  const auto finish =
      finish_as_companion(companion_ephemeral_, companion_identity_, phone_ephemeral_.public_key,
                          phone_identity_.public_key, random);
  ASSERT_TRUE(finish);
  EXPECT_EQ(to_hex(finish->wrapped_key_bundle), text(out_["link_code_pairing_wrapped_key_bundle"]));
  EXPECT_EQ(finish->wrapped_key_bundle.size(), kWrappedBundleSize);
  EXPECT_EQ(to_hex(finish->adv_secret), text(out_["adv_secret"]));
  EXPECT_EQ(finish_as_phone(finish->wrapped_key_bundle), finish->adv_secret);
}

// CODE-08
TEST_F(LinkCode, RefusesWrappedKeysOfAnotherSize) {
  for (const std::size_t size : {0u, 31u, 48u, 79u, 81u}) {
    EXPECT_FALSE(unwrap_ephemeral_key(code_, Bytes(size))) << size;
  }
}

TEST_F(LinkCode, AnotherCodeUnwrapsAnotherKey) {
  const Bytes wrapped = bytes_of_hex(out_["link_code_pairing_wrapped_companion_ephemeral_pub"]);
  EXPECT_NE(unwrap_ephemeral_key("M7SD8N87", wrapped), companion_ephemeral_.public_key);
}

// CODE-11
TEST_F(LinkCode, EveryAttemptDrawsAnew) {
  SeededRandom random(1);
  EXPECT_NE(wrap_ephemeral_key(code_, companion_ephemeral_.public_key, random),
            wrap_ephemeral_key(code_, companion_ephemeral_.public_key, random));
  const auto finish = [&] {
    return *finish_as_companion(companion_ephemeral_, companion_identity_,
                                phone_ephemeral_.public_key, phone_identity_.public_key, random);
  };
  const CompanionFinish one = finish();
  const CompanionFinish other = finish();
  EXPECT_NE(one.wrapped_key_bundle, other.wrapped_key_bundle);
  EXPECT_NE(one.adv_secret, other.adv_secret);
}

// CODE-09
TEST_F(LinkCode, ThePhoneRefusesABundleThatDoesNotOpen) {
  const Bytes bundle = bytes_of_hex(out_["link_code_pairing_wrapped_key_bundle"]);
  TestGuard observer;
  EXPECT_TRUE(finish_as_phone(bundle, observer.guard()));
  EXPECT_THAT(observer.violated(), IsEmpty());
  for (std::size_t bit = 0; bit < bundle.size() * 8; ++bit) {
    Bytes flipped = bundle;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(finish_as_phone(flipped)) << bit;
  }
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{43}, std::size_t{59}, bundle.size() - 1}) {
    EXPECT_FALSE(finish_as_phone(ByteView(bundle).first(size)));
  }
  Bytes longer = bundle;
  longer.push_back(0);
  EXPECT_FALSE(finish_as_phone(longer, observer.guard()));
  EXPECT_THAT(observer.violated(), ElementsAre(Rule::CODE_09));
}

TEST_F(LinkCode, ThePhoneRefusesABundleForOtherIdentities) {
  SeededRandom random(1);
  const KeyPair other = KeyPair::generate(random);
  const auto bundle_of = [&](const KeyPair& companion, const PublicKey& phone) {
    return finish_as_companion(companion_ephemeral_, companion, phone_ephemeral_.public_key, phone,
                               random)
        ->wrapped_key_bundle;
  };
  EXPECT_TRUE(finish_as_phone(bundle_of(companion_identity_, phone_identity_.public_key)));
  EXPECT_FALSE(finish_as_phone(bundle_of(other, phone_identity_.public_key)));
  EXPECT_FALSE(finish_as_phone(bundle_of(companion_identity_, other.public_key)));

  TestGuard observer;
  observer.force(Rule::CODE_09, true);
  EXPECT_TRUE(finish_as_phone(bundle_of(other, phone_identity_.public_key), observer.guard()));
  EXPECT_TRUE(finish_as_phone({}, observer.guard()));
}

TEST_F(LinkCode, KeysOfLowOrderAreRefused) {
  SeededRandom random(1);
  EXPECT_FALSE(finish_as_companion(companion_ephemeral_, companion_identity_, {},
                                   phone_identity_.public_key, random));
  EXPECT_FALSE(finish_as_companion(companion_ephemeral_, companion_identity_,
                                   phone_ephemeral_.public_key, {}, random));
  EXPECT_FALSE(pairing::finish_as_phone(
      phone_ephemeral_, phone_identity_, {}, companion_identity_.public_key,
      bytes_of_hex(out_["link_code_pairing_wrapped_key_bundle"]), {}));
}

// A wrong code on the phone leaves the two with different ephemeral keys, which is where it ends.
TEST_F(LinkCode, AMistypedCodeEndsWithTheBundle) {
  SeededRandom random(1);
  const Bytes wrapped = bytes_of_hex(out_["link_code_pairing_wrapped_companion_ephemeral_pub"]);
  const PublicKey mistaken = *unwrap_ephemeral_key("M7SD8N87", wrapped);
  const auto finish =
      finish_as_companion(companion_ephemeral_, companion_identity_, phone_ephemeral_.public_key,
                          phone_identity_.public_key, random);
  EXPECT_FALSE(pairing::finish_as_phone(phone_ephemeral_, phone_identity_, mistaken,
                                        companion_identity_.public_key, finish->wrapped_key_bundle,
                                        {}));
}

}  // namespace
}  // namespace doublecheck::pairing
