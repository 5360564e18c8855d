#include "harness/cli/reference_adapter.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <iostream>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "harness/cli/commands.h"
#include "harness/iut/adapter_json.h"
#include "reference/net/client_host.h"
#include "reference/net/clock.h"
#include "reference/net/credentials_file.h"
#include "spec/base/random.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

AdapterReady ready() {
  return {.protocol = 1,
          .library = "doublecheck",
          .version = kVersion,
          .capabilities = {"websocket", "websocket_tls", "tcp", "trust_root", "push_name",
                           "connect_timeout", "keepalive", "qr_pairing", "code_pairing", "logout",
                           "send_text", "receive_text", "receipts", "mark_read", "presence",
                           "presence_of_others", "groups", "reconnects", "advance_clock"}};
}

class ReferenceAdapter {
 public:
  ReferenceAdapter() : io_(1), input_(io_, ::dup(STDIN_FILENO)), buffer_(kMaxAdapterLine) {}

  int run() {
    read_line();
    io_.run();
    return 0;
  }

 private:
  void write(const std::string& line) { std::cout << line << std::flush; }
  void done(std::uint64_t id) { write(event_line(client::CommandDone{.command = id})); }
  void failed(std::uint64_t id, std::string reason, bool unsupported = false) {
    write(event_line(client::CommandFailed{
        .command = id, .reason = std::move(reason), .unsupported = unsupported}));
  }

  void read_line() {
    boost::asio::async_read_until(input_, buffer_, '\n',
                                  [this](const boost::system::error_code& error, std::size_t) {
                                    if (error) return io_.stop();
                                    std::istream stream(&buffer_);
                                    std::string line;
                                    std::getline(stream, line);
                                    if (!line.empty()) take(line);
                                    read_line();
                                  });
  }

  void take(const std::string& line) {
    const auto read = read_command_line(line);
    if (!read) return write(error_line(read.error().to_string()));
    const std::uint64_t id = read->id;
    if (const auto* hello = std::get_if<AdapterHello>(&read->command)) {
      if (hello->protocol != ready().protocol) return failed(id, "this adapter speaks protocol 1");
      write(ready_line(ready()));
      done(id);
    } else if (const auto* configuration = std::get_if<AdapterConfiguration>(&read->command)) {
      const auto configured = configure(*configuration);
      configured ? done(id) : failed(id, configured.error().to_string());
    } else if (std::holds_alternative<AdapterExit>(read->command)) {
      done(id);
      io_.stop();
    } else if (const auto* advance = std::get_if<AdapterAdvanceClock>(&read->command)) {
      clock_.advance(advance->by);
      if (host_) host_->clock_changed();
      done(id);
    } else if (const auto* command = std::get_if<client::Command>(&read->command)) {
      if (!host_) return failed(id, "not configured");
      host_->command(id, *command);
    } else {
      failed(id, "no such command", true);
    }
  }

  Result<> configure(const AdapterConfiguration& configuration) {
    if (client_ && client_->is_open()) return fail("configure", "there is a connection");
    auto url = net::parse_url(configuration.url);
    if (!url) return propagate(url);
    const auto bytes = from_hex(configuration.trust_root_hex);
    const auto root = bytes ? to_public_key(*bytes) : std::nullopt;
    if (!root) return fail("configure", "the trust root must be 64 hexadecimal digits");
    auto file = net::CredentialsFile::in(configuration.state_dir);
    if (!file) return propagate(file);
    auto credentials = file->load();
    if (!credentials) return propagate(credentials);

    client::Config config{.trust_root = noise::TrustRoot{*root},
                          .push_name = configuration.push_name};
    net::ConnectOptions connect;
    if (configuration.connect_timeout_ms != 0) {
      const std::chrono::milliseconds timeout(configuration.connect_timeout_ms);
      config.connect_timeout = timeout;
      connect.timeout = timeout;
    }
    if (configuration.keepalive_ms != 0)
      config.keepalive_interval = std::chrono::milliseconds(configuration.keepalive_ms);
    connect.verify_tls = url->scheme == net::Scheme::kWss && !configuration.insecure_tls;
    host_.reset();
    client_.emplace(std::move(config), std::move(*credentials), random_);
    host_.emplace(io_, *client_, *url, std::move(connect), clock_,
                  net::ClientHostHandlers{
                      .on_event = [this](const client::Event& event) { write(event_line(event)); },
                      .persist = [file = *file](
                                     const client::Credentials& kept) { return file.save(kept); }});
    return {};
  }

  boost::asio::io_context io_;
  boost::asio::posix::stream_descriptor input_;
  boost::asio::streambuf buffer_;
  net::MovableClock clock_;
  SystemRandom random_;
  std::optional<client::Client> client_;
  std::optional<net::ClientHost> host_;
};

}  // namespace

int run_reference_adapter() { return ReferenceAdapter().run(); }

}  // namespace doublecheck::harness
