#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/sim/event_loop.h"
#include "harness/sim/fault.h"
#include "harness/sim/network.h"
#include "harness/sim/roster.h"
#include "reference/client/client.h"
#include "spec/trace/record.h"

namespace doublecheck::harness::sim {

// One device: the reference client, its host, and an application that says what it asks for and
// hears. It can stop at any effect, and comes back as what was persisted.
//
// The application keeps what it hears in the transaction that keeps the credentials: what is told
// in a step becomes known with that step's Persist, or with its end when there is none. So exactly
// once is a promise that the client can keep. What it wants to send it knows before, and asks for
// again after a restart.
class SimulatedDevice {
 public:
  struct Surroundings {
    EventLoop& loop;
    Network& network;
    FaultInjector& faults;
    const Roster& roster;
    trace::Recorder& recorder;
    const RandomSource& random;  // forked by name
  };

  SimulatedDevice(Surroundings surroundings, std::string name, std::string user,
                  client::Config config);

  const std::string& name() const { return name_; }
  const std::string& user() const { return user_; }

  // The code to scan, once there is one.
  const std::optional<std::string>& qr_text() const { return qr_text_; }
  bool is_open() const { return client_ && client_->is_open(); }
  bool has_account() const { return client_ && client_->credentials().account.has_value(); }
  // On the wire; for a device with an account.
  std::uint16_t number() const { return client_->credentials().account->jid.device; }

  void connect();
  // Writes to a user, by phone number or by LID, or to a group.
  void write(const std::string& recipient, bool by_lid, std::string id, std::string text);
  void write(const wire::Jid& group, std::string id, std::string text);

  // Makes a group with these users; once that is done, it is the one that was made last.
  void create_group(const std::vector<std::string>& users);
  const std::optional<wire::Jid>& made_group() const { return made_group_; }
  // Asks for a change of members, once: the network may lose it, or the answer.
  void change_group(const wire::Jid& group, const std::string& action, const std::string& user);

  // Stops, and comes back after a while. `silently`: the network does not tell the server.
  void crash(bool silently, Duration down_time);
  // The user disconnects for a while.
  void go_offline(Duration how_long);

 private:
  struct Outgoing {
    trace::ApplicationMessage message;
    wire::Jid to;
  };

  void start(std::optional<client::Credentials> credentials);
  void restart();
  void write_message(Outgoing outgoing);
  void submit(const Outgoing& outgoing);
  client::Effects command(const client::Command& command);

  void dial(client::ConnectionId connection);
  void apply(client::Effects effects);
  void carry_out(client::Effect& effect);
  void take_in_events();
  void take_in(const client::Event& event);
  void schedule_tick();
  void connect_later();

  trace::ApplicationMessage own_message(const wire::Jid& chat, const std::string& id) const;
  bool client_keeps(const std::string& id) const;
  void settle(const std::string& id);
  void record(trace::Event event);

  Surroundings world_;
  std::string name_;
  std::string user_;
  client::Config config_;
  std::unique_ptr<RandomSource> random_;

  // What a crash does not touch.
  Bytes saved_;                      // the credentials
  std::deque<Outgoing> unanswered_;  // submitted, and neither accepted nor refused
  std::uint64_t life_ = 0;           // counts starts

  std::unique_ptr<client::Client> client_;  // none while it is down
  std::unique_ptr<NetworkLink> link_;
  client::ConnectionId connection_ = 0;
  client::CommandId last_command_ = 0;
  std::deque<client::Event> heard_;  // in this step, not committed
  std::optional<std::string> qr_text_;
  std::optional<wire::Jid> made_group_;
  std::optional<Instant> next_tick_;
  bool wants_connection_ = false;
};

}  // namespace doublecheck::harness::sim
