#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/server_under_test.h"
#include "spec/base/crypto.h"

// Servers that know nothing of the protocol. A case that one of them passes tests nothing.
namespace doublecheck::deviations {

class NullServer final : public harness::ServerUnderTest {
 public:
  enum class Behaviour {
    kCloses,  // every connection, at once
    kSilent,  // takes all bytes, and says nothing
    kEchoes,  // sends back what it gets
  };

  NullServer(harness::VirtualDriver& driver, Behaviour behaviour, RandomSource& random)
      : driver_(driver), behaviour_(behaviour), trust_root_(KeyPair::generate(random).public_key) {}

  harness::Driver& driver() override { return driver_; }
  std::unique_ptr<harness::Link> connect(harness::LinkHandlers handlers) override;
  PublicKey trust_root() const override { return trust_root_; }
  Result<server::PairedDevice> scan(const std::string& qr_text) override;
  Result<server::PairedDevice> enter_code(const std::string& phone_number,
                                          const std::string& code) override;
  Result<> change_account(const std::string&, const server::AccountSettings&) override {
    return {};
  }
  Result<> replace_phone(const std::string&) override { return {}; }
  bool advance_clock(Duration) override { return true; }

 private:
  harness::VirtualDriver& driver_;
  Behaviour behaviour_;
  PublicKey trust_root_;
  std::map<std::uint64_t, std::unique_ptr<harness::Link>> links_;
  std::uint64_t next_connection_ = 1;
};

}  // namespace doublecheck::deviations
