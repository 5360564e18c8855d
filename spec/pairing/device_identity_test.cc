#include "spec/pairing/device_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "spec/noise/test_guard.h"
#include "spec/pairing/test_pairing.h"

namespace doublecheck::pairing {
namespace {

using namespace test_vectors;
using testing::ElementsAre;
using testing::IsEmpty;

// The two positive vectors.
class DeviceIdentityVector : public testing::TestWithParam<const char*> {
 protected:
  const Json case_ = load_case(GetParam());
  const Json& in_ = case_["input"];
  const Json& out_ = case_["output"];
  const bool hosted_ = in_["adv_device_identity"]["accountType"] == "HOSTED";
  const AccountType type_ = hosted_ ? AccountType::kHosted : AccountType::kE2ee;
  const KeyPair account_ = key_pair(in_["account_identity_key"]);
  const KeyPair companion_ = key_pair(in_["companion_identity_key"]);
  const AdvSecret secret_ = key(in_["adv_secret"]);
  const DeviceIdentity identity_{.raw_id = in_["adv_device_identity"]["rawID"],
                                 .timestamp = in_["adv_device_identity"]["timestamp"],
                                 .key_index = in_["adv_device_identity"]["keyIndex"],
                                 .account_type = type_,
                                 .device_type = type_};
  const Bytes signed_identity_ = bytes_of_hex(out_["adv_signed_device_identity_from_phone"]);
  const Bytes container_ = bytes_of_hex(out_["device_identity_element_content"]);
  SeededRandom random_{1};

