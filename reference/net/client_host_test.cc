#include "reference/net/client_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "reference/net/credentials_file.h"
#include "reference/net/server_host.h"
#include "reference/net/test_support.h"
#include "reference/server/server.h"
#include "spec/base/random.h"

namespace doublecheck::net {
namespace {

using ::testing::HasSubstr;

// A client and a server, each with its host, on one io_context.
class ClientHostTest : public ::testing::Test {
 protected:
  ClientHostTest() {
    auto started = ServerHost::start(io_, server_, clock_, {}, {});
    if (!started) throw std::runtime_error(started.error().to_string());
    server_host_ = *std::move(started);
  }

  // Starts the client, with what was kept if there is something.
  void start() {
    host_.reset();
    client_.emplace(
        client::Config{.trust_root = noise::TrustRoot{server_.trust_root()}, .push_name = "alice"},
        kept_, random_);
    host_.emplace(
        io_, *client_,
        Url{Scheme::kWs, "127.0.0.1", server_host_->http_port(), std::string(kChatPath)},
        ConnectOptions{}, clock_,
        ClientHostHandlers{.on_event =
                               [this](const client::Event& event) {
                                 events_.push_back(event);
                                 if (on_event_) on_event_(event);
                               },
                           .persist = [this](const client::Credentials& credentials) -> Result<> {
                             if (disk_full_) return fail("disk", "full");
                             kept_ = credentials;
                             return {};
                           }});
  }
  template <typename E>
  bool comes() {
    return run_until(io_, [&] {
      return std::ranges::any_of(
          events_, [](const client::Event& event) { return std::holds_alternative<E>(event); });
    });
  }
  void scan_when_shown() {
    on_event_ = [this](const client::Event& event) {
      if (const auto* qr = std::get_if<client::QrShown>(&event))
        server_host_->admin(server::ScanQr{qr->text, {}, server::PairFault::kNone});
    };
  }

  boost::asio::io_context io_;
  SystemClock clock_;
  SystemRandom random_;
  server::Server server_{server::Config(), random_, clock_.now()};
  std::unique_ptr<ServerHost> server_host_;
  std::optional<client::Credentials> kept_;
  std::optional<client::Client> client_;
  std::optional<ClientHost> host_;
  std::vector<client::Event> events_;
  std::function<void(const client::Event&)> on_event_;
  bool disk_full_ = false;
};

TEST_F(ClientHostTest, PairsOpensAndComesBackWithWhatWasKept) {
  scan_when_shown();
  start();
  host_->command(1, client::Connect{});
  ASSERT_TRUE(comes<client::Opened>());
  events_.clear();
  start();
  host_->command(1, client::Connect{});
  ASSERT_TRUE(comes<client::Opened>());
  EXPECT_FALSE(std::ranges::any_of(events_, [](const client::Event& event) {
    return std::holds_alternative<client::QrShown>(event);
  }));
}

TEST_F(ClientHostTest, CommandsMayBeGivenInAnEvent) {
  scan_when_shown();
  start();
  const auto scan = on_event_;
  on_event_ = [this, scan](const client::Event& event) {
    scan(event);
    if (std::holds_alternative<client::Opened>(event)) {
      // Each of them sends: their frames leave in the order in which they were sealed.
      for (client::CommandId id = 2; id < 12; ++id) host_->command(id, client::SendPresence{});
      host_->command(12, client::Disconnect{});
    }
  };
  host_->command(1, client::Connect{});
  ASSERT_TRUE(run_until(io_, [&] {
    return std::ranges::any_of(events_, [](const client::Event& event) {
      const auto* done = std::get_if<client::CommandDone>(&event);
      return done != nullptr && done->command == 12;
    });
  }));
  for (const client::Event& event : events_)
    EXPECT_FALSE(std::holds_alternative<client::CommandFailed>(event));
}

TEST_F(ClientHostTest, AServerThatIsNotThereIsTold) {
  server_host_.reset();
  auto other = ServerHost::start(io_, server_, clock_, {}, {});
  ASSERT_TRUE(other);
  server_host_ = *std::move(other);
  start();
  server_host_.reset();
  host_->command(1, client::Connect{});
  EXPECT_TRUE(comes<client::Closed>());
}

TEST_F(ClientHostTest, WhatCannotBeKeptIsNotSent) {
  scan_when_shown();
  start();
  disk_full_ = true;
  host_->command(1, client::Connect{});
  ASSERT_TRUE(comes<client::Closed>());
  EXPECT_FALSE(std::get<client::Closed>(events_.back()).will_reconnect);
  EXPECT_THAT(std::get<client::Closed>(events_.back()).reason, HasSubstr("full"));
  EXPECT_TRUE(server_.state().directory.all().empty() ||
              server_.state().directory.all().begin()->second.devices.empty());
}

TEST(CredentialsFileTest, KeepsAllOrNothingForItsUserAlone) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("doublecheck-credentials-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  {
    const auto file = CredentialsFile::in(folder.string());
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_EQ(*file->load(), std::nullopt);
    SeededRandom random(1);
    const auto credentials = client::Credentials::generate(random);
    ASSERT_TRUE(file->save(credentials));
    EXPECT_EQ(client::serialize(**file->load()), client::serialize(credentials));
    using std::filesystem::perms;
    const auto others = perms::group_all | perms::others_all;
    EXPECT_EQ(std::filesystem::status(folder).permissions() & others, perms::none);
    EXPECT_EQ(std::filesystem::status(folder / "credentials").permissions() & others, perms::none);

    std::ofstream(folder / "credentials") << "something else";
    EXPECT_FALSE(file->load());
  }
  std::filesystem::remove_all(folder);
  std::ofstream(folder) << "no folder";
  EXPECT_FALSE(CredentialsFile::in(folder.string()));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace doublecheck::net
