#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/client/signal_steps.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "spec/pairing/key_index_list.h"
#include "spec/pairing/qr.h"
#include "spec/signal/sender_key_message.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Everything of an encrypted message that a client has to verify, with one thing wrong: it is not
// read, and nothing is damaged by it. What is not forged is read before and after.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;
using Forgery = std::function<signal::Encrypted(signal::Encrypted)>;

signal::Encrypted as_it_is(signal::Encrypted message) { return message; }

// A message on an established session.
void refuse_on_a_session(ClientBench& bench, const Forgery& forge) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  precondition("a message that is not forged is read",
               [&] { talk.expect_read(talk.deliver(bob, as_it_is(talk.write(bob, "genuine")))); });
  const signal::Encrypted genuine = talk.write(bob, "secret");
  talk.expect_unreadable(talk.deliver(bob, forge(genuine)));
  talk.expect_read(talk.deliver(bob, genuine));
  talk.expect_text(talk.to(bob, "an answer"), bob, "an answer");
}

// A message that starts another session of a device with which there is one. `options` make the
// stanza.
void refuse_beside_a_session(
    ClientBench& bench,
    const std::function<signal::Encrypted(Conversation&, signal::Encrypted)>& forge,
    const std::function<DeliveryOptions(Conversation&, const ScriptedContact&)>& options = {}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact again = bob;
  again.device.sessions = {};
  const signal::Encrypted genuine = talk.write(again, "again");
  const std::string id =
      talk.deliver(bob, forge(talk, genuine), options ? options(talk, bob) : DeliveryOptions{});
  talk.expect_not_read(id);
  // Neither the session, nor the identity, nor the prekey has suffered.
  talk.expect_read(talk.say(bob, "on the session before"));
  const wire::Node answer = talk.to(bob, "an answer");
  talk.expect_text(answer, bob, "an answer");
  talk.expect_read(talk.deliver(again, genuine));
  talk.expect_text(talk.to(bob, "another"), again, "another");
}

signal::Encrypted unchanged(Conversation&, signal::Encrypted message) { return message; }

// With another device's document, or a changed one.
std::function<DeliveryOptions(Conversation&, const ScriptedContact&)> vouched_for_by(
    const std::function<Bytes(Conversation&, const ScriptedContact&)>& document) {
  return [document](Conversation& talk, const ScriptedContact& bob) {
    return DeliveryOptions{.id = {}, .device_identity = document(talk, bob)};
  };
}

// Keys that the client fetches. Those of one device have something wrong; it gets nothing, and gets
// its message when they are right.
void refuse_bundle(
    ClientBench& bench,
    const std::function<void(Conversation&, const ScriptedContact&, wire::Node&)>& forge) {
  Conversation talk(bench);
  ScriptedContact& carol = talk.join("carol");
  precondition("a device whose keys are not forged is written to", [&] {
    edit_bundle(bench, carol, [](wire::Node&) {});
    talk.expect_text(talk.to(carol, "hello"), carol, "hello");
  });
  ScriptedContact& bob = talk.join("bob");
  bool asked = false;
  edit_bundle(bench, bob, [&](wire::Node& user) {
    asked = true;
    forge(talk, bob, user);
  });
  const auto sent = talk.attempt_to(bob, "secret");
  if (!asked) inconclusive("the client does not ask for the keys of the device");
  check(!sent || find_enc(*sent, bob) == nullptr, "nothing is encrypted for the forged keys",
        sent ? wire::print_node(*sent) : std::string());
  bench.script().behave();
  talk.expect_text(talk.to(bob, "hello"), bob, "hello");
}

// Keys that a retry receipt brings. What is sent again must not be for them.
void refuse_keys_of_a_retry(
    ClientBench& bench,
    const std::function<void(Conversation&, const ScriptedContact&, signal::PrekeyBundle&,
                             std::optional<Bytes>&)>& forge) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "secret");
  const std::string id(sent.text("id").value_or(""));

  ScriptedContact asking = bob;
  signal::PrekeyBundle bundle = asking.device.show_bundle(bench.random());
  std::optional<Bytes> document = asking.device.device_identity;
  const signal::PrekeyBundle genuine = bundle;
  forge(talk, bob, bundle, document);
  bench.send(with_keys(retry_of(bob, id, 2), bundle, document));
  give_time(bench);
  while (bench.count(to_a_chat()) > 0) {
    const wire::Node again = bench.expect(to_a_chat());
    const wire::Node* enc = find_enc(again, bob);
    const auto started = enc == nullptr ? std::nullopt : read_prekey_message(*enc);
    check(!started || started->one_time_prekey_id != bundle.one_time_prekey->id,
          "nothing is encrypted for the forged keys", wire::print_node(again));
  }
  bench.expect_alive();
  // The same with keys that are right.
  bench.send(with_keys(retry_of(bob, id, 3), genuine, asking.device.device_identity));
  const wire::Node again = precondition("keys that are not forged are used", [&] {
    return bench.expect(stanza("message", {{"id", id}}));
  });
  talk.expect_text(again, asking, "secret");
}

