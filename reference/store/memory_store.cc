#include "reference/store/memory_store.h"

namespace doublecheck::store {

void MemoryStore::commit(const Transaction& transaction) {
  for (const Change& change : transaction.changes) {
    if (change.value) {
      records_[change.key] = *change.value;
      continue;
    }
    records_.erase(change.key);
    // '0' is what follows '/'.
    records_.erase(records_.lower_bound(change.key + "/"), records_.lower_bound(change.key + "0"));
  }
}

std::vector<Record> MemoryStore::load() const {
  std::vector<Record> records;
  records.reserve(records_.size());
  for (const auto& [key, value] : records_) records.push_back({key, value});
  return records;
}

}  // namespace doublecheck::store
