#include "harness/driver/socket_driver.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

namespace doublecheck::harness {

SocketDriver::SocketDriver(double time_scale)
    : io_(std::make_unique<boost::asio::io_context>(1)), time_scale_(time_scale) {}

SocketDriver::~SocketDriver() = default;

Now SocketDriver::now() const {
  using std::chrono::duration_cast;
  return {.steady = {duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())},
          .wall = {duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())}};
}

bool SocketDriver::run_until(const std::function<bool()>& done, Duration limit) {
  const auto scaled = std::chrono::duration_cast<Duration>(limit * time_scale_);
  const auto deadline = std::chrono::steady_clock::now() + scaled;
  // Without work of its own the io_context would return at once instead of waiting for the
  // deadline.
  const auto work = boost::asio::make_work_guard(*io_);
  io_->restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    io_->run_one_until(deadline);
  }
  return true;
}

void SocketDriver::pass(Duration duration) {
  run_until([] { return false; }, duration);
}

}  // namespace doublecheck::harness
