#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/client/test_world.h"
#include "spec/payload/message.h"
#include "spec/payload/padding.h"
#include "spec/signal/session_cipher.h"
#include "spec/wire/node_text.h"

namespace doublecheck::client::testing {

// For tests: two clients that are paired with accounts of their own.
struct Couple {
  Couple() : alice(world.paired("alice")), bob(world.paired("bob")) {}

  // Both have heard from each other, so that neither repeats prekeys any more.
  void get_acquainted() {
    alice.send(bob.user(), "hello");
    bob.send(alice.user(), "welcome");
    world.run_for(seconds(1));
    alice.events.clear();
    bob.events.clear();
    world.tap.received_stanzas.clear();
  }

  // What bob's device could send to alice's: any content, encrypted on their session.
  wire::Node from_bob(const std::string& id, ByteView padded) {
    Credentials forger = bob.client.credentials();
    const Address address = forger.peers.address_of(alice.jid());
    const auto encrypted = signal::encrypt(forger.peers.sessions.at(address), padded);
    return delivered(bob.jid(), id, signal::to_string(encrypted->type), encrypted->bytes);
  }
  wire::Node from_bob(const std::string& id, const payload::Message& content) {
    return from_bob(id, payload::pad(payload::encode_message(content), world.random));
  }
  static wire::Node delivered(const wire::Jid& from, const std::string& id, std::string_view type,
                              ByteView bytes) {
    wire::Node message =
        wire::parse_node(R"(<message t="1750000000" type="text"><enc v="2"/></message>)").value();
    message.set("id", wire::Text(id));
    message.set("from", from);
    wire::Node& enc = std::get<std::vector<wire::Node>>(message.content).front();
    enc.set("type", wire::Text(type));
    enc.content = wire::Blob(bytes);
    return message;
  }

  std::size_t sent_by_clients(std::string_view tag, std::string_view id,
                              std::optional<std::string_view> type = {}) {
    return world.tap.count([&](const wire::Node& stanza) {
      return stanza.tag == tag && stanza.text("id") == id && stanza.text("type") == type;
    });
  }

  World world;
  TestClient& alice;
  TestClient& bob;
};

}  // namespace doublecheck::client::testing
