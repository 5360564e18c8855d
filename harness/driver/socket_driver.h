#pragma once

#include <functional>
#include <memory>
#include <set>

#include "harness/driver/driver.h"
#include "reference/net/clock.h"

namespace boost::asio {
class io_context;
}

// Real time and real sockets: runs an io_context until what the case waits for has come, or its
// deadline.
namespace doublecheck::harness {

class SocketDriver final : public Driver {
 public:
  // Deadlines are multiplied by `time_scale`, for machines or implementations that are slow.
  explicit SocketDriver(double time_scale = 1.0);
  ~SocketDriver() override;

  boost::asio::io_context& io() { return *io_; }

  // The clock of everybody in this process, and what moves it. Deadlines of `run_until` are not of
  // this clock, but of real time.
  const net::Clock& clock() const { return clock_; }
  void advance(Duration by);

  // Somebody who sleeps by the clock, and looks at it again when it is moved.
  class Sleeper {
   public:
    Sleeper(SocketDriver& driver, std::function<void()> look_at_clock);
    ~Sleeper();
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

   private:
    friend SocketDriver;
    SocketDriver& driver_;
    std::function<void()> look_at_clock_;
  };

  Now now() const override { return clock_.now(); }
  bool run_until(const std::function<bool()>& done, Duration limit) override;
  bool has_virtual_clock() const override { return false; }
  // Waits, while the io_context runs.
  void pass(Duration duration) override;

 private:
  std::unique_ptr<boost::asio::io_context> io_;
  double time_scale_;
  net::MovableClock clock_;
  std::set<const Sleeper*> sleepers_;
};

}  // namespace doublecheck::harness
