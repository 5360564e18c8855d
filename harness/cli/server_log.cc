#include "harness/cli/server_log.h"

#include <type_traits>
#include <utility>

#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

// What is worth a line without -v; empty for the rest.
std::string summary(trace::Direction direction, const wire::Node& node) {
  const auto attribute = [&](std::string_view name) {
    const wire::Value* value = node.attribute(name);
    return value == nullptr ? std::string("?") : wire::to_string(*value);
  };
  if (direction == trace::Direction::kSent) {
    if (node.tag == "success") return "logged in as " + attribute("lid");
    if (node.tag == "failure") return "login refused, reason " + attribute("reason");
    if (node.tag == "stream:error") return "stream error: " + wire::print_node(node);
    if (node.tag == "iq" && node.child("pair-device") != nullptr) return "waits to be paired";
    if (node.tag == "iq" && node.child("pair-success") != nullptr) {
      const wire::Node* device = node.child("pair-success")->child("device");
      const wire::Value* jid = device == nullptr ? nullptr : device->attribute("jid");
      return "pairs as " + (jid == nullptr ? "?" : wire::to_string(*jid));
    }
    if (node.tag == "iq" && node.text("type") == "error")
      return "refused: " + wire::print_node(node);
    return {};
  }
  if (node.tag == "message") return "message " + attribute("id") + " to " + attribute("to");
  if (node.tag == "receipt") {
    return "receipt " + attribute("id") +
           (node.has("type") ? " (" + attribute("type") + ")" : std::string()) + " to " +
           attribute("to");
  }
  return {};
}

}  // namespace

void ServerLog::line(trace::ConnectionId connection, const std::string& text) {
  const auto who = who_.find(connection);
  print_("#" + std::to_string(connection) +
         (who == who_.end() ? std::string() : " " + who->second) + "  " + text);
}

void ServerLog::stanza(trace::ConnectionId connection, trace::Direction direction,
                       Bytes plaintext) {
  const std::string_view arrow = direction == trace::Direction::kSent ? "<- " : "-> ";
  const auto decoded = wire::Stanza::decode(std::move(plaintext));
  if (!decoded) {
    line(connection, std::string(arrow) + "undecodable: " + decoded.error().to_string());
    return;
  }
  const wire::Node& node = decoded->root();
  if (direction == trace::Direction::kSent && node.tag == "success") {
    if (const wire::Jid* lid = node.jid("lid")) who_[connection] = lid->to_string();
  }
  if (verbose_) {
    line(connection, std::string(arrow) + wire::print_node(node));
  } else if (const std::string text = summary(direction, node); !text.empty()) {
    line(connection, text);
  }
}

void ServerLog::record(trace::Record record) {
  std::visit(
      [&](auto& event) {
        using Event = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, trace::Opened>) {
          line(record.connection, "connected (" + event.carrier + ")");
        } else if constexpr (std::is_same_v<Event, trace::Closed>) {
          line(record.connection, "closed: " + event.reason);
          who_.erase(record.connection);
        } else if constexpr (std::is_same_v<Event, trace::StanzaFrame>) {
          stanza(record.connection, event.direction, std::move(event.plaintext));
        }
      },
      record.event);
}

}  // namespace doublecheck::harness
