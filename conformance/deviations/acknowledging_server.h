#pragma once

#include <memory>
#include <set>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/in_process_server.h"
#include "harness/iut/server_under_test.h"
#include "reference/server/tamper.h"

// A server that pairs companions and lets them log in, and from then on acknowledges all that they
// send and does none of it: an empty result for each query, an ack for each message, receipt, call
// and notification.
namespace doublecheck::deviations {

class AcknowledgingServer final : public harness::ServerUnderTest, private server::Tamper {
 public:
  AcknowledgingServer(harness::VirtualDriver& driver, const RandomSource& random)
      : driver_(driver),
        server_(driver, {}, random, {.tamper = this, .guard = nullptr, .recorder = nullptr}) {}

  harness::Driver& driver() override { return driver_; }
  std::unique_ptr<harness::Link> connect(harness::LinkHandlers handlers) override {
    return server_.connect(std::move(handlers));
  }
  PublicKey trust_root() const override { return server_.trust_root(); }
  Result<server::PairedDevice> scan(const std::string& qr_text) override {
    return server_.scan(qr_text);
  }
  Result<server::PairedDevice> enter_code(const std::string& phone_number,
                                          const std::string& code) override {
    return server_.enter_code(phone_number, code);
  }
  Result<> change_account(const std::string& account,
                          const server::AccountSettings& settings) override {
    return server_.change_account(account, settings);
  }
  Result<> replace_phone(const std::string& account) override {
    return server_.replace_phone(account);
  }
  bool advance_clock(Duration) override { return true; }

 private:
  void authenticated(server::ConnectionId connection, const noise::ClientPayload& payload,
                     const PublicKey& static_key) override;
  bool received(server::ConnectionId connection, const wire::Node& stanza) override;
  void send(server::ConnectionId connection, const wire::Node& stanza);

  harness::VirtualDriver& driver_;
  harness::InProcessServer server_;
  std::set<server::ConnectionId> logins_;
  std::shared_ptr<AcknowledgingServer*> alive_ = std::make_shared<AcknowledgingServer*>(this);
};

}  // namespace doublecheck::deviations
