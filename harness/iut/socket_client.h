#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/driver/socket_driver.h"
#include "harness/iut/reference_client.h"
#include "reference/client/client.h"
#include "reference/net/client_host.h"
#include "reference/net/url.h"

namespace doublecheck::harness {

// The reference client in the same process, on sockets and by the clock of the driver.
class SocketClient final : public ReferenceClient {
 public:
  SocketClient(SocketDriver& driver, net::Url url, client::Config config,
               const RandomSource& random);

  std::string name() const override { return "Doublecheck reference client"; }
  std::string version() const override { return {}; }  // that of this program
  const std::set<std::string>& capabilities() const override;
  client::CommandId command(const client::Command& command) override;
  const std::optional<std::string>& ended() const override { return ended_; }
  const client::Credentials& credentials() const override { return client_.credentials(); }

 private:
  client::Client client_;
  net::ClientHost host_;
  SocketDriver::Sleeper sleeper_;
  client::CommandId last_command_ = 0;
  std::optional<std::string> ended_;  // never: it does not end before its object does
};

}  // namespace doublecheck::harness
