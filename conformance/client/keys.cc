#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/signal_steps.h"
#include "harness/suite/case.h"
#include "spec/signal/limits.h"
#include "spec/signal/public_key.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// The keys that the client makes and publishes.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher upload() {
  return stanza("iq", {{"xmlns", "encrypt"}, {"type", "set"}}) &&
         Matcher{"with one-time prekeys",
                 [](const wire::Node& node) { return node.child("list") != nullptr; }};
}

std::uint32_t number_of(ByteView bytes) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

ByteView bytes_in(const wire::Node& node, std::initializer_list<std::string_view> tags) {
  const wire::Node* found = &node;
  for (const std::string_view tag : tags) {
    found = found->child(tag);
    check(found != nullptr, "there is <" + std::string(tag) + ">", wire::print_node(node));
  }
  return found->bytes().value_or(ByteView{});
}

// Whether this identity has signed the 33-byte form of the key.
void check_signature(ByteView identity, ByteView key, ByteView signature, std::string_view where) {
  const auto public_key = to_public_key(key);
  const auto signer = to_public_key(identity);
  check(public_key && signer, "the keys have 32 bytes", std::string(where));
  check(xeddsa_verify(*signer, signal::encode_public_key(*public_key), signature),
        "the signature covers the 33-byte form of the signed prekey", std::string(where));
}

// Lets the client see that its prekeys have run out, also if it asks, and waits for the upload.
wire::Node ask_for_prekeys(ClientBench& bench, int number) {
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "iq" && stanza.child("count") != nullptr)
        child_at(stanza, {"count"}).set("value", "0");
    }
  });
  wire::Node low =
      R"(<notification type="encrypt" from=jid:"@s.whatsapp.net" t="1750000000"><count value="0"/></notification>)"_node;
  low.set("id", wire::Text("low-" + std::to_string(number)));
  bench.send(low);
  return bench.expect(upload());
}

// The registration id that the client announces on the connection that it has just opened.
std::optional<std::uint32_t> registration_id(ClientBench& bench) {
  bench.driver().run_until(
      [&] { return bench.script().current() && bench.script().login(*bench.script().current()); },
      seconds(20));
  const ScriptedServer::Login* login = bench.script().login(bench.current());
  if (login == nullptr || !login->payload.device_pairing_data) return std::nullopt;
  const auto& id = login->payload.device_pairing_data->registration_id;
  return id && id->size() == 4 ? std::optional(number_of(*id)) : std::nullopt;
}

}  // namespace

CLIENT_CASE(keys, signed_prekey_of_the_registration,
            "The signed prekey of the registration is signed in its 33-byte form",
            .checks = {Rule::KEY_12}) {
  bench.start_connecting();
  registration_id(bench);
  const ScriptedServer::Login* login = bench.script().login(bench.current());
  check(login != nullptr && login->payload.device_pairing_data,
        "a client without account registers");
  const noise::DevicePairingData& data = *login->payload.device_pairing_data;
  check(data.identity_key && data.signed_prekey && data.signed_prekey_signature,
        "identity, signed prekey and signature are there");
  check_signature(*data.identity_key, *data.signed_prekey, *data.signed_prekey_signature,
                  "registration");
}

CLIENT_CASE(keys, signed_prekey_of_an_upload,
            "The signed prekey of an upload is signed in its 33-byte form",
            .checks = {Rule::KEY_12}) {
  bench.come_online();
  const wire::Node sent = bench.expect(upload());
  check_signature(bytes_in(sent, {"identity"}), bytes_in(sent, {"skey", "value"}),
                  bytes_in(sent, {"skey", "signature"}), wire::print_node(sent));
}

CLIENT_CASE(keys, signed_prekey_of_a_retry_receipt,
            "The signed prekey of a retry receipt is signed in its 33-byte form",
            .checks = {Rule::KEY_12}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = talk.new_id();
  wire::Node asked;
  for (int copy = 0; copy < 2; ++copy) {
    talk.deliver(bob, with_wrong_mac(talk.write(bob, "unreadable")),
                 {.id = id, .device_identity = {}});
    asked = talk.expect_asked_again(id);
  }
  check_signature(bytes_in(asked, {"keys", "identity"}), bytes_in(asked, {"keys", "skey", "value"}),
                  bytes_in(asked, {"keys", "skey", "signature"}), wire::print_node(asked));
}