// A message in a group, under a key that the client has.
void refuse_in_a_group(ClientBench& bench,
                       const std::function<Bytes(ScriptedGroup&, Bytes)>& forge) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(bench.random());
  group.introduce(*group.bob, key);
  const Bytes genuine = group.write(key, "secret");
  talk.expect_unreadable(group.deliver(*group.bob, {}, forge(group, genuine)));
  talk.expect_read(group.deliver(*group.bob, {}, genuine));
}

Bytes changed(Bytes bytes, std::ptrdiff_t byte) {
  const std::ptrdiff_t index = byte >= 0 ? byte : std::ssize(bytes) + byte;
  bytes[static_cast<std::size_t>(index)] ^= 0x01;
  return bytes;
}

// The same fields with others among them, under the signature of the original.
Bytes with_shared_fields(ByteView message,
                         const std::function<void(signal::SenderKeyMessage&)>& change,
                         RandomSource& random) {
  auto fields = signal::decode_sender_key_message(message, Guard{});
  if (!fields) inconclusive("the group message cannot be decoded");
  change(*fields);
  Bytes forged = signal::encode_sender_key_message(*fields, PrivateKey{1}, random);
  std::copy(message.end() - 64, message.end(), forged.end() - 64);
  return forged;
}

// What the client is told of the devices of this user.
void edit_devices(ClientBench& bench, const DeviceNames& contact,
                  const std::function<void(wire::Node& devices)>& change) {
  bench.script().edit([names = contact, change](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      const wire::Node* usync = stanza.tag == "iq" ? stanza.child("usync") : nullptr;
      if (usync == nullptr || usync->child("list") == nullptr) continue;
      wire::Node& list = child_at(stanza, {"usync", "list"});
      for (wire::Node& user : std::get<std::vector<wire::Node>>(list.content)) {
        const wire::Jid* jid = user.jid("jid");
        const bool is_contact =
            jid != nullptr && (*jid == names.jid.account() || *jid == names.lid.account());
        if (is_contact && user.child("devices") != nullptr) change(child_at(user, {"devices"}));
      }
    }
  });
}

// A list of devices that the account has not signed makes nobody a recipient.
void refuse_device_list(ClientBench& bench,
                        const std::function<void(pairing::SignedKeyIndexList&)>& forge) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& second = talk.join("bob");
  edit_devices(bench, bob, [&](wire::Node& devices) {
    wire::Node& list = child_at(devices, {"key-index-list"});
    auto signed_list = pairing::decode_signed_key_index_list(list.bytes().value_or(ByteView{}));
    if (!signed_list) inconclusive("the list of key indexes cannot be decoded");
    forge(*signed_list);
    list.content = wire::Blob(ByteView(pairing::encode_signed_key_index_list(*signed_list)));
  });
  const auto sent = talk.attempt_to(bob, "secret");
  check(!sent || find_enc(*sent, second) == nullptr,
        "a device that the account does not vouch for gets nothing",
        sent ? wire::print_node(*sent) : std::string());
  bench.script().behave();
  talk.expect_text(talk.to(bob, "hello"), second, "hello");
}

// ---- Pairing

struct Pairing {
  explicit Pairing(ClientBench& at) : bench(at), qr(at.show_qr()) {}

  // What the phone says of the companion is changed on its way.
  void scan(const std::function<void(pairing::DeviceIdentityContainer&)>& change) {
    bench.script().edit([change](std::vector<wire::Node>& stanzas) {
      for (wire::Node& stanza : stanzas) {
        if (stanza.child("pair-success") == nullptr) continue;
        wire::Node& node = child_at(stanza, {"pair-success", "device-identity"});
        auto container =
            pairing::decode_device_identity_container(node.bytes().value_or(ByteView{}));
        if (!container) inconclusive("the identity in pair-success cannot be decoded");
        change(*container);
        node.content = wire::Blob(ByteView(pairing::encode_device_identity_container(*container)));
      }
    });
    bench.scan(qr);
  }
  // … by somebody who knows the secret of the QR code, so that the HMAC is right.
  void scan_by_who_has_seen_the_code(
      const std::function<void(pairing::SignedDeviceIdentity&)>& change) {
    const auto content = pairing::parse_qr(qr);
    if (!content) inconclusive("the QR code cannot be read");
    scan([=](pairing::DeviceIdentityContainer& container) {
      container.details = with_identity(container.details, change);
      container.hmac = to_bytes(
          pairing::container_hmac(container.account_type, container.details, content->adv_secret));
    });
  }
  // It is not signed; with a pairing that is right the client comes online after all.
  void expect_refused() {
    bench.driver().run_until([&] { return !bench.script().current() || bench.client().ended(); },
                             seconds(5));
    bench.expect_none({"pair-device-sign", [](const wire::Node& node) {
                         return node.child("pair-device-sign") != nullptr;
                       }});
    bench.expect_alive();
    bench.script().behave();
    if (bench.script().current()) bench.disconnect();
    precondition("the client pairs when nothing is forged", [&] { bench.come_online(); });
  }

