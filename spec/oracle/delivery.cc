#include "spec/oracle/delivery.h"

#include <cstdio>
#include <type_traits>
#include <utility>

namespace doublecheck::oracle {
namespace {

std::string seconds(Instant at) {
  char text[48];
  std::snprintf(text, sizeof text, "%.6f s", std::chrono::duration<double>(at.since_start).count());
  return text;
}

std::string_view sentence(DeliveryRule rule) {
  switch (rule) {
    case DeliveryRule::kInvented:
      return "was told of a message that nobody wrote to this user";
    case DeliveryRule::kOverheard:
      return "was told of a message in a group of which its user was no member then";
    case DeliveryRule::kAltered:
      return "was told another text than was written";
    case DeliveryRule::kRepeated:
      return "was told of a message a second time";
    case DeliveryRule::kOutOfOrder:
      return "was told of a message after a later one of the same device and chat";
    case DeliveryRule::kContradicted:
      return "refused, and accepted or delivered all the same";
    case DeliveryRule::kFalselyAccepted:
      return "was told that the server has a message that was never submitted";
    case DeliveryRule::kFalselyConfirmed:
      return "was told that a message has arrived of which no device of the recipient knows";
    case DeliveryRule::kUndelivered:
      return "was never told of a message that the server has acknowledged to its sender";
    case DeliveryRule::kUnanswered:
      return "was never told what became of a message that it submitted";
  }
  return "";
}

}  // namespace

bool is_liveness(DeliveryRule rule) {
  return rule == DeliveryRule::kUndelivered || rule == DeliveryRule::kUnanswered;
}

std::string_view name(DeliveryRule rule) {
  switch (rule) {
    case DeliveryRule::kInvented:
      return "invented";
    case DeliveryRule::kOverheard:
      return "overheard";
    case DeliveryRule::kAltered:
      return "altered";
    case DeliveryRule::kRepeated:
      return "repeated";
    case DeliveryRule::kOutOfOrder:
      return "out of order";
    case DeliveryRule::kContradicted:
      return "contradicted";
    case DeliveryRule::kFalselyAccepted:
      return "falsely accepted";
    case DeliveryRule::kFalselyConfirmed:
      return "falsely confirmed";
    case DeliveryRule::kUndelivered:
      return "undelivered";
    case DeliveryRule::kUnanswered:
      return "unanswered";
  }
  return "";
}

std::string Violation::to_string() const {
  return std::string(name(rule)) + ": " + endpoint + " " + std::string(sentence(rule)) +
         "; message " + message.id + " from " + message.sender + " to " + message.recipient +
         ", at " + seconds(at);
}

DeliveryOracle::Key DeliveryOracle::key_of(const trace::ApplicationMessage& message) {
  return {message.sender, message.recipient, message.id};
}

const DeliveryOracle::Message* DeliveryOracle::find(
    const trace::ApplicationMessage& message) const {
  const auto found = messages_.find(key_of(message));
  return found == messages_.end() ? nullptr : &found->second;
}

DeliveryOracle::Message* DeliveryOracle::find(const trace::ApplicationMessage& message) {
  const auto found = messages_.find(key_of(message));
  return found == messages_.end() ? nullptr : &found->second;
}

void DeliveryOracle::violate(DeliveryRule rule, Instant at, const std::string& endpoint,
                             const trace::ApplicationMessage& message) {
  if (violations_.size() < kMaxViolations) violations_.push_back({rule, at, endpoint, message});
}

void DeliveryOracle::observe(const trace::Record& record) {
  std::visit(
      [&](const auto& event) {
        using Event = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, trace::Joined>) {
          users_[record.endpoint] = event.user;
        } else if constexpr (std::is_same_v<Event, trace::Submitted>) {
          submitted(record, event.message);
        } else if constexpr (std::is_same_v<Event, trace::Accepted>) {
          accepted(record, event.message);
        } else if constexpr (std::is_same_v<Event, trace::Refused>) {
          refused(record, event.message);
        } else if constexpr (std::is_same_v<Event, trace::Delivered>) {
          delivered(record, event.message);
        } else if constexpr (std::is_same_v<Event, trace::Confirmed>) {
          confirmed(record, event.message);
        } else if constexpr (std::is_same_v<Event, trace::MembershipChanged>) {
          memberships_.observe(record.at.steady, event);
        }
      },
      record.event);
}

// A second submission under the same name is the same message.
void DeliveryOracle::submitted(const trace::Record& record,
                               const trace::ApplicationMessage& content) {
  messages_.try_emplace(key_of(content), Message{.content = content,
                                                 .author = record.endpoint,
                                                 .number = next_number_++,
                                                 .submitted_at = record.at.steady,
                                                 .accepted_at = {},
                                                 .told = {}});
}

