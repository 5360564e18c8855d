#include <algorithm>
#include <functional>
#include <optional>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/base/writer.h"
#include "spec/pairing/device_identity.h"
#include "spec/wire/node_literal.h"

// The key directory: what a device uploads, and what others are handed out of it.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Bytes u24(std::uint32_t value) {
  Writer writer;
  writer.u24(value);
  return writer.take();
}

std::uint64_t count_of(Peer& peer) {
  const wire::Node answer = peer.ask(R"(<iq type="get" xmlns="encrypt"><count/></iq>)"_node);
  check_result(answer);
  const auto count = descend(answer, {"count"}).number("value");
  check(count.has_value(), "count has a value");
  return *count;
}

// An upload as a client makes it, with one-time keys of these ids.
wire::Node upload_of(const Peer& peer, std::uint32_t first_id, std::size_t count,
                     RandomSource& random) {
  const Credentials& own = peer.credentials();
  const auto key = [](std::string_view tag, std::uint32_t id, const PublicKey& value) {
    return element(tag, {}, {element_of_bytes("id", u24(id)), element_of_bytes("value", value)});
  };
  std::vector<wire::Node> keys;
  for (std::uint32_t i = 0; i < count; ++i)
    keys.push_back(key("key", first_id + i, KeyPair::generate(random).public_key));
  wire::Node signed_prekey = key("skey", own.signed_prekey_id, own.signed_prekey.public_key);
  std::get<std::vector<wire::Node>>(signed_prekey.content)
      .push_back(element_of_bytes("signature", own.signed_prekey_signature));
  Writer registration;
  registration.u32(own.registration_id);
  return element(
      "iq", {{"type", "set"}, {"xmlns", "encrypt"}},
      {element_of_bytes("registration", registration.written()),
       element_of_bytes("type", Bytes{0x05}), element_of_bytes("identity", own.identity.public_key),
       element("list", {}, std::move(keys)), std::move(signed_prekey)});
}

// The `<user>` of the answer to a fetch of one device's bundle.
wire::Node fetch(Peer& peer, const wire::Jid& device) {
  const wire::Node answer =
      peer.ask(element("iq", {{"type", "get"}, {"xmlns", "encrypt"}},
                       {element("key", {}, {element("user", {{"jid", device}})})}));
  check_result(answer);
  return descend(answer, {"list", "user"});
}

std::optional<Bytes> one_time_key_id(const wire::Node& user) {
  const wire::Node* key = user.child("key");
  if (key == nullptr) return std::nullopt;
  return to_bytes(descend(*key, {"id"}).bytes().value_or(ByteView{}));
}

ByteView bytes_at(const wire::Node& node, std::initializer_list<std::string_view> tags) {
  return descend(node, tags).bytes().value_or(ByteView{});
}

// A device without one-time keys that has uploaded nothing yet, but is online.
Peer& peer_without_keys(ServerBench& bench, const std::string& name) {
  Peer& peer = bench.paired_peer(name);
  precondition(name + " logs in", [&] { peer.log_in(); });
  return peer;
}

// An upload that is changed like this is refused and leaves the directory as it was; unchanged it
// is accepted.
void expect_upload_refused(ServerBench& bench,
                           const std::function<void(std::vector<wire::Node>&)>& change) {
  Peer& alice = peer_without_keys(bench, "alice");
  precondition("an unchanged upload is accepted",
               [&] { check_result(alice.ask(upload_of(alice, 1, 3, bench.random()))); });
  wire::Node upload = upload_of(alice, 100, 3, bench.random());
  change(std::get<std::vector<wire::Node>>(upload.content));
  check(alice.ask(upload).text("type") == "error", "the upload is refused");
  check(count_of(alice) == 3, "the directory holds the keys of before");
}

wire::Node& part(std::vector<wire::Node>& upload, std::string_view tag) {
  return *std::ranges::find(upload, tag, [](const wire::Node& node) { return node.tag.view(); });
}

}  // namespace

