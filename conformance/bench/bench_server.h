#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harness/driver/socket_driver.h"
#include "harness/iut/server_under_test.h"
#include "reference/net/store_writer.h"
#include "reference/server/server.h"
#include "reference/store/sqlite_store.h"
#include "spec/base/random.h"

// The reference server and scripted peers in one process, with as little as possible between them:
// what is sent arrives at once, in order. The clock stands still while anything is to be done, and
// jumps to the server's next deadline when nothing is.
namespace doublecheck::bench {

class BenchServer final : public harness::ServerUnderTest, private harness::Driver {
 public:
  explicit BenchServer(const RandomSource& random);

  // Keeps everything in this store from now on, through the writer of the real host: while one
  // commit is under way, what is asked for waits for the next one together.
  Result<> keep_in(store::SqliteStore store);

  harness::Driver& driver() override { return *this; }
  // A connection stays open at the server, and the peer's end costs nothing any more, when its link
  // is gone without having been closed.
  std::unique_ptr<harness::Link> connect(harness::LinkHandlers handlers) override;
  PublicKey trust_root() const override { return server_.trust_root(); }
  Result<server::PairedDevice> scan(const std::string& qr_text) override;
  Result<server::PairedDevice> enter_code(const std::string& phone_number,
                                          const std::string& code) override;
  bool advance_clock(Duration by) override;

  // Ends every connection.
  void hang_up();

  const server::Server& core() const { return server_; }

 private:
  class End;

  Now now() const override;
  bool run_until(const std::function<bool()>& done, Duration limit) override;
  bool has_virtual_clock() const override { return true; }
  void pass(Duration duration) override;

  void apply(server::Effects effects);
  void apply_one(server::Send& send);
  void apply_one(server::Close& close);
  void apply_one(server::Persist& persist);
  Result<server::PairedDevice> administer(const server::AdminCommand& command);
  void wait_for_disk();
  // Whether there was a deadline by then.
  bool jump(Instant limit);

  Instant steady_;
  std::deque<std::function<void()>> events_;
  std::map<server::ConnectionId, harness::LinkHandlers> peers_;
  server::ConnectionId next_connection_ = 1;
  server::Server server_;

  harness::SocketDriver disk_;  // through which the writer tells what is durable
  std::optional<net::StoreWriter> writer_;
  store::Ticket asked_ = 0;
  store::Ticket durable_ = 0;
};

}  // namespace doublecheck::bench
