#pragma once

#include <string>

#include "harness/actor/matcher.h"

// What cases against a client look for.
namespace doublecheck::harness {

// A retry receipt for that message.
inline Matcher retry_for(const std::string& id) {
  return stanza("receipt", {{"id", id}, {"type", "retry"}});
}

}  // namespace doublecheck::harness
