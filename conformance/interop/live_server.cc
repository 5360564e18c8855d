#include "conformance/interop/live_server.h"

#include <stdexcept>

#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

using std::chrono::seconds;

// Real libraries on a loaded machine: generous, and only ever used up by a failure.
constexpr Duration kPatience = seconds(60);

std::filesystem::path make_folder(const std::string& name) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / ("doublecheck-" + name + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no folder for the state of " + name);
  return pattern;
}

}  // namespace

LiveServer::LiveServer(SocketDriver& driver) : server_({}, SystemRandom(), clock_.now()) {
  auto host = net::ServerHost::start(driver.io(), server_, clock_, {});
  if (!host) throw std::runtime_error(host.error().to_string());
  host_ = std::move(*host);
}

std::string LiveServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(host_->http_port()) + "/ws/chat";
}
std::string LiveServer::trust_root_hex() const { return to_hex(server_.trust_root()); }

LiveClient::LiveClient(SocketDriver& driver, LiveServer& server, const std::string& adapter_command,
                       const std::string& name)
    : driver_(driver), server_(server), name_(name), folder_(make_folder(name)) {
  auto adapter = AdapterProcess::start(driver, adapter_command);
  if (!adapter) throw std::runtime_error(name + ": " + adapter.error().to_string());
  adapter_ = std::move(*adapter);
  const auto configured = adapter_->configure({.url = server.url(),
                                               .trust_root_hex = server.trust_root_hex(),
                                               .state_dir = (folder_ / "state").string(),
                                               .push_name = name,
                                               .connect_timeout_ms = 0,
                                               .keepalive_ms = 0,
                                               .insecure_tls = false});
  if (!configured) throw std::runtime_error(name + ": " + configured.error().to_string());
}

LiveClient::~LiveClient() {
  adapter_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

client::Opened LiveClient::pair() {
  adapter_->command(client::Connect{});
  const auto qr = wait_for<client::QrShown>(driver_, *adapter_, kPatience);
  if (!qr)
    throw std::runtime_error(name_ + " shows no QR code; " +
                             adapter_->ended().value_or("it still runs"));
  const auto scanned = server_.admin(
      server::ScanQr{.text = qr->text, .account = {}, .fault = server::PairFault::kNone});
  if (!scanned) throw std::runtime_error(name_ + ": " + scanned.error().message);
  const auto restarted = wait_for<client::Closed>(driver_, *adapter_, kPatience);
  if (!restarted || restarted->status != 515)
    throw std::runtime_error(name_ + " does not restart after pairing");
  const auto opened = wait_for<client::Opened>(driver_, *adapter_, kPatience);
  if (!opened) throw std::runtime_error(name_ + " does not open after pairing");
  return *opened;
}

void LiveClient::connect() {
  adapter_->command(client::Connect{});
  if (!wait_for<client::Opened>(driver_, *adapter_, kPatience))
    throw std::runtime_error(name_ + " does not open");
}

void LiveClient::disconnect() {
  adapter_->command(client::Disconnect{});
  if (!wait_for<client::Closed>(driver_, *adapter_, kPatience))
    throw std::runtime_error(name_ + " does not close");
}

std::string LiveClient::send(const wire::Jid& to, const std::string& text) {
  const client::CommandId id = adapter_->command(client::SendText{.to = to, .text = text});
  const auto done = wait_for<client::CommandDone>(
      driver_, *adapter_, kPatience,
      [&](const client::CommandDone& event) { return event.command == id; });
  if (!done) throw std::runtime_error(name_ + " cannot send a text");
  return done->message_id;
}

client::MessageReceived LiveClient::next_message() {
  const auto message = wait_for<client::MessageReceived>(driver_, *adapter_, kPatience);
  if (!message)
    throw std::runtime_error(name_ + " receives no message; " +
                             adapter_->ended().value_or("it still runs"));
  return *message;
}

}  // namespace doublecheck::harness
