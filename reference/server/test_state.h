#pragma once

#include <gtest/gtest.h>

#include "reference/server/turn.h"
#include "spec/base/random.h"

namespace doublecheck::server {

// For tests of handlers: a server's state without a server, and a session.
class StateTest : public testing::Test {
 protected:
  SeededRandom random_{1};
  Context context_{.now = {.steady = {}, .wall = UnixTime::from_seconds(1'750'000'000)},
                   .random = random_};
  State state_{.config = {},
               .directory = Directory(random_),
               .sessions = {},
               .counters = {},
               .next_stanza_number = 1};
  Session session_{.id = 7, .carrier = "memory", .opened_at = {}, .phase = {}, .deadline = {}};
};

}  // namespace doublecheck::server
