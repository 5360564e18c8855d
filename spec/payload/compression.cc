#define ZLIB_CONST  // zlib only reads its input
#include "spec/payload/compression.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace doublecheck::payload {
namespace {

constexpr std::string_view kWhat = "zlib stream";
constexpr std::size_t kFirstRoom = 4096;

class Inflater {
 public:
  Inflater() : ready_(inflateInit(&stream_) == Z_OK) {}
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }
  bool ready() const { return ready_; }

 private:
  z_stream stream_{};
  bool ready_;
};

}  // namespace

Bytes compress(ByteView plain) {
  Bytes compressed(compressBound(plain.size()));
  uLongf size = compressed.size();
  // Fails only for want of memory: there is room for the worst case.
  if (::compress(compressed.data(), &size, plain.data(), plain.size()) != Z_OK) std::abort();
  compressed.resize(size);
  return compressed;
}

Result<Bytes> decompress(ByteView compressed, std::size_t limit) {
  if (compressed.size() > UINT32_MAX) return fail(kWhat, "too large");
  Inflater inflater;
  if (!inflater.ready()) return fail(kWhat, "zlib has no memory");
  z_stream& stream = inflater.stream();
  stream.next_in = compressed.data();
  stream.avail_in = static_cast<uInt>(compressed.size());

  Bytes plain;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    // One byte more than allowed tells too much from just enough.
    const std::size_t size = plain.size();
    const std::size_t room = std::min(std::max(kFirstRoom, size), limit + 1 - size);
    plain.resize(size + room);
    stream.next_out = plain.data() + size;
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    plain.resize(size + room - stream.avail_out);
    if (plain.size() > limit) return fail(kWhat, "inflates to too much");
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return fail(kWhat, "damaged", stream.total_in);
    }
    if (status != Z_STREAM_END && stream.avail_out != 0)
      return fail(kWhat, "truncated", stream.total_in);
  }
  if (stream.avail_in != 0) return fail(kWhat, "followed by other bytes", stream.total_in);
  return plain;
}

}  // namespace doublecheck::payload
