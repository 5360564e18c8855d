#include "spec/signal/prekey.h"

#include <gtest/gtest.h>

#include "spec/signal/limits.h"
#include "spec/signal/public_key.h"
#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

TEST(Prekey, IdsStartOverAfterTheLast) {
  EXPECT_EQ(next_prekey_id(0), kMinPrekeyId);
  EXPECT_EQ(next_prekey_id(kMinPrekeyId), kMinPrekeyId + 1);
  EXPECT_EQ(next_prekey_id(kMaxPrekeyId - 1), kMaxPrekeyId);
  EXPECT_EQ(next_prekey_id(kMaxPrekeyId), kMinPrekeyId);
}

TEST(Prekey, RegistrationIdsAreNotZeroAndMoreThanAByte) {
  SeededRandom random(1);
  std::uint32_t highest = 0;
  for (int i = 0; i < 200; ++i) {
    const std::uint32_t id = LocalIdentity::generate(random).registration_id;
    EXPECT_GE(id, kMinRegistrationId);
    EXPECT_LE(id, kMaxRegistrationId);
    highest = std::max(highest, id);
  }
  EXPECT_GT(highest, kMaxRegistrationId / 2);
}

TEST(PrekeyBundle, IsSignedOverTheLongFormOfTheKey) {
  const testing::Device device(1);
  const PrekeyBundle bundle = device.bundle();
  EXPECT_TRUE(bundle.is_signed());
  EXPECT_TRUE(xeddsa_verify(bundle.identity_key, encode_public_key(bundle.signed_prekey.key),
                            bundle.signed_prekey.signature));
  EXPECT_EQ(bundle.signed_prekey.id, testing::Device::kSignedPrekeyId);
  ASSERT_TRUE(bundle.one_time_prekey);
  EXPECT_EQ(bundle.one_time_prekey->id, testing::Device::kOneTimePrekeyId);
  EXPECT_FALSE(device.bundle(false).one_time_prekey);
}

TEST(PrekeyBundle, IsNotSignedWhenAnythingDiffers) {
  const PrekeyBundle good = testing::Device(1).bundle();
  PrekeyBundle bundle = good;
  bundle.signed_prekey.signature = {};
  EXPECT_FALSE(bundle.is_signed());
  bundle = good;
  bundle.signed_prekey.signature[40] ^= 1;
  EXPECT_FALSE(bundle.is_signed());
  bundle = good;
  bundle.signed_prekey.key[3] ^= 1;
  EXPECT_FALSE(bundle.is_signed());
  bundle = good;
  bundle.identity_key = testing::Device(2).bundle().identity_key;
  EXPECT_FALSE(bundle.is_signed());
}

}  // namespace
}  // namespace doublecheck::signal