void DeliveryOracle::accepted(const trace::Record& record,
                              const trace::ApplicationMessage& content) {
  Message* message = find(content);
  if (message == nullptr || message->author != record.endpoint) {
    return violate(DeliveryRule::kFalselyAccepted, record.at.steady, record.endpoint, content);
  }
  if (!message->accepted) message->accepted_at = record.at.steady;
  message->accepted = true;
  if (message->refused)
    violate(DeliveryRule::kContradicted, record.at.steady, record.endpoint, content);
}

void DeliveryOracle::refused(const trace::Record& record,
                             const trace::ApplicationMessage& content) {
  Message* message = find(content);
  if (message == nullptr) return;  // what was never submitted may be refused
  message->refused = true;
  if (message->accepted || !message->told.empty())
    violate(DeliveryRule::kContradicted, record.at.steady, record.endpoint, content);
}

void DeliveryOracle::delivered(const trace::Record& record,
                               const trace::ApplicationMessage& content) {
  const auto convict = [&](DeliveryRule rule) {
    violate(rule, record.at.steady, record.endpoint, content);
  };
  Message* message = find(content);
  const auto user = users_.find(record.endpoint);
  if (message == nullptr || user == users_.end() || message->author == record.endpoint)
    return convict(DeliveryRule::kInvented);
  if (!may_know(user->second, *message, record.at.steady)) {
    return convict(memberships_.is_group(content.recipient) ? DeliveryRule::kOverheard
                                                            : DeliveryRule::kInvented);
  }
  if (message->content.text != content.text) convict(DeliveryRule::kAltered);
  if (message->refused) convict(DeliveryRule::kContradicted);
  if (!message->told.insert(record.endpoint).second) return convict(DeliveryRule::kRepeated);
  std::uint64_t& latest = latest_[{message->author, content.recipient, record.endpoint}];
  if (message->number < latest) return convict(DeliveryRule::kOutOfOrder);
  latest = message->number;
}

void DeliveryOracle::confirmed(const trace::Record& record,
                               const trace::ApplicationMessage& content) {
  const Message* message = find(content);
  if (message != nullptr) {
    for (const std::string& endpoint : message->told) {
      const auto user = users_.find(endpoint);
      if (user == users_.end()) continue;
      const bool is_recipient = memberships_.is_group(content.recipient)
                                    ? user->second != content.sender
                                    : user->second == content.recipient;
      if (is_recipient) return;
    }
  }
  violate(DeliveryRule::kFalselyConfirmed, record.at.steady, record.endpoint, content);
}

bool DeliveryOracle::may_know(const std::string& user, const Message& message, Instant at) const {
  const auto& [sender, recipient, id, text] = message.content;
  if (!memberships_.is_group(recipient)) return user == sender || user == recipient;
  return memberships_.within(recipient, user, message.submitted_at,
                             message.accepted ? message.accepted_at : at);
}

bool DeliveryOracle::must_know(const std::string& user, const Message& message) const {
  const auto& [sender, recipient, id, text] = message.content;
  if (!memberships_.is_group(recipient)) return user == sender || user == recipient;
  return memberships_.throughout(recipient, user, message.submitted_at, message.accepted_at);
}

bool DeliveryOracle::may_be_refused(const trace::ApplicationMessage& content, Instant at) const {
  const Message* message = find(content);
  return message != nullptr && memberships_.is_group(content.recipient) &&
         !memberships_.throughout(content.recipient, content.sender, message->submitted_at, at);
}

std::vector<std::string> DeliveryOracle::missing(const Message& message) const {
  std::vector<std::string> endpoints;
  for (const auto& [endpoint, user] : users_) {
    if (must_know(user, message) && endpoint != message.author && !message.told.contains(endpoint))
      endpoints.push_back(endpoint);
  }
  return endpoints;
}

std::size_t DeliveryOracle::outstanding() const {
  std::size_t owed = 0;
  for (const auto& [key, message] : messages_) {
    if (message.accepted) owed += missing(message).size();
    if (!message.accepted && !message.refused) ++owed;
  }
  return owed;
}

void DeliveryOracle::finish(Instant at) {
  for (const auto& [key, message] : messages_) {
    if (message.accepted) {
      for (const std::string& endpoint : missing(message))
        violate(DeliveryRule::kUndelivered, at, endpoint, message.content);
    } else if (!message.refused) {
      violate(DeliveryRule::kUnanswered, at, message.author, message.content);
    }
  }
}

}  // namespace doublecheck::oracle
