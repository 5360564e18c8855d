#include "harness/suite/near_misses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doublecheck::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kIds = {"client/acks/message", "server/acks/message",
                                       "server/acks/messages", "server/keepalive/ping"};

TEST(NearMissesTest, AFewChangesAreForgiven) {
  EXPECT_THAT(near_misses("server/keepalive/pnig", kIds), ElementsAre("server/keepalive/ping"));
  EXPECT_THAT(near_misses("server/ackss/message", kIds),
              ElementsAre("server/acks/message", "server/acks/messages"));
  EXPECT_THAT(near_misses("something else altogether", kIds), IsEmpty());
  EXPECT_THAT(near_misses("", kIds), IsEmpty());
}

TEST(NearMissesTest, APartOfAnIdIsFound) {
  EXPECT_THAT(near_misses("ping", kIds), ElementsAre("server/keepalive/ping"));
  EXPECT_THAT(near_misses("acks/message", kIds, 2),
              ElementsAre("client/acks/message", "server/acks/message"));
}

}  // namespace
}  // namespace doublecheck::harness
