#include "fuzz/support/input.h"
#include "fuzz/support/require.h"
#include "fuzz/support/target.h"
#include "spec/wire/frame.h"

// A stream of frames gives the same frames and the same error however it is cut, and what was read
// is what an encoder writes (FRAME-01, FRAME-03, FRAME-04).
//
// Input: the limit, the number of piece sizes, the sizes, the stream.

namespace doublecheck::fuzz {
namespace {

constexpr std::size_t kLimits[] = {wire::kMaxFramePayload, 0, 1, 256, 4096};
constexpr std::size_t kMostPieceSizes = 8;

struct Reading {
  std::vector<Bytes> frames;
  std::optional<Error> failure;
  std::size_t buffered = 0;

  bool operator==(const Reading&) const = default;
};

void drain(wire::FrameReader& reader, Reading& reading) {
  while (!reading.failure) {
    auto frame = reader.next();
    if (!frame) {
      reading.failure = frame.error();
    } else if (*frame) {
      reading.frames.push_back(std::move(**frame));
    } else {
      break;
    }
  }
}

Reading read_at_once(ByteView stream, std::size_t limit) {
  wire::FrameReader reader(limit);
  Reading reading;
  reader.feed(stream);
  drain(reader, reading);
  reading.buffered = reader.buffered();
  return reading;
}

// Sizes are used in turn; a size of 0 feeds nothing, which must change nothing.
Reading read_in_pieces(ByteView stream, std::size_t limit, ByteView sizes) {
  wire::FrameReader reader(limit);
  Reading reading;
  for (std::size_t turn = 0; !stream.empty(); ++turn) {
    const bool stuck = turn != 0 && turn % sizes.size() == 0 && sizes[0] == 0;
    const std::size_t wanted = sizes[turn % sizes.size()] + (stuck ? 1U : 0U);
    const ByteView piece = stream.first(std::min(wanted, stream.size()));
    stream = stream.subspan(piece.size());
    reader.feed(piece);
    drain(reader, reading);
  }
  reading.buffered = reader.buffered();
  return reading;
}

void require_same_bytes(const Reading& reading, ByteView stream) {
  Bytes written;
  for (const Bytes& frame : reading.frames) {
    const auto encoded = wire::encode_frame(frame);
    require(encoded.has_value(), "a frame that was read can be written");
    append(written, *encoded);
  }
  require(written.size() <= stream.size() && equal(written, stream.first(written.size())),
          "frames are written as they were read");
  require(reading.failure || written.size() + reading.buffered == stream.size(),
          "what is not in a frame is held");
}

void run(Input input) {
  const std::size_t limit = input.one_of(kLimits);
  ByteView sizes = input.take(1 + input.below(kMostPieceSizes));
  static constexpr std::uint8_t kByteByByte[] = {1};
  if (sizes.empty()) sizes = kByteByByte;
  const ByteView stream = input.rest();

  const Reading whole = read_at_once(stream, limit);
  require_same_bytes(whole, stream);
  for (const Bytes& frame : whole.frames) require(frame.size() <= limit, "the limit holds");
  require(whole == read_in_pieces(stream, limit, sizes), "cuts do not matter");
}

}  // namespace
}  // namespace doublecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doublecheck::fuzz::run(doublecheck::fuzz::Input({data, size}));
  return 0;
}
