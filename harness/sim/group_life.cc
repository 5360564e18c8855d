#include "harness/sim/group_life.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "harness/sim/drawing.h"

namespace doublecheck::harness::sim {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMostGroups = 1;
constexpr std::uint64_t kMostChanges = 6;    // of the members of one group
constexpr std::uint64_t kMostMessages = 10;  // of one device in one group
constexpr unsigned kTextMagnitude = 11;      // texts are shorter than 2^this
constexpr Duration kFoundingLimit = std::chrono::minutes(2);

}  // namespace

bool GroupLife::found(const std::vector<std::string>& users) {
  users_ = users;
  const std::uint64_t count = draw_between(1, kMostGroups, *random_);
  for (std::uint64_t i = 0; i < count; ++i) {
    SimulatedDevice& founder =
        *std::next(devices_.begin(), static_cast<std::ptrdiff_t>(random_->below(devices_.size())));
    std::vector<std::string> members;
    for (const std::string& user : users_) {
      if (user != founder.user() && random_->below(4) != 0) members.push_back(user);
    }
    founder.create_group(members);
    if (!loop_.run_until([&] { return founder.made_group().has_value(); }, kFoundingLimit))
      return false;
    groups_.push_back({*founder.made_group(), founder});
  }
  return true;
}

void GroupLife::plan(Duration duration) {
  for (const Group& group : groups_) {
    plan_changes(group, duration);
    for (SimulatedDevice& device : devices_) plan_messages(group, device, duration);
  }
}

void GroupLife::plan_changes(const Group& group, Duration duration) {
  const std::uint64_t count = random_->below(kMostChanges + 1);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string& user = users_[random_->below(users_.size())];
    const std::string action = random_->below(2) == 0 ? "add" : "remove";
    const Duration at = draw_between(Duration{0}, duration, *random_);
    // Its founder stays: nobody else can let anybody in again.
    if (user == group.founder.user()) continue;
    loop_.after(at, [&founder = group.founder, jid = group.jid, action, user] {
      founder.change_group(jid, action, user);
    });
  }
}

void GroupLife::plan_messages(const Group& group, SimulatedDevice& author, Duration duration) {
  const std::uint64_t count = random_->below(kMostMessages + 1);
  Duration at{0};
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool at_once = random_->below(2) == 0;
    at += draw_between(Duration{0}, at_once ? milliseconds(200) : duration * 4 / count, *random_);
    const std::size_t size = draw_magnitude(kTextMagnitude, *random_);
    if (at >= duration) break;
    const std::string id = author.name() + "-g" + std::to_string(++last_message_);
    loop_.after(at, [&author, jid = group.jid, id, size] {
      author.write(jid, id, id + std::string(size, '.'));
    });
  }
}

}  // namespace doublecheck::harness::sim
