#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/payload/history_sync_notification.h"
#include "spec/payload/limits.h"

// What a message says, once it is decrypted and unpadded: the part of it that the suite reads and
// writes.
namespace doublecheck::payload {

// A sender key for a group, inside a pairwise encrypted message.
struct SenderKeyDistribution {
  std::string group_id;  // counts only if it is the group that the stanza came from (SENDERKEY-10)
  Bytes message;         // an encoded signal::SenderKeyDistributionMessage

  bool operator==(const SenderKeyDistribution&) const = default;
};

struct AppStateSyncKey {
  struct Fingerprint {
    std::uint32_t raw_id = 0;
    std::uint32_t current_index = 0;
    std::vector<std::uint32_t> device_indexes;

    bool operator==(const Fingerprint&) const = default;
  };

  Bytes key_id;    // opaque, customarily 6 bytes
  Bytes key_data;  // 32 bytes; empty when a requested key does not exist
  std::optional<Fingerprint> fingerprint;
  std::int64_t timestamp = 0;  // Unix milliseconds

  bool operator==(const AppStateSyncKey&) const = default;
};

// Messages between the devices of one account. All but OtherProtocolMessage count only from the own
// account (MESSAGE-07).
struct AppStateSyncKeyShare {
  std::vector<AppStateSyncKey> keys;  // the newest last, and with the greatest id and timestamp

  bool operator==(const AppStateSyncKeyShare&) const = default;
};
struct AppStateSyncKeyRequest {
  std::vector<Bytes> key_ids;

  bool operator==(const AppStateSyncKeyRequest&) const = default;
};
struct OtherProtocolMessage {
  std::int32_t type = 0;  // 0 REVOKE, 14 MESSAGE_EDIT, …; the rest of it is not read

  bool operator==(const OtherProtocolMessage&) const = default;
};
using ProtocolMessage = std::variant<AppStateSyncKeyShare, AppStateSyncKeyRequest,
                                     HistorySyncNotification, OtherProtocolMessage>;

// That the message was sent by another device of the own account, and to whom. From any other
// account it means nothing (MESSAGE-06).
struct DeviceSent {
  std::string destination_jid;
  std::optional<std::string> phash;

  bool operator==(const DeviceSent&) const = default;
};

// Content of other kinds is not read: such a message has none of these.
struct Message {
  std::optional<std::string> conversation;
  std::optional<std::string> extended_text;
  std::optional<SenderKeyDistribution> sender_key_distribution;
  std::optional<ProtocolMessage> protocol_message;
  std::optional<Bytes> message_secret;  // 32 bytes

  // With it the message travels inside a DeviceSentMessage.
  std::optional<DeviceSent> device_sent;

  static Message of_text(std::string text) {
    Message message;
    message.conversation = std::move(text);
    return message;
  }

  // The text, whichever of the two forms it has.
  const std::optional<std::string>& text() const {
    return conversation ? conversation : extended_text;
  }

  bool operator==(const Message&) const = default;
};

// Wraps it if `device_sent`; the message secret is then repeated outside.
Bytes encode_message(const Message& message);

// Takes at most kMaxMessageSize bytes. Unwraps a DeviceSentMessage: what is inside takes the place
// of what is outside, but for a sender key and a message secret that are only there. Refuses a
// DeviceSentMessage inside another or without a message, and a protocol message without what its
// type announces.
Result<Message> decode_message(ByteView encoded);

}  // namespace doublecheck::payload
