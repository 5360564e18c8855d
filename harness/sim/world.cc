#include "harness/sim/world.h"

#include <list>
#include <memory>
#include <utility>

#include "harness/sim/drawing.h"
#include "harness/sim/group_life.h"
#include "harness/sim/group_watch.h"
#include "harness/sim/network.h"
#include "harness/sim/roster.h"
#include "harness/sim/simulated_device.h"
#include "harness/sim/simulated_server.h"
#include "harness/sim/trace_digest.h"
#include "spec/base/random.h"
#include "spec/oracle/delivery.h"

namespace doublecheck::harness::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Without faults a device is paired in a few round trips.
constexpr Duration kPairingLimit = minutes(2);
constexpr Duration kShortestTrouble = minutes(2);
constexpr Duration kLongestTrouble = hours(1);
constexpr std::uint64_t kMostMessages = 60;  // of one device
constexpr unsigned kTextMagnitude = 13;      // texts are shorter than 2^this
// How often there is an opportunity for the faults of the server and of devices.
constexpr Duration kMostOftenMischief = seconds(1);
constexpr Duration kLeastOftenMischief = minutes(1);
constexpr Duration kLongestAbsence = minutes(10);
constexpr Duration kLongestOutage = minutes(2);
constexpr Duration kLongestClockJump = minutes(30);
// All jumps together: a server that is a day ahead shows certificates that are not valid yet.
constexpr Duration kMostClockJumped = hours(12);
// After all has settled: time for what comes too often to come once more.
constexpr Duration kAftermath = minutes(3);

constexpr std::string_view kStreamErrorCodes[] = {"515", "440", "503", "429", "500"};

class World final : private trace::Recorder {
 public:
  explicit World(const WorldOptions& options)
      : options_(options),
        random_(options.seed),
        loop_(UnixTime::from_seconds(kVirtualEpoch), options.max_events),
        faults_(options.faults.value_or(FaultPlan::draw(*random_.fork("faults", 0)))),
        network_(loop_, faults_, random_, *this),
        server_(loop_, network_, options.disk == nullptr ? memory_disk_ : *options.disk,
                *random_.fork("server", 0),
                {.tamper = options.tamper, .guard = nullptr, .recorder = this}),
        workload_(random_.fork("workload", 0)),
        mischief_(random_.fork("mischief", 0)),
        group_watch_(roster_),
        has_groups_(random_.fork("groups", 0)->below(4) == 0),
        group_life_(loop_, devices_, random_.fork("groups", 1)) {}

  Outcome run() {
    if (pair_everybody()) {
      trouble();
      settle();
    }
    return judged();
  }

 private:
  void record(trace::Record record) override {
    // Before what the server does next, and after what it has done.
    if (std::holds_alternative<trace::StanzaFrame>(record.event)) watch_groups();
    digest_.add(record);
    oracle_.observe(record);
    if (const auto* submitted = std::get_if<trace::Submitted>(&record.event))
      ++(is_group(submitted->message.recipient) ? group_messages_ : messages_);
    // Everybody can be reached here, so that no message is ever to be given up but those of who is
    // not in the group.
    if (const auto* refused = std::get_if<trace::Refused>(&record.event);
        refused != nullptr && !oracle_.may_be_refused(refused->message, record.at.steady)) {
      fail(FailureKind::kSafety,
           record.endpoint + " gave up message " + refused->message.id + ": " + refused->reason);
    }
    if (options_.recorder != nullptr) options_.recorder->record(std::move(record));
  }
  void watch_groups() {
    if (server_.state() == nullptr) return;
    for (trace::MembershipChanged& change : group_watch_.changes(*server_.state()))
      record({.at = loop_.now(), .endpoint = "world", .event = std::move(change)});
  }
  bool is_group(const std::string& name) const { return name.ends_with("@g.us"); }
  void intervene(std::string what) {
    record({.at = loop_.now(), .endpoint = "world", .event = trace::Intervention{std::move(what)}});
  }
  void fail(FailureKind kind, std::string what) { failures_.push_back({kind, std::move(what)}); }

  // ---- Pairing

