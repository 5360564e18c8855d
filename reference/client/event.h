#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reference/client/command.h"
#include "spec/base/time.h"
#include "spec/wire/jid.h"

// What the client tells its application.
namespace doublecheck::client {

// A QR code to show, in the place of the one before.
struct QrShown {
  std::string text;
};

// The code to type into the phone, without dash.
struct PairingCodeShown {
  std::string code;
};

// The client has an account, and is about to connect again and log in.
struct Paired {
  wire::Jid jid;                 // own device JID, by phone number
  std::optional<wire::Jid> lid;  // and by LID, if the server told it
};

// Logged in: ready for use.
struct Opened {
  wire::Jid jid;
  std::optional<wire::Jid> lid;
};

// A connection is gone, or could not be made. Exactly one for every connection that was begun.
struct Closed {
  int status = 0;  // the code of the failure or stream error; 0: none
  std::string reason;
  bool will_reconnect = false;
};

struct MessageReceived {
  wire::Jid chat;    // as the server names it, by phone number or LID
  wire::Jid sender;  // the device that wrote it
  std::string id;
  std::string text;
  std::string push_name;
  bool from_me = false;               // written on another device of the account
  bool offline = false;               // it had been kept by the server
  std::optional<wire::Jid> chat_alt;  // the chat's other name
};

// A message that could not be read; told once, while its sender is asked for it again.
struct MessageUndecryptable {
  wire::Jid chat;
  wire::Jid sender;
  std::string id;
  std::string reason;
};

enum class ReceiptType { kServer, kDelivered, kRead, kPlayed };
std::string_view to_string(ReceiptType type);  // "server", "delivered", "read", "played"

// A message of this account's has got somewhere.
struct ReceiptReceived {
  wire::Jid chat;
  std::string id;
  ReceiptType type = ReceiptType::kDelivered;
  wire::Jid from;
};

// The server refused a message.
struct MessageRejected {
  wire::Jid chat;
  std::string id;
  std::string reason;  // names the error code
};

// Another user is there, or is not.
struct PresenceChanged {
  wire::Jid user;
  bool available = false;
  std::optional<UnixTime> last_seen;  // if the user lets others know
};

struct ChatStateChanged {
  wire::Jid chat;
  wire::Jid sender;  // who it is, in a group; the chat otherwise
  Activity activity = Activity::kPaused;
};

// A group is not what it was, or this account is in a new one.
struct GroupChanged {
  wire::Jid group;
  std::string change;  // as the server names it: "create", "add", "subject" …
  wire::Jid actor = {};
  std::vector<wire::Jid> participants = {};  // whom it concerns
};

// A user says something else of himself, or this account does on another device.
struct StatusChanged {
  wire::Jid user;
  std::string text;
};

// The account has been given another name on another device.
struct PushNameChanged {
  std::string name;
};

// Whom the account has blocked, or blocks no longer, on this device or another.
struct BlockListChanged {
  std::vector<wire::Jid> blocked = {};
  std::vector<wire::Jid> unblocked = {};
};

// Everybody whom the account has blocked.
struct BlockListFetched {
  std::vector<wire::Jid> users;
};

struct PrivacySetting {
  std::string category;
  std::string value;

  bool operator==(const PrivacySetting&) const = default;
};

// What the account has chosen, on this device or another.
struct PrivacyChanged {
  std::vector<PrivacySetting> settings;
};

// Everything that the account can choose.
struct PrivacyFetched {
  std::vector<PrivacySetting> settings;
};

struct CommandDone {
  CommandId command = 0;
  std::string message_id = {};          // of SendText
  std::optional<wire::Jid> group = {};  // of CreateGroup
};
struct CommandFailed {
  CommandId command = 0;
  std::string reason;
  bool unsupported = false;  // it can never be done, as opposed to not now
};

// For a log: something unusual, and what was done with it.
struct Remark {
  std::string text;
};

using Event = std::variant<QrShown, PairingCodeShown, Paired, Opened, Closed, MessageReceived,
                           MessageUndecryptable, ReceiptReceived, MessageRejected, PresenceChanged,
                           ChatStateChanged, GroupChanged, StatusChanged, PushNameChanged,
                           BlockListChanged, BlockListFetched, PrivacyChanged, PrivacyFetched,
                           CommandDone, CommandFailed, Remark>;

}  // namespace doublecheck::client
