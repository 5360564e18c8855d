#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spec/wire/jid.h"

// What an application tells the client to do. Every command is answered by exactly one CommandDone
// or CommandFailed with its id.
namespace doublecheck::client {

// Given by the application.
using CommandId = std::uint64_t;

// Begins to connect: pairing without an account, logging in with one. Done at once; what comes of
// it is told by events.
struct Connect {};

// Closes the connection and keeps the account. Done after Closed, or at once without a connection.
struct Disconnect {};

// Removes this device from its account. Done after Closed; fails, and changes nothing, when the
// server does not grant it.
struct Logout {};

// Asks for a code to pair by, while QR codes are shown. Done after PairingCodeShown.
struct PairCode {
  std::string phone;  // digits, with country code
};

// Sends a text to one chat, of a user or a group. Kept until the server has acknowledged it, also
// while there is no connection and, with the credentials, from run to run. Done when it is
// acknowledged; fails when the server refuses it, when nobody is there to read it, and, while it is
// still kept, when an answer or the acknowledgement takes too long or the user disconnects.
struct SendText {
  wire::Jid to;
  std::string text;
  std::string message_id = {};  // empty: the client makes one
};

// Makes a group of this account and these others. Done, with the group, when the server has made
// it; who may not be added is not in it.
struct CreateGroup {
  std::string subject;
  std::vector<wire::Jid> participants;
};

// Changes who is in a group, or who administers it. Fails when the server refuses it, or one of the
// participants.
struct UpdateGroup {
  wire::Jid group;
  std::string action;  // "add", "remove", "promote" or "demote"
  std::vector<wire::Jid> participants;
};

struct LeaveGroup {
  wire::Jid group;
};

// Tells the author of messages that they were read.
struct MarkRead {
  wire::Jid chat;
  std::string sender = {};  // JID of the author in a group; empty otherwise
  std::vector<std::string> ids;
};

// What the account is to look like, now and after later logins.
struct SendPresence {
  bool available = true;
};

// Asks to be told of a user's presence, for as long as the connection lasts.
struct SubscribePresence {
  wire::Jid user;
};

// What the user is doing in a chat.
enum class Activity { kComposing, kRecording, kPaused };
std::string_view to_string(Activity activity);  // "composing", "recording", "paused"

struct SendChatState {
  wire::Jid chat;
  Activity activity = Activity::kComposing;
};

// The name by which others know the account, until the application ends: it gives it in the Config
// the next time. Announced now, if there is a connection, and with the presence from then on.
struct SetPushName {
  std::string name;
};

// What the account says of itself; it may be empty. Done when the server has taken it.
struct SetStatus {
  std::string text;
};

// Wants nothing to do with a user any more, or does so again. Done, after BlockListChanged if it
// did, when the server has said which list it keeps.
struct Block {
  wire::Jid user;
};
struct Unblock {
  wire::Jid user;
};

// Done after BlockListFetched.
struct FetchBlockList {};

// Who may see or do something: "last", "readreceipts" …; "all", "contacts", "none" …. Done, after
// PrivacyChanged, when the server has taken it.
struct SetPrivacy {
  std::string category;
  std::string value;
};

// Done after PrivacyFetched.
struct FetchPrivacy {};

using Command =
    std::variant<Connect, Disconnect, Logout, PairCode, SendText, CreateGroup, UpdateGroup,
                 LeaveGroup, MarkRead, SendPresence, SubscribePresence, SendChatState, SetPushName,
                 SetStatus, Block, Unblock, FetchBlockList, SetPrivacy, FetchPrivacy>;

}  // namespace doublecheck::client
