#pragma once

#include <functional>
#include <memory>
#include <string>

#include "reference/store/record.h"
#include "reference/store/sqlite_store.h"
#include "spec/base/result.h"

namespace boost::asio {
class io_context;
}

// Writes to a store on a thread of its own. What is asked for while a transaction of the database
// is under way goes into the next one together, so that many connections wait for one disk.
namespace doublecheck::net {

class StoreWriter {
 public:
  // Run by the io_context, and never once the writer is gone.
  struct Handlers {
    std::function<void(store::Ticket)> on_durable;          // this one, and those before it
    std::function<void(const std::string& why)> on_failed;  // nothing is written any more
  };

  StoreWriter(boost::asio::io_context& io, store::SqliteStore store, Handlers handlers);

  // As `finish` does.
  ~StoreWriter();

  void write(store::Transaction transaction);

  // Writes what is still to be written, and nothing after it. The error of the store, if it failed.
  Result<> finish();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace doublecheck::net
