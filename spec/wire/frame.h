#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/wire/limits.h"

// Frames on the byte stream of a connection, whatever carries it: a 3-byte big-endian length, then
// that many bytes.
namespace doublecheck::wire {

inline constexpr std::size_t kFrameHeaderSize = 3;

// A payload with its length in front. Refuses more than kMaxFramePayload before writing anything
// (FRAME-02).
Result<Bytes> encode_frame(ByteView payload);

// Reassembles frames from a stream that arrives in pieces of any size (FRAME-03, FRAME-04).
//
//   reader.feed(bytes);
//   while (auto frame = reader.next()) …
//
// It holds what was fed and not yet taken, and never what was only announced: when `next` has
// nothing more to give, that is less than one frame of `max_payload` bytes. The work is
// proportional to what is fed, however it is cut.
class FrameReader {
 public:
  explicit FrameReader(std::size_t max_payload = kMaxFramePayload) : max_payload_(max_payload) {}

  // Ignored once `next` has failed.
  void feed(ByteView bytes);

  // The payload of the next complete frame, possibly empty; nothing when more bytes are needed; an
  // error as soon as a frame announces more than `max_payload`, after which the reader gives
  // nothing but that error.
  Result<std::optional<Bytes>> next();

  // Frames that are not complete yet may announce this much from now on.
  void set_max_payload(std::size_t max_payload) { max_payload_ = max_payload; }

  // Bytes held, which a host bounds in time (FRAME-09).
  std::size_t buffered() const { return buffer_.size() - offset_; }

 private:
  void drop_what_was_taken();

  std::size_t max_payload_;
  Bytes buffer_;
  std::size_t offset_ = 0;  // where in `buffer_` the next frame starts
  std::optional<Error> failure_;
};

}  // namespace doublecheck::wire