  bool pair_everybody() {
    std::vector<std::string> users{"alice", "bob"};
    if (has_groups_) users.insert(users.end(), {"carol", "dave"});
    for (const std::string& name : users) {
      const server::AdminReply reply =
          server_.admin(server::CreateAccount{name, std::nullopt, std::nullopt, {}});
      const auto& account = std::get<server::AccountView>(reply.value());
      roster_.add({name, account.phone_number, account.lid});
      // One device in most worlds, since a failure is easier to read with fewer.
      const std::uint64_t devices = workload_->below(4) == 0 ? 2 : 1;
      for (std::uint64_t i = 1; i <= devices; ++i) {
        if (!pair(name + "." + std::to_string(i), name)) return false;
      }
    }
    loop_.pass(seconds(5));
    if (!has_groups_ || group_life_.found(users)) return true;
    fail(FailureKind::kLiveness, "a group could not be made, without any fault");
    return false;
  }

  bool pair(const std::string& name, const std::string& user) {
    client::Config config;
    config.trust_root = {server_.trust_root()};
    config.push_name = user;
    SimulatedDevice& device = devices_.emplace_back(
        SimulatedDevice::Surroundings{loop_, network_, faults_, roster_, *this, random_}, name,
        user, std::move(config));
    device.connect();
    const bool shown = loop_.run_until([&] { return device.qr_text().has_value(); }, kPairingLimit);
    if (shown) {
      const server::AdminReply reply =
          server_.admin(server::ScanQr{.text = *device.qr_text(),
                                       .account = roster_.user(user).phone_number,
                                       .fault = server::PairFault::kNone});
      if (reply && loop_.run_until([&] { return device.has_account() && device.is_open(); },
                                   kPairingLimit)) {
        record({.at = loop_.now(), .endpoint = name, .event = trace::Joined{user}});
        return true;
      }
    }
    fail(FailureKind::kLiveness, name + " could not be paired, without any fault");
    return false;
  }

  // ---- While things go wrong

  void trouble() {
    const Duration duration = draw_between(kShortestTrouble, kLongestTrouble, *workload_);
    plan_messages(duration);
    group_life_.plan(duration);
    faults_.enable(true);
    intervene("faults begin");
    mischief_interval_ = draw_between(kMostOftenMischief, kLeastOftenMischief, *mischief_);
    make_mischief_later();
    loop_.pass(duration);
    faults_.enable(false);
    intervene("faults end");
  }

  void plan_messages(Duration duration) {
    for (SimulatedDevice& device : devices_) {
      const std::uint64_t count = draw_between(1, kMostMessages, *workload_);
      Duration at{0};
      for (std::uint64_t i = 1; i <= count; ++i) {
        // Half of them follow the one before at once, as people write.
        const bool at_once = workload_->below(2) == 0;
        at += draw_between(Duration{0}, at_once ? milliseconds(200) : duration * 4 / count,
                           *workload_);
        const std::size_t size = draw_magnitude(kTextMagnitude, *workload_);
        const bool by_lid = workload_->below(4) == 0;
        if (at >= duration) break;
        loop_.after(at, [&device, i, size, by_lid] {
          const std::string id = device.name() + "-" + std::to_string(i);
          device.write(device.user() == "alice" ? "bob" : "alice", by_lid, id,
                       id + std::string(size, '.'));
        });
      }
    }
  }

  void make_mischief_later() {
    loop_.after(draw_between(Duration{0}, 2 * mischief_interval_, *mischief_), [this] {
      make_mischief();
      make_mischief_later();
    });
  }

  bool strikes(Fault fault, const std::string& whom) {
    if (!faults_.strikes(fault, *mischief_)) return false;
    intervene(whom + ": " + std::string(name(fault)));
    return true;
  }

  void make_mischief() {
    if (strikes(Fault::kKeyRotation, "server")) server_.admin(server::RotateNoiseKey{});
    if (strikes(Fault::kResumptionRefused, "server")) {
      server_config_.noise_ik = !server_config_.noise_ik;
      server_.admin(server::SetConfig{server_config_});
    }
    if (clock_jumped_ < kMostClockJumped && strikes(Fault::kClockJump, "server")) {
      const Duration by = draw_between(seconds(1), kLongestClockJump, *mischief_);
      clock_jumped_ += by;
      server_.admin(server::AdvanceTime{by});
    }
    if (strikes(Fault::kServerStopped, "server")) restart(Downfall::kStopped);
    if (strikes(Fault::kPowerCut, "server")) restart(Downfall::kPowerCut);
    for (SimulatedDevice& device : devices_) {
      if (strikes(Fault::kStreamError, device.name())) {
        disconnect(device, server::DisconnectHow::kStreamError,
                   std::string(kStreamErrorCodes[mischief_->below(std::size(kStreamErrorCodes))]));
      }
      if (strikes(Fault::kServerClose, device.name()))
        disconnect(device, server::DisconnectHow::kClose, {});
      if (strikes(Fault::kServerReset, device.name()))
        disconnect(device, server::DisconnectHow::kReset, {});
      if (strikes(Fault::kCrash, device.name())) {
        const bool silently = mischief_->below(2) == 0;
        device.crash(silently, draw_between(Duration{0}, kLongestAbsence, *mischief_));
      }
      if (strikes(Fault::kOffline, device.name()))
        device.go_offline(draw_between(Duration{0}, kLongestAbsence, *mischief_));
    }
  }

