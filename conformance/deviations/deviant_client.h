#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/client_under_test.h"
#include "harness/iut/server_under_test.h"
#include "reference/client/client.h"

// The reference client with somebody who interferes, in the same process and on virtual time.
namespace doublecheck::deviations {

class DeviantClient final : public harness::ClientUnderTest {
 public:
  DeviantClient(harness::VirtualDriver& driver, harness::ServerUnderTest& server,
                client::Config config, const RandomSource& random, client::Instruments instruments);

  std::string name() const override { return "Deviant client"; }
  std::string version() const override { return {}; }
  const std::set<std::string>& capabilities() const override;
  client::CommandId command(const client::Command& command) override;
  const std::optional<std::string>& ended() const override { return ended_; }

 private:
  void carry_out(client::Effects effects);
  void open(client::ConnectionId connection);
  void schedule_tick();

  harness::VirtualDriver& driver_;
  harness::ServerUnderTest& server_;
  client::Client client_;
  std::unique_ptr<harness::Link> link_;
  client::ConnectionId connection_ = 0;
  client::CommandId next_command_ = 1;
  std::optional<std::string> ended_;
  // Events in flight hold a weak reference: they do nothing once the client is gone.
  std::shared_ptr<DeviantClient*> alive_ = std::make_shared<DeviantClient*>(this);
};

}  // namespace doublecheck::deviations
