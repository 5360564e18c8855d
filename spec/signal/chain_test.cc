#include "spec/signal/chain.h"

#include <gtest/gtest.h>

#include "spec/signal/limits.h"
#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

constexpr ChainKey kKey = {1, 2, 3};

// The seed with that counter, by turning a chain one step at a time.
MessageSeed expected_seed(std::uint32_t counter) {
  ChainKey key = kKey;
  for (std::uint32_t i = 0; i < counter; ++i) key = next_chain_key(key);
  return message_seed(key);
}

using Taken = std::expected<MessageSeed, DecryptFailure>;
Taken failed(DecryptFailure failure) { return std::unexpected(failure); }

TEST(SendingChain, CountsFromZero) {
  SendingChain chain{.key = kKey};
  for (std::uint32_t counter = 0; counter < 4; ++counter) {
    EXPECT_EQ(chain.take(), (NumberedSeed{.counter = counter, .seed = expected_seed(counter)}));
  }
}

TEST(SendingChain, EndsBeforeItsCounterWouldWrap) {
  SendingChain chain{.key = kKey, .next = kMaxCounter};
  ASSERT_TRUE(chain.take());
  const SendingChain before = chain;
  EXPECT_FALSE(chain.take());
  EXPECT_EQ(chain, before);
}

TEST(ReceivingChain, GivesEachSeedOnceInAnyOrder) {
  ReceivingChain chain = ReceivingChain::from(kKey);
  for (const std::uint32_t counter : {3U, 0U, 5U, 1U, 4U, 2U}) {
    EXPECT_EQ(chain.take(counter, {}), Taken(expected_seed(counter))) << counter;
  }
  EXPECT_TRUE(chain.skipped.empty());
  for (std::uint32_t counter = 0; counter < 6; ++counter) {
    const ReceivingChain before = chain;
    EXPECT_EQ(chain.take(counter, {}), failed(DecryptFailure::kDuplicate));
    EXPECT_EQ(chain, before);
  }
}

TEST(ReceivingChain, DoesNotKnowWhatWasBeforeItsStart) {
  ReceivingChain chain = ReceivingChain::from(kKey, 10);
  EXPECT_EQ(chain.take(9, {}), failed(DecryptFailure::kTooOld));
  EXPECT_EQ(chain.take(10, {}), Taken(expected_seed(0)));
  EXPECT_EQ(chain.take(10, {}), failed(DecryptFailure::kDuplicate));
}

TEST(ReceivingChain, JumpsAsFarAsTheLimit) {
  ReceivingChain chain = ReceivingChain::from(kKey);
  const ReceivingChain before = chain;
  EXPECT_EQ(chain.take(kMaxForwardJump + 1, {}), failed(DecryptFailure::kTooFarAhead));
  EXPECT_EQ(chain, before);
  EXPECT_EQ(chain.take(kMaxForwardJump, {}), Taken(expected_seed(kMaxForwardJump)));
  EXPECT_EQ(chain.skipped.size(), kMaxSkippedKeys);
  // The limit is on the distance, not on the counter.
  EXPECT_EQ(chain.take(2 * kMaxForwardJump + 2, {}), failed(DecryptFailure::kTooFarAhead));
  EXPECT_TRUE(chain.take(2 * kMaxForwardJump + 1, {}));
}

TEST(ReceivingChain, DropsTheOldestSkippedKeys) {
  ReceivingChain chain = ReceivingChain::from(kKey);
  ASSERT_TRUE(chain.take(kMaxSkippedKeys, {}));      // skips 0 … 1999
  ASSERT_TRUE(chain.take(kMaxSkippedKeys + 2, {}));  // skips 2001, drops 0
  EXPECT_EQ(chain.skipped.size(), kMaxSkippedKeys);
  EXPECT_EQ(chain.take(0, {}), failed(DecryptFailure::kTooOld));
  EXPECT_EQ(chain.take(1, {}), Taken(expected_seed(1)));
  EXPECT_EQ(chain.take(1, {}), failed(DecryptFailure::kDuplicate));
}

TEST(ReceivingChain, EndsBeforeItsCounterWouldWrap) {
  ReceivingChain chain = ReceivingChain::from(kKey, kMaxCounter);
  EXPECT_EQ(chain.take(kMaxCounter + 1, {}), failed(DecryptFailure::kTooFarAhead));
  EXPECT_TRUE(chain.take(kMaxCounter, {}));
  EXPECT_EQ(chain.take(kMaxCounter + 1, {}), failed(DecryptFailure::kTooFarAhead));
}

TEST(ReceivingChain, StaysBoundedWhenTheJumpIsOverruled) {
  testing::Force any_jump(Rule::SESSION_21, true);
  ReceivingChain chain = ReceivingChain::from(kKey);
  EXPECT_TRUE(chain.take(25001, Guard(any_jump)));
  EXPECT_EQ(chain.skipped.size(), kMaxSkippedKeys);
}

}  // namespace
}  // namespace doublecheck::signal
