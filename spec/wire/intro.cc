#include "spec/wire/intro.h"

#include <algorithm>

#include "spec/base/reader.h"
#include "spec/base/writer.h"

namespace doublecheck::wire {
namespace {

constexpr std::string_view kWhat = "intro";
constexpr std::array<std::uint8_t, 4> kEdgePrefix = {0x45, 0x44, 0x00, 0x01};
constexpr std::array<std::uint8_t, 2> kHeaderStart = {0x57, 0x41};

// Whether the bytes start with `expected`, as far as they go.
bool may_start_with(ByteView bytes, ByteView expected) {
  const std::size_t size = std::min(bytes.size(), expected.size());
  return equal(bytes.first(size), expected.first(size));
}

// Reads as much of an intro as there is; nothing if that is not all of it.
Result<std::optional<Intro>> read_intro(Reader& reader, std::size_t max_routing_info) {
  Intro intro;
  if (!reader.at_end() && reader.rest().front() == kEdgePrefix.front()) {
    if (!may_start_with(reader.rest(), kEdgePrefix))
      return fail(kWhat, "not an edge routing prefix", reader.offset());
    if (!reader.take(kEdgePrefix.size())) return std::nullopt;
    const auto size = reader.u24();
    if (!size) return std::nullopt;
    if (*size > max_routing_info) {
      return fail(kWhat, "announces " + std::to_string(*size) + " bytes of routing information",
                  reader.offset());
    }
    const auto routing_info = reader.take(*size);
    if (!routing_info) return std::nullopt;
    intro.routing_info = to_bytes(*routing_info);
  }
  if (!may_start_with(reader.rest(), kHeaderStart))
    return fail(kWhat, "not an intro header", reader.offset());
  const auto header = reader.take(intro.header.size());
  if (!header) return std::nullopt;
  std::ranges::copy(*header, intro.header.begin());
  return intro;
}

}  // namespace

Result<Bytes> encode_intro(const Intro& intro) {
  Writer writer;
  if (intro.routing_info) {
    if (intro.routing_info->size() > kMaxRoutingInfo)
      return fail(kWhat, "routing information too large");
    writer.bytes(kEdgePrefix);
    writer.u24(static_cast<std::uint32_t>(intro.routing_info->size()));
    writer.bytes(*intro.routing_info);
  }
  writer.bytes(intro.header);
  return writer.take();
}

Result<std::optional<Intro>> IntroReader::feed(ByteView bytes, Bytes& rest) {
  rest.clear();
  if (failure_) return std::unexpected(*failure_);
  append(buffer_, bytes);
  Reader reader(buffer_);
  auto intro = read_intro(reader, max_routing_info_);
  if (!intro) failure_ = intro.error();
  if (intro && *intro) rest = to_bytes(reader.rest());
  if (!intro || *intro) buffer_ = {};
  return intro;
}

}  // namespace doublecheck::wire
