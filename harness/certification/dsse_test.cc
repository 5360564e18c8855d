#include "harness/certification/dsse.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

constexpr const char* kType = "application/example";

// The example of the specification.
TEST(Dsse, SignsTypeAndPayloadWithTheirLengths) {
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

class DsseEnvelope : public testing::Test {
 protected:
  const SigningKey key_ = SigningKey::generate().value();
  const std::string envelope_ = seal_envelope(kType, R"({"a": 1})", key_);
};

TEST_F(DsseEnvelope, GivesItsPayloadToWhoHasTheKey) {
  EXPECT_EQ(open_envelope(envelope_, kType, key_.verifying_key()), R"({"a": 1})");
}

TEST_F(DsseEnvelope, IsNotBelievedWhenAnythingThatCountsWasChanged) {
  const auto refused = [&](auto change) {
    nlohmann::json json = nlohmann::json::parse(envelope_);
    change(json);
    const auto opened =
        open_envelope(json.dump(), json["payloadType"].get<std::string>(), key_.verifying_key());
    return !opened && opened.error().why == "no signature of it is by this key";
  };
  EXPECT_TRUE(refused([](auto& json) { json["payload"] = to_base64(as_bytes(R"({"a": 2})")); }));
  EXPECT_TRUE(refused([](auto& json) { json["payloadType"] = "application/other"; }));
  EXPECT_TRUE(refused([](auto& json) { json["signatures"] = nlohmann::json::array(); }));
  EXPECT_TRUE(refused([](auto& json) {
    json["signatures"][0]["sig"] = to_base64(SigningKey::generate()->sign(as_bytes("x")));
  }));
  // A hint, which is not signed.
  EXPECT_FALSE(refused([](auto& json) { json["signatures"][0]["keyid"] = "another"; }));
}

TEST_F(DsseEnvelope, IsOfTheTypeThatIsAskedFor) {
  const auto opened = open_envelope(envelope_, "application/other", key_.verifying_key());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().why, "its payload is not of type application/other");
}

TEST_F(DsseEnvelope, OneSignatureOfSeveralIsEnough) {
  nlohmann::json json = nlohmann::json::parse(envelope_);
  const nlohmann::json another{{"keyid", ""}, {"sig", "AAAA"}};
  json["signatures"].insert(json["signatures"].begin(), another);
  EXPECT_TRUE(open_envelope(json.dump(), kType, key_.verifying_key()));
}

TEST(Dsse, HostileTextIsNoEnvelope) {
  const VerifyingKey key = SigningKey::generate()->verifying_key();
  for (const char* text :
       {"", "{}", "[]", "null", R"({"payloadType": 1})",
        R"({"payloadType": "application/example", "payload": "*", "signatures": []})",
        R"({"payloadType": "application/example", "payload": "", "signatures": 1})"}) {
    EXPECT_FALSE(open_envelope(text, kType, key)) << text;
  }
  EXPECT_FALSE(open_envelope(std::string(kMaxEnvelopeBytes + 1, ' '), kType, key));
}

}  // namespace
}  // namespace doublecheck::harness
