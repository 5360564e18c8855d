#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "spec/base/bytes.h"
#include "spec/base/time.h"
#include "spec/requirements/rule.h"

// One record of what happened at one endpoint. Transcripts, oracles, coverage and reports all read
// these; whoever writes them writes facts only. Version 1: fields are added, never changed in
// meaning.
namespace doublecheck::trace {

inline constexpr std::uint32_t kVersion = 1;

// A connection at one endpoint. Never used twice by an endpoint.
using ConnectionId = std::uint64_t;

enum class Direction { kReceived, kSent };

struct Opened {
  std::string carrier;  // "ws", "wss", "tcp", "memory"
};
struct Closed {
  bool by_us = false;
  std::string reason;
};
// The raw bytes of the connection, in the pieces in which they came or went.
struct Wire {
  Direction direction;
  Bytes bytes;
};
// The payload of one frame of the handshake: a HandshakeMessage.
struct HandshakeFrame {
  Direction direction;
  Bytes payload;
};
// The plaintext of one transport frame: a flag byte and an encoded node, or something that should
// have been one.
struct StanzaFrame {
  Direction direction;
  Bytes plaintext;
};
// Who is at the other end, once that is known.
struct Identified {
  std::string who;
};
struct GuardDecision {
  Rule rule;
  bool held = false;
};
// Something deliberate: an injected fault, an administrator's command, a scripted deviation.
struct Intervention {
  std::string what;
};

// For a reader: something unusual, in the words of the endpoint.
struct Remarked {
  std::string text;
};

// ---- What applications did and were told. `Record::endpoint` is the application of one device,
// and there is no connection. Users are named by whoever made the world, whatever they are called
// on the wire.

// A text from one user to another, or to a group. `sender`, `recipient` and `id` name it; `text`
// may be left out of everything but Submitted and Delivered.
struct ApplicationMessage {
  std::string sender;
  std::string recipient;
  std::string id;
  std::string text = {};
};
// The device belongs to this user from now on, and is owed the user's messages.
struct Joined {
  std::string user;
};
// The application asked its client to send this.
struct Submitted {
  ApplicationMessage message;
};
// It was told that the server has acknowledged a message of its own.
struct Accepted {
  ApplicationMessage message;
};
// It was told that a message of its own will not be sent, for good.
struct Refused {
  ApplicationMessage message;
  std::string reason;
};
// It was told of a message that another device wrote, and will know of it after a restart.
struct Delivered {
  ApplicationMessage message;
};
// It was told that a message of its user's has reached a device of the recipient.
struct Confirmed {
  ApplicationMessage message;
};

// Somebody is in a group from now on, or no longer, as the group's only authority has it: the
// server. The `recipient` of what is written in a group is the group.
struct MembershipChanged {
  std::string group;
  std::string user;
  bool is_member = false;
};

using Event = std::variant<Opened, Closed, Wire, HandshakeFrame, StanzaFrame, Identified,
                           GuardDecision, Intervention, Remarked, Joined, Submitted, Accepted,
                           Refused, Delivered, Confirmed, MembershipChanged>;

struct Record {
  Now at;
  std::string endpoint;  // "server", "client:alice"
  ConnectionId connection = 0;
  Event event;
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void record(Record record) = 0;
};

}  // namespace doublecheck::trace
