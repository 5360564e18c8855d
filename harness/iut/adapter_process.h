#pragma once

#include <memory>
#include <set>
#include <string>

#include "harness/driver/socket_driver.h"
#include "harness/iut/adapter_json.h"
#include "harness/iut/client_under_test.h"

// A client library in an adapter process. Whatever the process does, crash, hang, write garbage or
// a gigabyte, is an observation: it ends this client, never the suite.
namespace doublecheck::harness {

// Events that have come and that no case has taken yet.
inline constexpr std::size_t kMaxUntakenEvents = 10'000;
// What is kept of stderr.
inline constexpr std::size_t kMaxAdapterErrorText = 16'384;

class AdapterProcess final : public ClientUnderTest {
 public:
  // Starts `command` by the shell, in a process group of its own, and greets it. Fails when it
  // cannot be started or does not answer `hello` as the contract says.
  static Result<std::unique_ptr<AdapterProcess>> start(SocketDriver& driver,
                                                       const std::string& command);
  // Ends the process and everything that it has started.
  ~AdapterProcess() override;

  // Done once, before the first command.
  Result<> configure(const AdapterConfiguration& configuration);

  // Asks it to write out its state and to exit, and waits until it has.
  Result<> exit();

  // For checks of the adapter itself: one line that may be anything, and the end of its input.
  void send_line(const std::string& line);
  void close_input();
  // An id for a command that is sent by send_line.
  client::CommandId next_id();

  // The end of what it has written to stderr: at most kMaxAdapterErrorText bytes.
  const std::string& error_text() const;
  // Of the process while it runs.
  int process_id() const;

  std::string name() const override;
  std::string version() const override;
  const std::set<std::string>& capabilities() const override;
  client::CommandId command(const client::Command& command) override;
  bool advance_clock(Duration by) override;
  const std::optional<std::string>& ended() const override;

 private:
  class Implementation;
  explicit AdapterProcess(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace doublecheck::harness