SERVER_CASE(prekeys, upload_is_counted, "The count of one-time keys grows by those uploaded",
            .checks = {Rule::IQ_04}) {
  Peer& alice = peer_without_keys(bench, "alice");
  const std::uint64_t before = count_of(alice);
  check_result(alice.ask(upload_of(alice, 1, 7, bench.random())));
  check(count_of(alice) == before + 7, "the count has grown by 7");
}

SERVER_CASE(prekeys, upload_survives_reconnection, "Uploaded keys are there after a reconnection",
            .checks = {Rule::IQ_06}) {
  Peer& alice = peer_without_keys(bench, "alice");
  check_result(alice.ask(upload_of(alice, 1, 7, bench.random())));
  alice.close();
  alice.log_in();
  check(count_of(alice) == 7, "all keys are there");
}

SERVER_CASE(prekeys, repeated_upload,
            "An upload that is repeated on the next connection counts once",
            .checks = {Rule::STANZA_23, Rule::IQ_06}) {
  Peer& alice = peer_without_keys(bench, "alice");
  wire::Node upload = upload_of(alice, 1, 7, bench.random());
  upload.set("id", "upload-1");
  check_result(alice.ask(upload));
  alice.close();
  alice.log_in();
  check_result(alice.ask(upload));
  check(count_of(alice) == 7, "the keys are there once");
}

SERVER_CASE(prekeys, order_of_upload, "The children of an upload may come in any order",
            .checks = {Rule::PREKEY_02}) {
  Peer& alice = peer_without_keys(bench, "alice");
  wire::Node upload = upload_of(alice, 1, 7, bench.random());
  std::ranges::reverse(std::get<std::vector<wire::Node>>(upload.content));
  check_result(alice.ask(upload));
  check(count_of(alice) == 7, "the keys are there");
}

SERVER_CASE(prekeys, forged_signed_prekey,
            "An upload whose signed prekey is not signed by the identity is refused",
            .checks = {Rule::PREKEY_16, Rule::IQ_04, Rule::STANZA_13}) {
  expect_upload_refused(bench, [](std::vector<wire::Node>& upload) {
    auto& skey = std::get<std::vector<wire::Node>>(part(upload, "skey").content);
    Bytes signature = to_bytes(*part(skey, "signature").bytes());
    signature[7] ^= 0x01;
    part(skey, "signature").content = wire::Blob(signature);
  });
}

SERVER_CASE(prekeys, upload_without_list, "An upload without list is refused",
            .checks = {Rule::IQ_04, Rule::STANZA_13}) {
  expect_upload_refused(bench, [](std::vector<wire::Node>& upload) {
    std::erase_if(upload, [](const wire::Node& node) { return node.tag == "list"; });
  });
}

SERVER_CASE(prekeys, upload_with_short_key,
            "An upload with a one-time key of 31 bytes is refused as a whole",
            .checks = {Rule::IQ_04, Rule::STANZA_13}) {
  expect_upload_refused(bench, [](std::vector<wire::Node>& upload) {
    auto& keys = std::get<std::vector<wire::Node>>(part(upload, "list").content);
    part(std::get<std::vector<wire::Node>>(keys.back().content), "value").content =
        wire::Blob(Bytes(31, 0x07));
  });
}

SERVER_CASE(prekeys, bundle, "A bundle holds what its device has uploaded",
            .checks = {Rule::PREKEY_14, Rule::PREKEY_05}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node user = fetch(alice, bob.jid());
  const Credentials& own = bob.credentials();
  check(names(user, "jid", bob.jid()), "the bundle is for the device that was asked for");
  check(equal(bytes_at(user, {"identity"}), own.identity.public_key),
        "it has the device's identity key");
  check(equal(bytes_at(user, {"skey", "value"}), own.signed_prekey.public_key),
        "it has the signed prekey");
  check(equal(bytes_at(user, {"skey", "signature"}), own.signed_prekey_signature),
        "it has its signature");
  Writer registration;
  registration.u32(own.registration_id);
  check(equal(bytes_at(user, {"registration"}), registration.written()),
        "it has the registration id");
  check(one_time_key_id(user).has_value(), "it has a one-time key");
}

