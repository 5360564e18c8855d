#include "harness/iut/socket_client.h"

#include <utility>

#include "harness/iut/capabilities.h"

namespace doublecheck::harness {

SocketClient::SocketClient(SocketDriver& driver, net::Url url, client::Config config,
                           const RandomSource& random)
    : client_(std::move(config), std::nullopt, random),
      host_(driver.io(), client_, std::move(url), {}, driver.clock(),
            {.on_event = [this](const client::Event& event) { came(event); }, .persist = {}}),
      sleeper_(driver, [this] { host_.clock_changed(); }) {}

const std::set<std::string>& SocketClient::capabilities() const { return known_capabilities(); }

client::CommandId SocketClient::command(const client::Command& command) {
  const client::CommandId id = ++last_command_;
  host_.command(id, command);
  return id;
}

}  // namespace doublecheck::harness
