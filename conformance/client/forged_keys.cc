#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "conformance/client/signal_steps.h"
#include "harness/suite/case.h"
#include "spec/pairing/key_index_list.h"
#include "spec/wire/node_text.h"

// Keys and lists of other devices with one thing wrong that a client has to verify: nothing is
// encrypted for them, until they are right.
namespace doublecheck::harness {
namespace {

// Keys that the client fetches. Those of one device have something wrong; it gets nothing, and gets
// its message when they are right.
void refuse_bundle(ClientBench& bench,
                   const std::function<void(Conversation&, wire::Node& user)>& forge) {
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
    forge(talk, user);
  });
  const auto sent = talk.attempt_to(bob, "secret");
  if (!asked) inconclusive("the client does not ask for the keys of the device");
  check(!sent || ciphertext_for(*sent, bob) == nullptr, "nothing is encrypted for the forged keys",
        sent ? wire::print_node(*sent) : std::string());
  bench.script().behave();
  talk.expect_text(talk.to(bob, "hello"), bob, "hello");
}

// Keys that a retry receipt brings, and the document beside them.
struct ShownKeys {
  signal::PrekeyBundle bundle;
  std::optional<Bytes> document;
};

// What is sent again must not be for forged keys.
void refuse_keys_of_a_retry(ClientBench& bench,
                            const std::function<void(Conversation&, ShownKeys&)>& forge) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "secret");
  const std::string id(sent.text("id").value_or(""));

  ScriptedContact asking = bob;
  const ShownKeys genuine{asking.device.show_bundle(bench.random()), asking.device.device_identity};
  ShownKeys forged = genuine;
  forge(talk, forged);
  bench.send(with_keys(retry_of(bob, id, 2), forged.bundle, forged.document));
  give_time(bench);
  while (bench.count(chat_message()) > 0) {
    const wire::Node again = bench.expect(chat_message());
    const wire::Node* enc = ciphertext_for(again, bob);
    const auto started = enc == nullptr ? std::nullopt : read_prekey_message(*enc);
    check(!started || started->one_time_prekey_id != forged.bundle.one_time_prekey->id,
          "nothing is encrypted for the forged keys", wire::print_node(again));
  }
  bench.expect_alive();
  // The same with keys that are right.
  bench.send(with_keys(retry_of(bob, id, 3), genuine.bundle, genuine.document));
  const wire::Node again = precondition("keys that are not forged are used", [&] {
    return bench.expect(stanza("message", {{"id", id}}));
  });
  talk.expect_text(again, asking, "secret");
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
  check(!sent || ciphertext_for(*sent, second) == nullptr,
        "a device that the account does not vouch for gets nothing",
        sent ? wire::print_node(*sent) : std::string());
  bench.script().behave();
  talk.expect_text(talk.to(bob, "hello"), second, "hello");
}

}  // namespace

// ---- Keys of others

CLIENT_CASE(forged, zeros_as_signature_in_a_bundle,
            "Nothing is encrypted for a bundle whose signature is all zeros",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation&, wire::Node& user) {
    child_at(user, {"skey", "signature"}).content = wire::Blob(ByteView(Bytes(64)));
  });
}

CLIENT_CASE(forged, signature_in_a_bundle,
            "Nothing is encrypted for a bundle whose signature has one wrong bit",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation&, wire::Node& user) {
    flip(child_at(user, {"skey", "signature"}), 5);
  });
}

CLIENT_CASE(forged, signed_prekey_in_a_bundle,
            "Nothing is encrypted for a bundle whose signed prekey was replaced",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation& talk, wire::Node& user) {
    const KeyPair other = KeyPair::generate(talk.bench().random());
    child_at(user, {"skey", "value"}).content = wire::Blob(ByteView(other.public_key));
  });
}

CLIENT_CASE(forged, signed_prekey_of_another_in_a_bundle,
            "Nothing is encrypted for a bundle whose signed prekey another identity has signed",
            .checks = {Rule::SESSION_04}) {
  refuse_bundle(bench, [](Conversation& talk, wire::Node& user) {
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
  refuse_bundle(bench, [](Conversation& talk, wire::Node& user) {
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
  refuse_bundle(bench, [](Conversation&, wire::Node& user) {
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
  refuse_bundle(bench, [](Conversation&, wire::Node& user) {
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
  check(ciphertext_for(sent, second) == nullptr, "nothing is encrypted without signature",
        wire::print_node(sent));
  talk.expect_text(sent, bob, "hello");
}

CLIENT_CASE(forged, signature_in_a_retry_receipt,
            "Nothing is sent again under keys of a retry receipt that are not signed",
            .checks = {Rule::RETRY_10, Rule::SESSION_04}) {
  refuse_keys_of_a_retry(bench, [](Conversation&, ShownKeys& keys) {
    keys.bundle.signed_prekey.signature.at(9) ^= 0x01;
  });
}

CLIENT_CASE(forged, zeros_as_signature_in_a_retry_receipt,
            "Nothing is sent again under keys whose signature is all zeros",
            .checks = {Rule::RETRY_10}) {
  refuse_keys_of_a_retry(
      bench, [](Conversation&, ShownKeys& keys) { keys.bundle.signed_prekey.signature = {}; });
}

CLIENT_CASE(forged, keys_of_a_stranger_in_a_retry_receipt,
            "Nothing is sent again under keys of a stranger",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation& talk, ShownKeys& keys) {
    SignalDevice mallory(talk.bench().random());
    keys.bundle = mallory.show_bundle(talk.bench().random());
    keys.document.reset();
  });
}

CLIENT_CASE(forged, keys_of_an_attested_stranger_in_a_retry_receipt,
            "Nothing is sent again under keys of another account's device",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation& talk, ShownKeys& keys) {
    ScriptedContact& mallory = talk.join("mallory");
    keys.bundle = mallory.device.show_bundle(talk.bench().random());
    keys.document = mallory.device.device_identity;
  });
}

CLIENT_CASE(forged, account_signature_in_a_retry_receipt,
            "Nothing is sent again under keys for which the account signature is wrong",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation&, ShownKeys& keys) {
    keys.document = with_identity(*keys.document, [](pairing::SignedDeviceIdentity& identity) {
      identity.account_signature->at(11) ^= 0x01;
    });
  });
}

CLIENT_CASE(forged, device_signature_in_a_retry_receipt,
            "Nothing is sent again under keys for which the device signature is wrong",
            .checks = {Rule::RETRY_10, Rule::DEVICE_07}) {
  refuse_keys_of_a_retry(bench, [](Conversation&, ShownKeys& keys) {
    keys.document = with_identity(*keys.document, [](pairing::SignedDeviceIdentity& identity) {
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

}  // namespace doublecheck::harness
