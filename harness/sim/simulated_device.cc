#include "harness/sim/simulated_device.h"

#include <algorithm>
#include <utility>

#include "harness/sim/drawing.h"
#include "reference/client/credentials.h"

namespace doublecheck::harness::sim {
namespace {

// When a user looks after a client that has given up connecting.
constexpr Duration kPatience = std::chrono::seconds(30);
// How long a device is down that stopped in the middle of a step.
constexpr Duration kLongestRepair = std::chrono::minutes(5);

}  // namespace

SimulatedDevice::SimulatedDevice(Surroundings surroundings, std::string name, std::string user,
                                 client::Config config)
    : world_(surroundings),
      name_(std::move(name)),
      user_(std::move(user)),
      config_(std::move(config)),
      random_(world_.random.fork("device " + name_, 0)) {
  start(std::nullopt);
}

void SimulatedDevice::record(trace::Event event) {
  world_.recorder.record({.at = world_.loop.now(), .endpoint = name_, .event = std::move(event)});
}

// ---- Its life

// Every life draws from a stream of its own, as a real device would: nothing is drawn twice.
void SimulatedDevice::start(std::optional<client::Credentials> credentials) {
  ++life_;
  client_ = std::make_unique<client::Client>(
      config_, std::move(credentials), *random_->fork("life", life_),
      client::Instruments{.guard = nullptr,
                          .recorder = &world_.recorder,
                          .tamper = nullptr,
                          .endpoint = name_ + "/" + std::to_string(life_)});
}

void SimulatedDevice::crash(bool silently, Duration down_time) {
  if (!client_) return;
  if (link_ && silently) link_->vanish();
  if (link_ && !silently) link_->reset();
  link_.reset();
  client_.reset();
  heard_.clear();
  next_tick_.reset();
  world_.loop.after(down_time, [this] { restart(); });
}

void SimulatedDevice::restart() {
  auto credentials = client::restore(saved_);
  // Nothing that the client has persisted can be refused by it: it stays down, and is missed.
  if (!credentials) {
    record(trace::Remarked{"cannot be restored: " + credentials.error().to_string()});
    return;
  }
  start(std::move(*credentials));
  record(trace::Remarked{"restarts"});
  if (wants_connection_) apply(command(client::Connect{}));
  const std::uint64_t life = life_;
  for (const Outgoing& outgoing : std::deque<Outgoing>(unanswered_)) {
    if (!client_ || life_ != life) return;  // it has stopped again
    submit(outgoing);
  }
}

void SimulatedDevice::connect() {
  wants_connection_ = true;
  if (client_) apply(command(client::Connect{}));
}

void SimulatedDevice::connect_later() {
  world_.loop.after(kPatience, [this, life = life_] {
    // A client that connects by itself refuses, and nothing comes of it.
    if (client_ && life_ == life && wants_connection_) apply(command(client::Connect{}));
  });
}

void SimulatedDevice::go_offline(Duration how_long) {
  if (!client_ || !wants_connection_) return;
  wants_connection_ = false;
  apply(command(client::Disconnect{}));
  world_.loop.after(how_long, [this] { connect(); });
}

// ---- Writing

client::Effects SimulatedDevice::command(const client::Command& command) {
  return client_->command(++last_command_, command, world_.loop.now());
}

void SimulatedDevice::write(const std::string& recipient, bool by_lid, std::string id,
                            std::string text) {
  const Roster::User& user = world_.roster.user(recipient);
  const wire::Jid to = by_lid ? wire::Jid::of_lid(user.lid) : wire::Jid::of_user(user.phone_number);
  write_message({{user_, recipient, std::move(id), std::move(text)}, to});
}

void SimulatedDevice::write(const wire::Jid& group, std::string id, std::string text) {
  write_message({{user_, group.to_string(), std::move(id), std::move(text)}, group});
}

void SimulatedDevice::write_message(Outgoing outgoing) {
  unanswered_.push_back(std::move(outgoing));
  record(trace::Submitted{unanswered_.back().message});
  if (client_) submit(Outgoing(unanswered_.back()));
}

void SimulatedDevice::create_group(const std::vector<std::string>& users) {
  made_group_.reset();
  client::CreateGroup create{.subject = "A group", .participants = {}};
  for (const std::string& user : users)
    create.participants.push_back(wire::Jid::of_user(world_.roster.user(user).phone_number));
  apply(command(create));
}

void SimulatedDevice::change_group(const wire::Jid& group, const std::string& action,
                                   const std::string& user) {
  if (!client_) return;
  const auto jid = wire::Jid::of_user(world_.roster.user(user).phone_number);
  apply(command(client::UpdateGroup{.group = group, .action = action, .participants = {jid}}));
}

void SimulatedDevice::submit(const Outgoing& outgoing) {
  const std::string& id = outgoing.message.id;
  client::Effects effects =
      command(client::SendText{outgoing.to, outgoing.message.text, outgoing.message.id});
  std::optional<std::string> failed;
  for (const client::Effect& effect : effects) {
    const auto* notify = std::get_if<client::Notify>(&effect);
    const auto* failure =
        notify == nullptr ? nullptr : std::get_if<client::CommandFailed>(&notify->event);
    if (failure != nullptr && failure->command == last_command_) failed = failure->reason;
  }
  // Failing at once is final, unless the client knows the message from before a restart.
  if (failed && !client_keeps(id)) {
    record(trace::Refused{outgoing.message, *failed});
    settle(id);
  }
  apply(std::move(effects));
}

bool SimulatedDevice::client_keeps(const std::string& id) const {
  const client::Mailbox& mailbox = client_->credentials().mailbox;
  const auto has_id = [&](const client::SentMessage& sent) { return sent.id == id; };
  return std::ranges::any_of(mailbox.outbox, has_id) || std::ranges::any_of(mailbox.recent, has_id);
}

void SimulatedDevice::settle(const std::string& id) {
  std::erase_if(unanswered_, [&](const Outgoing& outgoing) { return outgoing.message.id == id; });
}

// ---- Effects

void SimulatedDevice::dial(client::ConnectionId connection) {
  connection_ = connection;
  const auto is_current = [this, connection, life = life_] {
    return client_ && life_ == life && connection_ == connection;
  };
  link_ =
      world_.network.dial(name_,
                          [this, connection, is_current] {
                            if (is_current())
                              apply(client_->connected(connection, "memory", world_.loop.now()));
                          },
                          {.on_bytes =
                               [this, connection, is_current](ByteView bytes) {
                                 if (is_current())
                                   apply(client_->received(connection, bytes, world_.loop.now()));
                               },
                           .on_closed =
                               [this, connection, is_current](const std::string& reason) {
                                 if (is_current())
                                   apply(client_->closed(connection, reason, world_.loop.now()));
                               }});
}

void SimulatedDevice::apply(client::Effects effects) {
  const bool crashes = !effects.empty() && world_.faults.strikes(Fault::kCrashMidStep, *random_);
  const std::size_t carried_out = crashes ? random_->below(effects.size()) : effects.size();
  for (std::size_t i = 0; i < carried_out; ++i) carry_out(effects[i]);
  if (crashes) {
    record(trace::Intervention{"crash after " + std::to_string(carried_out) + " of " +
                               std::to_string(effects.size()) + " effects"});
    const bool silently = random_->below(2) == 0;
    return crash(silently, draw_between(Duration{0}, kLongestRepair, *random_));
  }
  take_in_events();
  schedule_tick();
}

void SimulatedDevice::carry_out(client::Effect& effect) {
  if (const auto* open = std::get_if<client::OpenCarrier>(&effect)) {
    dial(open->connection);
  } else if (const auto* send = std::get_if<client::Send>(&effect)) {
    if (link_ && send->connection == connection_) link_->send(send->bytes);
  } else if (const auto* close = std::get_if<client::CloseCarrier>(&effect)) {
    if (close->connection == connection_) link_.reset();
  } else if (auto* notify = std::get_if<client::Notify>(&effect)) {
    heard_.push_back(std::move(notify->event));
  } else {
    saved_ = client::serialize(client_->credentials());
    take_in_events();
  }
}

void SimulatedDevice::schedule_tick() {
  const auto deadline = client_->next_deadline();
  if (!deadline || (next_tick_ && *next_tick_ <= *deadline)) return;
  next_tick_ = *deadline;
  world_.loop.at(*deadline, [this, life = life_, due = *deadline] {
    if (!client_ || life_ != life || next_tick_ != due) return;
    next_tick_.reset();
    apply(client_->tick(world_.loop.now()));
  });
}

// ---- What it hears

trace::ApplicationMessage SimulatedDevice::own_message(const wire::Jid& chat,
                                                       const std::string& id) const {
  return {user_, world_.roster.name_of(chat), id};
}

void SimulatedDevice::take_in_events() {
  while (!heard_.empty()) {
    const client::Event event = std::move(heard_.front());
    heard_.pop_front();
    take_in(event);
  }
}

void SimulatedDevice::take_in(const client::Event& event) {
  if (const auto* qr = std::get_if<client::QrShown>(&event)) {
    qr_text_ = qr->text;
  } else if (const auto* message = std::get_if<client::MessageReceived>(&event)) {
    const Roster& roster = world_.roster;
    const bool names_chat = message->from_me || message->chat.server == wire::server_name::kGroup;
    record(trace::Delivered{{roster.name_of(message->sender),
                             names_chat ? roster.name_of(message->chat) : user_, message->id,
                             message->text}});
  } else if (const auto* done = std::get_if<client::CommandDone>(&event)) {
    if (done->group) made_group_ = done->group;
  } else if (const auto* receipt = std::get_if<client::ReceiptReceived>(&event)) {
    if (receipt->type == client::ReceiptType::kServer) {
      record(trace::Accepted{own_message(receipt->chat, receipt->id)});
      settle(receipt->id);
    } else {
      record(trace::Confirmed{own_message(receipt->chat, receipt->id)});
    }
  } else if (const auto* rejected = std::get_if<client::MessageRejected>(&event)) {
    record(trace::Refused{own_message(rejected->chat, rejected->id), rejected->reason});
    settle(rejected->id);
  } else if (const auto* closed = std::get_if<client::Closed>(&event)) {
    record(trace::Remarked{"connection closed: " + closed->reason});
    if (!closed->will_reconnect) connect_later();
  } else if (const auto* remark = std::get_if<client::Remark>(&event)) {
    record(trace::Remarked{remark->text});
  } else if (const auto* unreadable = std::get_if<client::MessageUndecryptable>(&event)) {
    record(trace::Remarked{"cannot read " + unreadable->id + ": " + unreadable->reason});
  }
}

}  // namespace doublecheck::harness::sim
