#include "harness/iut/adapter_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

// Adapters that misbehave: shell scripts that keep to the contract up to a point. A healthy test
// never uses up its deadline.
namespace doublecheck::harness {
namespace {

using std::chrono::seconds;

constexpr Duration kDeadline = seconds(60);

// An adapter that answers `hello`, waits for one more command, and then does this.
std::string adapter_that(const std::string& then) {
  return "sh -c 'read hello; "
         R"(echo "{\"ready\":{\"protocol\":1,\"library\":\"test\",\"version\":\"1\",)"
         R"(\"capabilities\":[\"websocket\"]}}"; echo "{\"done\":{\"id\":1}}"; read command; )" +
         then + "'";
}

class AdapterProcessTest : public testing::Test {
 protected:
  std::unique_ptr<AdapterProcess> start(const std::string& then) {
    auto adapter = AdapterProcess::start(driver_, adapter_that(then));
    if (!adapter) throw std::runtime_error(adapter.error().to_string());
    return std::move(*adapter);
  }

  // How it ended after its second command.
  std::string end_of(const std::string& then) {
    const auto adapter = start(then);
    EXPECT_EQ(adapter->ended(), std::nullopt);
    adapter->command(client::Connect{});
    driver_.run_until([&] { return adapter->ended().has_value(); }, kDeadline);
    return adapter->ended().value_or("it still runs");
  }

  SocketDriver driver_;
};

TEST_F(AdapterProcessTest, SaysWhatItIs) {
  const auto adapter = start("exit 0");
  EXPECT_EQ(adapter->name(), "test");
  EXPECT_EQ(adapter->version(), "1");
  EXPECT_EQ(adapter->capabilities(), std::set<std::string>{"websocket"});
}

TEST_F(AdapterProcessTest, ThatExitsIsAnObservation) {
  EXPECT_EQ(end_of("exit 0"), "exited with code 0");
  EXPECT_EQ(end_of("exit 3"), "exited with code 3");
}

TEST_F(AdapterProcessTest, ThatIsKilledIsAnObservation) {
  EXPECT_EQ(end_of("kill -9 $$"), "killed by signal: Killed");
  EXPECT_EQ(end_of("kill -11 $$"), "killed by signal: Segmentation fault");
}

TEST_F(AdapterProcessTest, ThatWritesGarbageIsEnded) {
  EXPECT_NE(end_of("echo this is no event; read more").find("no event"), std::string::npos);
  EXPECT_NE(end_of("echo \"[1,2]\"; read more").find("no event"), std::string::npos);
}

TEST_F(AdapterProcessTest, ALineHasALimit) {
  EXPECT_EQ(end_of("head -c 1000000000 /dev/zero"),
            "wrote a line of more than kMaxAdapterLine bytes");
  // {"log":{"text":"…"}} and LF, in all one byte less than the limit; and one more.
  const std::size_t text = kMaxAdapterLine - std::string(R"({"log":{"text":""}})").size() - 1;
  const auto line_with = [](std::size_t octets) {
    return R"(printf "{\"log\":{\"text\":\"%0)" + std::to_string(octets) + R"(d\"}}\n" 0; )";
  };
  EXPECT_EQ(end_of(line_with(text) + "exit 5"), "exited with code 5");
  EXPECT_EQ(end_of(line_with(text + 1) + "exit 5"),
            "wrote a line of more than kMaxAdapterLine bytes");
}

TEST_F(AdapterProcessTest, UntakenEventsHaveALimit) {
  EXPECT_EQ(end_of(R"(yes "{\"log\":{\"text\":\"x\"}}")"),
            "wrote more than kMaxUntakenEvents events that nobody waited for");
}

TEST_F(AdapterProcessTest, UnreadCommandsHaveALimit) {
  const auto adapter = start("sleep 1000");
  for (int i = 0; i < 18; ++i) adapter->send_line(std::string(1 << 20, ' '));
  driver_.run_until([&] { return adapter->ended().has_value(); }, kDeadline);
  EXPECT_EQ(adapter->ended(), "does not read its commands");
}

TEST_F(AdapterProcessTest, TheEndOfStderrIsKept) {
  const auto adapter = start("head -c 50000000 /dev/zero >&2; echo last words >&2; exit 1");
  adapter->command(client::Connect{});
  driver_.run_until(
      [&] { return adapter->error_text().ends_with("last words\n") && adapter->ended(); },
      kDeadline);
  EXPECT_EQ(adapter->ended(), "exited with code 1");
  EXPECT_TRUE(adapter->error_text().ends_with("last words\n"));
  EXPECT_EQ(adapter->error_text().size(), kMaxAdapterErrorText);
}

TEST_F(AdapterProcessTest, ThatHangsIsGivenUp) {
  SocketDriver impatient(0.01);
  const auto silent = AdapterProcess::start(impatient, "sleep 1000");
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().why, "does not answer");

  const auto adapter = AdapterProcess::start(impatient, adapter_that("sleep 1000"));
  ASSERT_TRUE(adapter) << adapter.error().to_string();
  const auto exited = (*adapter)->exit();
  ASSERT_FALSE(exited);
  EXPECT_EQ(exited.error().why, "does not exit");
}

TEST_F(AdapterProcessTest, ThatCannotBeStartedSaysWhy) {
  const auto adapter = AdapterProcess::start(driver_, "/nonexistent/adapter");
  ASSERT_FALSE(adapter);
  EXPECT_NE(adapter.error().why.find("exited with code 127"), std::string::npos)
      << adapter.error().why;
}

TEST_F(AdapterProcessTest, ThatSpeaksAnotherProtocolIsRefused) {
  const auto adapter = AdapterProcess::start(
      driver_,
      R"(sh -c 'read hello; echo "{\"ready\":{\"protocol\":2}}"; echo "{\"done\":{\"id\":1}}"; read more')");
  ASSERT_FALSE(adapter);
  EXPECT_NE(adapter.error().why.find("protocol 1"), std::string::npos);
}

TEST_F(AdapterProcessTest, MayBeGoneWhileSomethingIsUnderWay) {
  auto adapter = start("sleep 1000");
  adapter->command(client::Connect{});
  adapter.reset();
  driver_.pass(std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace doublecheck::harness