  Context context(const Guard& guard = {}) {
    return {.now = {}, .random = random_, .guard = guard};
  }
};

TEST_P(DeviceIdentityVector, StructuresDecodeAndEncodeToThemselves) {
  const Bytes details = bytes_of_hex(out_["adv_device_identity_bytes"]);
  EXPECT_EQ(encode_device_identity(identity_), details);
  EXPECT_EQ(decode_device_identity(details), identity_);
  const auto signed_identity = decode_signed_device_identity(signed_identity_);
  ASSERT_TRUE(signed_identity);
  EXPECT_EQ(signed_identity->details, details);
  EXPECT_EQ(encode_signed_device_identity(*signed_identity), signed_identity_);
  const auto container = decode_device_identity_container(container_);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->account_type, type_);
  EXPECT_EQ(encode_device_identity_container(*container), container_);
}

TEST_P(DeviceIdentityVector, WhatIsSignedAndAuthenticated) {
  const Bytes details = encode_device_identity(identity_);
  EXPECT_EQ(to_hex(account_signature_message(hosted_, details, companion_.public_key)),
            text(out_["account_signed_message"]));
  EXPECT_EQ(
      to_hex(device_signature_message(false, details, companion_.public_key, account_.public_key)),
      text(out_["device_signed_message_prefix_0601"]));
  if (hosted_) {
    EXPECT_EQ(
        to_hex(device_signature_message(true, details, companion_.public_key, account_.public_key)),
        text(out_["device_signed_message_prefix_0606"]));
  }
  EXPECT_EQ(to_hex(container_hmac(type_, signed_identity_, secret_)), text(out_["hmac"]));
}

TEST_P(DeviceIdentityVector, ThePhoneSealsTheVector) {
  // Signatures are randomised, so that of the vector is put in after it was found that ours
  // verifies.
  SignedDeviceIdentity signed_identity =
      sign_as_phone(identity_, account_, companion_.public_key, random_);
  EXPECT_TRUE(xeddsa_verify(account_.public_key, bytes_of_hex(out_["account_signed_message"]),
                            *signed_identity.account_signature));
  signed_identity.account_signature = bytes_of_hex(out_["account_signature"]);
  EXPECT_EQ(encode_device_identity_container(seal_device_identity(signed_identity, type_, secret_)),
            container_);
}

TEST_P(DeviceIdentityVector, TheCompanionAcceptsAndAnswersIt) {
  TestGuard observer;
  auto accepted =
      accept_device_identity(container_, secret_, companion_, context(observer.guard()));
  ASSERT_TRUE(accepted);
  EXPECT_THAT(observer.violated(), IsEmpty());
  EXPECT_EQ(accepted->identity, identity_);
  EXPECT_EQ(accepted->account_key, account_.public_key);
  EXPECT_EQ(std::to_string(accepted->identity.key_index), text(out_["key_index_attribute"]));
  const Bytes own_signature = *accepted->signed_identity.device_signature;
  EXPECT_TRUE(xeddsa_verify(companion_.public_key,
                            bytes_of_hex(out_[hosted_ ? "device_signed_message_prefix_0606"
                                                      : "device_signed_message_prefix_0601"]),
                            own_signature));
  accepted->signed_identity.device_signature = bytes_of_hex(out_["device_signature_prefix_0601"]);
  EXPECT_EQ(to_hex(pair_device_sign_content(*accepted)), text(out_["pair_device_sign_content"]));
  EXPECT_EQ(to_hex(pair_device_sign_content(*accepted, true)),
            text(out_["pair_device_sign_content_with_account_key"]));
}

TEST_P(DeviceIdentityVector, TheServerAcceptsTheAnswer) {
  const auto issued = *decode_signed_device_identity(signed_identity_);
  for (const char* answer :
       {"pair_device_sign_content", "pair_device_sign_content_with_account_key"}) {
    TestGuard observer;
    const auto returned = decode_signed_device_identity(bytes_of_hex(out_[answer]));
    const auto prefix =
        verify_returned_identity(*returned, issued, companion_.public_key, observer.guard());
    EXPECT_EQ(prefix, DeviceSignaturePrefix::kE2ee);
    EXPECT_THAT(observer.violated(), IsEmpty());
  }
  if (!hosted_) return;
  SignedDeviceIdentity returned = issued;
  returned.device_signature = bytes_of_hex(out_["device_signature_prefix_0606"]);
  EXPECT_EQ(verify_returned_identity(returned, issued, companion_.public_key, {}),
            DeviceSignaturePrefix::kHosted);
}

// The account type at the end is covered only in that HOSTED changes what the HMAC is over.
TEST_P(DeviceIdentityVector, AFlippedBitInTheContainerIsRefused) {
  constexpr std::size_t kAccountTypeSize = 2;
  for (std::size_t bit = 0; bit < (container_.size() - kAccountTypeSize) * 8; ++bit) {
    Bytes flipped = container_;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(accept_device_identity(flipped, secret_, companion_, context())) << bit;
  }
  Bytes other_type = container_;
  other_type.back() ^= 1;
  EXPECT_EQ(accept_device_identity(other_type, secret_, companion_, context()).error(),
            PairingRefusal::kHmacMismatch);
}

INSTANTIATE_TEST_SUITE_P(Accounts, DeviceIdentityVector, testing::Values("adv-e2ee", "adv-hosted"));

TEST(DeviceIdentity, TheNegativeVectorsAreRefusedForTheirReason) {
  const std::vector<Json> cases = load_cases("adv-neg-");
  EXPECT_EQ(cases.size(), 11u);
  for (const Json& test_case : cases) {
    SCOPED_TRACE(text(test_case["name"]));
    const Json& input = test_case["input"];
    SeededRandom random(1);
    TestGuard observer;
    const auto accepted =
        accept_device_identity(bytes_of_hex(input["device_identity_element_content"]),
                               key(input["adv_secret"]), key_pair(input["companion_identity_key"]),
                               {.now = {}, .random = random, .guard = observer.guard()});
    ASSERT_FALSE(accepted);
    EXPECT_EQ(std::to_string(error_code(accepted.error())) + ' ' +
                  std::string(error_text(accepted.error())),
              text(test_case["output"]["expected_error_iq"]));
    EXPECT_THAT(observer.violated(),
                ElementsAre(accepted.error() == PairingRefusal::kHmacMismatch ? Rule::PAIR_08
                                                                              : Rule::PAIR_09));
  }
}

// Parties of a pairing, for what has no vector.
class Pairing : public testing::Test {
 protected:
  SeededRandom random_{1};
  KeyPair account_ = KeyPair::generate(random_);
  KeyPair companion_ = KeyPair::generate(random_);
  AdvSecret secret_ = random_.array<32>();
  DeviceIdentity identity_{.raw_id = 1, .timestamp = 2, .key_index = 3};

  Context context(const Guard& guard = {}) {
    return {.now = {}, .random = random_, .guard = guard};
  }

  SignedDeviceIdentity issue() {
    return sign_as_phone(identity_, account_, companion_.public_key, random_);
  }

