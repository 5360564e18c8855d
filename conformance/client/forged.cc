#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "conformance/client/signal_steps.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "spec/signal/sender_key_message.h"

// Messages with one thing wrong that a client has to verify: they are not read, and nothing is
// damaged by them. What is not forged is read before and after. Keys, lists, pairings and frames
// are in the files beside this one.
namespace doublecheck::harness {
namespace {

using Forgery = std::function<signal::Encrypted(signal::Encrypted)>;
using PrekeyForgery = std::function<signal::Encrypted(Conversation&, signal::Encrypted)>;
// Of the document by which an account vouches for a device.
using DocumentForgery = std::function<Bytes(ByteView)>;

// A message on an established session.
void refuse_on_a_session(ClientBench& bench, const Forgery& forge) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  precondition("a message that is not forged is read",
               [&] { talk.expect_read(talk.say(bob, "genuine")); });
  const signal::Encrypted genuine = talk.write(bob, "secret");
  talk.expect_unreadable(talk.deliver(bob, forge(genuine)));
  talk.expect_read(talk.deliver(bob, genuine));
  talk.expect_text(talk.to(bob, "an answer"), bob, "an answer");
}

// A message that starts another session of a device with which there is one, beside a document that
// is the device's own, or forged as well.
void refuse_beside_a_session(ClientBench& bench, const PrekeyForgery& forge,
                             const DocumentForgery& forge_document = {}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact again = bob;
  again.device.sessions = {};
  const signal::Encrypted genuine = talk.write(again, "again");
  DeliveryOptions options;
  const signal::Encrypted forged = forge(talk, genuine);
  if (forge_document) options.device_identity = forge_document(*bob.device.device_identity);
  const std::string id = talk.deliver(bob, forged, options);
  talk.expect_not_read(id);
  // Neither the session, nor the identity, nor the prekey has suffered.
  talk.expect_read(talk.say(bob, "on the session before"));
  const wire::Node answer = talk.to(bob, "an answer");
  talk.expect_text(answer, bob, "an answer");
  talk.expect_read(talk.deliver(again, genuine));
  talk.expect_text(talk.to(bob, "another"), again, "another");
}

signal::Encrypted unchanged(Conversation&, signal::Encrypted message) { return message; }

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
      [&](ByteView) { return document; });
}

CLIENT_CASE(forged, account_signature_beside_a_prekey_message,
            "A session is not trusted for whose device the account signature is wrong",
            .checks = {Rule::DEVICE_07}) {
  refuse_beside_a_session(bench, unchanged, [](ByteView document) {
    return with_identity(document, [](pairing::SignedDeviceIdentity& identity) {
      identity.account_signature->at(3) ^= 0x01;
    });
  });
}

CLIENT_CASE(forged, device_signature_beside_a_prekey_message,
            "A session is not trusted for whose device the device signature is wrong",
            .checks = {Rule::DEVICE_07}) {
  refuse_beside_a_session(bench, unchanged, [](ByteView document) {
    return with_identity(document, [](pairing::SignedDeviceIdentity& identity) {
      identity.device_signature->at(3) ^= 0x01;
    });
  });
}

CLIENT_CASE(forged, no_document_beside_a_prekey_message,
            "A session of a companion that nobody vouches for is not trusted",
            .checks = {Rule::DEVICE_07}) {
  refuse_beside_a_session(bench, unchanged, [](ByteView) { return Bytes(); });
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
            .checks = {Rule::SENDERKEY_05, Rule::SESSION_25}, .capabilities = {"receive_text"}) {
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

}  // namespace doublecheck::harness
