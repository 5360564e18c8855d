#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/iut/client_under_test.h"
#include "harness/iut/server_under_test.h"
#include "harness/suite/client_bench.h"
#include "harness/suite/started.h"
#include "reference/client/client.h"
#include "reference/client/config.h"
#include "spec/base/random.h"

// The two stages on which a client is judged.
namespace doublecheck::harness {

class VirtualDriver;
class SocketDriver;

// Makes a client in this process, which is told to connect to this server.
using MakeClient = std::function<std::unique_ptr<ClientUnderTest>(
    VirtualDriver&, ServerUnderTest&, const client::Config&, const RandomSource&)>;

// Makes the reference client, with somebody who looks on or interferes.
MakeClient reference_client(const client::Instruments& instruments = {});

// A client and the server in memory.
std::unique_ptr<ClientStage> make_virtual_stage(VirtualDriver& driver, ScriptedServer& script,
                                                const RandomSource& random, const MakeClient& make);

// The server on loopback sockets, and the client in the process that `command` starts. Fails when
// that process cannot be started, or does not keep to the contract.
Result<std::unique_ptr<ClientStage>> make_socket_stage(SocketDriver& driver, ScriptedServer& script,
                                                       const RandomSource& random,
                                                       const std::string& command,
                                                       const WhenStarted& when_started = {});

}  // namespace doublecheck::harness
