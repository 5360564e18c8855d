#include <optional>

#include "fuzz/support/input.h"
#include "fuzz/support/require.h"
#include "fuzz/support/target.h"
#include "spec/wire/intro.h"

// An intro header, with or without routing information, is found wherever the stream is cut, and
// what was read is what an encoder writes (TRANSPORT-07 … TRANSPORT-10).
//
// Input: the limit, the size of pieces, the stream.

namespace doublecheck::fuzz {
namespace {

constexpr std::size_t kLimits[] = {wire::kMaxRoutingInfo, 0, 16};

struct Reading {
  std::optional<wire::Intro> intro;
  Bytes rest;  // what follows the intro
  std::optional<Error> failure;
};

Reading read(ByteView stream, std::size_t limit, std::size_t piece_size) {
  wire::IntroReader reader(limit);
  Reading reading;
  while (!stream.empty() && !reading.intro && !reading.failure) {
    const ByteView piece = stream.first(std::min(piece_size, stream.size()));
    stream = stream.subspan(piece.size());
    auto intro = reader.feed(piece, reading.rest);
    if (!intro) {
      reading.failure = std::move(intro).error();
    } else {
      reading.intro = std::move(*intro);
    }
  }
  append(reading.rest, stream);
  return reading;
}

void run(Input input) {
  const std::size_t limit = input.one_of(kLimits);
  const std::size_t piece_size = 1U + input.u8();
  const ByteView stream = input.rest();

  const Reading whole = read(stream, limit, std::max<std::size_t>(stream.size(), 1));
  const Reading pieces = read(stream, limit, piece_size);
  require(whole.intro.has_value() == pieces.intro.has_value(), "cuts do not matter to an intro");
  require(whole.failure == pieces.failure, "cuts do not matter to an error");
  if (!whole.intro) return;
  require(whole.intro->header == pieces.intro->header &&
              whole.intro->routing_info == pieces.intro->routing_info,
          "cuts do not matter to what is read");
  require(whole.rest == pieces.rest, "cuts do not matter to what follows");
  auto written = wire::encode_intro(*whole.intro);
  require(written.has_value(), "an intro that was read can be written");
  append(*written, whole.rest);
  require(equal(*written, stream), "an intro is written as it was read");
}

}  // namespace
}  // namespace doublecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doublecheck::fuzz::run(doublecheck::fuzz::Input({data, size}));
  return 0;
}
