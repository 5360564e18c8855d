#pragma once

#include <functional>
#include <memory>

#include "reference/client/client.h"
#include "reference/net/clock.h"
#include "reference/net/connect.h"
#include "reference/net/url.h"
#include "spec/base/result.h"

namespace boost::asio {
class io_context;
}

// Drives a client over sockets: carries its effects out in order, and tells it the time.
namespace doublecheck::net {

struct ClientHostHandlers {
  // May give the client commands; must not destroy the host.
  std::function<void(const client::Event&)> on_event;
  // Keeps the credentials before anything that follows from them is sent. When that fails, the
  // client is disconnected, and does nothing more.
  std::function<Result<>(const client::Credentials&)> persist;
};

class ClientHost {
 public:
  // The client lives longer than the host.
  ClientHost(boost::asio::io_context& io, client::Client& client, Url url, ConnectOptions options,
             const Clock& clock, ClientHostHandlers handlers);
  ~ClientHost();
  ClientHost(const ClientHost&) = delete;
  ClientHost& operator=(const ClientHost&) = delete;

  void command(client::CommandId id, const client::Command& command);

  // Looks at the clock again. Needed after a clock that is not the machine's was moved.
  void clock_changed();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doublecheck::net
