#include "spec/payload/message_id.h"

#include <gtest/gtest.h>

#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::payload {
namespace {

// Gives the same byte for ever.
class ConstantRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0xab}); }
  std::unique_ptr<RandomSource> fork(std::string_view, std::uint64_t) const override {
    return std::make_unique<ConstantRandom>();
  }
};

TEST(MessageId, IsADigestOfTimeUserAndChance) {
  ConstantRandom random;
  const Context context{.now = {.steady = {}, .wall = UnixTime::from_seconds(0x0102030405)},
                        .random = random};
  const Bytes input =
      concat({Bytes{0, 0, 0, 1, 2, 3, 4, 5}, as_bytes("15550001111@c.us"), Bytes(16, 0xab)});
  const std::string id = generate_message_id("15550001111", context);
  ASSERT_EQ(id.size(), 22U);
  EXPECT_EQ(id.substr(0, 4), "3EB0");
  EXPECT_EQ(from_hex(id.substr(4)), to_bytes(ByteView(sha256(input)).first(9)));
  EXPECT_EQ(id.find_first_not_of("0123456789ABCDEF"), std::string::npos);
}

TEST(MessageId, DiffersEachTime) {
  SeededRandom random(1);
  const Context context{.now = {}, .random = random};
  EXPECT_NE(generate_message_id("15550001111", context),
            generate_message_id("15550001111", context));
}

}  // namespace
}  // namespace doublecheck::payload
