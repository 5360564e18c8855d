#include "spec/signal/public_key.h"

#include <gtest/gtest.h>

#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

using testing::Force;

TEST(PublicKey, HasATypeByteInFront) {
  SeededRandom random(1);
  const PublicKey key = KeyPair::generate(random).public_key;
  const EncodedPublicKey encoded = encode_public_key(key);
  EXPECT_EQ(encoded.front(), 0x05);
  EXPECT_TRUE(equal(ByteView(encoded).subspan(1), key));
  EXPECT_EQ(decode_public_key(encoded, {}), key);
}

TEST(PublicKey, RefusesOtherLengths) {
  Bytes encoded(40, 0x05);
  for (std::size_t size = 0; size <= encoded.size(); ++size) {
    EXPECT_EQ(decode_public_key(ByteView(encoded).first(size), {}).has_value(), size == 33) << size;
  }
}

TEST(PublicKey, RefusesOtherTypes) {
  EncodedPublicKey encoded{};
  for (int type = 0; type < 256; ++type) {
    encoded.front() = static_cast<std::uint8_t>(type);
    EXPECT_EQ(decode_public_key(encoded, {}).has_value(), type == 5) << type;
  }
}

TEST(PublicKey, RefusesCoordinatesFromTheFieldPrimeOn) {
  PublicKey prime;  // 2^255 - 19
  prime.fill(0xff);
  prime.front() = 0xed;
  prime.back() = 0x7f;
  PublicKey below = prime;
  below.front() = 0xec;
  PublicKey middle = prime;
  middle[15] = 0xfe;
  PublicKey high = {};
  high.back() = 0x80;
  EXPECT_TRUE(decode_public_key(encode_public_key(below), {}));
  EXPECT_TRUE(decode_public_key(encode_public_key(middle), {}));
  EXPECT_FALSE(decode_public_key(encode_public_key(prime), {}));
  EXPECT_FALSE(decode_public_key(encode_public_key(high), {}));
}

TEST(PublicKey, GuardsCanBeOverruled) {
  SeededRandom random(1);
  const PublicKey key = KeyPair::generate(random).public_key;
  Force no_length(Rule::KEY_04, true);
  EXPECT_EQ(decode_public_key(key, Guard(no_length)), key);
  EXPECT_TRUE(decode_public_key({}, Guard(no_length)));
  EXPECT_TRUE(decode_public_key(Bytes(100), Guard(no_length)));

  EncodedPublicKey encoded = encode_public_key(key);
  encoded.front() = 0x06;
  Force no_type(Rule::KEY_03, true);
  EXPECT_EQ(decode_public_key(encoded, Guard(no_type)), key);

  Force no_form(Rule::KEY_11, true);
  encoded = encode_public_key(key);
  encoded.back() |= 0x80;
  EXPECT_TRUE(decode_public_key(encoded, Guard(no_form)));
}

TEST(Agree, RefusesKeysOfLowOrder) {
  SeededRandom random(1);
  const KeyPair own = KeyPair::generate(random);
  const KeyPair peer = KeyPair::generate(random);
  EXPECT_EQ(agree(own.private_key, peer.public_key, {}),
            agree(peer.private_key, own.public_key, {}));
  PublicKey one{};
  one.front() = 1;
  EXPECT_FALSE(agree(own.private_key, PublicKey{}, {}));
  EXPECT_FALSE(agree(own.private_key, one, {}));
  Force no_order(Rule::KEY_06, true);
  EXPECT_EQ(agree(own.private_key, one, Guard(no_order)), SharedSecret{});
}

}  // namespace
}  // namespace doublecheck::signal
