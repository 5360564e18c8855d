#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/account.h"
#include "reference/server/turn.h"
#include "spec/wire/node.h"

// What messages to users, groups and broadcasts have in common on their way through the server.
namespace doublecheck::server {

// Errors of a message acknowledgement.
namespace message_error {
inline constexpr std::string_view kForbidden = "403";
inline constexpr std::string_view kNoSuchChat = "404";
inline constexpr std::string_view kTokenRequired = "463";
inline constexpr std::string_view kMalformed = "479";
inline constexpr std::string_view kNotImplemented = "501";
inline constexpr std::string_view kUnavailable = "503";
}  // namespace message_error

// What the sender is told; the message is accepted unless there is an error.
struct MessageVerdict {
  std::string_view error = {};
  std::string phash = {};      // the server's own, when the sender's is another
  std::string server_id = {};  // of the post that it is, or is about, in a newsletter
};

// The `<enc>` elements in a message, or in a `<to>` of it.
std::vector<wire::Node> encrypted_children(const wire::Node& node);

// Who gets which ciphertext: the `<enc>` elements by the device that a `<to>` names. Nobody gets a
// second copy, and what names no account is dropped.
using Copies = std::map<DeviceAddress, std::vector<wire::Node>>;
Copies copies_in(Turn& turn, const wire::Node& message);

// The message as a device gets it, without what depends on the kind of chat: who wrote it, to whom.
// What is for the server or for other devices stays behind (STANZA-47); `device-identity` goes with
// what starts a session (STANZA-48).
wire::Node delivered_message(const Turn& turn, const Account& sender, const wire::Node& message,
                             std::vector<wire::Node> encrypted);

// One delivery: for which device, and what.
struct Delivery {
  DeviceAddress address;
  wire::Node stanza;
};

// For all devices or for none: what is acknowledged is delivered. False, and nothing is delivered,
// when a queue is full. Devices that do not exist are counted; what is for a phone, the phone
// reads.
bool deliver_all(Turn& turn, ConnectionId origin, const Party& sender,
                 std::vector<Delivery> deliveries);

// Whether the message was accepted before; remembers it otherwise. A resend that answers a retry is
// a message of its own (STANZA-55, STANZA-56).
bool is_repeated(Turn& turn, const Account& sender, const wire::Jid& to, const wire::Node& message);
void remember(Account& sender, const wire::Jid& to, const wire::Node& message);

// A message for a group, of which the sender must be a member; for the audience of a status.
MessageVerdict accept_group_message(Turn& turn, const Party& sender, const wire::Jid& to,
                                    const wire::Node& message, ConnectionId connection);
MessageVerdict accept_status(Turn& turn, const Party& sender, const wire::Node& message,
                             ConnectionId connection);

// A post in a newsletter, a change of one, or a reaction to one.
MessageVerdict accept_newsletter_message(Turn& turn, const Party& sender, const wire::Jid& to,
                                         const wire::Node& message, ConnectionId connection);

}  // namespace doublecheck::server