  std::expected<AcceptedIdentity, PairingRefusal> accept(const SignedDeviceIdentity& issued,
                                                         const Guard& guard = {}) {
    const auto container = seal_device_identity(issued, AccountType::kE2ee, secret_);
    return accept_device_identity(encode_device_identity_container(container), secret_, companion_,
                                  context(guard));
  }
};

TEST_F(Pairing, AMalformedContainerIsAnInternalError) {
  const auto refusal = [&](ByteView container) {
    return accept_device_identity(container, secret_, companion_, context()).error();
  };
  EXPECT_EQ(refusal(Bytes{0xff}), PairingRefusal::kInternalError);
  EXPECT_EQ(refusal({}), PairingRefusal::kHmacMismatch);
  const auto sealed = [&](const Bytes& contents) {
    DeviceIdentityContainer container;
    container.details = contents;
    container.hmac = to_bytes(container_hmac(AccountType::kE2ee, contents, secret_));
    return encode_device_identity_container(container);
  };
  EXPECT_EQ(refusal(sealed(Bytes{0xff})), PairingRefusal::kInternalError);
  SignedDeviceIdentity undecodable = issue();
  undecodable.details = Bytes{0xff};
  EXPECT_EQ(refusal(sealed(encode_signed_device_identity(undecodable))),
            PairingRefusal::kInternalError);
  EXPECT_EQ(refusal(sealed({})), PairingRefusal::kSignatureMismatch);
}

TEST_F(Pairing, AnAccountKeyOfAnotherLengthIsASignatureMismatch) {
  for (const std::optional<Bytes>& bad :
       {std::optional<Bytes>(), std::optional(Bytes(31)), std::optional(Bytes(33))}) {
    SignedDeviceIdentity issued = issue();
    issued.account_signature_key = bad;
    TestGuard observer;
    EXPECT_EQ(accept(issued, observer.guard()).error(), PairingRefusal::kSignatureMismatch);
    EXPECT_THAT(observer.violated(), ElementsAre(Rule::PAIR_09));
  }
}

TEST_F(Pairing, ForcedOpenACompanionAcceptsAnything) {
  TestGuard observer;
  observer.force(Rule::PAIR_08, true);
  observer.force(Rule::PAIR_09, true);
  EXPECT_TRUE(accept_device_identity({}, secret_, companion_, context(observer.guard())));
}

TEST_F(Pairing, TheServerRefusesWhatWasChanged) {
  const SignedDeviceIdentity issued = issue();
  const SignedDeviceIdentity good = accept(issued)->signed_identity;
  const auto violated = [&](const std::function<void(SignedDeviceIdentity&)>& change) {
    SignedDeviceIdentity returned = good;
    change(returned);
    TestGuard observer;
    const bool accepted =
        verify_returned_identity(returned, issued, companion_.public_key, observer.guard())
            .has_value();
    EXPECT_EQ(accepted, observer.violated().empty());
    return observer.violated();
  };
  const KeyPair other = KeyPair::generate(random_);
  const auto sign_with = [&](const KeyPair& signer, bool hosted, const PublicKey& account) {
    return to_bytes(xeddsa_sign(
        signer.private_key,
        device_signature_message(hosted, issued.details, companion_.public_key, account), random_));
  };
  EXPECT_THAT(violated([](auto&) {}), IsEmpty());
  EXPECT_THAT(violated([](auto& r) { r.account_signature_key.reset(); }), IsEmpty());
  EXPECT_THAT(violated([](auto& r) { r.details[1] ^= 1; }), ElementsAre(Rule::PAIR_13));
  EXPECT_THAT(violated([](auto& r) { (*r.account_signature)[5] ^= 1; }),
              ElementsAre(Rule::PAIR_13));
  EXPECT_THAT(violated([](auto& r) { r.account_signature.reset(); }), ElementsAre(Rule::PAIR_13));
  EXPECT_THAT(violated([](auto& r) { (*r.device_signature)[5] ^= 1; }), ElementsAre(Rule::PAIR_12));
  EXPECT_THAT(violated([](auto& r) { r.device_signature.reset(); }), ElementsAre(Rule::PAIR_12));
  EXPECT_THAT(violated([](auto& r) { r.device_signature->pop_back(); }),
              ElementsAre(Rule::PAIR_12));
  EXPECT_THAT(
      violated([&](auto& r) { r.device_signature = sign_with(other, false, account_.public_key); }),
      ElementsAre(Rule::PAIR_12));
  EXPECT_THAT(violated([&](auto& r) {
                r.account_signature_key = to_bytes(other.public_key);
                r.device_signature = sign_with(companion_, false, other.public_key);
              }),
              ElementsAre(Rule::PAIR_12))
      << "an account key of its own";
  EXPECT_THAT(violated([&](auto& r) {
                r.device_signature = sign_with(companion_, true, account_.public_key);
              }),
              ElementsAre(Rule::PAIR_12))
      << "the hosted prefix for an account that is not";
}

TEST_F(Pairing, ForcedShutTheServerDoesNotTolerateTheAccountKey) {
  const SignedDeviceIdentity issued = issue();
  SignedDeviceIdentity returned = accept(issued)->signed_identity;
  TestGuard observer;
  observer.force(Rule::PAIR_15, false);
  EXPECT_FALSE(verify_returned_identity(returned, issued, companion_.public_key, observer.guard()));
  returned.account_signature_key.reset();
  EXPECT_TRUE(verify_returned_identity(returned, issued, companion_.public_key, observer.guard()));
}

// DEVICE-07
TEST_F(Pairing, APeerVerifiesBothSignatures) {
  const KeyPair other = KeyPair::generate(random_);
  for (const AccountType type : {AccountType::kE2ee, AccountType::kHosted}) {
    identity_.account_type = identity_.device_type = type;
    const SignedDeviceIdentity good = accept(issue())->signed_identity;
    EXPECT_EQ(verify_device_identity(good, account_.public_key, companion_.public_key, {}),
              identity_);
    TestGuard observer;
    const auto refused = [&](const SignedDeviceIdentity& identity, const KeyPair& account,
                             const KeyPair& companion) {
      return !verify_device_identity(identity, account.public_key, companion.public_key,
                                     observer.guard());
    };
    EXPECT_TRUE(refused(good, other, companion_));
    EXPECT_TRUE(refused(good, account_, other));
    SignedDeviceIdentity forged = good;
    (*forged.account_signature)[0] ^= 1;
    EXPECT_TRUE(refused(forged, account_, companion_));
    forged = good;
    forged.device_signature.reset();
    EXPECT_TRUE(refused(forged, account_, companion_));
    EXPECT_THAT(observer.violated(),
                ElementsAre(Rule::DEVICE_07, Rule::DEVICE_07, Rule::DEVICE_07, Rule::DEVICE_07));
    forged = good;
    forged.details = Bytes{0xff};
    EXPECT_TRUE(refused(forged, account_, companion_));
  }
}

TEST(DeviceIdentity, PresenceSurvivesEncoding) {
  for (const SignedDeviceIdentity& identity :
       {SignedDeviceIdentity{}, SignedDeviceIdentity{.details = {1},
                                                     .account_signature_key = Bytes{},
                                                     .account_signature = {},
                                                     .device_signature = Bytes{2}}}) {
    EXPECT_EQ(decode_signed_device_identity(encode_signed_device_identity(identity)), identity);
  }
  EXPECT_EQ(to_hex(encode_device_identity({})), "08001000180020002800") << "zeros are written";
  EXPECT_EQ(to_hex(encode_device_identity_container({})), "0a0012001800");
}

TEST(DeviceIdentity, StructuresAreLimited) {
  SignedDeviceIdentity identity;
  identity.details = Bytes(kMaxAdvStructure - 3);
  ASSERT_EQ(encode_signed_device_identity(identity).size(), kMaxAdvStructure);
  EXPECT_TRUE(decode_signed_device_identity(encode_signed_device_identity(identity)));
  identity.details.push_back(0);
  EXPECT_FALSE(decode_signed_device_identity(encode_signed_device_identity(identity)));

  DeviceIdentityContainer container;
  container.details = Bytes(kMaxAdvStructure - 7);
  ASSERT_EQ(encode_device_identity_container(container).size(), kMaxAdvStructure);
  EXPECT_TRUE(decode_device_identity_container(encode_device_identity_container(container)));
  container.details.push_back(0);
  EXPECT_FALSE(decode_device_identity_container(encode_device_identity_container(container)));

  // An unknown field of that length in front of nothing.
  Bytes details = *from_hex("c23efa7f");
  details.resize(kMaxAdvStructure);
  ASSERT_EQ(details.size(), 4u + 0x3ffa + 2u);
  details[details.size() - 2] = 0x08;
  EXPECT_TRUE(decode_device_identity(details));
  details.push_back(0x08);
  details.push_back(0x00);
  EXPECT_FALSE(decode_device_identity(details));
  EXPECT_FALSE(decode_device_identity(Bytes{0xff}));
}

}  // namespace
}  // namespace doublecheck::pairing
