#pragma once

#include "spec/base/result.h"

namespace doublecheck::harness {

// Moves this process, and whatever it starts from now on, into a network namespace of its own that
// has a loopback interface and nothing else: no other host can be reached from there, by mistake or
// otherwise. Needs Linux, and root or user namespaces. Call it before there are threads and
// sockets.
Result<> enter_loopback_namespace();

}  // namespace doublecheck::harness
