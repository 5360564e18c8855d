#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "harness/sim/event_loop.h"
#include "harness/sim/simulated_device.h"
#include "spec/base/random.h"

// The groups of a world: who makes them, who is added and removed, and what is written in them.
namespace doublecheck::harness::sim {

class GroupLife {
 public:
  GroupLife(EventLoop& loop, std::list<SimulatedDevice>& devices,
            std::unique_ptr<RandomSource> random)
      : loop_(loop), devices_(devices), random_(std::move(random)) {}

  // Makes a group or two, while nothing goes wrong. Whether that worked.
  bool found(const std::vector<std::string>& users);

  // Has members come and go, and everybody write, within this time from now. Who is no member at
  // the time writes, too, and is refused.
  void plan(Duration duration);

 private:
  struct Group {
    wire::Jid jid;
    SimulatedDevice& founder;
  };

  void plan_changes(const Group& group, Duration duration);
  void plan_messages(const Group& group, SimulatedDevice& author, Duration duration);

  EventLoop& loop_;
  std::list<SimulatedDevice>& devices_;
  std::unique_ptr<RandomSource> random_;
  std::vector<std::string> users_;
  std::vector<Group> groups_;
  std::uint64_t last_message_ = 0;
};

}  // namespace doublecheck::harness::sim
