#include "conformance/interop/live_client.h"

#include <stdexcept>

#include "harness/iut/run_command.h"

namespace doublecheck::harness {
namespace {

using std::chrono::seconds;

// Real libraries on a loaded machine: generous, and only ever used up by a failure.
constexpr Duration kPatience = seconds(60);

}  // namespace

LiveClient::LiveClient(SocketDriver& driver, LiveServer& server, const std::string& adapter_command,
                       const std::string& name)
    : driver_(driver), server_(server), name_(name) {
  auto adapter = AdapterProcess::start(driver, adapter_command);
  if (!adapter) throw std::runtime_error(name + ": " + adapter.error().to_string());
  adapter_ = std::move(*adapter);
  const auto configured =
      adapter_->configure(server.configuration((folder_.path() / "state").string(), name));
  if (!configured) throw std::runtime_error(name + ": " + configured.error().to_string());
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
  if (!restarted || !restarted->will_reconnect)
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
  return run(client::SendText{.to = to, .text = text}).message_id;
}

wire::Jid LiveClient::create_group(const std::string& subject,
                                   std::vector<wire::Jid> participants) {
  const auto done =
      run(client::CreateGroup{.subject = subject, .participants = std::move(participants)});
  if (!done.group) throw std::runtime_error(name_ + " does not name the group that it has made");
  return *done.group;
}

client::CommandDone LiveClient::run(const client::Command& command) {
  auto done = run_command(driver_, *adapter_, command, kPatience);
  if (!done) throw std::runtime_error(name_ + ": " + done.error().to_string());
  return *std::move(done);
}

client::MessageReceived LiveClient::next_message() {
  const auto message = wait_for<client::MessageReceived>(driver_, *adapter_, kPatience);
  if (!message)
    throw std::runtime_error(name_ + " receives no message; " +
                             adapter_->ended().value_or("it still runs"));
  return *message;
}

}  // namespace doublecheck::harness
