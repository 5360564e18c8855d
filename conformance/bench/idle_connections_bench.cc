#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "conformance/bench/bench_server.h"
#include "harness/actor/peer.h"
#include "harness/actor/transcript.h"
#include "spec/base/random.h"

// What a logged-in connection that says nothing costs the server in memory: `bytes_per_connection`
// is what its end gives back. `bytes_per_device` is what the server keeps of a device with ten
// one-time prekeys, connected or not, with its share of the account; four devices have one. Both
// together are what a connection takes. Measured on the heap and in process, after ten thousand of
// them: what a host needs beside it for a socket, its buffers and TLS is not in it. The yardstick
// is the time that it takes to pair a device.
namespace doublecheck::bench {
namespace {

using harness::Credentials;
using harness::Peer;

constexpr std::size_t kDevices = 10'000;
constexpr std::size_t kDevicesPerAccount = 4;
constexpr std::size_t kPrekeys = 10;

std::int64_t heap_in_use() {
  const struct mallinfo2 heap = ::mallinfo2();
  return static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
}

// A peer for as long as it has something to do.
class Actor {
 public:
  Actor(BenchServer& server, RandomSource& random, Credentials credentials)
      : transcript_(server.driver()),
        peer_("device", std::move(credentials), server, random, transcript_) {}

  Peer& peer() { return peer_; }

  // Logs in, and settles whatever waits for it.
  void come_online() {
    peer_.log_in();
    peer_.upload_prekeys(kPrekeys);
    std::vector<wire::Node> waiting = peer_.activate();
    peer_.barrier();
    waiting.insert(waiting.end(), peer_.inbox().begin(), peer_.inbox().end());
    for (const wire::Node& stanza : waiting) settle(stanza);
    peer_.barrier();
  }

 private:
  void settle(const wire::Node& stanza) {
    if (stanza.tag == "message") return peer_.settle(stanza);
    if (stanza.tag != "notification" && stanza.tag != "receipt") return;
    wire::Node ack{.tag = "ack", .attributes = {}, .content = {}};
    ack.set("class", wire::Text(stanza.tag.view()));
    ack.set("id", *stanza.attribute("id"));
    ack.set("to", *stanza.attribute("from"));
    peer_.send(ack);
  }

  harness::Transcript transcript_;
  Peer peer_;
};

// A server and what its clients remember. The heap is looked at while there is no peer.
class World {
 public:
  void pair_one() {
    const std::string account = "account " + std::to_string(devices_.size() / kDevicesPerAccount);
    Actor actor(server_, random_, Credentials::generate(account, random_));
    actor.peer().pair();
    devices_.push_back(std::move(actor.peer().credentials()));
  }

  void connect_one() {
    Actor actor(server_, random_, devices_.at(server_.core().state().sessions.size()));
    actor.come_online();
  }

  // That nobody is missing, and nothing waits for anybody.
  void check() const {
    const server::State& state = server_.core().state();
    if (state.sessions.size() != kDevices) throw std::runtime_error("a connection is missing");
    for (const auto& [phone_number, account] : state.directory.all()) {
      for (const auto& [number, device] : account.devices) {
        if (!device.queue.empty()) throw std::runtime_error("a queue is not empty");
      }
    }
  }

  void hang_up() { server_.hang_up(); }

  // What the clients remember, which is not the server's.
  std::int64_t clients_heap() const {
    const std::int64_t before = heap_in_use();
    const std::deque<Credentials> copy = devices_;
    return heap_in_use() - before;
  }

 private:
  BenchServer server_{SeededRandom(1)};
  SeededRandom random_{2};
  std::deque<Credentials> devices_;
};

void pair(benchmark::State& state, World& world) {
  for ([[maybe_unused]] auto each : state) world.pair_one();
}

void connect(benchmark::State& state, World& world, std::int64_t empty) {
  for ([[maybe_unused]] auto each : state) world.connect_one();
  world.check();
  const std::int64_t connected = heap_in_use();
  world.hang_up();
  const std::int64_t away = heap_in_use();
  const auto per_device = [](std::int64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(kDevices);
  };
  state.counters["bytes_per_connection"] = per_device(connected - away);
  state.counters["bytes_per_device"] = per_device(away - empty - world.clients_heap());
}

// Each once, in this order: what is measured is one world that grows.
void run() {
  World world;
  const std::int64_t empty = heap_in_use();
  for (auto* const one :
       {benchmark::RegisterBenchmark("pair a device",
                                     [&](benchmark::State& state) { pair(state, world); }),
        benchmark::RegisterBenchmark(
            "log in and stay", [&](benchmark::State& state) { connect(state, world, empty); })}) {
    one->Iterations(kDevices)->Repetitions(1);
  }
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace
}  // namespace doublecheck::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  try {
    doublecheck::bench::run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
  benchmark::Shutdown();
}
