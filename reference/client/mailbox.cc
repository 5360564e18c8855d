#include "reference/client/mailbox.h"

#include <algorithm>
#include <utility>

namespace doublecheck::client {

SentMessage* Mailbox::find_sent(std::string_view id) {
  for (std::deque<SentMessage>* messages : {&outbox, &recent}) {
    const auto found = std::ranges::find(*messages, id, &SentMessage::id);
    if (found != messages->end()) return &*found;
  }
  return nullptr;
}

void Mailbox::acknowledge(std::deque<SentMessage>::iterator message) {
  message->stanza.reset();
  recent.push_back(std::move(*message));
  outbox.erase(message);
  if (recent.size() > kMaxRecentMessages) recent.pop_front();
}

}  // namespace doublecheck::client
