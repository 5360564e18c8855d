#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/base/bytes.h"

// What a server keeps over a restart: named values. A server says which of them a step has changed,
// a store makes the changes durable, and a server that starts gets all of them back.
namespace doublecheck::store {

// A path: letters, digits, `_`, between slashes. What lies beneath a record belongs to it.
struct Record {
  std::string key;
  Bytes value;

  bool operator==(const Record&) const = default;
};

// Sets a record, or erases it together with all that lies beneath it.
struct Change {
  std::string key;
  std::optional<Bytes> value;

  bool operator==(const Change&) const = default;
};

// Numbers transactions from 1, in the order in which they are made durable: when one is, those
// before it are.
using Ticket = std::uint64_t;

// Changes that are made together or not at all.
struct Transaction {
  Ticket ticket = 0;
  std::vector<Change> changes;
};

}  // namespace doublecheck::store
