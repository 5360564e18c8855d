#include "harness/sim/network.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spec/base/random.h"

namespace doublecheck::harness::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct Records final : trace::Recorder {
  std::vector<trace::Record> all;
  void record(trace::Record record) override { all.push_back(std::move(record)); }
};

// A client's and a server's end, and what each has heard.
struct Heard {
  std::vector<Bytes> pieces;
  std::optional<std::string> closed;
  Bytes bytes() const {
    Bytes all;
    for (const Bytes& piece : pieces) append(all, piece);
    return all;
  }
  LinkHandlers handlers() {
    return {.on_bytes = [this](ByteView bytes) { pieces.push_back(to_bytes(bytes)); },
            .on_closed = [this](const std::string& reason) { closed = reason; }};
  }
};

class NetworkTest : public testing::Test {
 protected:
  // A network in which these faults always strike, and no other ever does.
  void with(std::initializer_list<Fault> faults, std::uint64_t seed = 1) {
    FaultPlan plan;
    for (const Fault fault : faults) plan.chance(fault) = FaultPlan::kCertain;
    faults_.emplace(plan);
    faults_->enable(true);
    network_.emplace(loop_, *faults_, SeededRandom(seed), records_);
    network_->listen([this](std::unique_ptr<NetworkLink> link) {
      server_ = std::move(link);
      return server_heard_.handlers();
    });
  }
  void dial() {
    client_ = network_->dial("client", [this] { up_ = true; }, client_heard_.handlers());
    loop_.pass(minutes(1));
  }
  std::uint64_t fired(Fault fault) const {
    return faults_->counts()[static_cast<std::size_t>(fault)];
  }
  static Bytes text(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    return bytes;
  }

  EventLoop loop_{UnixTime::from_seconds(0)};
  Records records_;
  std::optional<FaultInjector> faults_;
  std::optional<Network> network_;
  std::unique_ptr<NetworkLink> client_;
  std::unique_ptr<NetworkLink> server_;
  Heard client_heard_;
  Heard server_heard_;
  bool up_ = false;
};

TEST_F(NetworkTest, carries_bytes_both_ways_in_order) {
  with({});
  dial();
  ASSERT_TRUE(up_);
  for (const char* piece : {"one", "two", "three"}) {
    client_->send(as_bytes(piece));
    server_->send(as_bytes(piece));
  }
  loop_.pass(minutes(1));
  EXPECT_EQ(server_heard_.bytes(), to_bytes("onetwothree"));
  EXPECT_EQ(client_heard_.bytes(), to_bytes("onetwothree"));
}

TEST_F(NetworkTest, closing_comes_after_what_was_sent) {
  with({});
  dial();
  client_->send(as_bytes("last words"));
  client_.reset();
  loop_.pass(minutes(1));
  EXPECT_EQ(server_heard_.bytes(), to_bytes("last words"));
  EXPECT_TRUE(server_heard_.closed);
  EXPECT_FALSE(client_heard_.closed);
}

TEST_F(NetworkTest, a_reset_loses_what_was_under_way) {
  with({});
  dial();
  client_->send(as_bytes("last words"));
  client_->reset();
  loop_.pass(minutes(1));
  EXPECT_TRUE(server_heard_.pieces.empty());
  EXPECT_TRUE(server_heard_.closed);
}

TEST_F(NetworkTest, nobody_hears_of_an_end_that_vanishes) {
  with({});
  dial();
  client_->vanish();
  server_->send(as_bytes("hello?"));
  loop_.pass(hours(1));
  EXPECT_FALSE(server_heard_.closed);
}

TEST_F(NetworkTest, a_refused_connection_is_closed) {
  with({Fault::kRefused});
  dial();
  EXPECT_FALSE(up_);
  EXPECT_TRUE(client_heard_.closed);
  EXPECT_EQ(server_, nullptr);
}

