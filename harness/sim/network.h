#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "harness/driver/driver.h"
#include "harness/sim/event_loop.h"
#include "harness/sim/fault.h"
#include "spec/base/random.h"
#include "spec/trace/record.h"

// Connections between clients and one server, over a network that does what networks do: latency
// with jitter, pieces that are split and joined, stalls, connections that cannot be made, and
// connections that break at any byte, while either end may go on as if nothing had happened.
namespace doublecheck::harness::sim {

// How long things take in this network. Drawn for each world.
struct NetworkConditions {
  Duration latency{0};
  Duration jitter{0};

  static NetworkConditions draw(RandomSource& random);
};

struct Connection;

// One end of a connection. An end that is destroyed closes.
class NetworkLink final : public Link {
 public:
  NetworkLink(std::shared_ptr<Connection> connection, std::size_t side);
  ~NetworkLink() override;
  NetworkLink(const NetworkLink&) = delete;
  NetworkLink& operator=(const NetworkLink&) = delete;

  void send(ByteView bytes) override;
  void close() override;
  void reset() override;
  // The machine at this end has stopped: nobody tells the other end.
  void vanish();

 private:
  std::shared_ptr<Connection> connection_;
  std::size_t side_;
};

class Network {
 public:
  // `random` is forked. Faults that strike are recorded.
  Network(EventLoop& loop, FaultInjector& faults, const RandomSource& random,
          trace::Recorder& recorder);

  // A connection has come. Called with the server's end; what it returns hears of the client.
  using Accept = std::function<LinkHandlers(std::unique_ptr<NetworkLink>)>;
  void listen(Accept accept) { accept_ = std::move(accept); }
  // Connections are refused until somebody listens again.
  void stop_listening() { accept_ = {}; }

  // A new connection to the server, under a name for the trace. Bytes may be sent after `on_up`; a
  // connection that cannot be made is closed.
  std::unique_ptr<NetworkLink> dial(const std::string& name, std::function<void()> on_up,
                                    LinkHandlers handlers);

 private:
  EventLoop& loop_;
  FaultInjector& faults_;
  trace::Recorder& recorder_;
  std::unique_ptr<RandomSource> random_;
  NetworkConditions conditions_;
  Accept accept_;
  std::uint64_t next_number_ = 1;
};

}  // namespace doublecheck::harness::sim
