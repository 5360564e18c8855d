#include "spec/base/random.h"

#include <algorithm>

#include "spec/base/crypto.h"
#include "spec/base/writer.h"

namespace doublecheck {
namespace {

Bytes big_endian(std::uint64_t value) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(value >> 32));
  writer.u32(static_cast<std::uint32_t>(value));
  return writer.take();
}

}  // namespace

Bytes RandomSource::bytes(std::size_t size) {
  Bytes out(size);
  fill(out);
  return out;
}

std::uint32_t RandomSource::u32() {
  const auto drawn = array<4>();
  return static_cast<std::uint32_t>(drawn[0]) << 24 | static_cast<std::uint32_t>(drawn[1]) << 16 |
         static_cast<std::uint32_t>(drawn[2]) << 8 | static_cast<std::uint32_t>(drawn[3]);
}

std::uint64_t RandomSource::u64() {
  const std::uint64_t high = u32();
  const std::uint64_t low = u32();
  return high << 32 | low;
}

std::uint64_t RandomSource::below(std::uint64_t bound) {
  // Values from the incomplete last interval are drawn again, so that every result is equally
  // likely.
  const std::uint64_t excess = (UINT64_MAX % bound + 1) % bound;
  std::uint64_t drawn = u64();
  while (drawn > UINT64_MAX - excess) drawn = u64();
  return drawn % bound;
}

SeededRandom::SeededRandom(std::uint64_t seed)
    : SeededRandom(concat({as_bytes("doublecheck/random"), big_endian(seed)})) {}

SeededRandom::SeededRandom(ByteView key) : key_(sha256(key)) {}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (used_ == block_.size()) {
      block_ = sha256(concat({key_, big_endian(next_block_++)}));
      used_ = 0;
    }
    const std::size_t size = std::min(out.size(), block_.size() - used_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(used_), size, out.begin());
    used_ += size;
    out = out.subspan(size);
  }
}

std::unique_ptr<RandomSource> SeededRandom::fork(std::string_view label, std::uint64_t id) const {
  const auto key = hmac_sha256(key_, concat({as_bytes(label), big_endian(id)}));
  return std::make_unique<SeededRandom>(ByteView(key));
}

std::unique_ptr<RandomSource> SystemRandom::fork(std::string_view, std::uint64_t) const {
  return std::make_unique<SystemRandom>();
}

}  // namespace doublecheck
