#include "reference/client/message_stanza.h"

#include "reference/client/groups.h"
#include "reference/client/stanzas.h"
#include "spec/payload/padding.h"

namespace doublecheck::client {

payload::Message content_of(const SentMessage& message, bool for_own_device) {
  payload::Message content = payload::Message::of_text(message.text);
  if (for_own_device && !is_shared(message.chat))
    content.device_sent =
        payload::DeviceSent{.destination_jid = message.chat.to_string(), .phash = {}};
  return content;
}

Bytes padded(Turn& turn, const payload::Message& content) {
  return payload::pad(payload::encode_message(content), turn.context.random);
}

bool starts_session(const wire::Node& encrypted) { return encrypted.text("type") == "pkmsg"; }

wire::Node device_identity(const State& state) {
  return bytes_element("device-identity", state.credentials.account->signed_identity);
}

}  // namespace doublecheck::client