  ClientBench& bench;
  std::string qr;
};

// ---- Frames

// A stanza in a frame that is not as it was sealed has no effect, and what follows on this
// connection or the next one has.
void refuse_frame(ClientBench& bench, const std::function<void(std::vector<Bytes>&)>& forge) {
  bench.come_online();
  const auto acknowledged = [](const std::string& id) {
    return stanza("ack", {{"class", "notification"}, {"id", id}});
  };
  const auto notify = [&](const std::string& id) {
    wire::Node node =
        R"(<notification from=jid:"@s.whatsapp.net" t="1750000000" type="doublecheck"/>)"_node;
    node.set("id", wire::Text(id));
    bench.send(node);
  };
  precondition("a notification is acknowledged", [&] {
    notify("genuine");
    bench.expect(acknowledged("genuine"));
  });
  bench.script().received_stanzas().clear();
  const std::size_t before = bench.script().opened();
  bench.script().edit_frames([forge, done = false](std::vector<Bytes>& frames) mutable {
    if (!std::exchange(done, true)) forge(frames);
  });
  notify("forged");
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(2));
  bench.expect_none(acknowledged("forged"));
  bench.expect_alive();
  bench.script().behave();
  if (bench.script().current() && bench.script().opened() == before) {
    // A client may drop the frame and go on, or be about to give up the connection.
    notify("after it");
    bench.driver().run_until(
        [&] {
          return bench.count(acknowledged("after it")) > 0 || !bench.script().current() ||
                 bench.client().ended();
        },
        seconds(5));
    if (bench.count(acknowledged("after it")) > 0) return;
    if (bench.script().current()) bench.disconnect();
  }
  if (!bench.script().current() &&
      !bench.driver().run_until([&] { return bench.script().current().has_value(); }, seconds(10)))
    bench.start_connecting();
  precondition("the client is back", [&] { bench.expect(query_with("active"), seconds(60)); });
  notify("next");
  bench.expect(acknowledged("next"));
}

}  // namespace

// ---- On a session

CLIENT_CASE(forged, mac, "A message with one wrong bit in its MAC is not read",
            .checks = {Rule::SESSION_09, Rule::SESSION_08, Rule::SESSION_26, Rule::RETRY_01}) {
  refuse_on_a_session(bench, with_wrong_mac);
}

CLIENT_CASE(forged, mac_of_seven_bytes,
            "A message that has lost the last byte of its MAC is not read",
            .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_bytes(std::move(message), [](Bytes& bytes) { bytes.pop_back(); });
  });
}

CLIENT_CASE(forged, mac_of_nine_bytes, "A message behind whose MAC comes another byte is not read",
            .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_bytes(std::move(message), [](Bytes& bytes) { bytes.push_back(0); });
  });
}

CLIENT_CASE(forged, first_block_of_the_ciphertext,
            "A message with one wrong bit in the first block of its ciphertext is not read",
            .checks = {Rule::SESSION_09, Rule::SESSION_08, Rule::SESSION_26}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_fields(std::move(message),
                       [](signal::SignalMessage& fields) { fields.ciphertext.front() ^= 0x01; });
  });
}

CLIENT_CASE(forged, last_block_of_the_ciphertext,
            "A message with one wrong bit in the last block of its ciphertext is not read",
            .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_fields(std::move(message),
                       [](signal::SignalMessage& fields) { fields.ciphertext.back() ^= 0x80; });
  });
}

CLIENT_CASE(forged, ciphertext_cut,
            "A message whose ciphertext has lost its last block is not read",
            .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_fields(std::move(message), [](signal::SignalMessage& fields) {
      fields.ciphertext.resize(fields.ciphertext.size() - 16);
    });
  });
}

CLIENT_CASE(forged, ratchet_key,
            "A message with another ratchet key is not read, and turns no ratchet",
            .checks = {Rule::SESSION_26, Rule::SESSION_09}) {
  const KeyPair other = KeyPair::generate(bench.random());
  refuse_on_a_session(bench, [&](signal::Encrypted message) {
    return with_fields(std::move(message), [&](signal::SignalMessage& fields) {
      fields.ratchet_key = other.public_key;
    });
  });
}

CLIENT_CASE(forged, counter_ahead,
            "A message with a greater counter is not read, and skips nothing",
            .checks = {Rule::SESSION_26, Rule::SESSION_09}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_fields(std::move(message),
                       [](signal::SignalMessage& fields) { fields.counter += 1'000; });
  });
}

