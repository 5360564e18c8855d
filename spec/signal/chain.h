#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>

#include "spec/base/guard.h"
#include "spec/signal/failure.h"
#include "spec/signal/key_derivation.h"

// Symmetric-key ratchets: a chain key that gives one message seed after the other and can only be
// turned forwards. Sessions and sender keys use the same.
namespace doublecheck::signal {

struct NumberedSeed {
  std::uint32_t counter = 0;
  MessageSeed seed{};

  bool operator==(const NumberedSeed&) const = default;
};

// The sender's end.
struct SendingChain {
  ChainKey key{};
  std::uint32_t next = 0;  // counter of the next message

  // The seed of the next message. Nothing when kMaxCounter has been used: the chain is exhausted.
  std::optional<NumberedSeed> take();

  bool operator==(const SendingChain&) const = default;
};

// The receiver's end, which keeps the seeds of messages that were jumped over.
struct ReceivingChain {
  ChainKey key{};
  std::uint32_t next = 0;    // the lowest counter that was not derived yet
  std::uint32_t oldest = 0;  // the lowest counter of which it is known whether it was used
  // Ascending counters in [oldest, next), at most kMaxSkippedKeys.
  std::deque<NumberedSeed> skipped = {};

  // A chain that is received from `first` on.
  static ReceivingChain from(const ChainKey& key, std::uint32_t first = 0) {
    return {.key = key, .next = first, .oldest = first, .skipped = {}};
  }

  // The seed of that message, which is then used up (SESSION-24). Fails with kDuplicate, kTooOld or
  // kTooFarAhead (SESSION-21), and then has changed nothing. Otherwise at most kMaxForwardJump
  // steps of work.
  std::expected<MessageSeed, DecryptFailure> take(std::uint32_t counter, const Guard& guard);

  bool operator==(const ReceivingChain&) const = default;
};

}  // namespace doublecheck::signal
