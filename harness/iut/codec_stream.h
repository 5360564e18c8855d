#pragma once

#include <optional>

#include "harness/iut/codec_under_test.h"

// Messages on a pipe: 4 bytes of length, big-endian, then that many.
namespace doublecheck::harness {

// Waits for a whole message. Nothing at the end of the stream; an error for one that is cut off or
// announces more than kMaxCodecMessage.
Result<std::optional<Bytes>> read_codec_message(int descriptor);

// False when nobody reads any more.
bool write_codec_message(int descriptor, ByteView message);

// Answers the requests that come in on one descriptor on the other, until there are no more.
// Whether they ended well.
Result<> serve_codec(CodecUnderTest& codec, int input, int output);

}  // namespace doublecheck::harness
