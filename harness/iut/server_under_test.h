#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/driver/driver.h"
#include "reference/server/account_settings.h"
#include "reference/server/config.h"
#include "reference/server/pairing.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"

// A server that is being judged: in process, or somewhere at a URL. Conformance cases see only
// this.
namespace doublecheck::harness {

class ServerUnderTest {
 public:
  virtual ~ServerUnderTest() = default;

  virtual Driver& driver() = 0;

  // A new connection. Handlers are called while the driver runs; a connection that cannot be made
  // is one that is closed at once.
  virtual std::unique_ptr<Link> connect(LinkHandlers handlers) = 0;

  // The key that the server's certificate chain leads to.
  virtual PublicKey trust_root() const = 0;

  // What a server offers beside its connections, all of it optional but the scan.
  //
  // The phone of `account` scans the QR text that a companion shows.
  virtual Result<server::PairedDevice> scan(const std::string& qr_text) = 0;
  // The phone enters the code that a companion shows.
  virtual Result<server::PairedDevice> enter_code(const std::string& phone_number,
                                                  const std::string& code) = 0;

  // Changes settings of an account, by its name; an error from a server that has no such control.
  virtual Result<> change_account(const std::string&, const server::AccountSettings&) {
    return fail("control", "there is none over accounts");
  }
  // The phone of an account is set up anew. Likewise.
  virtual Result<> replace_phone(const std::string&) {
    return fail("control", "there is none over phones");
  }

  // Lets the server's clock advance, beside the driver's; false when it has no such control.
  virtual bool advance_clock(Duration by) = 0;
};

}  // namespace doublecheck::harness
