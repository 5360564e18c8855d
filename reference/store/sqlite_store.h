#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reference/store/record.h"
#include "spec/base/result.h"

// Records in an SQLite database, one file in a directory of its own. One process at a time has it.
namespace doublecheck::store {

inline constexpr const char* kDatabaseFile = "doublecheck.sqlite";

// Of the schema. Earlier ones are migrated when a database is opened, later ones are refused.
inline constexpr int kSchemaVersion = 1;

struct SqliteOptions {
  // An SQLite VFS that was registered under this name; empty for the system's. Tests cut its power.
  std::string vfs = {};

  // Whether a commit waits until the disk has it. Without, a power cut loses what was acknowledged:
  // for tests that have to see that.
  bool synchronous = true;
};

class SqliteStore {
 public:
  // Opens the database of a directory, and makes both where they are not there yet; what is above
  // the directory must be there. Fails, and says of which file and why, when it cannot be written,
  // is no database of this program or damaged, is of a later version, or is in use.
  static Result<SqliteStore> open(const std::string& directory, const SqliteOptions& options = {});

  SqliteStore(SqliteStore&&) noexcept;
  SqliteStore& operator=(SqliteStore&&) noexcept;
  ~SqliteStore();

  // Everything, in the order of keys.
  Result<std::vector<Record>> load();

  // Makes all of these durable in one transaction of the database, or none. After an error the
  // store is as it was, or, should the disk not say, as it will be found when it is opened again.
  Result<> commit(std::span<const Transaction> transactions);

 private:
  class Database;
  explicit SqliteStore(std::unique_ptr<Database> database);

  std::unique_ptr<Database> database_;
};

}  // namespace doublecheck::store