CLIENT_CASE(forged, previous_counter,
            "A message with another previous counter is not read, and closes no chain",
            .checks = {Rule::SESSION_26, Rule::SESSION_09}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_fields(std::move(message),
                       [](signal::SignalMessage& fields) { fields.previous_counter += 1'000; });
  });
}

CLIENT_CASE(forged, version, "A message whose version byte was changed on the way is not read",
            .checks = {Rule::SESSION_08, Rule::SESSION_07}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    return with_bytes(std::move(message), [](Bytes& bytes) { bytes.front() = 0x32; });
  });
}

CLIENT_CASE(forged, empty_message, "A message of no bytes is not read",
            .checks = {Rule::RETRY_01, Rule::SESSION_26}) {
  refuse_on_a_session(bench, [](signal::Encrypted message) {
    message.bytes.clear();
    return message;
  });
}

CLIENT_CASE(forged, session_of_another_device,
            "A message of one device is not read as one of another",
            .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& carol = talk.friend_of_the_client("carol");
  const signal::Encrypted genuine = talk.write(bob, "secret");
  talk.expect_unreadable(talk.deliver(carol, genuine));
  talk.expect_read(talk.deliver(bob, genuine));
  talk.expect_read(talk.say(carol, "and mine"));
}

CLIENT_CASE(forged, stranger_without_session, "A message without a session behind it is asked for",
            .checks = {Rule::RETRY_01}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& carol = talk.join("carol");
  talk.expect_unreadable(talk.deliver(carol, talk.write(bob, "not for you")));
  precondition("a message that starts a session is read",
               [&] { talk.expect_read(talk.say(carol, "hello")); });
}

// ---- Starting a session

CLIENT_CASE(forged, mac_in_a_prekey_message,
            "A message that starts a session with a wrong MAC damages neither session nor prekey",
            .checks = {Rule::SESSION_14}) {
  refuse_beside_a_session(
      bench, [](Conversation&, signal::Encrypted message) { return with_wrong_mac(message); });
}

CLIENT_CASE(forged, identity_in_a_prekey_message,
            "A message that starts a session with another identity key damages nothing",
            .checks = {Rule::SESSION_14}) {
  const KeyPair other = KeyPair::generate(bench.random());
  refuse_beside_a_session(bench, [&](Conversation&, signal::Encrypted message) {
    return with_prekey_fields(std::move(message), [&](signal::PrekeySignalMessage& fields) {
      fields.identity_key = other.public_key;
    });
  });
}

CLIENT_CASE(forged, base_key_in_a_prekey_message,
            "A message that starts a session with another base key damages nothing",
            .checks = {Rule::SESSION_14}) {
  const KeyPair other = KeyPair::generate(bench.random());
  refuse_beside_a_session(bench, [&](Conversation&, signal::Encrypted message) {
    return with_prekey_fields(std::move(message), [&](signal::PrekeySignalMessage& fields) {
      fields.base_key = other.public_key;
    });
  });
}

CLIENT_CASE(forged, prekey_in_a_prekey_message,
            "A message that names another one-time prekey than it was made for consumes neither",
            .checks = {Rule::SESSION_14}) {
  refuse_beside_a_session(bench, [](Conversation& talk, signal::Encrypted message) {
    const signal::PrekeyBundle other = talk.take_bundle();
    return with_prekey_fields(std::move(message), [&](signal::PrekeySignalMessage& fields) {
      fields.one_time_prekey_id = other.one_time_prekey->id;
    });
  });
}

CLIENT_CASE(forged, no_message_in_a_prekey_message,
            "A message that starts a session and holds none damages nothing",
            .checks = {Rule::SESSION_14}) {
  refuse_beside_a_session(bench, [](Conversation&, signal::Encrypted message) {
    return with_prekey_fields(std::move(message),
                              [](signal::PrekeySignalMessage& fields) { fields.message.clear(); });
  });
}

CLIENT_CASE(forged, prekey_message_of_a_stranger,
            "A session that a stranger starts in a contact's name is not read",
            .checks = {Rule::DEVICE_07, Rule::SESSION_14}) {
  refuse_beside_a_session(bench, [](Conversation& talk, signal::Encrypted) {
    ScriptedContact stranger({}, SignalDevice(talk.bench().random()));
    return talk.write(stranger, "believe me");
  });
}

CLIENT_CASE(forged, prekey_message_of_an_attested_stranger,
            "A session that another account's device starts in a contact's name is not read",
            .checks = {Rule::DEVICE_07, Rule::SESSION_14}) {
  Bytes document;
  refuse_beside_a_session(
      bench,
      [&](Conversation& talk, signal::Encrypted) {
        ScriptedContact& mallory = talk.join("mallory");
        document = *mallory.device.device_identity;
        return talk.write(mallory, "believe me");
      },
      vouched_for_by([&](Conversation&, const ScriptedContact&) { return document; }));
}

