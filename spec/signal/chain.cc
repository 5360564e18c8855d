#include "spec/signal/chain.h"

#include <algorithm>

#include "spec/signal/limits.h"

namespace doublecheck::signal {

std::optional<NumberedSeed> SendingChain::take() {
  if (next > kMaxCounter) return std::nullopt;
  const NumberedSeed taken{.counter = next, .seed = message_seed(key)};
  key = next_chain_key(key);
  ++next;
  return taken;
}

std::expected<MessageSeed, DecryptFailure> ReceivingChain::take(std::uint32_t counter,
                                                                const Guard& guard) {
  if (counter < next) {
    const auto found = std::ranges::lower_bound(skipped, counter, {}, &NumberedSeed::counter);
    if (found == skipped.end() || found->counter != counter) {
      return std::unexpected(counter < oldest ? DecryptFailure::kTooOld
                                              : DecryptFailure::kDuplicate);
    }
    const MessageSeed seed = found->seed;
    if (guard.holds(Rule::SESSION_24, true)) skipped.erase(found);
    return seed;
  }

  if (counter > kMaxCounter) return std::unexpected(DecryptFailure::kTooFarAhead);
  if (!guard.holds(Rule::SESSION_21, counter - next <= kMaxForwardJump)) {
    return std::unexpected(DecryptFailure::kTooFarAhead);
  }
  for (; next < counter; ++next) {
    skipped.push_back({.counter = next, .seed = message_seed(key)});
    key = next_chain_key(key);
    if (!guard.holds(Rule::SESSION_22, skipped.size() <= kMaxSkippedKeys)) {
      oldest = skipped.front().counter + 1;
      skipped.pop_front();
    }
  }
  const MessageSeed seed = message_seed(key);
  key = next_chain_key(key);
  ++next;
  return seed;
}

}  // namespace doublecheck::signal
