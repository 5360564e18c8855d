#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/driver/socket_driver.h"
#include "harness/iut/server_under_test.h"
#include "reference/net/url.h"

// A server somewhere at a URL, and its control contract: four HTTP requests, of which a server that
// is not ours may leave out all but the scan. See harness/iut/README.md.
namespace doublecheck::harness {

struct RemoteServerOptions {
  std::string url;  // ws://…, wss://… or tcp://…
  std::optional<std::string>
      control_url;  // http://… or https://…; default: the host and port of a ws URL
  std::optional<std::string> trust_root;  // 64 hexadecimal digits; default: asked for
  std::optional<std::string> allow_remote_host;
  double time_scale = 1.0;
};

class RemoteServer final : public ServerUnderTest {
 public:
  // Fails if the URLs are wrong, or the trust root is not given and cannot be had.
  static Result<std::unique_ptr<RemoteServer>> open(const RemoteServerOptions& options);
  ~RemoteServer() override;

  Driver& driver() override { return driver_; }
  std::unique_ptr<Link> connect(LinkHandlers handlers) override;
  PublicKey trust_root() const override { return trust_root_; }
  Result<server::PairedDevice> scan(const std::string& qr_text) override;
  Result<server::PairedDevice> enter_code(const std::string& phone_number,
                                          const std::string& code) override;
  Result<> change_account(const std::string& account,
                          const server::AccountSettings& settings) override;
  Result<> replace_phone(const std::string& account) override;
  bool advance_clock(Duration by) override;

 private:
  RemoteServer(net::Url url, std::optional<net::Url> control, const RemoteServerOptions& options);

  Result<std::string> ask_for_trust_root();
  Result<std::string> request(const std::string& method, const std::string& target,
                              const std::string& body);

  SocketDriver driver_;
  // Held by every connection that is being made.
  std::shared_ptr<void> connecting_ = std::make_shared<char>();
  net::Url url_;
  std::optional<net::Url> control_;
  std::optional<std::string> allow_remote_host_;
  PublicKey trust_root_{};
};

}  // namespace doublecheck::harness
