#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/server_under_test.h"
#include "reference/server/server.h"
#include "reference/store/memory_store.h"

// The reference server in the same process, on virtual time, with memory pipes for connections.
namespace doublecheck::harness {

class InProcessServer final : public ServerUnderTest {
 public:
  InProcessServer(VirtualDriver& driver, server::Config config, const RandomSource& random,
                  server::Instruments instruments = {});

  Driver& driver() override { return driver_; }
  std::unique_ptr<Link> connect(LinkHandlers handlers) override;
  PublicKey trust_root() const override { return server_.trust_root(); }
  Result<server::PairedDevice> scan(const std::string& qr_text) override;
  Result<server::PairedDevice> enter_code(const std::string& phone_number,
                                          const std::string& code) override;
  Result<> change_account(const std::string& account,
                          const server::AccountSettings& settings) override;
  Result<> replace_phone(const std::string& account) override;
  // Nothing to do: the driver's clock is the server's.
  bool advance_clock(Duration) override { return true; }

  server::AdminReply admin(const server::AdminCommand& command);

  // Goes on from this store, and keeps in it what survives a restart. The store outlives the
  // server.
  Result<> keep_in(store::MemoryStore& store);

  // For scripts: sends on a connection of the server's what the server would not.
  server::Server& core() { return server_; }
  const server::Server& core() const { return server_; }
  void apply(server::Effects effects);

 private:
  void schedule_tick();

  VirtualDriver& driver_;
  server::Server server_;
  std::map<server::ConnectionId, std::unique_ptr<Link>> links_;
  store::MemoryStore* store_ = nullptr;
  server::ConnectionId next_connection_ = 1;
  std::optional<Instant> next_tick_;
  // Events in flight hold a weak reference: they do nothing once the server is gone.
  std::shared_ptr<InProcessServer*> alive_ = std::make_shared<InProcessServer*>(this);
};

}  // namespace doublecheck::harness
