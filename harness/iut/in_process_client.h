#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/reference_client.h"
#include "harness/iut/server_under_test.h"
#include "reference/client/client.h"

// The reference client in the same process, on virtual time, connected to a server under the same
// driver; with instruments, one that is looked at or interfered with.
namespace doublecheck::harness {

class InProcessClient final : public ReferenceClient {
 public:
  InProcessClient(VirtualDriver& driver, ServerUnderTest& server, client::Config config,
                  const RandomSource& random, client::Instruments instruments = {});
  ~InProcessClient() override;

  std::string name() const override { return "Doublecheck reference client"; }
  std::string version() const override { return {}; }  // that of this program
  const std::set<std::string>& capabilities() const override;
  client::CommandId command(const client::Command& command) override;
  const std::optional<std::string>& ended() const override { return ended_; }
  const client::Credentials& credentials() const override { return client_.credentials(); }

 private:
  void apply(client::Effects effects);
  void open(client::ConnectionId connection);
  void schedule_tick();

  VirtualDriver& driver_;
  ServerUnderTest& server_;
  client::Client client_;
  std::unique_ptr<Link> link_;
  client::ConnectionId connection_ = 0;
  client::CommandId next_command_ = 1;
  std::optional<Instant> next_tick_;
  std::optional<std::string> ended_;  // never: it does not end before its object does
  std::shared_ptr<InProcessClient*> alive_ = std::make_shared<InProcessClient*>(this);
};

}  // namespace doublecheck::harness
