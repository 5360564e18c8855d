#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/payload/history_sync_notification.h"
#include "spec/payload/limits.h"
#include "spec/payload/message.h"

// A piece of history, which travels compressed.
namespace doublecheck::payload {

struct HistoryMessage {
  std::string id;
  bool from_me = false;
  std::optional<std::string> participant;  // who said it, in a group
  std::optional<std::string> push_name;
  std::uint64_t timestamp = 0;  // Unix seconds
  Message content;

  bool operator==(const HistoryMessage&) const = default;
};

struct HistoryConversation {
  std::string id;  // the JID of the chat
  std::optional<std::string> name;
  std::uint32_t unread_count = 0;
  std::uint64_t timestamp = 0;           // Unix seconds, of what happened last
  std::vector<HistoryMessage> messages;  // newest first

  bool operator==(const HistoryConversation&) const = default;
};

struct PushName {
  std::string id;  // a JID
  std::string name;

  bool operator==(const PushName&) const = default;
};

// Two JIDs of one account.
struct LidMapping {
  std::string phone_number;
  std::string lid;

  bool operator==(const LidMapping&) const = default;
};

struct HistorySync {
  HistorySyncType type = HistorySyncType::kInitialBootstrap;
  std::optional<std::uint32_t> chunk_order;  // from 1, for each type
  std::optional<std::uint32_t> progress;     // 0 to 100
  std::vector<HistoryConversation> conversations;
  std::vector<PushName> push_names;
  std::vector<LidMapping> lid_mappings;
  // From which tokens for first contacts are made (TOKEN-08).
  std::optional<Bytes> first_contact_salt = {};

  bool operator==(const HistorySync&) const = default;
};

// Protobuf, compressed. Whatever a widespread reader requires is written.
Bytes encode_history_sync(const HistorySync& history);

// Inflates to at most kMaxInflatedHistory bytes. Refuses what is not exactly one zlib stream of one
// protobuf message, a history without a type, a conversation without an id, and a message without
// key or id. Content that cannot be decoded is empty content.
Result<HistorySync> decode_history_sync(ByteView compressed);

// The notification that carries this history inside.
HistorySyncNotification inline_notification(const HistorySync& history);

}  // namespace doublecheck::payload