  void restart(Downfall downfall) {
    server_.restart(downfall, draw_between(Duration{0}, kLongestOutage, *mischief_));
    clock_jumped_ = Duration{0};  // a server that starts has the right time
  }

  // Fails when the device is not connected, which does not matter.
  void disconnect(const SimulatedDevice& device, server::DisconnectHow how, std::string code) {
    if (!device.has_account()) return;
    server_.admin(server::DisconnectDevice{roster_.user(device.user()).phone_number,
                                           device.number(), how, std::move(code)});
  }

  // ---- Afterwards

  void settle() {
    const Instant deadline = loop_.now().steady + kSettleLimit;
    while (!is_settled() && loop_.now().steady < deadline && !loop_.exhausted())
      loop_.pass(seconds(1));
    oracle_.finish(loop_.now().steady);
    // What every device has persisted must be the truth as well.
    for (SimulatedDevice& device : devices_) device.crash(false, seconds(1));
    loop_.pass(kAftermath);
    for (const SimulatedDevice& device : devices_) {
      if (!device.has_account())
        fail(FailureKind::kLiveness, device.name() + " has lost its account");
      else if (!device.is_open())
        fail(FailureKind::kLiveness, device.name() + " does not come back");
      else if (const std::size_t queued = still_queued(device); queued > 0)
        fail(FailureKind::kLiveness,
             "the server still holds " + std::to_string(queued) + " stanzas for " + device.name());
    }
  }

  bool is_settled() const {
    if (oracle_.outstanding() > 0) return false;
    for (const SimulatedDevice& device : devices_) {
      if (!device.is_open()) return false;
    }
    return true;
  }

  std::size_t still_queued(const SimulatedDevice& device) {
    const server::AdminReply reply =
        server_.admin(server::ListDevices{roster_.user(device.user()).phone_number});
    for (const server::DeviceView& view :
         std::get<std::vector<server::DeviceView>>(reply.value())) {
      if (view.device == device.number()) return view.queued;
    }
    return 0;
  }

  Outcome judged() {
    if (loop_.exhausted()) {
      fail(FailureKind::kLiveness,
           "more than " + std::to_string(options_.max_events) + " events: running in a circle");
    }
    for (const oracle::Violation& violation : oracle_.violations()) {
      fail(oracle::is_liveness(violation.rule) ? FailureKind::kLiveness : FailureKind::kSafety,
           violation.to_string());
    }
    return {.failures = std::move(failures_),
            .faults = faults_.counts(),
            .events = loop_.events(),
            .messages = messages_,
            .group_messages = group_messages_,
            .virtual_time = loop_.now().steady.since_start,
            .trace_digest = digest_.to_string()};
  }

  const WorldOptions& options_;
  SeededRandom random_;
  TraceDigest digest_;
  oracle::DeliveryOracle oracle_;
  std::uint64_t messages_ = 0;
  std::uint64_t group_messages_ = 0;
  std::vector<Failure> failures_;

  EventLoop loop_;
  FaultInjector faults_;
  Network network_;
  MemoryDisk memory_disk_;
  SimulatedServer server_;
  server::Config server_config_;
  Roster roster_;
  std::unique_ptr<RandomSource> workload_;
  std::unique_ptr<RandomSource> mischief_;
  Duration mischief_interval_{0};
  Duration clock_jumped_{0};
  std::list<SimulatedDevice> devices_;
  GroupWatch group_watch_;
  bool has_groups_ = false;
  GroupLife group_life_;
};

}  // namespace

Outcome run_world(const WorldOptions& options) { return World(options).run(); }

}  // namespace doublecheck::harness::sim
