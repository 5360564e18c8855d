#pragma once

#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/time.h"

namespace doublecheck {

// What a step of a state machine gets from outside besides its input. The same state, input and
// context give the same result, byte for byte.
struct Context {
  Now now;
  RandomSource& random;
  Guard guard = {};
};

}  // namespace doublecheck
