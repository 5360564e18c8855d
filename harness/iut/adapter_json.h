#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reference/client/command.h"
#include "reference/client/event.h"
#include "spec/base/result.h"

// The lines between the suite and an adapter: adapter.proto in its JSON form.
namespace doublecheck::harness {

// A line, its LF included.
inline constexpr std::size_t kMaxAdapterLine = std::size_t{1} << 20;

struct AdapterReady {
  int protocol = 0;
  std::string library;
  std::string version;
  std::vector<std::string> capabilities;
};

// What only an adapter process needs, beside the commands of a client.
struct AdapterConfiguration {
  std::string url;
  std::string trust_root_hex;
  std::string state_dir;
  std::string push_name;
  std::uint32_t connect_timeout_ms = 0;
  std::uint32_t keepalive_ms = 0;
  bool insecure_tls = false;
};

std::string hello_line(std::uint64_t id);
std::string configure_line(std::uint64_t id, const AdapterConfiguration& configuration);
std::string exit_line(std::uint64_t id);
std::string advance_clock_line(std::uint64_t id, std::chrono::milliseconds by);
// Nothing for a command that the language does not have.
std::optional<std::string> command_line(std::uint64_t id, const client::Command& command);

// What the suite tells an adapter, as the adapter reads it.
struct AdapterHello {
  int protocol = 0;
};
struct AdapterExit {};
struct AdapterAdvanceClock {
  std::chrono::milliseconds by{};
};
struct AdapterCommand {
  std::uint64_t id = 0;
  // Nothing for a command that is not known here.
  std::variant<std::monostate, AdapterHello, AdapterConfiguration, AdapterExit, AdapterAdvanceClock,
               client::Command>
      command;
};
// Fails for what is no command at all.
Result<AdapterCommand> read_command_line(std::string_view text);

std::string ready_line(const AdapterReady& ready);
std::string error_line(std::string_view what);
// An event that the language does not have is a line for the log.
std::string event_line(const client::Event& event);

// One line of an adapter. An event of a kind that is not known is a Remark.
using AdapterMessage = std::variant<AdapterReady, client::Event>;
Result<AdapterMessage> read_adapter_line(std::string_view text);

}  // namespace doublecheck::harness
