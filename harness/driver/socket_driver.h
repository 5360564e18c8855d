#pragma once

#include <memory>

#include "harness/driver/driver.h"

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

  Now now() const override;
  bool run_until(const std::function<bool()>& done, Duration limit) override;
  bool has_virtual_clock() const override { return false; }
  // Waits, while the io_context runs.
  void pass(Duration duration) override;

 private:
  std::unique_ptr<boost::asio::io_context> io_;
  double time_scale_;
};

}  // namespace doublecheck::harness