CLIENT_CASE(keys, one_identity_everywhere,
            "Registration, upload and messages have one identity key and one registration id",
            .checks = {Rule::KEY_12, Rule::KEY_13}) {
  Conversation talk(bench);
  const wire::Node sent = bench.expect(upload());
  ScriptedContact& bob = talk.join("bob");
  const wire::Node message = talk.to(bob, "hello");
  const auto started = read_prekey_message(talk.enc_for(message, bob));
  check(started.has_value(), "the message starts a session", wire::print_node(message));
  check(equal(bytes_in(sent, {"identity"}), started->identity_key), "the identity is the same");
  check(number_of(bytes_in(sent, {"registration"})) == started->registration_id,
        "the registration id is the same", std::to_string(started->registration_id));
}

CLIENT_CASE(keys, registration_ids_of_new_devices,
            "The registration ids of new devices are not zero, differ, and need more than 8 bits",
            .checks = {Rule::KEY_14}) {
  // Of those who draw from 14 bits, one in ten million is found to need no more than 8.
  constexpr std::size_t kDevices = 4;
  std::vector<std::uint32_t> ids;
  const auto note = [&] {
    const auto id = registration_id(bench);
    check(id.has_value(), "a client without account registers with a registration id of 4 bytes");
    ids.push_back(*id);
  };
  bench.start_connecting();
  note();
  bench.disconnect();
  while (ids.size() < kDevices) {
    const std::size_t before = bench.script().opened();
    const auto another = bench.another_client();
    another->command(client::Connect{});
    bench.driver().run_until([&] { return bench.script().opened() > before || another->ended(); },
                             seconds(60));
    if (bench.script().opened() == before) inconclusive("another client does not connect");
    note();
    another->command(client::Disconnect{});
    bench.driver().run_until([&] { return !bench.script().current(); }, seconds(20));
  }
  check(std::ranges::count(ids, 0U) == 0, "none is 0");
  check(std::ranges::any_of(ids, [](std::uint32_t id) { return id > 0xff; }), "some are above 255",
        std::to_string(std::ranges::max(ids)));
  check(std::set(ids.begin(), ids.end()).size() > 1, "they differ", std::to_string(ids.front()));
}

CLIENT_CASE(keys, prekey_ids_of_many_uploads,
            "Ids of prekeys lie between 1 and 16777215, and none is given to two keys",
            .checks = {Rule::KEY_15}) {
  bench.come_online();
  std::set<std::uint32_t> ids;
  std::set<Bytes> keys;
  const auto take = [&](const wire::Node& sent) {
    for (const wire::Node& key : sent.child("list")->children()) {
      const ByteView id = bytes_in(key, {"id"});
      check(id.size() == 3, "an id has 3 bytes", wire::print_node(key));
      check(number_of(id) >= signal::kMinPrekeyId, "an id is not 0", wire::print_node(key));
      check(ids.insert(number_of(id)).second, "an id is used once", std::to_string(number_of(id)));
      check(keys.insert(to_bytes(bytes_in(key, {"value"}))).second, "a key is used once",
            wire::print_node(key));
    }
  };
  take(bench.expect(upload()));
  for (int i = 0; i < 8; ++i) take(ask_for_prekeys(bench, i));
}

CLIENT_CASE(keys, prekeys_of_every_upload_are_usable,
            "A session can be started with a prekey of each upload, also of the first",
            .checks = {Rule::KEY_15, Rule::SESSION_15}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  std::vector<wire::Node> uploads{bench.expect(upload())};
  for (int i = 0; i < 4; ++i) uploads.push_back(ask_for_prekeys(bench, i));
  for (const wire::Node& sent : uploads) {
    signal::PrekeyBundle bundle = talk.bundle_without_one_time_prekey();
    const wire::Node& last = sent.child("list")->children().back();
    bundle.one_time_prekey = signal::PrekeyBundle::OneTime{
        number_of(bytes_in(last, {"id"})), to_public_key(bytes_in(last, {"value"})).value()};
    bob.device.sessions = {};
    talk.start_session(bob, bundle);
    talk.expect_read(talk.say(bob, "with your key"));
  }
}

}  // namespace doublecheck::harness
