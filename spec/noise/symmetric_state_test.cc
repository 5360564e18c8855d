#include "spec/noise/symmetric_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/noise/test_transcripts.h"

namespace doublecheck::noise {
namespace {

using namespace test_vectors;
using testing::HasSubstr;

// Follows the steps of a transcript and compares the whole state after each of them. Both sides
// pass through the same states, so what one decrypts may as well be encrypted.
void follow(std::string_view name, Pattern pattern) {
  const Json test_case = load_case(name);
  const Json& input = test_case["input"];
  EXPECT_EQ(to_hex(protocol_name(pattern)), text(input["protocol_name_hex"]));
  SymmetricState state(pattern, prologue(input));
  std::size_t followed = 0;
  for (const Json& step : test_case["output"]["steps"]) {
    const std::string what = step["step"];
    SCOPED_TRACE(what);
    if (what == "init") continue;  // the constructor goes one step further
    if (step.contains("dh")) {
      state.mix_key(*to_public_key(bytes_of_hex(step["dh"])));
    } else if (step.contains("plaintext")) {
      EXPECT_EQ(to_hex(nonce(state.counter())), text(step["nonce"]));
      EXPECT_EQ(to_hex(state.handshake_hash()), text(step["aad"]));
      EXPECT_EQ(to_hex(state.encrypt_and_hash(bytes_of_hex(step["plaintext"]))),
                text(step["ciphertext"]));
    } else if (what.starts_with("s (server)")) {
      state.encrypt_and_hash(bytes_of_hex(input["server_static"]["public"]));
    } else if (what.starts_with("server payload")) {
      state.encrypt_and_hash(bytes_of_hex(input["cert_chain"]));
    } else if (what != "MixHash(prologue)") {
      ASSERT_THAT(what, HasSubstr("MixHash"));
      state.mix_hash(bytes_of_hex(step["data"]));
    }
    EXPECT_EQ(to_hex(state.handshake_hash()), text(step["h"]));
    EXPECT_EQ(to_hex(state.chaining_key()), text(step["ck"]));
    EXPECT_EQ(to_hex(state.cipher_key()), text(step["k"]));
    EXPECT_EQ(state.counter(), step["n"]);
    ++followed;
  }
  EXPECT_EQ(followed, test_case["output"]["steps"].size() - 1);
  const TransportKeys keys = state.split();
  EXPECT_EQ(to_hex(keys.client_to_server), text(test_case["output"]["k1_client_to_server"]));
  EXPECT_EQ(to_hex(keys.server_to_client), text(test_case["output"]["k2_server_to_client"]));
}

TEST(SymmetricState, FollowsTheTranscriptOfXx) { follow("noise-xx", Pattern::kXx); }
TEST(SymmetricState, FollowsTheTranscriptOfIk) { follow("noise-ik", Pattern::kIk); }
TEST(SymmetricState, FollowsTheTranscriptOfXxFallback) {
  follow("noise-xxfallback", Pattern::kXxFallback);
}

TEST(SymmetricState, ANonceIsEightZerosAndABigEndianCounter) {
  EXPECT_EQ(to_hex(nonce(0)), "000000000000000000000000");
  EXPECT_EQ(to_hex(nonce(0x01020304)), "000000000000000001020304");
  EXPECT_EQ(to_hex(nonce(UINT32_MAX)), "0000000000000000ffffffff");
}

TEST(SymmetricState, APeerDecryptsWhatWasEncrypted) {
  SymmetricState sender(Pattern::kXx, as_bytes("prologue"));
  sender.mix_key(SharedSecret{1});
  SymmetricState receiver = sender;
  for (const char* plaintext : {"first", "", "third"}) {
    const Bytes ciphertext = sender.encrypt_and_hash(as_bytes(plaintext));
    EXPECT_EQ(receiver.decrypt_and_hash(ciphertext), to_bytes(plaintext));
    EXPECT_EQ(receiver.handshake_hash(), sender.handshake_hash());
  }
}

TEST(SymmetricState, ForgeriesDoNotDecryptAndStillCount) {
  SymmetricState sender(Pattern::kXx, as_bytes("prologue"));
  sender.mix_key(SharedSecret{1});
  SymmetricState receiver = sender;
  Bytes ciphertext = sender.encrypt_and_hash(as_bytes("text"));
  ciphertext.back() ^= 1;
  EXPECT_EQ(receiver.decrypt_and_hash(ciphertext), std::nullopt);
  EXPECT_EQ(receiver.counter(), 1u);
  for (std::size_t size = 0; size < kGcmTagSize; ++size) {
    EXPECT_EQ(receiver.decrypt_and_hash(Bytes(size)), std::nullopt);
  }
}

TEST(SymmetricState, WhatWasHashedBeforeIsAuthenticated) {
  SymmetricState sender(Pattern::kXx, as_bytes("prologue"));
  SymmetricState receiver(Pattern::kXx, as_bytes("Prologue"));
  sender.mix_key(SharedSecret{1});
  receiver.mix_key(SharedSecret{1});
  EXPECT_EQ(receiver.decrypt_and_hash(sender.encrypt_and_hash(as_bytes("text"))), std::nullopt);
}

TEST(Pattern, HasAName) {
  EXPECT_EQ(to_string(Pattern::kXx), "XX");
  EXPECT_EQ(to_string(Pattern::kIk), "IK");
  EXPECT_EQ(to_string(Pattern::kXxFallback), "XXfallback");
}

}  // namespace
}  // namespace doublecheck::noise
