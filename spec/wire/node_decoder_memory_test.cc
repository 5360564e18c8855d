#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "spec/base/text_encoding.h"
#include "spec/wire/node_codec.h"

// What a decoder asks of the heap, counted by replacing the operators of this test program.
namespace {
std::size_t allocated = 0;
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocated += size;
  ++allocations;
  return std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* const memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
// Inlined, they look to GCC 12 like memory of `new` that is given to free().
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace doublecheck::wire {
namespace {

struct Cost {
  std::size_t bytes;
  std::size_t allocations;
  bool decoded;
};

Cost cost_of_decoding(ByteView encoded) {
  const std::size_t bytes_before = allocated;
  const std::size_t allocations_before = allocations;
  const auto node = decode_node(encoded);
  return {allocated - bytes_before, allocations - allocations_before, node.has_value()};
}

// The most that a node made of so many bytes can need: a child takes at least three of them, an
// attribute two.
std::size_t bound(ByteView encoded) {
  return encoded.size() * (sizeof(Node) / 3 + sizeof(Attribute) / 2) + 512;
}

TEST(NodeDecoderMemory, PromisesCostNothing) {
  for (const char* const hex : {
           "f802fc0178f9ffff",      // 65535 children
           "f9fffffc0178",          // 32767 attributes
           "f802fc0178feffffffff",  // 4 GiB of content
           "f803fc0178fc0161fe7fffffff",
           "f803fc0178fc0161ffff",  // 254 characters
       }) {
    const Bytes encoded = from_hex(hex).value();
    const Cost cost = cost_of_decoding(encoded);
    EXPECT_FALSE(cost.decoded) << hex;
    EXPECT_LE(cost.bytes, bound(encoded)) << hex;
  }
}

// Each list alone could be kept with the bytes that follow it, but not all of them.
TEST(NodeDecoderMemory, PromisesAddUp) {
  Bytes encoded;
  for (int level = 0; level < 400; ++level)
    append(encoded, Bytes{0xf8, 0x02, 0x13, 0xf9, 0xff, 0xff});
  encoded.resize(encoded.size() + 3 * 65535, 0xf8);
  const Cost cost = cost_of_decoding(encoded);
  EXPECT_FALSE(cost.decoded);
  EXPECT_LE(cost.bytes, bound(encoded));
}

TEST(NodeDecoderMemory, WhatIsThereIsStoredOnce) {
  Bytes encoded{0xf8, 0x02, 0x13, 0xf9, 0xff, 0xff};
  for (int child = 0; child < 65535; ++child) append(encoded, Bytes{0xf8, 0x01, 0x13});
  const Cost cost = cost_of_decoding(encoded);
  EXPECT_TRUE(cost.decoded);
  EXPECT_EQ(cost.allocations, 1U);
  EXPECT_LE(cost.bytes, bound(encoded));
}

TEST(NodeDecoderMemory, OneAllocationForEachListOnly) {
  // <message from=15550001111@s.whatsapp.net id=3EB0 and 18 digits, t=1752021890><enc
  // v="2">..</enc></message>
  const Bytes encoded =
      from_hex(
          "f8081306faff8615550001111f0308fb0b3eb00123456789abcdef011aff051752021890"
          "f801f804fc03656e63fc017645fc03010203")
          .value();
  const Cost cost = cost_of_decoding(encoded);
  EXPECT_TRUE(cost.decoded);
  EXPECT_EQ(cost.allocations, 3U);  // attributes, children, attributes of the child
}

}  // namespace
}  // namespace doublecheck::wire
