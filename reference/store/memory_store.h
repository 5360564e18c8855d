#pragma once

#include <map>
#include <string>
#include <vector>

#include "reference/store/record.h"
#include "spec/base/bytes.h"

// Records in memory: what a store has to do, without a disk.
namespace doublecheck::store {

class MemoryStore {
 public:
  void commit(const Transaction& transaction);

  // Everything, in the order of keys.
  std::vector<Record> load() const;

  friend bool operator==(const MemoryStore&, const MemoryStore&) = default;

 private:
  std::map<std::string, Bytes> records_;
};

}  // namespace doublecheck::store
