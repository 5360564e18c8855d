#include "reference/store/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace doublecheck::store {
namespace {

// Marks a database as this program's ("dchk").
constexpr std::int64_t kApplicationId = 0x6463686b;

// What makes version n+1 of version n.
constexpr std::array<const char*, kSchemaVersion> kMigrations = {
    "CREATE TABLE record (key TEXT NOT NULL UNIQUE, value BLOB NOT NULL);"
    "PRAGMA application_id = 1684236395;",
};
static_assert(kApplicationId == 1684236395);

constexpr const char* kSet = "INSERT OR REPLACE INTO record (key, value) VALUES (?1, ?2)";
// '0' is what follows '/'.
constexpr const char* kErase =
    "DELETE FROM record WHERE key = ?1 OR (key >= ?1 || '/' AND key < ?1 || '0')";

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// Makes the directory, for its owner alone: keys will be in it. Those above it must be there, so
// that there is one name to make durable.
Result<> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::create_directory(directory, error)) {
    if (error) return fail(directory.string(), "cannot be made: " + error.message());
    return {};  // it was there
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  const std::filesystem::path above = std::filesystem::absolute(directory).parent_path();
  const int descriptor = ::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!done) return fail(directory.string(), "cannot be made durable");
  return {};
}

struct Disconnect {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};

}  // namespace

class SqliteStore::Database {
 public:
  explicit Database(std::string path) : path_(std::move(path)) {}

  Result<> open(const SqliteOptions& options) {
    sqlite3* handle = nullptr;
    const int status =
        sqlite3_open_v2(path_.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        options.vfs.empty() ? nullptr : options.vfs.c_str());
    handle_.reset(handle);
    if (status != SQLITE_OK) return failed("cannot be opened");
    sqlite3_extended_result_codes(handle, 1);
    if (sqlite3_db_readonly(handle, "main") == 1) return fail(path_, "cannot be written");

    // Alone with the file, so that no shared memory is needed.
    if (auto done = execute("PRAGMA locking_mode = EXCLUSIVE"); !done) return done;
    if (auto checked = check_identity(); !checked) return checked;
    // The log is synchronised with every commit.
    const auto mode = text("PRAGMA journal_mode = WAL");
    if (!mode) return std::unexpected(mode.error());
    if (*mode != "wal") return fail(path_, "cannot be used: its journal stays in mode " + *mode);
    if (auto done =
            execute(options.synchronous ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
        !done) {
      return done;
    }
    return migrate();
  }

  Result<std::vector<Record>> load() {
    auto select = prepare("SELECT key, value FROM record ORDER BY key");
    if (!select) return propagate(select);
    std::vector<Record> records;
    for (;;) {
      const int status = sqlite3_step(select->get());
      if (status == SQLITE_DONE) return records;
      if (status != SQLITE_ROW) return failed("cannot be read");
      records.push_back({to_text(column(*select, 0)), to_bytes(column(*select, 1))});
    }
  }

  Result<> commit(std::span<const Transaction> transactions) {
    auto begun = execute("BEGIN IMMEDIATE");
    if (!begun) return begun;
    auto made = make(transactions);
    if (made) made = execute("COMMIT");
    if (!made) static_cast<void>(execute("ROLLBACK"));
    return made;
  }

 private:
  std::unexpected<Error> failed(const std::string& what) {
    return fail(path_, what + ": " + sqlite3_errmsg(handle_.get()));
  }

  Result<> execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      return failed("cannot be used");
    return {};
  }

