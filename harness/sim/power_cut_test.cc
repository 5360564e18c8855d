#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "harness/sim/world.h"
#include "reference/store/sqlite_store.h"
#include "reference/store/test_power_cut_vfs.h"
#include "spec/base/random.h"

// The server on SQLite, on a disk that drops or tears whatever it was not told to be sure of, while
// clients write to each other: every acknowledged message arrives all the same, once, and in order.
namespace doublecheck::harness::sim {
namespace {

using store::testing::PowerCutDisk;

// How many power cuts at least; more with DOUBLECHECK_POWER_CUTS.
std::uint64_t wanted_cuts() {
  const char* const wanted = std::getenv("DOUBLECHECK_POWER_CUTS");
  return wanted == nullptr ? 100 : std::stoull(wanted);
}

class SqliteDisk final : public Disk {
 public:
  explicit SqliteDisk(std::uint64_t seed, bool synchronous = true)
      : random_(seed), disk_("power-cut", seed), synchronous_(synchronous) {}

  std::vector<store::Record> load() override {
    if (store_) sync();
    store_.reset();
    auto opened =
        store::SqliteStore::open("data", {.vfs = disk_.name(), .synchronous = synchronous_});
    if (!opened) throw std::runtime_error(opened.error().to_string());
    store_.emplace(std::move(*opened));
    return store_->load().value();
  }
  void write(store::Transaction transaction) override {
    waiting_.push_back(std::move(transaction));
  }
  void sync() override {
    if (const auto done = store_->commit(std::exchange(waiting_, {})); !done)
      throw std::runtime_error(done.error().to_string());
  }
  // In the middle of a commit, if there is something to commit.
  void cut_power() override {
    if (!waiting_.empty()) {
      disk_.cut_power_after_syncs(static_cast<std::size_t>(random_.below(2)));
      static_cast<void>(store_->commit(std::exchange(waiting_, {})));
    }
    disk_.cut_power();
    store_.reset();
  }

 private:
  SeededRandom random_;
  PowerCutDisk disk_;
  bool synchronous_;
  std::optional<store::SqliteStore> store_;
  std::vector<store::Transaction> waiting_;
};

// Says that it is sure before it is.
class HastyDisk final : public MemoryDisk {
 public:
  void sync() override {
    if (++syncs_ % 4 == 0) MemoryDisk::sync();
  }

 private:
  std::uint64_t syncs_ = 0;
};

// Nothing goes wrong but that the power is cut, often.
FaultPlan only_power_cuts() {
  FaultPlan plan;
  plan.chance(Fault::kPowerCut) = FaultPlan::kCertain / 2;
  return plan;
}

std::uint64_t cuts(const Outcome& outcome) {
  return outcome.faults[static_cast<std::size_t>(Fault::kPowerCut)];
}

TEST(PowerCutTest, EveryAcknowledgedMessageSurvives) {
  const std::uint64_t wanted = wanted_cuts();
  std::uint64_t total = 0;
  std::uint64_t messages = 0;
  for (std::uint64_t seed = 1; total < wanted; ++seed) {
    SqliteDisk disk(seed);
    const Outcome outcome = run_world({.seed = seed, .disk = &disk, .faults = only_power_cuts()});
    for (const Failure& failure : outcome.failures) {
      ADD_FAILURE() << "seed " << seed << ": " << failure.what;
    }
    total += cuts(outcome);
    messages += outcome.messages;
  }
  EXPECT_GT(messages, 0U);
  std::printf("%llu power cuts, %llu messages\n", static_cast<unsigned long long>(total),
              static_cast<unsigned long long>(messages));
}

// Whether some world out of a few is convicted with disks made by `make`.
template <typename Make>
bool is_convicted(Make make) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto disk = make(seed);
    try {
      if (!run_world({.seed = seed, .disk = &*disk, .faults = only_power_cuts()}).failures.empty())
        return true;
    } catch (const std::runtime_error&) {
      return true;  // the store was damaged
    }
  }
  return false;
}

TEST(PowerCutTest, ADatabaseThatDoesNotSynchroniseIsConvicted) {
  EXPECT_TRUE(
      is_convicted([](std::uint64_t seed) { return std::make_unique<SqliteDisk>(seed, false); }));
}

TEST(PowerCutTest, AcknowledgingBeforeTheCommitIsConvicted) {
  EXPECT_TRUE(is_convicted([](std::uint64_t) { return std::make_unique<HastyDisk>(); }));
}

}  // namespace
}  // namespace doublecheck::harness::sim
