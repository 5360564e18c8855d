#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "harness/driver/driver.h"
#include "reference/client/command.h"
#include "reference/client/event.h"
#include "spec/base/result.h"

// A client library that is being judged: the reference client in process, or any other in an
// adapter process. README.md beside this file is the contract; cases see only this.
namespace doublecheck::harness {

class ClientUnderTest {
 public:
  virtual ~ClientUnderTest() = default;

  // What it is, and what it can be asked for: the capabilities of README.md.
  virtual std::string name() const = 0;
  virtual std::string version() const = 0;
  virtual const std::set<std::string>& capabilities() const = 0;

  // Begins a command. Its CommandDone or CommandFailed comes as an event.
  virtual client::CommandId command(const client::Command& command) = 0;

  // Moves every clock that it looks at, and lets it do what is due then; whether it has done so.
  virtual bool advance_clock(Duration) { return false; }

  // Nothing while it runs; afterwards how it ended: "exited with code 1", "wrote something that is
  // no event: …".
  virtual const std::optional<std::string>& ended() const = 0;

  // Events that have come and were not taken yet, in order.
  std::deque<client::Event>& events() { return events_; }

 protected:
  // For implementations: called while the driver runs.
  void came(client::Event event) { events_.push_back(std::move(event)); }

 private:
  std::deque<client::Event> events_;
};

// Whether this is the answer to that command: its CommandDone or CommandFailed.
inline bool is_answer(const client::Event& event, client::CommandId command) {
  const auto* done = std::get_if<client::CommandDone>(&event);
  const auto* failed = std::get_if<client::CommandFailed>(&event);
  return (done != nullptr && done->command == command) ||
         (failed != nullptr && failed->command == command);
}

// Lets the driver run until an event of this kind that satisfies `wanted` has come, and takes it;
// nothing when the deadline passes or the client ends first.
template <typename E>
std::optional<E> wait_for(
    Driver& driver, ClientUnderTest& subject, Duration within,
    const std::function<bool(const E&)>& wanted = [](const E&) { return true; }) {
  const auto matches = [&](const client::Event& event) {
    const E* one = std::get_if<E>(&event);
    return one != nullptr && wanted(*one);
  };
  std::deque<client::Event>& events = subject.events();
  driver.run_until([&] { return subject.ended() || std::ranges::any_of(events, matches); }, within);
  const auto found = std::ranges::find_if(events, matches);
  if (found == events.end()) return std::nullopt;
  E event = std::get<E>(std::move(*found));
  events.erase(found);
  return event;
}

}  // namespace doublecheck::harness
