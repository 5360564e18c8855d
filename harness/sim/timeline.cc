#include "harness/sim/timeline.h"

#include <cstdio>
#include <utility>

#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness::sim {
namespace {

// A line shows this much of a stanza or a text.
constexpr std::size_t kMaxShown = 400;

std::string shortened(std::string text) {
  if (text.size() <= kMaxShown) return text;
  return text.substr(0, kMaxShown) + "… (" + std::to_string(text.size()) + " characters)";
}

std::string stanza(const trace::StanzaFrame& frame) {
  const std::string arrow = frame.direction == trace::Direction::kSent ? "sends " : "gets  ";
  const auto decoded = wire::Stanza::decode(frame.plaintext);
  return arrow + (decoded ? shortened(wire::print_node(decoded->root()))
                          : "something undecodable: " + decoded.error().to_string());
}

std::string shown(const trace::ApplicationMessage& message) {
  return message.id + " from " + message.sender + " to " + message.recipient;
}

// What a record says; empty for what a reader has no use for.
struct Words {
  std::string operator()(const trace::Opened& event) const {
    return "connected by " + event.carrier;
  }
  std::string operator()(const trace::Closed& event) const {
    return (event.by_us ? "closes: " : "closed by the other end: ") + event.reason;
  }
  std::string operator()(const trace::Wire&) const { return {}; }
  std::string operator()(const trace::HandshakeFrame& event) const {
    return (event.direction == trace::Direction::kSent ? "sends a handshake frame of "
                                                       : "gets  a handshake frame of ") +
           std::to_string(event.payload.size()) + " bytes";
  }
  std::string operator()(const trace::StanzaFrame& event) const { return stanza(event); }
  std::string operator()(const trace::Identified& event) const { return "is " + event.who; }
  std::string operator()(const trace::GuardDecision&) const { return {}; }
  std::string operator()(const trace::Intervention& event) const { return "! " + event.what; }
  std::string operator()(const trace::Remarked& event) const {
    return "# " + shortened(event.text);
  }
  std::string operator()(const trace::Joined& event) const {
    return "* is a device of " + event.user;
  }
  std::string operator()(const trace::Submitted& event) const {
    return "* writes " + shown(event.message);
  }
  std::string operator()(const trace::Accepted& event) const {
    return "* the server has " + shown(event.message);
  }
  std::string operator()(const trace::Refused& event) const {
    return "* refused: " + shown(event.message) + ": " + event.reason;
  }
  std::string operator()(const trace::Delivered& event) const {
    return "* is told " + shown(event.message);
  }
  std::string operator()(const trace::Confirmed& event) const {
    return "* a device of the recipient has " + shown(event.message);
  }
  std::string operator()(const trace::MembershipChanged& event) const {
    return "* " + event.user + (event.is_member ? " is in " : " is not in ") + event.group;
  }
};

}  // namespace

void Timeline::record(trace::Record record) {
  const std::string words = std::visit(Words{}, record.event);
  if (words.empty()) return;
  std::string endpoint = record.endpoint;
  if (record.connection != 0) endpoint += " #" + std::to_string(record.connection);
  char prefix[96];
  std::snprintf(prefix, sizeof prefix, "%12.6f  %-14.40s ",
                std::chrono::duration<double>(record.at.steady.since_start).count(),
                endpoint.c_str());
  print_(prefix + words);
}

}  // namespace doublecheck::harness::sim
