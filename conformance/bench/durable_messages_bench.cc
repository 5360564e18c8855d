#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "conformance/bench/bench_server.h"
#include "harness/actor/matcher.h"
#include "harness/actor/peer.h"
#include "harness/suite/server_bench.h"
#include "harness/suite/temporary_folder.h"
#include "reference/store/sqlite_store.h"
#include "spec/base/random.h"

// How long a message takes from its stanza to `<ack class="message">`, when the server keeps
// everything in SQLite and every commit waits for the disk. The yardstick is such a commit of one
// small record: 1.00 x means that all senders were answered within one. Senders and server share a
// process; what the senders do in the time that is measured is to open and read the answers.
namespace doublecheck::bench {
namespace {

using harness::Peer;
using std::chrono::steady_clock;

constexpr std::size_t kMaxSenders = 100;

store::SqliteStore open_store(const std::filesystem::path& directory) {
  auto store = store::SqliteStore::open(directory.string());
  if (!store) throw std::runtime_error(store.error().to_string());
  return *std::move(store);
}

// Senders, each with an account of its own, and one device that all of them write to.
class World {
 public:
  explicit World(const std::filesystem::path& directory) {
    const auto kept = server_.keep_in(open_store(directory));
    if (!kept) throw std::runtime_error(kept.error().to_string());
    recipient_ = &bench_.online_peer("recipient");
    for (std::size_t i = 0; i < kMaxSenders; ++i) {
      senders_.push_back({&bench_.online_peer("sender-" + std::to_string(i)), {}, {}});
    }
  }

  // One message of each of the first so many senders: the time until all of them are acknowledged.
  std::chrono::duration<double> exchange(std::size_t count) {
    const std::span<Sender> senders = std::span(senders_).first(count);
    for (Sender& sender : senders) prepare(sender);
    const auto start = steady_clock::now();
    for (const Sender& sender : senders) sender.peer->send_bytes(sender.sealed);
    const bool done = server_.driver().run_until(
        [&] {
          return std::ranges::all_of(
              senders, [](const Sender& sender) { return !sender.peer->inbox().empty(); });
        },
        std::chrono::seconds(10));
    const auto end = steady_clock::now();
    if (!done) throw std::runtime_error("no acknowledgement");
    settle(senders);
    return end - start;
  }

 private:
  struct Sender {
    Peer* peer;
    std::string id;  // of the message under way
    Bytes sealed;
  };

  void prepare(Sender& sender) {
    sender.id = sender.peer->new_id();
    sender.sealed = sender.peer->seal(
        sender.peer->message_to(recipient_->jid().account(), {recipient_->jid()}, sender.id));
  }

  // So that queues do not grow: the messages are taken, and their receipts, too.
  void settle(std::span<const Sender> senders) {
    for (const Sender& sender : senders) {
      const wire::Node ack = sender.peer->expect(harness::ack_of("message", sender.id));
      if (ack.has("error")) throw std::runtime_error("a message was refused");
      recipient_->settle(recipient_->expect(harness::stanza("message", {{"id", sender.id}})));
    }
    for (const Sender& sender : senders) {
      recipient_->expect(harness::ack_of("receipt", sender.id));
      const wire::Node receipt =
          sender.peer->expect(harness::stanza("receipt", {{"id", sender.id}}));
      wire::Node ack{.tag = "ack", .attributes = {}, .content = {}};
      ack.set("class", "receipt");
      ack.set("id", wire::Text(sender.id));
      ack.set("to", *receipt.attribute("from"));
      sender.peer->send(ack);
    }
    recipient_->barrier();  // which waits until all of that is durable
  }

  BenchServer server_{SeededRandom(1)};
  harness::ServerBench bench_{server_, "bench", std::make_unique<SeededRandom>(2)};
  Peer* recipient_ = nullptr;
  std::vector<Sender> senders_;
};

void commit(benchmark::State& state, store::SqliteStore& store) {
  const store::Transaction transaction{
      .ticket = 1, .changes = {{.key = "one/record", .value = Bytes(100, 0x2a)}}};
  for ([[maybe_unused]] auto each : state) {
    if (!store.commit({&transaction, 1})) throw std::runtime_error("no commit");
  }
  state.SetItemsProcessed(state.iterations());
}

void acknowledge(benchmark::State& state, World& world, std::size_t senders) {
  for ([[maybe_unused]] auto each : state) state.SetIterationTime(world.exchange(senders).count());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(senders));
}

void run() {
  const harness::TemporaryFolder folder;
  store::SqliteStore bare = open_store(folder.path() / "bare");
  World world(folder.path() / "server");
  benchmark::RegisterBenchmark("commit of one record", [&](benchmark::State& state) {
    commit(state, bare);
  })->UseRealTime();
  for (const std::size_t senders : {std::size_t{1}, std::size_t{10}, kMaxSenders}) {
    benchmark::RegisterBenchmark(
        ("messages of " + std::to_string(senders) + " senders").c_str(),
        [&world, senders](benchmark::State& state) { acknowledge(state, world, senders); })
        ->UseManualTime();
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
