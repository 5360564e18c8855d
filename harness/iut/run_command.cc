#include "harness/iut/run_command.h"

#include <algorithm>
#include <deque>
#include <variant>

namespace doublecheck::harness {

Result<client::CommandDone> run_command(Driver& driver, ClientUnderTest& subject,
                                        const client::Command& command, Duration within) {
  const client::CommandId id = subject.command(command);
  const auto answers = [&](const client::Event& event) { return is_answer(event, id); };
  std::deque<client::Event>& events = subject.events();
  driver.run_until([&] { return subject.ended() || std::ranges::any_of(events, answers); }, within);
  const auto found = std::ranges::find_if(events, answers);
  if (found == events.end())
    return fail("command", "is not answered; " + subject.ended().value_or("the client runs"));
  const client::Event answer = std::move(*found);
  events.erase(found);
  if (const auto* failed = std::get_if<client::CommandFailed>(&answer))
    return fail("command", failed->reason);
  return std::get<client::CommandDone>(answer);
}

}  // namespace doublecheck::harness
