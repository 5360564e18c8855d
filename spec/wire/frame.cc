#include "spec/wire/frame.h"

#include "spec/base/reader.h"
#include "spec/base/writer.h"

namespace doublecheck::wire {
namespace {

constexpr std::string_view kWhat = "frame";

// An empty reader keeps a buffer of at most this size for the next frames, and gives back one that
// a larger frame has needed.
constexpr std::size_t kKeptCapacity = 65536;

}  // namespace

Result<Bytes> encode_frame(ByteView payload) {
  if (payload.size() > kMaxFramePayload) return fail(kWhat, "payload too large");
  Writer writer;
  writer.reserve(kFrameHeaderSize + payload.size());
  writer.u24(static_cast<std::uint32_t>(payload.size()));
  writer.bytes(payload);
  return writer.take();
}

void FrameReader::feed(ByteView bytes) {
  if (failure_) return;
  drop_what_was_taken();
  append(buffer_, bytes);
}

Result<std::optional<Bytes>> FrameReader::next() {
  if (failure_) return std::unexpected(*failure_);
  Reader reader(ByteView(buffer_).subspan(offset_));
  const auto size = reader.u24();
  if (!size) return std::nullopt;
  if (*size > max_payload_) {
    failure_ =
        Error{std::string(kWhat), "announces " + std::to_string(*size) + " bytes", std::nullopt};
    buffer_ = {};
    offset_ = 0;
    return std::unexpected(*failure_);
  }
  const auto payload = reader.take(*size);
  if (!payload) return std::nullopt;
  offset_ += reader.offset();
  return to_bytes(*payload);
}

void FrameReader::drop_what_was_taken() {
  if (offset_ == buffer_.size()) {
    if (buffer_.capacity() > kKeptCapacity) buffer_ = {};
    buffer_.clear();
    offset_ = 0;
  } else if (offset_ > buffer_.size() / 2) {
    // Moves fewer bytes than were taken since the last time, so that each byte pays for one move at
    // most.
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(offset_));
    offset_ = 0;
  }
}

}  // namespace doublecheck::wire