CLIENT_CASE(forged, account_signature_beside_a_prekey_message,
            "A session is not trusted for whose device the account signature is wrong",
            .checks = {Rule::DEVICE_07}) {
  refuse_beside_a_session(bench, unchanged,
                          vouched_for_by([](Conversation&, const ScriptedContact& bob) {
                            return with_identity(*bob.device.device_identity,
                                                 [](pairing::SignedDeviceIdentity& identity) {
                                                   identity.account_signature->at(3) ^= 0x01;
                                                 });
                          }));
}

CLIENT_CASE(forged, device_signature_beside_a_prekey_message,
            "A session is not trusted for whose device the device signature is wrong",
            .checks = {Rule::DEVICE_07}) {
  refuse_beside_a_session(bench, unchanged,
                          vouched_for_by([](Conversation&, const ScriptedContact& bob) {
                            return with_identity(*bob.device.device_identity,
                                                 [](pairing::SignedDeviceIdentity& identity) {
                                                   identity.device_signature->at(3) ^= 0x01;
                                                 });
                          }));
}

CLIENT_CASE(forged, no_document_beside_a_prekey_message,
            "A session of a companion that nobody vouches for is not trusted",
            .checks = {Rule::DEVICE_07}) {
  refuse_beside_a_session(
      bench, unchanged,
      vouched_for_by([](Conversation&, const ScriptedContact&) { return Bytes(); }));
}

// ---- Keys of others

CLIENT_CASE(forged, zeros_as_signature_in_a_bundle,
            "Nothing is encrypted for a bundle whose signature is all zeros",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation&, const ScriptedContact&, wire::Node& user) {
    child_at(user, {"skey", "signature"}).content = wire::Blob(ByteView(Bytes(64)));
  });
}

CLIENT_CASE(forged, signature_in_a_bundle,
            "Nothing is encrypted for a bundle whose signature has one wrong bit",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation&, const ScriptedContact&, wire::Node& user) {
    flip(child_at(user, {"skey", "signature"}), 5);
  });
}

CLIENT_CASE(forged, signed_prekey_in_a_bundle,
            "Nothing is encrypted for a bundle whose signed prekey was replaced",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation& talk, const ScriptedContact&, wire::Node& user) {
    const KeyPair other = KeyPair::generate(talk.bench().random());
    child_at(user, {"skey", "value"}).content = wire::Blob(ByteView(other.public_key));
  });
}

CLIENT_CASE(forged, signed_prekey_of_another_in_a_bundle,
            "Nothing is encrypted for a bundle whose signed prekey another identity has signed",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation& talk, const ScriptedContact&, wire::Node& user) {
    SignalDevice mallory(talk.bench().random());
    const signal::PrekeyBundle bundle = mallory.show_bundle(talk.bench().random());
    child_at(user, {"skey", "value"}).content = wire::Blob(ByteView(bundle.signed_prekey.key));
    child_at(user, {"skey", "signature"}).content =
        wire::Blob(ByteView(bundle.signed_prekey.signature));
  });
}

CLIENT_CASE(forged, keys_of_a_stranger_in_a_bundle,
            "Nothing is encrypted for keys of a stranger that the server shows for a device",
            .checks = {Rule::DEVICE_07}) {
  refuse_bundle(bench, [](Conversation& talk, const ScriptedContact&, wire::Node& user) {
    SignalDevice mallory(talk.bench().random());
    const signal::PrekeyBundle bundle = mallory.show_bundle(talk.bench().random());
    child_at(user, {"identity"}).content = wire::Blob(ByteView(bundle.identity_key));
    child_at(user, {"skey", "value"}).content = wire::Blob(ByteView(bundle.signed_prekey.key));
    child_at(user, {"skey", "signature"}).content =
        wire::Blob(ByteView(bundle.signed_prekey.signature));
  });
}

CLIENT_CASE(forged, account_signature_in_a_bundle,
            "Nothing is encrypted for a device whose account signature is wrong",
            .checks = {Rule::DEVICE_07}) {
  refuse_bundle(bench, [](Conversation&, const ScriptedContact&, wire::Node& user) {
    wire::Node& document = child_at(user, {"device-identity"});
    document.content = wire::Blob(
        ByteView(with_identity(*document.bytes(), [](pairing::SignedDeviceIdentity& identity) {
          identity.account_signature->at(7) ^= 0x01;
        })));
  });
}

CLIENT_CASE(forged, device_signature_in_a_bundle,
            "Nothing is encrypted for a device whose device signature is wrong",
            .checks = {Rule::DEVICE_07}) {
  refuse_bundle(bench, [](Conversation&, const ScriptedContact&, wire::Node& user) {
    wire::Node& document = child_at(user, {"device-identity"});
    document.content = wire::Blob(
        ByteView(with_identity(*document.bytes(), [](pairing::SignedDeviceIdentity& identity) {
          identity.device_signature->at(7) ^= 0x01;
        })));
  });
}

