#include "harness/driver/socket_driver.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <utility>

namespace doublecheck::harness {

SocketDriver::SocketDriver(double time_scale)
    : io_(std::make_unique<boost::asio::io_context>(1)), time_scale_(time_scale) {}

SocketDriver::~SocketDriver() = default;

void SocketDriver::advance(Duration by) {
  clock_.advance(by);
  // Nobody is made or goes while one of them looks: what follows is for the io_context.
  for (const Sleeper* sleeper : sleepers_) sleeper->look_at_clock_();
}

SocketDriver::Sleeper::Sleeper(SocketDriver& driver, std::function<void()> look_at_clock)
    : driver_(driver), look_at_clock_(std::move(look_at_clock)) {
  driver_.sleepers_.insert(this);
}

SocketDriver::Sleeper::~Sleeper() { driver_.sleepers_.erase(this); }

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
