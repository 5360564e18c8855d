#pragma once

#include <memory>
#include <string>

#include "harness/suite/client_bench.h"
#include "spec/base/random.h"

// The two stages on which a client is judged.
namespace doublecheck::harness {

// When virtual time starts: certificates, timestamps and expiry need some date, the same in every
// run.
inline constexpr std::int64_t kVirtualEpoch = 1'750'000'000;

class VirtualDriver;
class SocketDriver;

// The reference client and the server in memory.
std::unique_ptr<ClientStage> make_virtual_stage(VirtualDriver& driver, ScriptedServer& script,
                                                const RandomSource& random);

// The server on loopback sockets, and the client in the process that `command` starts. Fails when
// that process cannot be started, or does not keep to the contract.
Result<std::unique_ptr<ClientStage>> make_socket_stage(SocketDriver& driver, ScriptedServer& script,
                                                       const RandomSource& random,
                                                       const std::string& command);

}  // namespace doublecheck::harness
