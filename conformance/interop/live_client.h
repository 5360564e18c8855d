#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/driver/socket_driver.h"
#include "harness/iut/adapter_process.h"
#include "harness/suite/live_server.h"
#include "harness/suite/temporary_folder.h"

// Client libraries in adapter processes, beside the reference server.
namespace doublecheck::harness {

// A library's process, with a folder for its state that is gone with this object.
class LiveClient {
 public:
  LiveClient(SocketDriver& driver, LiveServer& server, const std::string& adapter_command,
             const std::string& name);

  ClientUnderTest& subject() { return *adapter_; }

  // Connects, has the QR code scanned, and waits until the library reports that it is open after
  // its restart.
  client::Opened pair();
  void connect();
  void disconnect();
  std::string send(const wire::Jid& to, const std::string& text);
  wire::Jid create_group(const std::string& subject, std::vector<wire::Jid> participants);
  client::MessageReceived next_message();

 private:
  client::CommandDone run(const client::Command& command);

  SocketDriver& driver_;
  LiveServer& server_;
  std::string name_;
  TemporaryFolder folder_;
  std::unique_ptr<AdapterProcess> adapter_;
};

}  // namespace doublecheck::harness
