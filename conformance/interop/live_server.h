#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/driver/socket_driver.h"
#include "harness/iut/adapter_process.h"
#include "reference/net/clock.h"
#include "reference/net/server_host.h"
#include "reference/server/server.h"
#include "spec/base/random.h"

// The reference server on loopback sockets, and client libraries in adapter processes beside it.
namespace doublecheck::harness {

class LiveServer {
 public:
  explicit LiveServer(SocketDriver& driver);

  std::string url() const;
  std::string trust_root_hex() const;
  server::AdminReply admin(const server::AdminCommand& command) { return host_->admin(command); }

 private:
  net::SystemClock clock_;
  server::Server server_;
  std::unique_ptr<net::ServerHost> host_;
};

// A library's process, with a folder for its state that is gone with this object.
class LiveClient {
 public:
  LiveClient(SocketDriver& driver, LiveServer& server, const std::string& adapter_command,
             const std::string& name);
  ~LiveClient();
  LiveClient(const LiveClient&) = delete;
  LiveClient& operator=(const LiveClient&) = delete;

  ClientUnderTest& subject() { return *adapter_; }

  // Connects, has the QR code scanned, and waits until the library reports that it is open after
  // its restart.
  client::Opened pair();
  void connect();
  void disconnect();
  std::string send(const wire::Jid& to, const std::string& text);
  client::MessageReceived next_message();

 private:
  SocketDriver& driver_;
  LiveServer& server_;
  std::string name_;
  std::filesystem::path folder_;
  std::unique_ptr<AdapterProcess> adapter_;
};

}  // namespace doublecheck::harness
