#include "spec/signal/message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "spec/signal/public_key.h"
#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

using testing::Force;

const Bytes kMacKey(32, 0x11);
const Participants kParticipants = {.sender = PublicKey{1, 2}, .receiver = PublicKey{3, 4}};

SignalMessage sample() {
  return {.ratchet_key = PublicKey{9},
          .counter = 0,
          .previous_counter = 0,
          .ciphertext = Bytes(16, 0xcc)};
}

PrekeySignalMessage prekey_sample() {
  return {.one_time_prekey_id = 5,
          .base_key = PublicKey{7},
          .identity_key = PublicKey{8},
          .message = encode_signal_message(sample(), kMacKey, kParticipants),
          .registration_id = 0,
          .signed_prekey_id = 0};
}

std::string hex_of_key(std::uint8_t first) { return to_hex(encode_public_key(PublicKey{first})); }

Bytes hex(std::string_view text) { return from_hex(text).value(); }

TEST(SignalMessage, IsVersionFieldsAndMac) {
  const Bytes encoded = encode_signal_message(sample(), kMacKey, kParticipants);
  const std::string authenticated =
      "330a21" + hex_of_key(9) + "10001800" + "2210" + std::string(32, 'c');
  const auto mac =
      hmac_sha256(kMacKey, hex(to_hex(encode_public_key(kParticipants.sender)) +
                               to_hex(encode_public_key(kParticipants.receiver)) + authenticated));
  EXPECT_EQ(to_hex(encoded), authenticated + to_hex(ByteView(mac).first(8)));
  EXPECT_EQ(decode_signal_message(encoded, {}), sample());
}

TEST(SignalMessage, MacCoversEverythingAndBothIdentities) {
  const Bytes encoded = encode_signal_message(sample(), kMacKey, kParticipants);
  EXPECT_TRUE(has_valid_mac(encoded, kMacKey, kParticipants));
  EXPECT_FALSE(has_valid_mac(encoded, kMacKey,
                             {.sender = kParticipants.receiver, .receiver = kParticipants.sender}));
  EXPECT_FALSE(has_valid_mac(encoded, Bytes(32, 0x12), kParticipants));
  for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
    Bytes changed = encoded;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(has_valid_mac(changed, kMacKey, kParticipants)) << bit;
  }
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(has_valid_mac(ByteView(encoded).first(size), kMacKey, kParticipants)) << size;
  }
}

TEST(SignalMessage, RefusesOtherVersions) {
  Bytes encoded = encode_signal_message(sample(), kMacKey, kParticipants);
  for (int version = 0; version < 256; ++version) {
    encoded.front() = static_cast<std::uint8_t>(version);
    EXPECT_EQ(decode_signal_message(encoded, {}).has_value(), version == 0x33) << version;
  }
  Force any_version(Rule::SESSION_07, true);
  encoded.front() = 0x23;
  EXPECT_TRUE(decode_signal_message(encoded, Guard(any_version)));
}

TEST(SignalMessage, RefusesMissingFields) {
  const std::string key = "0a21" + hex_of_key(9);
  const std::string counter = "1000";
  const std::string previous = "1800";
  const std::string ciphertext = "2200";
  const std::string mac(16, '0');
  EXPECT_TRUE(decode_signal_message(hex("33" + key + counter + previous + ciphertext + mac), {}));
  EXPECT_FALSE(decode_signal_message(hex("33" + counter + previous + ciphertext + mac), {}));
  EXPECT_FALSE(decode_signal_message(hex("33" + key + previous + ciphertext + mac), {}));
  EXPECT_FALSE(decode_signal_message(hex("33" + key + counter + ciphertext + mac), {}));
  EXPECT_FALSE(decode_signal_message(hex("33" + key + counter + previous + mac), {}));
  EXPECT_FALSE(decode_signal_message(hex("33" + key + counter + previous + ciphertext + "00"), {}));
  // Unknown fields are not ours to judge.
  EXPECT_TRUE(
      decode_signal_message(hex("33" + key + counter + previous + ciphertext + "7807" + mac), {}));

  Force no_counters(Rule::SESSION_10, true);
  const auto decoded =
      decode_signal_message(hex("33" + key + ciphertext + mac), Guard(no_counters));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->counter, 0U);
}