CLIENT_CASE(forged, one_bad_bundle_of_two,
            "A forged bundle of one device does not keep the message from the other",
            .checks = {Rule::SESSION_05}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  ScriptedContact& second = talk.join("bob");
  edit_bundle(bench, second, [](wire::Node& user) { flip(child_at(user, {"skey", "signature"})); });
  const wire::Node sent = talk.to(bob, "hello");
  talk.expect_text(sent, bob, "hello");
  bench.script().behave();
  talk.expect_text(talk.to(bob, "hello, both"), second, "hello, both");
}

CLIENT_CASE(forged, bundle_without_signature_beside_a_good_one,
            "A bundle that has no signature at all does not keep the message from others",
            .checks = {Rule::SESSION_05}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  ScriptedContact& second = talk.join("bob");
  edit_bundle(bench, second, [](wire::Node& user) {
    std::erase_if(std::get<std::vector<wire::Node>>(child_at(user, {"skey"}).content),
                  [](const wire::Node& child) { return child.tag == "signature"; });
  });
  const wire::Node sent = talk.to(bob, "hello");
  check(find_enc(sent, second) == nullptr, "nothing is encrypted without signature",
        wire::print_node(sent));
  talk.expect_text(sent, bob, "hello");
}

CLIENT_CASE(forged, signature_in_a_retry_receipt,
            "Nothing is sent again under keys of a retry receipt that are not signed",
            .checks = {Rule::RETRY_10, Rule::SESSION_04}) {
  refuse_keys_of_a_retry(
      bench, [](Conversation&, const ScriptedContact&, signal::PrekeyBundle& bundle,
                std::optional<Bytes>&) { bundle.signed_prekey.signature.at(9) ^= 0x01; });
}

CLIENT_CASE(forged, zeros_as_signature_in_a_retry_receipt,
            "Nothing is sent again under keys whose signature is all zeros",
            .checks = {Rule::RETRY_10}) {
  refuse_keys_of_a_retry(bench,
                         [](Conversation&, const ScriptedContact&, signal::PrekeyBundle& bundle,
                            std::optional<Bytes>&) { bundle.signed_prekey.signature = {}; });
}

CLIENT_CASE(forged, keys_of_a_stranger_in_a_retry_receipt,
            "Nothing is sent again under keys of a stranger",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation& talk, const ScriptedContact&,
                                   signal::PrekeyBundle& bundle, std::optional<Bytes>& document) {
    SignalDevice mallory(talk.bench().random());
    bundle = mallory.show_bundle(talk.bench().random());
    document.reset();
  });
}

CLIENT_CASE(forged, keys_of_an_attested_stranger_in_a_retry_receipt,
            "Nothing is sent again under keys of another account's device",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation& talk, const ScriptedContact&,
                                   signal::PrekeyBundle& bundle, std::optional<Bytes>& document) {
    ScriptedContact& mallory = talk.join("mallory");
    bundle = mallory.device.show_bundle(talk.bench().random());
    document = mallory.device.device_identity;
  });
}

CLIENT_CASE(forged, account_signature_in_a_retry_receipt,
            "Nothing is sent again under keys for which the account signature is wrong",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation&, const ScriptedContact&, signal::PrekeyBundle&,
                                   std::optional<Bytes>& document) {
    document = with_identity(*document, [](pairing::SignedDeviceIdentity& identity) {
      identity.account_signature->at(11) ^= 0x01;
    });
  });
}

CLIENT_CASE(forged, device_signature_in_a_retry_receipt,
            "Nothing is sent again under keys for which the device signature is wrong",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation&, const ScriptedContact&, signal::PrekeyBundle&,
                                   std::optional<Bytes>& document) {
    document = with_identity(*document, [](pairing::SignedDeviceIdentity& identity) {
      identity.device_signature->at(11) ^= 0x01;
    });
  });
}

CLIENT_CASE(forged, signature_of_a_device_list,
            "A device is not believed in because of a list whose signature is wrong",
            .checks = {Rule::DEVICE_03}) {
  refuse_device_list(
      bench, [](pairing::SignedKeyIndexList& list) { list.account_signature.at(3) ^= 0x01; });
}

CLIENT_CASE(forged, device_list_of_another_account,
            "A device is not believed in because of a list that another account has signed",
            .checks = {Rule::DEVICE_03}) {
  const KeyPair mallory = KeyPair::generate(bench.random());
  refuse_device_list(bench, [&](pairing::SignedKeyIndexList& list) {
    const auto details = pairing::decode_key_index_list(list.details);
    if (!details) inconclusive("the list of key indexes cannot be decoded");
    list = pairing::sign_key_index_list(*details, mallory, bench.random());
  });
}

// ---- Groups

