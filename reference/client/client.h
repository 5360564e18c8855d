#pragma once

#include <memory>
#include <optional>
#include <string>

#include "reference/client/command.h"
#include "reference/client/config.h"
#include "reference/client/credentials.h"
#include "reference/client/effect.h"
#include "reference/client/event.h"
#include "reference/client/tamper.h"
#include "spec/base/context.h"
#include "spec/trace/record.h"

// The reference client, without I/O: a companion device. Commands, carrier events, bytes and time
// go in; effects come out.
//
//   app:   effects = client.command(1, Connect{}, now);          OpenCarrier{7}
//   host:  effects = client.connected(7, "ws", now);              the carrier is up
//          effects = client.received(7, bytes, now);              in any pieces
//          effects = client.closed(7, "reset by peer", now);      it could not be made, or has
//          ended effects = client.tick(now);                            at or after next_deadline()
//
// Deterministic: the same calls with the same seed give the same effects, byte for byte. There is
// one carrier at a time; whatever comes from another than the latest is ignored.
namespace doublecheck::client {

// Who looks on and who interferes; nobody, for the reference.
struct Instruments {
  GuardObserver* guard = nullptr;
  trace::Recorder* recorder = nullptr;
  Tamper* tamper = nullptr;
  std::string endpoint = "client";  // the name in records
};

class Client {
 public:
  // With `credentials` of an earlier run, or as a new device. `random` is forked.
  Client(Config config, std::optional<Credentials> credentials, const RandomSource& random,
         Instruments instruments = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Effects command(CommandId id, const Command& command, Now now);

  Effects connected(ConnectionId connection, std::string carrier, Now now);
  Effects received(ConnectionId connection, ByteView bytes, Now now);
  Effects closed(ConnectionId connection, const std::string& reason, Now now);
  Effects tick(Now now);

  // When the next tick is due; nothing while nothing is waited for.
  std::optional<Instant> next_deadline() const;

  // What has to survive a restart. `serialize` and `restore` are in credentials.h.
  const Credentials& credentials() const;

  // Whether it is logged in and ready for use.
  bool is_open() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace doublecheck::client