TEST_F(NetworkTest, an_unanswered_connection_says_nothing_and_may_be_given_up) {
  with({Fault::kUnanswered});
  dial();
  EXPECT_FALSE(up_);
  EXPECT_FALSE(client_heard_.closed);
  client_.reset();
  loop_.pass(minutes(1));
  EXPECT_EQ(server_, nullptr);
}

TEST_F(NetworkTest, a_connection_given_up_before_it_is_made_never_reaches_the_server) {
  with({});
  client_ = network_->dial("client", [this] { up_ = true; }, client_heard_.handlers());
  client_.reset();
  loop_.pass(minutes(1));
  EXPECT_EQ(server_, nullptr);
  EXPECT_FALSE(up_);
}

// Whatever the byte is, exactly what is before it arrives, and both ends hear of the end.
TEST_F(NetworkTest, a_cut_is_after_some_byte) {
  std::size_t in_the_middle = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    with({Fault::kCut}, seed);
    server_heard_ = {};
    client_heard_ = {};
    dial();
    const Bytes sent = text(1000);
    for (std::size_t i = 0; i < 300; ++i) client_->send(sent);
    loop_.pass(minutes(5));
    Bytes all;
    for (std::size_t i = 0; i < 300; ++i) append(all, sent);
    const Bytes heard = server_heard_.bytes();
    ASSERT_LT(heard.size(), all.size());
    EXPECT_TRUE(equal(heard, ByteView(all).first(heard.size())));
    if (heard.size() % sent.size() != 0) ++in_the_middle;
    EXPECT_TRUE(server_heard_.closed);
    EXPECT_TRUE(client_heard_.closed);
  }
  EXPECT_GT(in_the_middle, 40U);
}

TEST_F(NetworkTest, either_end_may_be_unaware_of_a_break) {
  std::size_t never = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    with({Fault::kBroken, Fault::kServerUnaware}, seed);
    server_heard_ = {};
    client_heard_ = {};
    dial();
    loop_.pass(hours(2));
    EXPECT_TRUE(client_heard_.closed);
    if (!server_heard_.closed) ++never;
  }
  EXPECT_GT(never, 0U);
  EXPECT_LT(never, 20U);
}

TEST_F(NetworkTest, pieces_are_split_and_joined_without_loss) {
  with({Fault::kSplit, Fault::kCoalesced});
  dial();
  Bytes all;
  for (std::size_t i = 0; i < 20; ++i) {
    client_->send(text(100 + i));
    append(all, text(100 + i));
  }
  loop_.pass(minutes(1));
  EXPECT_EQ(server_heard_.bytes(), all);
  EXPECT_NE(server_heard_.pieces.size(), 20U);
  EXPECT_GT(fired(Fault::kSplit), 0U);
  EXPECT_GT(fired(Fault::kCoalesced), 0U);
}

TEST_F(NetworkTest, a_stall_delays_and_loses_nothing) {
  with({Fault::kStalled});
  dial();
  client_->send(as_bytes("late"));
  loop_.pass(std::chrono::milliseconds(900));
  EXPECT_TRUE(server_heard_.pieces.empty());
  loop_.pass(minutes(2));
  EXPECT_EQ(server_heard_.bytes(), to_bytes("late"));
}

TEST_F(NetworkTest, corruption_changes_one_bit) {
  with({Fault::kCorrupted});
  dial();
  const Bytes sent = text(100);
  client_->send(sent);
  loop_.pass(minutes(1));
  const Bytes heard = server_heard_.bytes();
  ASSERT_EQ(heard.size(), sent.size());
  int changed = 0;
  for (std::size_t i = 0; i < sent.size(); ++i)
    changed += __builtin_popcount(static_cast<unsigned>(sent[i] ^ heard[i]));
  EXPECT_EQ(changed, 1);
}

TEST_F(NetworkTest, faults_can_be_switched_off) {
  with({Fault::kRefused, Fault::kUnanswered});
  faults_->enable(false);
  dial();
  EXPECT_TRUE(up_);
  EXPECT_EQ(fired(Fault::kRefused), 0U);
}

}  // namespace
}  // namespace doublecheck::harness::sim
