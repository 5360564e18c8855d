#define ZLIB_CONST  // zlib only reads its input
#include <zlib.h>

#include <algorithm>

#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_format.h"

// Nodes as the payload of a transport frame: the flag byte, and zlib where it says so.
namespace doublecheck::wire {
namespace {

constexpr std::string_view kWhat = "stanza";

// zlib's type for sizes is narrower than ours; everything here is bounded by limits that fit it.
static_assert(kMaxFramePayload <= UINT32_MAX && kMaxInflatedSize < UINT32_MAX);
uInt to_uint(std::size_t size) { return static_cast<uInt>(size); }

class Inflater {
 public:
  Inflater() { ready_ = inflateInit(&stream_) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // The output of exactly one zlib stream. Room for it grows with what comes out, not with what
  // could.
  Result<Bytes> inflate_all(ByteView compressed) {
    if (!ready_) return fail(kWhat, "zlib has no memory");
    stream_.next_in = compressed.data();
    stream_.avail_in = to_uint(compressed.size());
    Bytes inflated(std::clamp(4 * compressed.size(), kFirstRoom, kMaxInflatedSize));
    std::size_t size = 0;
    while (true) {
      stream_.next_out = inflated.data() + size;
      stream_.avail_out = to_uint(inflated.size() - size);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      size = inflated.size() - stream_.avail_out;
      if (size > kMaxInflatedSize) return fail(kWhat, "inflates to too much");
      if (status == Z_STREAM_END) break;
      if (status != Z_OK && status != Z_BUF_ERROR)
        return fail(kWhat, "not a zlib stream", 1 + stream_.total_in);
      if (stream_.avail_out != 0)
        return fail(kWhat, "the zlib stream is truncated", 1 + stream_.total_in);
      // One byte more than allowed tells too much from just enough.
      inflated.resize(std::min(2 * inflated.size(), kMaxInflatedSize + 1));
    }
    if (stream_.avail_in != 0)
      return fail(kWhat, "bytes after the zlib stream", 1 + stream_.total_in);
    inflated.resize(size);
    return inflated;
  }

 private:
  static constexpr std::size_t kFirstRoom = 4096;

  z_stream stream_{};
  bool ready_ = false;
};

Result<Bytes> deflate_all(ByteView plain) {
  Bytes compressed(compressBound(plain.size()));
  uLongf size = compressed.size();
  if (compress(compressed.data(), &size, plain.data(), plain.size()) != Z_OK) {
    return fail(kWhat, "zlib has no memory");
  }
  compressed.resize(size);
  return compressed;
}

}  // namespace

Result<Stanza> Stanza::decode(Bytes plaintext) {
  if (plaintext.empty()) return fail(kWhat, "no flag byte", 0);
  if (plaintext.size() > kMaxFramePayload) return fail(kWhat, "more than a frame can carry");
  const ByteView body = ByteView(plaintext).subspan(1);
  if ((plaintext.front() & format::kFlagCompressed) != 0) {
    auto inflated = Inflater().inflate_all(body);
    if (!inflated) return propagate(inflated);
    auto root = decode_node(*inflated);
    if (!root) return propagate(root);
    return Stanza(*std::move(inflated), *std::move(root));
  }
  auto root = decode_node(body);
  if (!root) return propagate(root);
  return Stanza(std::move(plaintext), *std::move(root));
}

Result<Bytes> encode_payload(const Node& node, Compression compression) {
  auto payload = encode_node(node);
  if (!payload) return payload;
  std::uint8_t flags = 0;
  if (compression == Compression::kZlib) {
    if (payload->size() > kMaxInflatedSize) return fail(kWhat, "inflates to too much");
    payload = deflate_all(*payload);
    if (!payload) return payload;
    flags = format::kFlagCompressed;
  }
  payload->insert(payload->begin(), flags);
  if (payload->size() > kMaxFramePayload) return fail(kWhat, "more than a frame can carry");
  return payload;
}

}  // namespace doublecheck::wire
