#include "harness/actor/signal_device.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace doublecheck::harness {
namespace {

struct Meeting {
  Meeting() { EXPECT_TRUE(alice.start_session(bob.show_bundle(random), random)); }

  static wire::Node enc(const signal::Encrypted& message) {
    return {.tag = "enc",
            .attributes = {{"v", "2"}, {"type", wire::Text(signal::to_string(message.type))}},
            .content = wire::Blob(ByteView(message.bytes))};
  }
  signal::Encrypted write(SignalDevice& author, const std::string& text) {
    return author.write(payload::Message::of_text(text), random).value();
  }
  // The text; "refused" if it cannot be read.
  std::string read(SignalDevice& reader, const signal::Encrypted& message) {
    const auto content = reader.read(enc(message), random);
    return content ? content->text().value_or("no text") : "refused";
  }

  SeededRandom random{1};
  SignalDevice alice{random};
  SignalDevice bob{random};
};

TEST(SignalDevice, ReadsWhatAnotherWrites) {
  Meeting test;
  EXPECT_EQ(test.read(test.bob, test.write(test.alice, "hello")), "hello");
  EXPECT_EQ(test.read(test.alice, test.write(test.bob, "welcome")), "welcome");
  EXPECT_EQ(test.write(test.alice, "again").type, signal::MessageType::kSignal);
}

TEST(SignalDevice, IsAValueThatCanSpeakFromThePast) {
  Meeting test;
  SignalDevice before = test.alice;
  const signal::Encrypted now = test.write(test.alice, "now");
  const signal::Encrypted then = test.write(before, "then");
  EXPECT_EQ(read_signal_message(Meeting::enc(now))->counter,
            read_signal_message(Meeting::enc(then))->counter);
  EXPECT_EQ(test.read(test.bob, now), "now");
  EXPECT_EQ(test.read(test.bob, then), "refused");
}

TEST(SignalDevice, LeavesMessagesOut) {
  Meeting test;
  test.alice.skip(3);
  const signal::Encrypted fourth = test.write(test.alice, "fourth");
  EXPECT_EQ(read_signal_message(Meeting::enc(fourth))->counter, 3U);
  EXPECT_EQ(test.read(test.bob, fourth), "fourth");
}

TEST(SignalDevice, ShowsAnotherOneTimePrekeyEachTime) {
  Meeting test;
  EXPECT_NE(test.bob.show_bundle(test.random).one_time_prekey->id,
            test.bob.show_bundle(test.random).one_time_prekey->id);
}

// Both in a prekey message and in one on a settled session, and each leaves the genuine one good.
TEST(Forgeries, AreRefusedAndDamageNothing) {
  for (const bool settled : {false, true}) {
    Meeting test;
    if (settled) {
      EXPECT_EQ(test.read(test.bob, test.write(test.alice, "hello")), "hello");
      EXPECT_EQ(test.read(test.alice, test.write(test.bob, "welcome")), "welcome");
    }
    const signal::Encrypted genuine = test.write(test.alice, "genuine");
    EXPECT_EQ(genuine.type == signal::MessageType::kSignal, settled);
    EXPECT_EQ(test.read(test.bob, with_wrong_mac(genuine)), "refused");
    EXPECT_EQ(test.read(test.bob, with_fields(genuine,
                                              [](signal::SignalMessage& fields) {
                                                fields.ciphertext.front() ^= 1;
                                              })),
              "refused");
    EXPECT_EQ(test.read(test.bob, with_bytes(genuine, [](Bytes& bytes) { bytes.pop_back(); })),
              "refused");
    EXPECT_EQ(test.read(test.bob, with_fields(genuine, [](signal::SignalMessage&) {})), "genuine")
        << "nothing was changed";
  }
}

TEST(Forgeries, ChangeWhatIsAroundAPrekeyMessage) {
  Meeting test;
  const signal::Encrypted genuine = test.write(test.alice, "genuine");
  const signal::Encrypted renamed = with_prekey_fields(
      genuine, [](signal::PrekeySignalMessage& fields) { fields.one_time_prekey_id = 7; });
  EXPECT_EQ(read_prekey_message(Meeting::enc(renamed))->one_time_prekey_id, 7U);
  EXPECT_EQ(test.read(test.bob, renamed), "refused");
  EXPECT_EQ(unwrapped(genuine).type, signal::MessageType::kSignal);
  EXPECT_EQ(test.read(test.bob, unwrapped(genuine)), "refused") << "there is no session yet";
  EXPECT_EQ(test.read(test.bob, genuine), "genuine");
}

}  // namespace
}  // namespace doublecheck::harness
