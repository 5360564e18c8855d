#include "reference/net/store_writer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace doublecheck::net {

class StoreWriter::Worker {
 public:
  Worker(boost::asio::io_context& io, store::SqliteStore store, Handlers handlers)
      : io_(io),
        store_(std::move(store)),
        handlers_(std::make_shared<const Handlers>(std::move(handlers))),
        thread_([this] { run(); }) {}

  ~Worker() { static_cast<void>(finish()); }

  Result<> finish() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    return outcome_;
  }

  void write(store::Transaction transaction) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(transaction));
    }
    wake_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::vector<store::Transaction> transactions;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        transactions = std::exchange(waiting_, {});
      }
      outcome_ = store_.commit(transactions);
      if (!outcome_) {
        tell([why = outcome_.error().to_string()](const Handlers& handlers) {
          handlers.on_failed(why);
        });
        return;
      }
      tell([ticket = transactions.back().ticket](const Handlers& handlers) {
        handlers.on_durable(ticket);
      });
    }
  }

  template <typename News>
  void tell(News news) {
    boost::asio::post(io_, [weak = std::weak_ptr(handlers_), news = std::move(news)] {
      if (const auto handlers = weak.lock()) news(*handlers);
    });
  }

  boost::asio::io_context& io_;
  store::SqliteStore store_;
  std::shared_ptr<const Handlers> handlers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<store::Transaction> waiting_;
  bool stopping_ = false;
  Result<> outcome_;  // of the last transaction; the thread's until it has ended
  std::thread thread_;
};

StoreWriter::StoreWriter(boost::asio::io_context& io, store::SqliteStore store, Handlers handlers)
    : worker_(std::make_unique<Worker>(io, std::move(store), std::move(handlers))) {}
StoreWriter::~StoreWriter() = default;

Result<> StoreWriter::finish() { return worker_->finish(); }

void StoreWriter::write(store::Transaction transaction) { worker_->write(std::move(transaction)); }

}  // namespace doublecheck::net
