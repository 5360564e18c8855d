#include <algorithm>
#include <variant>

#include "fuzz/support/require.h"
#include "fuzz/support/target.h"
#include "spec/wire/node_codec.h"

// The plaintext of a frame that decodes can be encoded, reads back as an equal node, and its
// canonical form is a fixed point: encoding what it decodes to gives the same bytes.
//
// Input: the plaintext, flag byte and all; a zlib stream where the flag says so.

namespace doublecheck::fuzz {
namespace {

// A few kilobytes inflate to megabytes. They must decode or be refused; to take them through every
// round trip would only keep the fuzzer from what is new.
constexpr std::size_t kMaxRoundTrip = std::size_t{1} << 18;

// Equal but for one thing: text as content that an encoder neither has a token for nor packs
// travels as bytes, so that is what it comes back as (NODE-25 lets a decoder read longer packed
// strings than NODE-22 lets an encoder write).
bool reads_back_as(const wire::Node& before, const wire::Node& after) {
  if (std::holds_alternative<wire::Text>(before.content) &&
      std::holds_alternative<wire::Blob>(after.content)) {
    return before.tag == after.tag && equal(*before.bytes(), *after.bytes()) &&
           std::ranges::equal(before.attributes, after.attributes);
  }
  const auto* children = std::get_if<std::vector<wire::Node>>(&before.content);
  if (children == nullptr) return before == after;
  return std::holds_alternative<std::vector<wire::Node>>(after.content) &&
         before.tag == after.tag && std::ranges::equal(before.attributes, after.attributes) &&
         std::ranges::equal(*children, after.children(), reads_back_as);
}

void run(ByteView plaintext) {
  const auto stanza = wire::Stanza::decode(to_bytes(plaintext));
  if (!stanza) {
    require(!stanza.error().why.empty(), "an error says why");
    return;
  }
  const auto encoded = wire::encode_node(stanza->root());
  require(encoded.has_value(), "what was decoded can be encoded");
  if (encoded->size() > kMaxRoundTrip) return;
  const auto again = wire::decode_node(*encoded);
  require(again.has_value(), "what was encoded can be decoded");
  require(reads_back_as(stanza->root(), *again), "a node reads back as it was written");
  require(wire::encode_node(*again) == encoded, "the canonical form is a fixed point");

  // The other form of the payload, where the input has paid for zlib already.
  if ((plaintext[0] & 0x02) == 0) return;
  auto payload = wire::encode_payload(*again, wire::Compression::kZlib);
  if (!payload) return;  // grown beyond a limit: long packed strings are written raw
  const auto inflated = wire::Stanza::decode(*std::move(payload));
  require(inflated.has_value() && inflated->root() == *again, "a compressed node reads back");
}

}  // namespace
}  // namespace doublecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doublecheck::fuzz::run({data, size});
  return 0;
}
