#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "spec/base/time.h"
#include "spec/oracle/memberships.h"
#include "spec/trace/record.h"

// The delivery oracle: what must hold of any trace in which users write to each other and in
// groups, whatever the network, the servers and the clients in between did. It reads the records of
// applications and of who is in which group, and nothing else, and shares no code with what it
// judges.
//
// No application knows when the server took a message: it was between its submission and the moment
// at which its author was told so. Who was in the group all that time is owed the message; who was
// not in it at any moment of it must not be told. Of the others nothing is said.
namespace doublecheck::oracle {

enum class DeliveryRule {
  // Safety: never, whatever happens.
  kInvented,          // told of a message that nobody wrote to this user
  kOverheard,         // told of what was written in a group of which this user was no member then
  kAltered,           // told another text than was written
  kRepeated,          // told of a message a second time
  kOutOfOrder,        // told of a message after a later one of the same device and chat
  kContradicted,      // one message was both refused and accepted, or refused and delivered
  kFalselyAccepted,   // told that the server has a message that was never submitted
  kFalselyConfirmed,  // told that a message has arrived before any device of the recipient was
  // Liveness: once the faults are over and time enough has passed.
  kUndelivered,  // accepted, and not told to a device of the recipient or of the sender
  kUnanswered,   // submitted, and neither accepted nor refused
};
inline constexpr DeliveryRule kDeliveryRules[] = {
    DeliveryRule::kInvented,        DeliveryRule::kOverheard,        DeliveryRule::kAltered,
    DeliveryRule::kRepeated,        DeliveryRule::kOutOfOrder,       DeliveryRule::kContradicted,
    DeliveryRule::kFalselyAccepted, DeliveryRule::kFalselyConfirmed, DeliveryRule::kUndelivered,
    DeliveryRule::kUnanswered};

bool is_liveness(DeliveryRule rule);
std::string_view name(DeliveryRule rule);  // "repeated"

struct Violation {
  DeliveryRule rule;
  Instant at;
  std::string endpoint;  // whose application
  trace::ApplicationMessage message;

  // "repeated: bob was told of message 7 from alice to bob, at 12.345678 s"
  std::string to_string() const;
};

class DeliveryOracle {
 public:
  // Violations beyond this are not kept: one is enough to convict.
  static constexpr std::size_t kMaxViolations = 100;

  // The next record of the trace. Records of other things than applications say nothing here.
  void observe(const trace::Record& record);

  // Whether a message that is refused at that time may be: it is for a group of which its sender
  // was not a member all the time since it was submitted.
  bool may_be_refused(const trace::ApplicationMessage& message, Instant at) const;

  // How many answers and deliveries are still owed.
  std::size_t outstanding() const;

  // Nothing more will come: what is owed now is a violation.
  void finish(Instant at);

  const std::vector<Violation>& violations() const { return violations_; }

 private:
  struct Key {
    std::string sender;
    std::string recipient;
    std::string id;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Message {
    trace::ApplicationMessage content;
    std::string author;        // the endpoint that submitted it
    std::uint64_t number = 0;  // in the order of submission
    Instant submitted_at;
    bool accepted = false;
    Instant accepted_at;  // if it was
    bool refused = false;
    std::set<std::string> told;  // endpoints
  };
  // The order that holds: of one device in one chat, at one endpoint.
  using Flow = std::tuple<std::string /* author */, std::string /* recipient */, std::string>;

  static Key key_of(const trace::ApplicationMessage& message);
  Message* find(const trace::ApplicationMessage& message);
  const Message* find(const trace::ApplicationMessage& message) const;

  void submitted(const trace::Record& record, const trace::ApplicationMessage& content);
  void accepted(const trace::Record& record, const trace::ApplicationMessage& content);
  void refused(const trace::Record& record, const trace::ApplicationMessage& content);
  void delivered(const trace::Record& record, const trace::ApplicationMessage& content);
  void confirmed(const trace::Record& record, const trace::ApplicationMessage& content);

  // Whether a user may be told of a message at that time, and whether it must be told of one that
  // was accepted.
  bool may_know(const std::string& user, const Message& message, Instant at) const;
  bool must_know(const std::string& user, const Message& message) const;
  // The endpoints that are owed this message and were not told of it.
  std::vector<std::string> missing(const Message& message) const;
  void violate(DeliveryRule rule, Instant at, const std::string& endpoint,
               const trace::ApplicationMessage& message);

  std::map<std::string, std::string> users_;  // by endpoint
  Memberships memberships_;
  std::map<Key, Message> messages_;
  std::map<Flow, std::uint64_t> latest_;  // number of the last message told
  std::uint64_t next_number_ = 1;
  std::vector<Violation> violations_;
};

}  // namespace doublecheck::oracle
