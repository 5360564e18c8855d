#pragma once

#include <string>

#include "reference/client/reconnect_policy.h"
#include "spec/base/guard.h"
#include "spec/wire/node.h"

// What the end of a connection means.
namespace doublecheck::client {

// What is left to do afterwards.
enum class Aftermath {
  kRetry,   // connect again, sooner or later
  kStop,    // wait to be told to
  kLogOut,  // this device is no more: forget everything, and wait to be told to pair
};

struct Ending {
  Aftermath aftermath = Aftermath::kStop;
  Loss loss = Loss::kLost;
  int status = 0;  // of the failure or stream error; 0: none
  std::string reason;
  bool by_peer = false;  // the carrier is gone already
};

// A connection that just ended.
Ending lost(std::string reason, bool by_peer = false);

// `<failure>`: the login is refused (LOGIN-08 … LOGIN-11).
Ending read_failure(const wire::Node& failure, const Guard& guard);

// `<stream:error>`, whatever its code and children (CONTROL-01 … CONTROL-05, STANZA-117,
// STANZA-120).
Ending read_stream_error(const wire::Node& error, const Guard& guard);

}  // namespace doublecheck::client
