#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "reference/net/clock.h"
#include "reference/net/connect.h"
#include "reference/net/server_host.h"
#include "reference/net/test_support.h"
#include "reference/net/url.h"
#include "reference/server/server.h"
#include "reference/store/sqlite_store.h"
#include "reference/store/test_power_cut_vfs.h"
#include "spec/base/random.h"

namespace doublecheck::net {
namespace {

using ::testing::HasSubstr;

// A server that keeps what it has to remember, with its host, on an io_context of its own.
class DurableHost {
 public:
  explicit DurableHost(store::SqliteStore store) {
    ServerHostOptions options;
    options.on_store_failed = [this](const std::string& why) { failure = why; };
    auto started = ServerHost::start(io, server, clock, std::move(options), {}, std::move(store));
    if (!started) throw std::runtime_error(started.error().to_string());
    host = *std::move(started);
  }

  boost::asio::io_context io;
  SystemClock clock;
  server::Server server{server::Config(), SystemRandom(), clock.now()};
  std::optional<std::string> failure;
  std::unique_ptr<ServerHost> host;
};

store::SqliteStore open(const std::string& directory, const std::string& vfs = {}) {
  auto store = store::SqliteStore::open(directory, {.vfs = vfs});
  if (!store) throw std::runtime_error(store.error().to_string());
  return std::move(*store);
}

TEST(DurableHostTest, AServerThatStartsAgainIsTheSame) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("doublecheck-host-" + std::to_string(::getpid()));
  std::filesystem::remove_all(directory);
  std::vector<store::Record> before;
  PublicKey trust_root{};
  {
    DurableHost first(open(directory.string()));
    ASSERT_TRUE(first.host->admin(server::CreateAccount{"Alice", "15550001111", {}, {}}));
    before = first.server.snapshot();
    trust_root = first.server.trust_root();
  }
  DurableHost second(open(directory.string()));
  EXPECT_EQ(second.server.trust_root(), trust_root);
  ASSERT_EQ(second.server.state().directory.all().size(), 1U);
  EXPECT_EQ(second.server.state().directory.all().begin()->second.name, "Alice");
  // All but the server's own record, which has moved on to the next numbers.
  const std::vector<store::Record> after = second.server.snapshot();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].key == "server") continue;
    EXPECT_EQ(after[i], before[i]) << after[i].key;
  }
  std::filesystem::remove_all(directory);
}

TEST(DurableHostTest, AFullDiskEndsServiceAndAcknowledgesNothing) {
  store::testing::PowerCutDisk disk("full-host", 1);
  DurableHost durable(open("data", disk.name()));
  Recorded client;
  client.carrier = connect(
      durable.io, {Scheme::kWs, "127.0.0.1", durable.host->http_port(), std::string(kChatPath)}, {},
      client.handlers());
  ASSERT_TRUE(run_until(durable.io, [&] { return client.open; }));

  disk.fill_up();
  ASSERT_TRUE(durable.host->admin(server::CreateAccount{"Alice", "15550001111", {}, {}}));
  ASSERT_TRUE(run_until(durable.io, [&] { return durable.failure.has_value(); }));
  EXPECT_THAT(*durable.failure, HasSubstr("full"));
  EXPECT_TRUE(run_until(durable.io, [&] { return client.closed.has_value(); }));

  Recorded late;
  late.carrier = connect(
      durable.io, {Scheme::kWs, "127.0.0.1", durable.host->http_port(), std::string(kChatPath)}, {},
      late.handlers());
  EXPECT_TRUE(run_until(durable.io, [&] { return late.closed.has_value(); }));
  EXPECT_TRUE(late.bytes.empty());
}

}  // namespace
}  // namespace doublecheck::net
