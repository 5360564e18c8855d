#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reference/client/limits.h"
#include "reference/client/peers.h"
#include "reference/client/recent_map.h"
#include "spec/base/bytes.h"
#include "spec/wire/jid.h"

// What the client remembers of messages, so that none is lost, reported twice, or asked for without
// end.
namespace doublecheck::client {

// A message of this device's, until it is forgotten.
struct SentMessage {
  std::string id;
  wire::Jid chat;
  std::string text;

  // Once it has been encrypted, for whom, and the plaintext of its frame. The very same is sent
  // again on the next connection, so that a copy which got through before is recognised for that.
  std::optional<Bytes> stanza;
  std::vector<Address> addressees;

  std::map<Address, unsigned> resends;  // how often each addressee has asked for it again

  bool operator==(const SentMessage&) const = default;
};

// A message received: its chat's and its sender's accounts, and its id.
struct MessageKey {
  Address chat;
  Address sender;
  std::string id;

  friend auto operator<=>(const MessageKey&, const MessageKey&) = default;
};

struct Mailbox {
  std::deque<SentMessage> outbox;  // not acknowledged by the server, in order
  std::deque<SentMessage> recent;  // acknowledged, at most kMaxRecentMessages

  RecentMap<MessageKey, std::monostate> reported{kMaxRememberedMessages};
  RecentMap<MessageKey, unsigned> retries{
      kMaxCountedRetries};  // retry receipts sent; the sender with its device

  SentMessage* find_sent(std::string_view id);
  // The message of the outbox is acknowledged.
  void acknowledge(std::deque<SentMessage>::iterator message);

  bool operator==(const Mailbox&) const = default;
};

}  // namespace doublecheck::client
