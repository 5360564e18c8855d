#include "harness/driver/virtual_driver.h"

namespace doublecheck::harness {

void VirtualDriver::at(Instant when, std::function<void()> action) {
  events_.emplace(std::pair{std::max(when, steady_), next_number_++}, std::move(action));
}

bool VirtualDriver::step(Instant limit) {
  if (events_.empty() || events_.begin()->first.first > limit) return false;
  auto event = events_.extract(events_.begin());
  steady_ = event.key().first;
  event.mapped()();
  return true;
}

bool VirtualDriver::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant deadline = steady_ + limit;
  while (!done()) {
    if (step(deadline)) continue;
    steady_ = deadline;
    return done();
  }
  return true;
}

void VirtualDriver::pass(Duration duration) {
  run_until([] { return false; }, duration);
}

namespace {

// The state that both ends share: each keeps it alive, so an event in flight never outlives it.
struct Pipe {
  struct Side {
    LinkHandlers handlers;
    bool open = true;      // this end has not closed
    bool attached = true;  // the owner of this end still exists
  };
  VirtualDriver& driver;
  Duration latency;
  Side sides[2];
};

class PipeEnd final : public Link {
 public:
  PipeEnd(std::shared_ptr<Pipe> pipe, int side) : pipe_(std::move(pipe)), side_(side) {}
  ~PipeEnd() override {
    own().attached = false;
    close();
  }
  PipeEnd(const PipeEnd&) = delete;
  PipeEnd& operator=(const PipeEnd&) = delete;

  void send(ByteView bytes) override {
    if (!own().open) return;
    pipe_->driver.after(pipe_->latency, [pipe = pipe_, to = 1 - side_, bytes = to_bytes(bytes)] {
      const Pipe::Side& side = pipe->sides[to];
      if (side.open && side.attached) side.handlers.on_bytes(bytes);
    });
  }
  void close() override { end("the peer closed the connection", pipe_->latency); }
  void reset() override { end("the peer reset the connection", Duration{0}); }

 private:
  Pipe::Side& own() { return pipe_->sides[side_]; }

  void end(std::string reason, Duration delay) {
    if (!own().open) return;
    own().open = false;
    pipe_->driver.after(delay, [pipe = pipe_, to = 1 - side_, reason = std::move(reason)] {
      Pipe::Side& side = pipe->sides[to];
      if (!side.open) return;
      side.open = false;
      if (side.attached) side.handlers.on_closed(reason);
    });
  }

  std::shared_ptr<Pipe> pipe_;
  int side_;
};

}  // namespace

std::pair<std::unique_ptr<Link>, std::unique_ptr<Link>> make_memory_pipe(VirtualDriver& driver,
                                                                         Duration latency,
                                                                         LinkHandlers first,
                                                                         LinkHandlers second) {
  auto pipe = std::make_shared<Pipe>(
      Pipe{driver, latency, {{std::move(first), true, true}, {std::move(second), true, true}}});
  return {std::make_unique<PipeEnd>(pipe, 0), std::make_unique<PipeEnd>(pipe, 1)};
}

}  // namespace doublecheck::harness
