#include "reference/store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "reference/store/test_power_cut_vfs.h"

namespace doublecheck::store {
namespace {

using testing::PowerCutDisk;

Change set(const std::string& key, const std::string& value) { return {key, to_bytes(value)}; }
Change erase(const std::string& key) { return {key, std::nullopt}; }

// Every record as text.
std::map<std::string, std::string> all(SqliteStore& store) {
  std::map<std::string, std::string> found;
  auto records = store.load();
  if (!records) return {{"error", records.error().to_string()}};
  for (const Record& record : *records) found[record.key] = to_text(record.value);
  return found;
}

std::string commit(SqliteStore& store, std::vector<Change> changes) {
  const Transaction transaction{.ticket = 1, .changes = std::move(changes)};
  const auto done = store.commit({&transaction, 1});
  return done ? "" : done.error().to_string();
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("doublecheck-store-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(directory_);
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(directory_); }

  SqliteStore open() {
    auto store = SqliteStore::open(directory_.string());
    if (!store) throw std::runtime_error(store.error().to_string());
    return std::move(*store);
  }
  std::string refusal() {
    const auto store = SqliteStore::open(directory_.string());
    return store ? "opened" : store.error().to_string();
  }
  std::filesystem::path file() const { return directory_ / kDatabaseFile; }
  std::string content() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void execute(const char* sql) {
    sqlite3* handle = nullptr;
    std::filesystem::create_directories(directory_);
    ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  std::filesystem::path directory_;
};

TEST_F(SqliteStoreTest, WhatWasCommittedIsThereWhenItIsOpenedAgain) {
  {
    SqliteStore store = open();
    EXPECT_TRUE(all(store).empty());
    EXPECT_EQ(commit(store, {set("b", "2"), set("a", "1"), set("empty", "")}), "");
    EXPECT_EQ(commit(store, {set("a", "one")}), "");
  }
  SqliteStore store = open();
  EXPECT_EQ(all(store),
            (std::map<std::string, std::string>{{"a", "one"}, {"b", "2"}, {"empty", ""}}));
}

TEST_F(SqliteStoreTest, ErasingARecordErasesWhatLiesBeneathIt) {
  SqliteStore store = open();
  ASSERT_EQ(commit(store, {set("a", ""), set("a/b", ""), set("a/b/c", ""), set("a0", ""),
                           set("a-", ""), set("ab", "")}),
            "");
  ASSERT_EQ(commit(store, {erase("a")}), "");
  EXPECT_EQ(all(store), (std::map<std::string, std::string>{{"a-", ""}, {"a0", ""}, {"ab", ""}}));
}

TEST_F(SqliteStoreTest, ValuesMayHoldAnything) {
  SqliteStore store = open();
  std::string every;
  for (int value = 0; value < 256; ++value) every.push_back(static_cast<char>(value));
  ASSERT_EQ(commit(store, {set("every", every), set("large", std::string(3'000'000, 'x'))}), "");
  EXPECT_EQ(all(store).at("every"), every);
  EXPECT_EQ(all(store).at("large").size(), 3'000'000U);
}

TEST_F(SqliteStoreTest, OnlyOneHasIt) {
  SqliteStore store = open();
  ASSERT_EQ(commit(store, {set("a", "1")}), "");
  EXPECT_NE(refusal().find("locked"), std::string::npos) << refusal();
}

TEST_F(SqliteStoreTest, ALaterVersionIsRefused) {
  {
    SqliteStore store = open();
  }
  execute("PRAGMA user_version = 2");
  EXPECT_NE(refusal().find("has version 2; this program knows up to 1"), std::string::npos)
      << refusal();
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  execute("CREATE TABLE theirs (x); PRAGMA user_version = 1");
  const std::string before = content();
  EXPECT_NE(refusal().find("of another program"), std::string::npos) << refusal();
  EXPECT_EQ(content(), before);
}

TEST_F(SqliteStoreTest, WhatIsNoDatabaseIsRefused) {
  std::filesystem::create_directories(directory_);
  std::ofstream(file()) << std::string(5000, 'x');
  EXPECT_NE(refusal().find("not a database"), std::string::npos) << refusal();
}

TEST_F(SqliteStoreTest, ADamagedDatabaseIsRefused) {
  {
    SqliteStore store = open();
    std::vector<Change> changes;
    for (int i = 0; i < 500; ++i)
      changes.push_back(set("key" + std::to_string(i), std::string(100, 'v')));
    ASSERT_EQ(commit(store, changes), "");
  }
  std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(4096 * 3);
  damage << std::string(4096, '\xff');
  damage.close();
  EXPECT_NE(refusal(), "opened");
}

TEST_F(SqliteStoreTest, ADirectoryThatCannotBeMadeIsRefused) {
  std::ofstream(directory_) << "a file";
  EXPECT_NE(refusal().find(directory_.string()), std::string::npos) << refusal();
}

// A process that is killed while it commits: whatever it had reported is there.
TEST_F(SqliteStoreTest, WhatAKilledProcessCommittedIsThere) {
  SeededRandom random(3);
  std::uint64_t reported = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto store = SqliteStore::open(directory_.string());
      for (std::uint64_t number = reported + 1; store; ++number) {
        const std::string value = std::to_string(number);
        if (!commit(*store, {set("key" + std::to_string(number % 50), value), set("last", value)})
                 .empty() ||
            ::write(ends[1], &number, sizeof number) != sizeof number)
          break;
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    const std::uint64_t wanted = reported + 1 + random.below(20);
    while (reported < wanted &&
           ::read(ends[0], &reported, sizeof reported) == static_cast<ssize_t>(sizeof reported)) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ends[0], &reported, sizeof reported) == static_cast<ssize_t>(sizeof reported)) {
    }
    ::close(ends[0]);
    ASSERT_GE(reported, wanted) << "the process did not commit";

    SqliteStore store = open();
    const auto found = all(store);
    const std::uint64_t last = std::stoull(found.at("last"));
    EXPECT_GE(last, reported);
    EXPECT_EQ(found.at("key" + std::to_string(last % 50)), std::to_string(last));
    reported = last;
  }
}

TEST(PowerCutTest, AFullDiskIsAnErrorAndLosesNothing) {
  PowerCutDisk disk("full-disk", 1);
  auto store = SqliteStore::open("data", {.vfs = disk.name()});
  ASSERT_TRUE(store) << store.error().to_string();
  ASSERT_EQ(commit(*store, {set("a", "1")}), "");
  disk.fill_up();
  EXPECT_NE(commit(*store, {set("a", "2"), set("b", "2")}).find("full"), std::string::npos);
  EXPECT_EQ(all(*store), (std::map<std::string, std::string>{{"a", "1"}}));
}

// Commits until the power is cut, again and again, each time with some changes that are not
// committed. How often a cut lost what was committed, or left half of a transaction.
std::size_t losses(bool synchronous) {
  PowerCutDisk disk(synchronous ? "durable" : "careless", 7);
  SeededRandom random(7);
  std::map<std::string, std::string> committed;
  std::size_t lost = 0;
  std::uint64_t number = 0;
  for (int round = 0; round < 300; ++round) {
    auto store = SqliteStore::open("data", {.vfs = disk.name(), .synchronous = synchronous});
    if (!store || all(*store) != committed) {
      ++lost;
      if (!store) return lost;
      committed = all(*store);
    }
    const std::uint64_t commits = random.below(6);
    for (std::uint64_t i = 0; i < commits; ++i) {
      // Two records that always agree.
      const std::string value = std::to_string(++number) + std::string(random.below(3000), '.');
      const std::string key = "key" + std::to_string(random.below(20));
      if (!commit(*store, {set(key, value), set("last", value)}).empty()) ++lost;
      committed[key] = value;
      committed["last"] = value;
    }
    disk.cut_power();
  }
  return lost;
}

TEST(PowerCutTest, WhatWasCommittedSurvivesEveryCut) { EXPECT_EQ(losses(true), 0U); }

// That the disk does lose what nobody asked it to keep.
TEST(PowerCutTest, WithoutSynchronisingACutLosesCommits) { EXPECT_GT(losses(false), 0U); }

}  // namespace
}  // namespace doublecheck::store