CLIENT_CASE(forged, signature_in_a_group,
            "A group message with one wrong bit in its signature is not read",
            .checks = {Rule::SENDERKEY_02}) {
  refuse_in_a_group(bench, [](ScriptedGroup&, Bytes message) { return changed(message, -60); });
}

CLIENT_CASE(forged, ciphertext_in_a_group,
            "A group message with one wrong bit in its ciphertext is not read",
            .checks = {Rule::SENDERKEY_02}) {
  refuse_in_a_group(bench, [](ScriptedGroup&, Bytes message) { return changed(message, -65); });
}

CLIENT_CASE(forged, iteration_in_a_group,
            "A group message with a greater iteration is not read, and skips nothing",
            .checks = {Rule::SENDERKEY_02}) {
  refuse_in_a_group(bench, [](ScriptedGroup& group, Bytes message) {
    return with_shared_fields(
        message, [](signal::SenderKeyMessage& fields) { fields.iteration += 1'000; },
        group.talk.bench().random());
  });
}

CLIENT_CASE(forged, key_id_in_a_group, "A group message under another key id is not read",
            .checks = {Rule::SENDERKEY_02}) {
  refuse_in_a_group(bench, [](ScriptedGroup& group, Bytes message) {
    return with_shared_fields(
        message, [](signal::SenderKeyMessage& fields) { fields.key_id ^= 1; },
        group.talk.bench().random());
  });
}

CLIENT_CASE(forged, signing_key_in_a_group,
            "A group message that a holder of the chain key has signed himself is not read",
            .checks = {Rule::SENDERKEY_02}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(bench.random());
  group.introduce(*group.bob, key);
  signal::OwnSenderKey imitated = key;  // every member knows the chain, and one alone the key
  imitated.signing_key = KeyPair::generate(bench.random());
  talk.expect_unreadable(group.deliver(*group.bob, {}, group.write(imitated, "believe me")));
  talk.expect_read(group.deliver(*group.bob, {}, group.write(key, "I said nothing")));
}

CLIENT_CASE(forged, author_in_a_group, "A group message of one member is not read as another's",
            .checks = {Rule::SENDERKEY_02}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey of_bob = signal::OwnSenderKey::generate(bench.random());
  signal::OwnSenderKey of_carol = signal::OwnSenderKey::generate(bench.random());
  group.introduce(*group.bob, of_bob);
  group.introduce(*group.carol, of_carol);
  const Bytes genuine = group.write(of_bob, "I am bob");
  talk.expect_unreadable(group.deliver(*group.carol, {}, genuine));
  talk.expect_read(group.deliver(*group.bob, {}, genuine));
  talk.expect_read(group.deliver(*group.carol, {}, group.write(of_carol, "I am carol")));
}

CLIENT_CASE(forged, key_id_of_another_member,
            "A member who gives a key with another's id replaces nobody's key",
            .checks = {Rule::SENDERKEY_10}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey of_bob = signal::OwnSenderKey::generate(bench.random());
  group.introduce(*group.bob, of_bob);
  signal::OwnSenderKey of_carol = signal::OwnSenderKey::generate(bench.random());
  of_carol.key_id = of_bob.key_id;
  group.introduce(*group.carol, of_carol);
  talk.expect_read(group.deliver(*group.bob, {}, group.write(of_bob, "bob again")));
  talk.expect_read(group.deliver(*group.carol, {}, group.write(of_carol, "carol again")));
}

CLIENT_CASE(forged, group_key_in_a_direct_chat,
            "A group's key that comes in a direct chat is no key of that group",
            .checks = {Rule::SENDERKEY_10}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(bench.random());
  talk.deliver(*group.bob, group.distribution(*group.bob, key, group.jid.to_string()));
  give_time(bench);
  talk.expect_unreadable(group.deliver(*group.bob, {}, group.write(key, "unheard")));
  group.introduce(*group.bob, key);
}

CLIENT_CASE(forged, group_key_in_a_direct_chat_replaces_nothing,
            "The key of a group stays what it is when another comes in a direct chat",
            .checks = {Rule::SENDERKEY_10}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(bench.random());
  group.introduce(*group.bob, key);
  signal::OwnSenderKey other = signal::OwnSenderKey::generate(bench.random());
  other.key_id = key.key_id;
  talk.deliver(*group.bob, group.distribution(*group.bob, other, group.jid.to_string()));
  give_time(bench);
  talk.expect_unreadable(group.deliver(*group.bob, {}, group.write(other, "believe me")));
  talk.expect_read(group.deliver(*group.bob, {}, group.write(key, "as before")));
}

CLIENT_CASE(forged, key_of_another_group,
            "A key that comes in one group and names another is a key of neither",
            .checks = {Rule::SENDERKEY_10}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  wire::Jid elsewhere = group.jid;
  elsewhere.user = wire::Text("120363999999999999");
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(bench.random());
  group.deliver(*group.bob, group.distribution(*group.bob, key, elsewhere.to_string()), {});
  give_time(bench);
  const wire::Jid here = std::exchange(group.jid, elsewhere);
  talk.expect_unreadable(group.deliver(*group.bob, {}, group.write(key, "elsewhere")));
  group.jid = here;
  group.introduce(*group.bob, key);
}

CLIENT_CASE(forged, group_message_comes_twice,
            "A group message that comes twice is shown once, and not asked for",
            .checks = {Rule::SESSION_25, Rule::SENDERKEY_05}, .capabilities = {"receive_text"}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(bench.random());
  const signal::OwnSenderKey at_first = key;
  group.introduce(*group.bob, key);
  const Bytes once = group.write(key, "once");
  precondition("it is read", [&] { talk.expect_read(group.deliver(*group.bob, {}, once)); });
  // The key comes again, as it was at first, and so does the message.
  group.deliver(*group.bob, group.distribution(*group.bob, at_first, group.jid.to_string()), {});
  const std::string again = group.deliver(*group.bob, {}, once);
  const auto texts = talk.texts_shown();
  check(std::ranges::count(texts, "once") == 1, "it is shown once",
        std::to_string(std::ranges::count(texts, "once")));
  bench.expect_none(retry_for(again));
  talk.expect_read(group.deliver(*group.bob, {}, group.write(key, "news")));
}

// ---- Pairing

CLIENT_CASE(forged, hmac_of_a_pairing_cut,
            "A pairing whose HMAC has lost its last byte is not signed",
            .checks = {Rule::PAIR_08}) {
  Pairing pairing(bench);
  pairing.scan([](pairing::DeviceIdentityContainer& container) { container.hmac.pop_back(); });
  pairing.expect_refused();
}

CLIENT_CASE(forged, empty_hmac_of_a_pairing, "A pairing with an empty HMAC is not signed",
            .checks = {Rule::PAIR_08}) {
  Pairing pairing(bench);
  pairing.scan([](pairing::DeviceIdentityContainer& container) { container.hmac.clear(); });
  pairing.expect_refused();
}

CLIENT_CASE(forged, details_of_a_pairing,
            "A pairing whose details were changed under the old HMAC is not signed",
            .checks = {Rule::PAIR_08}) {
  Pairing pairing(bench);
  pairing.scan([](pairing::DeviceIdentityContainer& container) {
    container.details = with_identity(
        container.details, [](auto& identity) { identity.account_signature->at(0) ^= 0x01; });
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, details_of_a_pairing_by_who_has_seen_the_code,
            "A pairing whose details the account has not signed is not signed",
            .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  pairing.scan_by_who_has_seen_the_code([](pairing::SignedDeviceIdentity& identity) {
    auto details = pairing::decode_device_identity(identity.details).value();
    ++details.key_index;
    identity.details = pairing::encode_device_identity(details);
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, account_key_of_a_pairing,
            "A pairing that names another account key than the one that has signed is not signed",
            .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  const KeyPair other = KeyPair::generate(bench.random());
  pairing.scan_by_who_has_seen_the_code([&](pairing::SignedDeviceIdentity& identity) {
    identity.account_signature_key = to_bytes(other.public_key);
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, account_signature_of_a_pairing_for_another_device,
            "A pairing whose account signature is for another device's key is not signed",
            .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  const KeyPair account = KeyPair::generate(bench.random());
  const KeyPair device = KeyPair::generate(bench.random());
  pairing.scan_by_who_has_seen_the_code([&](pairing::SignedDeviceIdentity& identity) {
    identity.account_signature_key = to_bytes(account.public_key);
    identity.account_signature = to_bytes(
        xeddsa_sign(account.private_key,
                    pairing::account_signature_message(false, identity.details, device.public_key),
                    bench.random()));
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, no_account_signature_of_a_pairing,
            "A pairing without account signature is not signed", .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  pairing.scan_by_who_has_seen_the_code(
      [](pairing::SignedDeviceIdentity& identity) { identity.account_signature.reset(); });
  pairing.expect_refused();
}

// ---- Frames

CLIENT_CASE(forged, body_of_a_frame, "A stanza in a frame with one wrong bit has no effect",
            .checks = {Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) { frames.front().at(5) ^= 0x01; });
}

CLIENT_CASE(forged, tag_of_a_frame, "A stanza in a frame with a wrong tag has no effect",
            .checks = {Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) { frames.front().back() ^= 0x80; });
}

CLIENT_CASE(forged, frame_without_tag, "A frame that is shorter than its tag has no effect",
            .checks = {Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) {
    frames.front() = Bytes{0x00, 0x00, 0x0f};
    frames.front().resize(3 + 15, 0x42);
  });
}

CLIENT_CASE(forged, frame_of_no_bytes, "A frame of length 0 has no effect and ends no process",
            .checks = {Rule::FRAME_07, Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) { frames.front() = Bytes(3); });
}

}  // namespace doublecheck::harness
