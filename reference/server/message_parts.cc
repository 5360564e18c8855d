#include "reference/server/message_parts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/phone_mail.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

// Children that are for the server, or for one device only, and are not copied to recipients.
constexpr std::string_view kNotCopied[] = {"participants", "enc",     "device-identity",
                                           "reporting",    "tctoken", "cstoken"};

bool is_copied(const wire::Node& child) {
  return std::ranges::none_of(kNotCopied, [&](std::string_view tag) { return child.tag == tag; });
}

bool starts_session(const wire::Node& encrypted) { return encrypted.text("type") == "pkmsg"; }

// What a message is known by when a client sends it again because its connection broke.
std::optional<AcceptedMessages::Message> key_of(const wire::Node& message, const wire::Jid& to) {
  const bool resend = message.text("device_fanout") == "false" || message.has("participant") ||
                      to.device != 0 ||
                      std::ranges::any_of(message.children(), [](const wire::Node& child) {
                        return child.tag == "enc" && child.has("count");
                      });
  if (resend) return std::nullopt;
  return AcceptedMessages::Message{to.account().to_string(), std::string(*message.text("id"))};
}

}  // namespace

std::vector<wire::Node> encrypted_children(const wire::Node& node) {
  std::vector<wire::Node> encrypted;
  for (const wire::Node& child : node.children()) {
    if (child.tag == "enc") encrypted.push_back(child);
  }
  return encrypted;
}

Copies copies_in(Turn& turn, const wire::Node& message) {
  Copies copies;
  const wire::Node* participants = message.child("participants");
  if (participants == nullptr) return copies;
  for (const wire::Node& entry : participants->children()) {
    const auto jid = lenient_jid(entry, "jid");
    const Account* account = jid ? turn.state.directory.find(*jid) : nullptr;
    if (entry.tag != "to" || account == nullptr) {
      turn.count("drop.message.not_a_party");
    } else if (!copies
                    .emplace(DeviceAddress{account->phone_number, jid->device},
                             encrypted_children(entry))
                    .second) {
      turn.count("drop.message.second_copy");
    }
  }
  return copies;
}

wire::Node delivered_message(const Turn& turn, const Account& sender, const wire::Node& message,
                             std::vector<wire::Node> encrypted) {
  wire::Node stanza = element("message");
  for (const std::string_view name : {"id", "type", "edit", "category"}) {
    if (const wire::Value* value = message.attribute(name)) stanza.set(name, *value);
  }
  stanza.set("t", wire::Text(turn.timestamp()));
  if (!sender.push_name.empty()) stanza.set("notify", wire::Text(sender.push_name));

  const bool with_identity = std::ranges::any_of(encrypted, starts_session);
  std::vector<wire::Node> children = std::move(encrypted);
  for (const wire::Node& child : message.children()) {
    if (is_copied(child) || (with_identity && child.tag == "device-identity"))
      children.push_back(child);
  }
  stanza.content = std::move(children);
  return stanza;
}

bool deliver_all(Turn& turn, ConnectionId origin, const Party& sender,
                 std::vector<Delivery> deliveries) {
  for (const Delivery& delivery : deliveries) {
    const Device* device = turn.state.directory.find_device(delivery.address);
    if (device == nullptr || !device->queue.full()) continue;
    turn.log(origin, "refused message: a device of the recipient has kMaxQueuedStanzas to come");
    return false;
  }
  for (Delivery& delivery : deliveries) {
    if (Device* device = turn.state.directory.find_device(delivery.address)) {
      deliver(turn, *device, std::move(delivery.stanza));
    } else if (delivery.address.device == 0) {
      phone_receives(turn, delivery.address.phone_number, sender, delivery.stanza);
    } else {
      turn.count("drop.message.no_device");
    }
  }
  return true;
}

bool is_repeated(Turn& turn, const Account& sender, const wire::Jid& to,
                 const wire::Node& message) {
  const auto key = key_of(message, to);
  const bool repeated = key && sender.accepted.contains(*key);
  if (repeated) turn.count("message.repeated");
  return repeated;
}

void remember(Account& sender, const wire::Jid& to, const wire::Node& message) {
  if (auto key = key_of(message, to)) sender.accepted.add(*key);
}

}  // namespace doublecheck::server
