#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/wire/limits.h"

// What a client sends once, before its first frame (TRANSPORT-07 … TRANSPORT-10):
//
//   [45 44 00 01  LL LL LL  routing info]   optional edge routing prefix, never part of the Noise
//   prologue 57 41 MM DD                             "WA", protocol major, token dictionary
//   version: the Noise prologue
namespace doublecheck::wire {

using IntroHeader = std::array<std::uint8_t, 4>;
inline constexpr IntroHeader kIntroHeader = {0x57, 0x41, 0x06, 0x03};

struct Intro {
  IntroHeader header = kIntroHeader;
  std::optional<Bytes> routing_info = {};  // present and empty is legal
};

// Refuses routing information beyond kMaxRoutingInfo.
Result<Bytes> encode_intro(const Intro& intro);

// Reads an intro from a stream that arrives in pieces. Any version is read; whether it is served is
// the host's to say.
class IntroReader {
 public:
  explicit IntroReader(std::size_t max_routing_info = kMaxRoutingInfo)
      : max_routing_info_(max_routing_info) {}

  // The intro when it is complete, nothing while more bytes are needed, an error as soon as the
  // bytes can no longer become an intro, and the same error from then on. `rest` receives the bytes
  // after a complete intro, which ends the reader's work.
  Result<std::optional<Intro>> feed(ByteView bytes, Bytes& rest);

 private:
  std::size_t max_routing_info_;
  Bytes buffer_;
  std::optional<Error> failure_;
};

}  // namespace doublecheck::wire
