#pragma once

#include <cstddef>

#include "spec/base/bytes.h"
#include "spec/base/result.h"

// A codec that is being judged: the functions of spec/ in process, or any library in a process of
// its own. codec.proto beside this file is its language.
namespace doublecheck::harness {

// A request or a response, without the length in front. A frame of 16 MiB fits several times.
inline constexpr std::size_t kMaxCodecMessage = std::size_t{64} << 20;

class CodecUnderTest {
 public:
  virtual ~CodecUnderTest() = default;

  // The response to one request, both serialised. An error says how the codec failed to give one:
  // it crashed, was silent for too long, wrote more than kMaxCodecMessage. It gives none from then
  // on.
  virtual Result<Bytes> answer(ByteView request) = 0;
};

}  // namespace doublecheck::harness
