#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>
#include <utility>

#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/signal/sender_key.h"
#include "spec/signal/test_device.h"

// What it costs to encrypt and decrypt a short message end to end. The yardstick is one agreement
// on Curve25519: 1.00 x means that an operation costs as much as that.
namespace doublecheck::signal {
namespace {

constexpr std::string_view kText = "A message of a usual length, as people write them on a phone.";

void agree(benchmark::State& state) {
  SeededRandom random(1);
  const KeyPair own = KeyPair::generate(random);
  const KeyPair other = KeyPair::generate(random);
  for ([[maybe_unused]] auto each : state)
    benchmark::DoNotOptimize(x25519(own.private_key, other.public_key));
}

// The chain goes on; no new keys are agreed on.
void encrypt_in_chain(benchmark::State& state) {
  testing::Pair pair;
  for ([[maybe_unused]] auto each : state) benchmark::DoNotOptimize(pair.alice.encrypt(kText));
  state.SetItemsProcessed(state.iterations());
}

void decrypt_in_chain(benchmark::State& state) {
  testing::Pair pair;
  for ([[maybe_unused]] auto each : state) {
    state.PauseTiming();
    const Encrypted encrypted = pair.alice.encrypt(kText);
    state.ResumeTiming();
    benchmark::DoNotOptimize(pair.bob.decrypt(encrypted));
  }
  state.SetItemsProcessed(state.iterations());
}

// One message each way: both agree on new keys.
void ratchet_both_ways(benchmark::State& state) {
  testing::Pair pair;
  for ([[maybe_unused]] auto each : state) {
    benchmark::DoNotOptimize(pair.bob.decrypt(pair.alice.encrypt(kText)));
    benchmark::DoNotOptimize(pair.alice.decrypt(pair.bob.encrypt(kText)));
  }
  state.SetItemsProcessed(state.iterations() * 2);
}

void encrypt_for_group(benchmark::State& state) {
  SeededRandom random(1);
  OwnSenderKey key = OwnSenderKey::generate(random);
  const Context context{.now = {}, .random = random};
  for ([[maybe_unused]] auto each : state)
    benchmark::DoNotOptimize(key.encrypt(as_bytes(kText), context));
  state.SetItemsProcessed(state.iterations());
}

void decrypt_in_group(benchmark::State& state) {
  SeededRandom random(1);
  OwnSenderKey key = OwnSenderKey::generate(random);
  const Context context{.now = {}, .random = random};
  SenderKeyRecord record;
  record.process(key.distribution());
  for ([[maybe_unused]] auto each : state) {
    state.PauseTiming();
    const Bytes encrypted = key.encrypt(as_bytes(kText), context).value();
    state.ResumeTiming();
    benchmark::DoNotOptimize(record.decrypt(encrypted, context.guard));
  }
  state.SetItemsProcessed(state.iterations());
}

void register_all() {
  const std::pair<const char*, void (*)(benchmark::State&)> kAll[] = {
      {"agree on Curve25519", agree},
      {"encrypt in a chain", encrypt_in_chain},
      {"decrypt in a chain", decrypt_in_chain},
      {"a message each way", ratchet_both_ways},
      {"encrypt for a group", encrypt_for_group},
      {"decrypt in a group", decrypt_in_group}};
  for (const auto& [name, run] : kAll) benchmark::RegisterBenchmark(name, run);
}

}  // namespace
}  // namespace doublecheck::signal

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  doublecheck::signal::register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
