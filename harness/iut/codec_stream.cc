#include "harness/iut/codec_stream.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "harness/driver/child_process.h"
#include "spec/base/reader.h"
#include "spec/base/writer.h"

namespace doublecheck::harness {
namespace {

constexpr std::string_view kWhat = "codec stream";
constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kChunkSize = std::size_t{1} << 20;

// Appends that many bytes, unless the stream ends before. Memory grows with what has come, not with
// what was announced.
Result<> read_some(int descriptor, std::size_t size, Bytes& to) {
  const std::size_t wanted = to.size() + size;
  while (to.size() < wanted) {
    const std::size_t had = to.size();
    to.resize(std::min(wanted, had + kChunkSize));
    const ssize_t got = ::read(descriptor, to.data() + had, to.size() - had);
    to.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(kWhat, "cannot be read");
    if (got == 0) return {};
  }
  return {};
}

}  // namespace

Result<std::optional<Bytes>> read_codec_message(int descriptor) {
  Bytes length;
  if (auto read = read_some(descriptor, kLengthSize, length); !read) return propagate(read);
  if (length.empty()) return std::nullopt;
  const auto size = Reader(length).u32();
  if (!size) return fail(kWhat, "ends within a length");
  if (*size > kMaxCodecMessage) return fail(kWhat, "a message of more than kMaxCodecMessage");
  Bytes message;
  if (auto read = read_some(descriptor, *size, message); !read) return propagate(read);
  if (message.size() != *size) return fail(kWhat, "ends within a message");
  return message;
}

bool write_codec_message(int descriptor, ByteView message) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(message.size()));
  return write_all(descriptor, as_text(writer.written())) &&
         write_all(descriptor, as_text(message));
}

Result<> serve_codec(CodecUnderTest& codec, int input, int output) {
  for (;;) {
    auto request = read_codec_message(input);
    if (!request) return propagate(request);
    if (!*request) return {};
    const auto response = codec.answer(**request);
    if (!response) return std::unexpected(response.error());
    if (response->size() > kMaxCodecMessage) return fail(kWhat, "a response of that size");
    if (!write_codec_message(output, *response)) return fail(kWhat, "nobody reads");
  }
}

}  // namespace doublecheck::harness
