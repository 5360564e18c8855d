#pragma once

#include <string>
#include <variant>
#include <vector>

#include "harness/actor/matcher.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_text.h"

// What cases against a client look for.
namespace doublecheck::harness {

// A message of the client's to a chat, as opposed to one to its own phone.
inline Matcher chat_message() {
  return {"a message to a chat", [](const wire::Node& node) {
            return node.tag == "message" && node.text("category") != "peer";
          }};
}

// The ciphertext that a message, or a message sent again, holds for this device; nullptr when there
// is none.
inline const wire::Node* ciphertext_for(const wire::Node& message, const DeviceNames& device) {
  if (const wire::Node* participants = message.child("participants")) {
    for (const wire::Node& to : participants->children()) {
      if (device.is(to.jid("jid"))) return to.child("enc");
    }
  }
  const wire::Jid* to = message.has("participant") ? message.jid("participant") : message.jid("to");
  return device.is(to) ? message.child("enc") : nullptr;
}

// A retry receipt for that message.
inline Matcher retry_for(const std::string& id) {
  return stanza("receipt", {{"id", id}, {"type", "retry"}});
}

// A retry receipt as the server hands it on: whoever `from` is asks for a message of the client's
// once more.
inline wire::Node retry_receipt(const std::string& id, int count, const wire::Jid& from) {
  wire::Node receipt = wire::parse_node(
                           R"(<receipt type="retry" t="1750000000"><retry v="1" t="1750000000"/>
                              <registration>hex:00000001</registration></receipt>)")
                           .value();
  receipt.set("id", wire::Text(id));
  receipt.set("from", from);
  wire::Node& retry = std::get<std::vector<wire::Node>>(receipt.content).front();
  retry.set("id", wire::Text(id));
  retry.set("count", wire::Text(std::to_string(count)));
  return receipt;
}

// A client can connect again once it has told that its connection is over. Forgets what it has told
// so far; and waits until it tells that again.
inline void forget_ends(ClientBench& bench) {
  std::erase_if(bench.client().events(), [](const client::Event& event) {
    return std::holds_alternative<client::Closed>(event);
  });
}
inline void wait_for_end(ClientBench& bench) {
  wait_for<client::Closed>(bench.driver(), bench.client(), seconds(10));
}

}  // namespace doublecheck::harness