TEST(SignalMessage, ReadsNoPrefixOfItself) {
  const Bytes encoded = encode_signal_message(sample(), kMacKey, kParticipants);
  for (std::size_t size = 0; size + kMacSize < encoded.size(); ++size) {
    EXPECT_FALSE(decode_signal_message(ByteView(encoded).first(size), {})) << size;
  }
}

TEST(SignalMessage, IsLimitedInSize) {
  SignalMessage message = sample();
  const std::size_t overhead = encode_signal_message(message, kMacKey, kParticipants).size() - 16;
  // A longer length takes three more bytes.
  message.ciphertext.resize(kMaxMessageSize - overhead - 3);
  Bytes encoded = encode_signal_message(message, kMacKey, kParticipants);
  ASSERT_EQ(encoded.size(), kMaxMessageSize);
  EXPECT_TRUE(decode_signal_message(encoded, {}));
  message.ciphertext.push_back(0);
  encoded = encode_signal_message(message, kMacKey, kParticipants);
  const auto refused = decode_signal_message(encoded, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "too large");
}

TEST(PrekeySignalMessage, IsVersionAndFieldsInOrder) {
  const PrekeySignalMessage message = prekey_sample();
  const Bytes encoded = encode_prekey_signal_message(message);
  const std::string inner = to_hex(message.message);
  EXPECT_EQ(to_hex(encoded),
            "330805"
            "1221" +
                hex_of_key(7) + "1a21" + hex_of_key(8) + "2242" + inner +
                "2800"
                "3000");
  EXPECT_EQ(decode_prekey_signal_message(encoded, {}), message);
  PrekeySignalMessage without = message;
  without.one_time_prekey_id.reset();
  EXPECT_EQ(decode_prekey_signal_message(encode_prekey_signal_message(without), {}), without);
}

TEST(PrekeySignalMessage, RefusesMissingFields) {
  const std::string base = "1221" + hex_of_key(7);
  const std::string identity = "1a21" + hex_of_key(8);
  const std::string message = "220133";
  const std::string signed_id = "3001";
  const auto decodes = [](const std::string& fields) {
    return decode_prekey_signal_message(hex("33" + fields), {}).has_value();
  };
  EXPECT_TRUE(decodes(base + identity + message + signed_id));
  EXPECT_FALSE(decodes(identity + message + signed_id));
  EXPECT_FALSE(decodes(base + message + signed_id));
  EXPECT_FALSE(decodes(base + identity + signed_id));
  EXPECT_FALSE(decodes(base + identity + message));
  EXPECT_FALSE(decodes(""));
  EXPECT_FALSE(decode_prekey_signal_message({}, {}));
}

TEST(PrekeySignalMessage, RefusesOtherVersions) {
  Bytes encoded = encode_prekey_signal_message(prekey_sample());
  for (int version = 0; version < 256; ++version) {
    encoded.front() = static_cast<std::uint8_t>(version);
    EXPECT_EQ(decode_prekey_signal_message(encoded, {}).has_value(), version == 0x33) << version;
  }
}

TEST(PrekeySignalMessage, IsLimitedInSize) {
  PrekeySignalMessage message = prekey_sample();
  message.message.resize(1000);
  const std::size_t overhead = encode_prekey_signal_message(message).size() - 1000;
  message.message.resize(kMaxMessageSize - overhead - 2);
  Bytes encoded = encode_prekey_signal_message(message);
  ASSERT_EQ(encoded.size(), kMaxMessageSize);
  EXPECT_TRUE(decode_prekey_signal_message(encoded, {}));
  message.message.push_back(0);
  EXPECT_FALSE(decode_prekey_signal_message(encode_prekey_signal_message(message), {}));
}

}  // namespace
}  // namespace doublecheck::signal
