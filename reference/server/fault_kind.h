#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "reference/server/fault.h"
#include "reference/server/pairing.h"
#include "reference/server/turn.h"
#include "spec/base/bytes.h"
#include "spec/noise/certificate.h"
#include "spec/wire/node.h"

// The faults that a hostile server knows: where they happen, what happens, and what a careful
// client makes of it.
namespace doublecheck::server {

// What a fault can look at while it happens.
struct FaultRun {
  const Fault& fault;
  State& state;
  Context& context;
  // Who gets it, and what he has asked, if the stanza is an answer.
  std::optional<DeviceAddress> recipient = {};
  const wire::Node* query = nullptr;

  // A parameter of the kind, or its default.
  std::uint64_t parameter() const;
};

// Of a handshake that begins.
struct HandshakeChoices {
  std::optional<Bytes> certificate_chain = {};
  bool refuse_resumption = false;
  bool rotate_static_key = false;
};
struct HandshakeRun {
  Context& context;
  const noise::CertificateAuthority& authority;
  const PublicKey& static_key;
};
using HandshakeFault = void (*)(const HandshakeRun&, HandshakeChoices&);

// What is sent in the place of a stanza; nothing when the fault is not about this one.
struct Replacement {
  std::vector<wire::Node> now = {};
  std::vector<wire::Node> later = {};
  Duration delay{0};
  bool close = false;
};
// One stanza in the place of another.
inline Replacement instead(wire::Node stanza) {
  return {.now = {std::move(stanza)}, .later = {}, .delay = {}, .close = false};
}
using StanzaFault = std::optional<Replacement> (*)(FaultRun&, const wire::Node&);

// What is done to all that one step sends to one connection; false when it is not about that.
using StepFault = bool (*)(FaultRun&, std::vector<wire::Node>&);

// What is answered to a stanza that is then hidden from the server; nothing when the fault is not
// about this one.
using IncomingFault = std::optional<std::vector<wire::Node>> (*)(FaultRun&, const wire::Node&);

// What is done to the sealed frames of one step; false when it is not about these.
using FrameFault = bool (*)(std::vector<Bytes>&);

// For how long what the client sends is not looked at.
struct ReadingFault {};

// What is done to a device as soon as the fault is asked for.
using ImmediateFault = void (*)(Turn&, FaultRun&, Account&, Device&);

struct FaultKind {
  std::string_view where;
  std::string_view name;
  std::string_view what;     // happens
  std::string_view careful;  // what a careful client does
  std::variant<HandshakeFault, PairFault, StanzaFault, StepFault, IncomingFault, FrameFault,
               ReadingFault, ImmediateFault>
      how;
  std::string_view parameter = {};  // the one that it has, if any
  std::uint64_t initial = 0;        // its default
  std::uint64_t greatest = 0;
};

// A JID that no account has.
inline wire::Jid nobody() { return wire::Jid::of_user("19995550199"); }

// All of them, by where they happen.
std::span<const FaultKind> fault_kinds();
const FaultKind* find_fault_kind(std::string_view where, std::string_view name);

// Parts of the table.
std::span<const FaultKind> faults_of_connections();
std::span<const FaultKind> faults_of_answers();
std::span<const FaultKind> faults_of_messages();
std::span<const FaultKind> faults_of_delivery();

}  // namespace doublecheck::server