  Result<Statement> prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql, -1, &statement, nullptr) != SQLITE_OK)
      return failed("cannot be used");
    return Statement(statement);
  }

  // The bytes of a column of the present row.
  static ByteView column(const Statement& statement, int index) {
    const void* const data = sqlite3_column_blob(statement.get(), index);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), index));
    return {static_cast<const std::uint8_t*>(data), size};
  }

  Result<std::int64_t> number(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return propagate(statement);
    if (sqlite3_step(statement->get()) != SQLITE_ROW) return failed("cannot be read");
    return sqlite3_column_int64(statement->get(), 0);
  }

  Result<std::string> text(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return propagate(statement);
    if (sqlite3_step(statement->get()) != SQLITE_ROW) return failed("cannot be read");
    return to_text(column(*statement, 0));
  }

  // That the file is ours to write. One that is not is left as it is.
  Result<> check_identity() {
    const auto application = number("PRAGMA application_id");
    const auto tables = number("SELECT count(*) FROM sqlite_schema");
    const auto version = number("PRAGMA user_version");
    const auto finding = text("PRAGMA quick_check(1)");
    if (!application) return std::unexpected(application.error());
    if (!tables) return std::unexpected(tables.error());
    if (!version) return std::unexpected(version.error());
    if (!finding) return std::unexpected(finding.error());
    if (*application != kApplicationId && *tables != 0)
      return fail(path_, "is a database, but of another program");
    if (*version < 0 || *version > kSchemaVersion) {
      return fail(path_, "has version " + std::to_string(*version) + "; this program knows up to " +
                             std::to_string(kSchemaVersion));
    }
    if (*finding != "ok") return fail(path_, "is damaged: " + *finding);
    return {};
  }

  Result<> migrate() {
    const auto found = number("PRAGMA user_version");
    if (!found) return std::unexpected(found.error());
    for (auto version = static_cast<std::size_t>(*found); version < kMigrations.size(); ++version) {
      const std::string script = std::string("BEGIN IMMEDIATE;") + kMigrations.at(version) +
                                 "PRAGMA user_version = " + std::to_string(version + 1) +
                                 "; COMMIT";
      if (auto done = execute(script.c_str()); !done) return done;
    }
    return {};
  }

  Result<> make(std::span<const Transaction> transactions) {
    auto set = prepare(kSet);
    if (!set) return propagate(set);
    auto erase = prepare(kErase);
    if (!erase) return propagate(erase);
    for (const Transaction& transaction : transactions) {
      for (const Change& change : transaction.changes) {
        sqlite3_stmt* const statement = change.value ? set->get() : erase->get();
        int status = sqlite3_bind_text64(statement, 1, change.key.data(), change.key.size(),
                                         SQLITE_STATIC, SQLITE_UTF8);
        if (status == SQLITE_OK && change.value) {
          // A null pointer would be NULL, and not an empty value.
          status = change.value->empty() ? sqlite3_bind_zeroblob(statement, 2, 0)
                                         : sqlite3_bind_blob64(statement, 2, change.value->data(),
                                                               change.value->size(), SQLITE_STATIC);
        }
        if (status != SQLITE_OK || sqlite3_step(statement) != SQLITE_DONE)
          return failed("cannot be written");
        sqlite3_reset(statement);
      }
    }
    return {};
  }

  std::string path_;
  std::unique_ptr<sqlite3, Disconnect> handle_;
};

SqliteStore::SqliteStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
SqliteStore::SqliteStore(SqliteStore&&) noexcept = default;
SqliteStore& SqliteStore::operator=(SqliteStore&&) noexcept = default;
SqliteStore::~SqliteStore() = default;

Result<SqliteStore> SqliteStore::open(const std::string& directory, const SqliteOptions& options) {
  if (options.vfs.empty()) {
    if (auto made = make_directory(directory); !made) return propagate(made);
  }
  auto database =
      std::make_unique<Database>((std::filesystem::path(directory) / kDatabaseFile).string());
  if (auto opened = database->open(options); !opened) return propagate(opened);
  return SqliteStore(std::move(database));
}

Result<std::vector<Record>> SqliteStore::load() { return database_->load(); }

Result<> SqliteStore::commit(std::span<const Transaction> transactions) {
  return database_->commit(transactions);
}

}  // namespace doublecheck::store