SERVER_CASE(prekeys, bundle_has_device_identity,
            "The bundle of a companion has the identity that was signed in pairing",
            .checks = {Rule::PREKEY_14}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node user = fetch(alice, bob.jid());
  const auto identity = pairing::decode_signed_device_identity(bytes_at(user, {"device-identity"}));
  check(identity.has_value(), "device-identity can be decoded");
  const auto account_key = to_public_key(identity->account_signature_key.value_or(Bytes{}));
  check(account_key.has_value(), "device-identity has the account key");
  check(pairing::verify_device_identity(*identity, *account_key,
                                        bob.credentials().identity.public_key, {})
            .has_value(),
        "both of its signatures verify");
}

SERVER_CASE(prekeys, bundle_by_lid, "A bundle that is asked for by LID names the LID",
            .checks = {Rule::PREKEY_05}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node user = fetch(alice, bob.lid());
  check(names(user, "jid", bob.lid()), "the jid is the one that was asked for");
  check(equal(bytes_at(user, {"identity"}), bob.credentials().identity.public_key),
        "it has the device's identity key");
}

SERVER_CASE(prekeys, one_time_keys_are_handed_out_once,
            "Each one-time key is handed out once, whoever asks and by whichever address",
            .checks = {Rule::PREKEY_03, Rule::PREKEY_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& carol = bench.online_peer("carol");
  Peer& bob = peer_without_keys(bench, "bob");
  check_result(bob.ask(upload_of(bob, 50, 3, bench.random())));
  std::vector<std::optional<Bytes>> ids = {one_time_key_id(fetch(alice, bob.jid())),
                                           one_time_key_id(fetch(carol, bob.lid())),
                                           one_time_key_id(fetch(alice, bob.lid()))};
  std::ranges::sort(ids);
  check(ids == std::vector<std::optional<Bytes>>{u24(50), u24(51), u24(52)},
        "three bundles hold the three keys");
  const wire::Node empty = fetch(carol, bob.jid());
  check(!one_time_key_id(empty).has_value(), "a fourth bundle has no one-time key");
  check(empty.child("skey") != nullptr && empty.child("error") == nullptr,
        "a bundle without one-time key is a bundle");
  check(count_of(bob) == 0, "the owner is told that none is left");
}

SERVER_CASE(
    prekeys, unknown_device,
    "A device that does not exist gets an error in the place of its bundle, and others their bundle",
    .checks = {Rule::PREKEY_05, Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid missing = wire::Jid::of_user(bob.jid().user, 77);
  const wire::Node answer = alice.ask(element(
      "iq", {{"type", "get"}, {"xmlns", "encrypt"}},
      {element("key", {},
               {element("user", {{"jid", missing}}), element("user", {{"jid", bob.jid()}})})}));
  check_result(answer);
  const auto users = descend(answer, {"list"}).children();
  check(users.size() == 2, "both users are answered for");
  for (const wire::Node& user : users) {
    const bool exists = names(user, "jid", bob.jid());
    check(exists || names(user, "jid", missing), "each user has the jid that was asked for");
    check((user.child("error") == nullptr) == exists,
          "the device that does not exist has an error, the other has none");
  }
}

SERVER_CASE(prekeys, digest,
            "The digest is the SHA-1 over identity, signed prekey, signature and one-time keys",
            .checks = {Rule::PREKEY_11}) {
  Peer& alice = peer_without_keys(bench, "alice");
  const wire::Node upload = upload_of(alice, 9, 4, bench.random());
  check_result(alice.ask(upload));
  const wire::Node answer = alice.ask(R"(<iq type="get" xmlns="encrypt"><digest/></iq>)"_node);
  check_result(answer);
  const Credentials& own = alice.credentials();
  Bytes hashed =
      concat({own.identity.public_key, own.signed_prekey.public_key, own.signed_prekey_signature});
  const auto ids = descend(answer, {"digest", "list"}).children();
  check(ids.size() == 4, "the list has the ids of all one-time keys");
  for (const wire::Node& id : ids) {
    const auto keys = descend(upload, {"list"}).children();
    const auto key = std::ranges::find_if(keys, [&](const wire::Node& k) {
      return equal(bytes_at(k, {"id"}), id.bytes().value_or(ByteView{}));
    });
    check(key != keys.end(), "each id of the list is of a key that was uploaded");
    append(hashed, bytes_at(*key, {"value"}));
  }
  check(equal(bytes_at(answer, {"digest", "hash"}), sha1(hashed)),
        "the hash is the one computed from the keys");
}

namespace {

// A rotation to this key under this signature is refused, and the key before it stays; one that is
// signed is accepted.
void refuse_rotation(ServerBench& bench,
                     const std::function<Bytes(Peer& bob, const PublicKey& fresh)>& signature) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const auto rotate = [&](const PublicKey& key, ByteView signed_by) {
    return bob.ask(
        element("iq", {{"type", "set"}, {"xmlns", "encrypt"}},
                {element("rotate", {},
                         {element("skey", {},
                                  {element_of_bytes("id", u24(2)), element_of_bytes("value", key),
                                   element_of_bytes("signature", signed_by)})})}));
  };
  const KeyPair genuine = KeyPair::generate(bench.random());
  precondition("a rotation that is signed is accepted", [&] {
    check_result(rotate(genuine.public_key,
                        xeddsa_sign(bob.credentials().identity.private_key,
                                    concat({Bytes{0x05}, genuine.public_key}), bench.random())));
  });
  const KeyPair forged = KeyPair::generate(bench.random());
  const wire::Node answer = rotate(forged.public_key, signature(bob, forged.public_key));
  check_error(answer, "406", "not-acceptable");
  check(equal(bytes_at(fetch(alice, bob.jid()), {"skey", "value"}), genuine.public_key),
        "the bundle has the signed prekey of before");
}

}  // namespace

SERVER_CASE(prekeys, forged_rotation,
            "A rotation whose signature has one wrong bit is refused, and changes nothing",
            .checks = {Rule::PREKEY_16}) {
  refuse_rotation(bench, [&](Peer& bob, const PublicKey& fresh) {
    Bytes signature = to_bytes(xeddsa_sign(bob.credentials().identity.private_key,
                                           concat({Bytes{0x05}, fresh}), bench.random()));
    signature.front() ^= 0x01;
    return signature;
  });
}

SERVER_CASE(prekeys, rotation_signed_by_another_identity,
            "A rotation that another identity has signed is refused, and changes nothing",
            .checks = {Rule::PREKEY_16}) {
  const KeyPair other = KeyPair::generate(bench.random());
  refuse_rotation(bench, [&](Peer&, const PublicKey& fresh) {
    return to_bytes(xeddsa_sign(other.private_key, concat({Bytes{0x05}, fresh}), bench.random()));
  });
}

SERVER_CASE(prekeys, rotation_signed_in_the_short_form,
            "A rotation whose signature covers the key without its type is refused",
            .checks = {Rule::PREKEY_16}) {
  refuse_rotation(bench, [&](Peer& bob, const PublicKey& fresh) {
    return to_bytes(xeddsa_sign(bob.credentials().identity.private_key, fresh, bench.random()));
  });
}

SERVER_CASE(prekeys, rotation, "A rotated signed prekey is in the next bundle",
            .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const KeyPair fresh = KeyPair::generate(bench.random());
  const Signature signature = xeddsa_sign(bob.credentials().identity.private_key,
                                          concat({Bytes{0x05}, fresh.public_key}), bench.random());
  check_result(bob.ask(element("iq", {{"type", "set"}, {"xmlns", "encrypt"}},
                               {element("rotate", {},
                                        {element("skey", {},
                                                 {element_of_bytes("id", u24(2)),
                                                  element_of_bytes("value", fresh.public_key),
                                                  element_of_bytes("signature", signature)})})})));
  check(equal(bytes_at(fetch(alice, bob.jid()), {"skey", "value"}), fresh.public_key),
        "the bundle has the new signed prekey");
}

}  // namespace doublecheck::harness
