#include <algorithm>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Which devices a client takes for those of an account, and what it does when they change. The
// devices that come and go are played by the cases; what the client writes is for them to read, or
// not.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

constexpr std::uint16_t kPlayed = 40;  // the number of a played device, and of others from there on

payload::Message saying(const std::string& text) { return payload::Message::of_text(text); }

// A device of bob's that his account vouches for, and that the client has written to.
std::shared_ptr<PlayedDevice> known_device(ClientAndBob& talk) {
  ClientBench& bench = talk.bench;
  const server::Account& account = talk.account_of(*talk.bob);
  const auto device = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  precondition("a device of a genuine list gets what is written, and can read it", [&] {
    introduce(bench, {.device = device, .list = key_index_list(bench, account, {kPlayed})});
    const wire::Node sent = talk.to_bob("to all of them");
    const wire::Node* ciphertext = ciphertext_for(sent, *device);
    check(ciphertext != nullptr, "there is a ciphertext for it", wire::print_node(sent));
    check(device->read(bench, *ciphertext) == "to all of them", "it reads the text");
  });
  return device;
}

void expect_nothing_for(ClientAndBob& talk, const DeviceNames& device, std::string_view sentence) {
  const wire::Node sent = talk.to_bob("not for everybody");
  check(ciphertext_for(sent, device) == nullptr, sentence, wire::print_node(sent));
}

wire::Node notification(const std::string& type, const std::string& id, const wire::Jid& from,
                        wire::Node child) {
  return {.tag = "notification",
          .attributes = {{"from", from},
                         {"type", wire::Text(type)},
                         {"id", wire::Text(id)},
                         {"t", "1750000000"}},
          .content = std::vector<wire::Node>{std::move(child)}};
}

wire::Node removal(const wire::Jid& device, const wire::Jid& lid) {
  wire::Node entry{.tag = "device", .attributes = {{"jid", device}, {"lid", lid}}, .content = {}};
  return {.tag = "remove",
          .attributes = {{"device_hash", "2:AAAAAAAA"}},
          .content = std::vector<wire::Node>{std::move(entry),
                                             R"(<key-index-list ts="1750000000"/>)"_node}};
}

// The client hears of it; that it acknowledges is another case's business.
void hear(ClientBench& bench, const wire::Node& stanza) {
  bench.send(stanza);
  bench.barrier();
}

// Forgets what came before, so that a query is a new one.
void forget_queries(ClientBench& bench) {
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return received.stanza.tag == "iq";
  });
}

// Bob's device and the client are in step: what the client writes next is no new beginning.
void answer_from_bob(ClientAndBob& talk) {
  const std::string id = talk.from_bob("so it is");
  precondition("the client reads bob's answer", [&] { talk.expect_read(id); });
}

bool starts_over_with(ClientAndBob& talk, const DeviceNames& device) {
  const wire::Node sent = talk.to_bob("and now");
  const wire::Node* ciphertext = ciphertext_for(sent, device);
  check(ciphertext != nullptr, "there is a ciphertext for the device", wire::print_node(sent));
  return starts_session(ciphertext);
}

// ---- Phones

DeviceNames phone_of(const server::Account& account) {
  DeviceNames names;
  names.jid = account.pn();
  names.lid = account.lid_jid();
  return names;
}

bool phone_has_read(ClientBench& bench, const server::Account& account, const std::string& text) {
  return bench.driver().run_until(
      [&] {
        return std::ranges::any_of(account.phone_messages, [&](const server::PhoneMessage& read) {
          const auto content = payload::decode_message(read.content);
          return content && content->text() == text;
        });
      },
      seconds(10));
}

}  // namespace

// ---- Who is believed

CLIENT_CASE(
    devices, list_of_a_foreign_signer_adds_nobody,
    "A device in a list that somebody else than the account's phone has signed gets nothing",
    .checks = {Rule::DEVICE_03}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  const KeyPair foreign = KeyPair::generate(bench.random());
  introduce(bench, {.device = spy,
                    .list = key_index_list(bench, account, {kPlayed, kPlayed + 1}, 0, foreign)});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the device that was smuggled in");
}

CLIENT_CASE(devices, damaged_list_adds_nobody,
            "A device in a list whose signature has one wrong bit gets nothing",
            .checks = {Rule::DEVICE_03}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  Bytes list = key_index_list(bench, account, {kPlayed, kPlayed + 1});
  // The signature is the last field but one: the account's key, 32 bytes and a head, follows it.
  list[list.size() - 40] ^= 0x01;
  introduce(bench, {.device = spy, .list = std::move(list)});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the device that was smuggled in");
}

CLIENT_CASE(devices, list_of_another_account_adds_nobody,
            "A device in a list that the phone of another account has signed gets nothing",
            .checks = {Rule::DEVICE_03}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const server::Account& other = talk.account_of(bench.contact("mallory"));
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  introduce(bench, {.device = spy,
                    .list = key_index_list(bench, account, {kPlayed, kPlayed + 1}, 0,
                                           other.phone.identity_key())});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the device that was smuggled in");
}

CLIENT_CASE(devices, forged_own_device_gets_no_copy,
            "A device that the server adds to the client's own account without the phone's "
            "signature gets no copy",
            .checks = {Rule::DEVICE_03}) {
  ClientAndBob talk(bench);
  const server::Account& own = talk.account_of(bench.own_device());
  const auto genuine = PlayedDevice::companion(bench, own, kPlayed, kPlayed);
  precondition("a device that the own phone has signed gets a copy", [&] {
    introduce(bench, {.device = genuine, .list = key_index_list(bench, own, {kPlayed})});
    const wire::Node sent = talk.to_bob("to all of mine");
    check(ciphertext_for(sent, *genuine) != nullptr, "there is a ciphertext for it",
          wire::print_node(sent));
  });
  const auto spy = PlayedDevice::companion(bench, own, kPlayed + 1, kPlayed + 1);
  const KeyPair foreign = KeyPair::generate(bench.random());
  introduce(bench, {.device = spy,
                    .list = key_index_list(bench, own, {kPlayed, kPlayed + 1}, 0, foreign)});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the device that was smuggled in");
}

CLIENT_CASE(devices, old_index_gets_nothing,
            "A device whose key index the list neither names nor has yet to reach gets nothing",
            .checks = {Rule::DEVICE_04}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto former = PlayedDevice::companion(bench, account, kPlayed + 1, 30);
  introduce(bench, {.device = former, .list = key_index_list(bench, account, {kPlayed}, 60)});
  expect_nothing_for(talk, *former, "there is no ciphertext for the device of an old index");
}

CLIENT_CASE(devices, index_beyond_the_list_is_believed,
            "A device whose key index is newer than the list gets what is written",
            .checks = {Rule::DEVICE_04}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto newer = PlayedDevice::companion(bench, account, kPlayed, 90);
  introduce(bench, {.device = newer, .list = key_index_list(bench, account, {}, 60)});
  const wire::Node sent = talk.to_bob("to the newest");
  check(ciphertext_for(sent, *newer) != nullptr, "there is a ciphertext for it",
        wire::print_node(sent));
}

CLIENT_CASE(devices, bundle_vouched_for_by_a_foreigner_is_refused,
            "A companion whose keys are vouched for by another key than its account's gets nothing",
            .checks = {Rule::DEVICE_07}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  spy->have_vouched(bench, account, KeyPair::generate(bench.random()));
  introduce(bench, {.device = spy, .list = key_index_list(bench, account, {kPlayed, kPlayed + 1})});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the companion without a warrant");
}

CLIENT_CASE(devices, bundle_that_nobody_vouches_for_is_refused,
            "A companion whose keys come without a device identity gets nothing",
            .checks = {Rule::DEVICE_07}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  spy->document.clear();
  introduce(bench, {.device = spy, .list = key_index_list(bench, account, {kPlayed, kPlayed + 1})});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the companion without a warrant");
}

CLIENT_CASE(devices, bundle_with_the_identity_of_another_is_refused,
            "A companion that shows the device identity of another companion gets nothing",
            .checks = {Rule::DEVICE_07}) {
  ClientAndBob talk(bench);
  const auto genuine = known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  spy->document = genuine->document;
  introduce(bench, {.device = spy, .list = key_index_list(bench, account, {kPlayed, kPlayed + 1})});
  expect_nothing_for(talk, *spy, "there is no ciphertext for the companion with another's warrant");
}

CLIENT_CASE(devices, message_of_a_forged_companion_is_not_read,
            "A message from a companion that a foreigner vouches for is not confirmed",
            .checks = {Rule::DEVICE_07}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto genuine = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  precondition("a message of a companion that its account vouches for is read", [&] {
    bench.send(genuine->message(bench, genuine->jid, "GENUINE", saying("it is me")));
    talk.expect_read("GENUINE");
  });
  const auto forged = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  forged->have_vouched(bench, account, KeyPair::generate(bench.random()));
  bench.send(forged->message(bench, forged->jid, "FORGED", saying("it is me, too")));
  talk.expect_not_read("FORGED");
}

CLIENT_CASE(devices, message_of_a_companion_without_identity_is_not_read,
            "A message that starts a session with a companion that nobody vouches for is not "
            "confirmed",
            .checks = {Rule::DEVICE_07}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto genuine = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  precondition("a message of a companion that its account vouches for is read", [&] {
    bench.send(genuine->message(bench, genuine->jid, "GENUINE", saying("it is me")));
    talk.expect_read("GENUINE");
  });
  const auto bare = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  bare->document.clear();
  bench.send(bare->message(bench, bare->jid, "BARE", saying("it is me, too")));
  talk.expect_not_read("BARE");
}

CLIENT_CASE(devices, no_group_key_for_a_forged_device,
            "The key of a group is not given to a device that no genuine list names",
            .checks = {Rule::DEVICE_03}, .capabilities = {"groups"}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto made =
      bench.run(*talk.bob->client, client::CreateGroup{"A group", {talk.own.jid.account()}});
  if (!made.group) inconclusive("the group cannot be made");
  bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
  const auto genuine = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  precondition("a device of a genuine list gets the key", [&] {
    introduce(bench, {.device = genuine, .list = key_index_list(bench, account, {kPlayed})});
    const wire::Node sent = talk.write(*made.group, "to all of them");
    check(ciphertext_for(sent, *genuine) != nullptr, "there is a ciphertext for it",
          wire::print_node(sent));
  });
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  const KeyPair foreign = KeyPair::generate(bench.random());
  introduce(bench, {.device = spy,
                    .list = key_index_list(bench, account, {kPlayed, kPlayed + 1}, 0, foreign)});
  const wire::Node sent = talk.write(*made.group, "not for everybody");
  check(ciphertext_for(sent, *spy) == nullptr,
        "there is no ciphertext for the device that was smuggled in", wire::print_node(sent));
}

namespace {

// Asks for a message again, as this device would, with the keys to start over.
wire::Node request_with_keys(const std::string& id, const PlayedDevice& device) {
  wire::Node receipt = retry_receipt(id, 2, device.jid);
  wire::Node bundle = device.bundle(device.jid);
  wire::Node keys{.tag = "keys", .attributes = {}, .content = {}};
  for (wire::Node& child : children_to_change(bundle)) {
    if (child.tag == "registration") {
      *child_to_change(receipt, "registration") = std::move(child);
    } else {
      children_to_change(keys).push_back(std::move(child));
    }
  }
  children_to_change(receipt).push_back(std::move(keys));
  return receipt;
}

// What a device of bob's gets that asks again for a message with the keys of `claimant`.
void nothing_again_under(ClientAndBob& talk, const std::shared_ptr<PlayedDevice>& device,
                         const PlayedDevice& claimant) {
  ClientBench& bench = talk.bench;
  precondition("the device itself gets the message again, under its keys", [&] {
    const std::string id = id_in(talk.to_bob("once more"));
    bench.send(request_with_keys(id, *device));
    const wire::Node again = bench.expect(about("message", id));
    const wire::Node* ciphertext = ciphertext_for(again, *device);
    check(ciphertext != nullptr && device->read(bench, *ciphertext) == "once more", "it reads it");
  });
  const std::string id = id_in(talk.to_bob("secret"));
  bench.send(request_with_keys(id, claimant));
  bench.barrier();
  let_time_pass(bench, seconds(5), seconds(2));
  bench.expect_none(about("message", id));
  bench.expect_alive();
}

}  // namespace

CLIENT_CASE(devices, nothing_again_under_a_foreign_identity,
            "A message is not sent again under keys that a foreigner vouches for",
            .checks = {Rule::DEVICE_07, Rule::RETRY_10}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto claimant = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  claimant->have_vouched(bench, account, KeyPair::generate(bench.random()));
  nothing_again_under(talk, device, *claimant);
}

CLIENT_CASE(devices, nothing_again_without_a_warrant,
            "A message is not sent again to a companion under keys that nobody vouches for",
            .checks = {Rule::DEVICE_07, Rule::RETRY_10}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  const auto claimant =
      PlayedDevice::companion(bench, talk.account_of(*talk.bob), kPlayed, kPlayed);
  claimant->document.clear();
  nothing_again_under(talk, device, *claimant);
}

// ---- Whom a notification is about

CLIENT_CASE(devices, removal_by_another_account_changes_nothing,
            "A devices notification of one account does not remove a device of another",
            .checks = {Rule::DEVICE_08}) {
  ClientAndBob talk(bench);
  const Contact& carol = bench.contact("carol");
  precondition("a device that its own account removes gets nothing more", [&] {
    const auto device = known_device(talk);
    bench.script().behave();
    hear(bench,
         notification("devices", "own", talk.bob->user(), removal(device->jid, device->lid)));
    expect_nothing_for(talk, *device, "there is no ciphertext for it");
  });
  answer_from_bob(talk);
  precondition("the session with bob's device goes on",
               [&] { check(!starts_over_with(talk, *talk.bob), "it is no new one"); });
  hear(bench,
       notification("devices", "foreign", carol.user(), removal(talk.bob->jid, talk.bob->lid)));
  check(!starts_over_with(talk, *talk.bob), "the session goes on as before");
}

CLIENT_CASE(devices, addition_by_another_account_changes_nothing,
            "A devices notification of one account does not add a device to another",
            .checks = {Rule::DEVICE_08}) {
  ClientAndBob talk(bench);
  known_device(talk);
  const Contact& carol = bench.contact("carol");
  const server::Account& account = talk.account_of(*talk.bob);
  const auto spy = PlayedDevice::companion(bench, account, kPlayed + 1, kPlayed + 1);
  // The server would hand out its keys, but does not name it among bob's devices.
  bench.script().edit([spy](std::vector<wire::Node>& stanzas) {
    for (wire::Node& iq : stanzas) {
      wire::Node* list = child_to_change(iq, "list");
      if (iq.tag != "iq" || list == nullptr) continue;
      for (wire::Node& user : children_to_change(*list)) {
        if (spy->is(user.jid("jid"))) user = spy->bundle(wire::Jid(*user.jid("jid")));
      }
    }
  });
  wire::Node added = removal(spy->jid, spy->lid);
  added.tag = "add";
  child_to_change(added, "device")->set("key-index", wire::Text(std::to_string(spy->key_index)));
  hear(bench, notification("devices", "foreign", carol.user(), std::move(added)));
  expect_nothing_for(talk, *spy, "there is no ciphertext for the device");
}

// ---- When to ask again

CLIENT_CASE(devices, asks_again_after_an_update,
            "After a devices notification of kind update the client asks for the devices again",
            .checks = {Rule::DEVICE_10}) {
  ClientAndBob talk(bench);
  hear(bench,
       notification("devices", "update", talk.bob->user(), R"(<update hash="2:AAAAAAAA"/>)"_node));
  forget_queries(bench);
  bench.client().command(client::SendText{.to = talk.bob->user(), .text = "who is there"});
  bench.expect(device_query());
}

CLIENT_CASE(devices, asks_again_when_the_hash_differs,
            "After a change whose device_hash is not that of its own list the client asks again",
            .checks = {Rule::DEVICE_09}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto device = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  introduce(bench, {.device = device, .list = key_index_list(bench, account, {kPlayed})});
  forget_queries(bench);
  bench.client().command(client::SendText{.to = talk.bob->user(), .text = "who is there"});
  bench.expect(device_query());
}

CLIENT_CASE(devices, asks_again_when_an_ack_has_another_phash,
            "After an ack with another phash the client asks for the devices before its next "
            "message, and does not send the first again",
            .checks = {Rule::STANZA_58, Rule::MESSAGE_11}) {
  ClientAndBob talk(bench);
  precondition("the first message is acknowledged with another phash", [&] {
    bench.script().edit([](std::vector<wire::Node>& stanzas) {
      for (wire::Node& node : stanzas) {
        if (node.tag == "ack" && node.text("class") == "message") node.set("phash", "2:AAAAAAAA");
      }
    });
    talk.to_bob("one");
  });
  bench.script().behave();
  bench.barrier();
  let_time_pass(bench, seconds(30), seconds(2));
  bench.expect_none(chat_message());
  forget_queries(bench);
  bench.client().command(client::SendText{.to = talk.bob->user(), .text = "two"});
  bench.expect(device_query());
}

// ---- Devices that go

CLIENT_CASE(devices, removed_device_gets_nothing,
            "A removed device gets nothing more, under either of its names",
            .checks = {Rule::DEVICE_11}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  bench.script().behave();  // bob has not got it any more
  hear(bench, notification("devices", "gone", talk.bob->user(), removal(device->jid, device->lid)));
  expect_nothing_for(talk, *device, "there is no ciphertext for the removed device");
}

CLIENT_CASE(devices, number_of_a_removed_device_is_used_again,
            "A later device with the number of a removed one gets a session of its own",
            .checks = {Rule::DEVICE_11}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  bench.script().behave();
  hear(bench, notification("devices", "gone", talk.bob->user(), removal(device->jid, device->lid)));
  const auto successor = PlayedDevice::companion(bench, account, kPlayed, kPlayed + 1);
  introduce(bench, {.device = successor, .list = key_index_list(bench, account, {kPlayed + 1})});
  const wire::Node sent = talk.to_bob("to the new one");
  const wire::Node* ciphertext = ciphertext_for(sent, *successor);
  check(ciphertext != nullptr && starts_session(ciphertext),
        "there is a ciphertext for it that starts a session", wire::print_node(sent));
  check(successor->read(bench, *ciphertext) == "to the new one", "it can read it");
}

CLIENT_CASE(devices, removal_names_the_lid,
            "A removal that names the device by its LID alone counts for its phone number, too",
            .checks = {Rule::DEVICE_11}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  const server::Account& account = talk.account_of(*talk.bob);
  bench.script().behave();
  hear(bench,
       notification("devices", "gone", talk.bob->lid.account(), removal(device->lid, device->lid)));
  const auto successor = PlayedDevice::companion(bench, account, kPlayed, kPlayed + 1);
  introduce(bench, {.device = successor, .list = key_index_list(bench, account, {kPlayed + 1})});
  const wire::Node sent = talk.to_bob("to the new one");
  const wire::Node* ciphertext = ciphertext_for(sent, *successor);
  check(ciphertext != nullptr && starts_session(ciphertext),
        "there is a ciphertext for it that starts a session", wire::print_node(sent));
}

// ---- Identities that change

CLIENT_CASE(devices, identity_change_starts_over,
            "After the news that a contact has a new identity the next message starts over with "
            "his phone",
            .checks = {Rule::DEVICE_12}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  talk.to_bob("to the old phone");
  precondition("the phone reads what is written to it",
               [&] { check(phone_has_read(bench, account, "to the old phone"), "it reads it"); });
  bench.admin(server::ReplacePhone{account.phone_number});
  bench.barrier();
  const wire::Node sent = talk.to_bob("to the new phone");
  check(starts_session(ciphertext_for(sent, phone_of(account))),
        "the message starts a session with the phone", wire::print_node(sent));
  check(phone_has_read(bench, account, "to the new phone"), "the new phone can read it");
}

CLIENT_CASE(devices, identity_change_by_lid,
            "The news of a new identity count also when they name the contact by LID",
            .checks = {Rule::DEVICE_12}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  talk.to_bob("to the old phone");
  precondition("the phone reads what is written to it",
               [&] { check(phone_has_read(bench, account, "to the old phone"), "it reads it"); });
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& node) {
      return node.tag == "notification" && node.text("type") == "encrypt";
    });
  });
  bench.admin(server::ReplacePhone{account.phone_number});
  hear(bench, notification("encrypt", "by-lid", account.lid_jid(), R"(<identity/>)"_node));
  talk.to_bob("to the new phone");
  check(phone_has_read(bench, account, "to the new phone"), "the new phone can read it");
}

CLIENT_CASE(devices, new_identity_in_a_message,
            "A contact whose phone writes with a new identity is read, and answered there",
            .checks = {Rule::DEVICE_12}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const std::string own(talk.own.jid.user.view());
  precondition("the phone writes, and reads", [&] {
    bench.admin(server::WriteAsPhone{.account = account.phone_number,
                                     .to = own,
                                     .message = saying("from the old phone"),
                                     .id = "OLD"});
    talk.expect_read("OLD");
    talk.to_bob("to the old phone");
    check(phone_has_read(bench, account, "to the old phone"), "the old phone reads the answer");
  });
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& node) {
      return node.tag == "notification" && node.text("type") == "encrypt";
    });
  });
  bench.admin(server::ReplacePhone{account.phone_number});
  bench.admin(server::WriteAsPhone{.account = account.phone_number,
                                   .to = own,
                                   .message = saying("from the new phone"),
                                   .id = "NEW"});
  talk.expect_read("NEW");
  talk.to_bob("to the new phone");
  check(phone_has_read(bench, account, "to the new phone"), "the new phone reads the answer");
}

CLIENT_CASE(devices, identity_change_of_a_companion_is_ignored,
            "News of a new identity of a companion leave its session alone",
            .checks = {Rule::DEVICE_13}) {
  ClientAndBob talk(bench);
  precondition("news of a phone's are taken", [&] {
    hear(bench, notification("encrypt", "phone", talk.bob->user(), R"(<identity/>)"_node));
    check(starts_over_with(talk, phone_of(talk.account_of(*talk.bob))),
          "the next message starts over with the phone");
  });
  answer_from_bob(talk);
  precondition("the session with bob's companion goes on",
               [&] { check(!starts_over_with(talk, *talk.bob), "it is no new one"); });
  forget_queries(bench);
  hear(bench, notification("encrypt", "companion", talk.bob->jid, R"(<identity/>)"_node));
  bench.expect_none(key_query());
  check(!starts_over_with(talk, *talk.bob), "the session goes on as before");
}

CLIENT_CASE(devices, identity_change_of_the_own_account_is_ignored,
            "News of a new identity of the own account cause no query for keys",
            .checks = {Rule::DEVICE_13}) {
  ClientAndBob talk(bench);
  const server::Account& own = talk.account_of(bench.own_device());
  precondition("news of a contact's phone are taken", [&] {
    hear(bench, notification("encrypt", "phone", talk.bob->user(), R"(<identity/>)"_node));
    check(starts_over_with(talk, phone_of(talk.account_of(*talk.bob))),
          "the next message starts over with the phone");
  });
  forget_queries(bench);
  hear(bench, notification("encrypt", "own", own.pn(), R"(<identity/>)"_node));
  hear(bench, notification("encrypt", "own-lid", own.lid_jid(), R"(<identity/>)"_node));
  let_time_pass(bench, seconds(30), seconds(2));
  bench.expect_none(key_query());
  talk.to_bob("with a copy for my phone");
  check(phone_has_read(bench, own, "with a copy for my phone"), "the own phone reads its copy");
  bench.expect_none(key_query());
}

// ---- Two names

namespace {

wire::Node named(wire::Node message, std::string_view attribute, const wire::Jid& other) {
  message.set(attribute, other);
  return message;
}

}  // namespace

CLIENT_CASE(devices, phone_number_then_lid,
            "A device that has written by phone number is read when it goes on by LID",
            .checks = {Rule::DEVICE_15}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  precondition("it is read by phone number", [&] {
    bench.send(named(device->message(bench, device->jid, "BY-PN", saying("by phone number")),
                     "sender_lid", device->lid.account()));
    talk.expect_read("BY-PN");
  });
  bench.send(named(device->message(bench, device->lid, "BY-LID", saying("by LID")), "sender_pn",
                   device->jid.account()));
  talk.expect_read("BY-LID");
}

CLIENT_CASE(devices, lid_then_phone_number,
            "A device that has written by LID is read when it goes on by phone number",
            .checks = {Rule::DEVICE_15}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  precondition("it is read by LID", [&] {
    bench.send(named(device->message(bench, device->lid, "BY-LID", saying("by LID")), "sender_pn",
                     device->jid.account()));
    talk.expect_read("BY-LID");
  });
  bench.send(named(device->message(bench, device->jid, "BY-PN", saying("by phone number")),
                   "sender_lid", device->lid.account()));
  talk.expect_read("BY-PN");
}

CLIENT_CASE(devices, written_to_by_both_names,
            "What is written to a contact by phone number and by LID goes on in one session",
            .checks = {Rule::DEVICE_15}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  precondition("the device is in step with the client", [&] {
    bench.send(device->message(bench, device->jid, "IN-STEP", saying("go on")));
    talk.expect_read("IN-STEP");
  });
  for (const wire::Jid& name : {device->jid.account(), device->lid.account()}) {
    const wire::Node sent = talk.write(name, "to " + name.to_string());
    const wire::Node* ciphertext = ciphertext_for(sent, *device);
    check(ciphertext != nullptr && !starts_session(ciphertext),
          "there is a ciphertext for the device that starts no session", wire::print_node(sent));
    check(device->read(bench, *ciphertext) == "to " + name.to_string(), "it can read it");
  }
}

CLIENT_CASE(devices, names_of_one_chat,
            "Messages of one sender by phone number and by LID are reported in one chat",
            .checks = {Rule::DEVICE_15}, .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  const auto device = known_device(talk);
  const auto chat_of = [&](const wire::Jid& from, std::string_view other_name,
                           const wire::Jid& other, const std::string& id) {
    bench.send(named(device->message(bench, from, id, saying(id)), other_name, other));
    const auto told = wait_for<client::MessageReceived>(
        bench.driver(), bench.client(), seconds(20),
        [&](const client::MessageReceived& message) { return message.id == id; });
    if (!told) inconclusive("the message " + id + " is not reported");
    return *told;
  };
  const auto first = chat_of(device->jid, "sender_lid", device->lid.account(), "ONE");
  const auto second = chat_of(device->lid, "sender_pn", device->jid.account(), "TWO");
  const auto is_chat = [&](const client::MessageReceived& message, const wire::Jid& name) {
    return message.chat.account() == name || (message.chat_alt && *message.chat_alt == name);
  };
  const std::string came =
      first.chat.to_string() + " and " + second.chat.to_string() + ", without the other name";
  check(first.chat == second.chat || is_chat(first, device->lid.account()),
        "the first is in the chat of that LID", came);
  check(first.chat == second.chat || is_chat(second, device->jid.account()),
        "the second is in the chat of that phone number", came);
}

CLIENT_CASE(devices, mapping_keeps_the_newer_session,
            "Learning that a phone number and a LID are one user does not put an older session in "
            "the place of the one under the LID",
            .checks = {Rule::DEVICE_16}) {
  ClientAndBob talk(bench);
  const auto stranger = PlayedDevice::stranger(bench, "15559990001", "199900010001");
  stranger->shares_session = false;
  speak_of(bench, {{.device = stranger, .list = {}}});
  precondition("both sessions are there", [&] {
    bench.send(stranger->message(bench, stranger->jid, "OLDER", saying("by phone number")));
    talk.expect_read("OLDER");
    bench.send(stranger->message(bench, stranger->lid, "NEWER", saying("by LID")));
    talk.expect_read("NEWER");
    // An answer, so that what follows on this session cannot start it again.
    bench.client().command(client::SendText{.to = stranger->lid, .text = "by LID, then"});
    const wire::Node sent = bench.expect(chat_message());
    const wire::Node* ciphertext = ciphertext_for(sent, *stranger);
    check(ciphertext != nullptr, "there is an answer", wire::print_node(sent));
    stranger->read(bench, *ciphertext, stranger->lid);
  });
  bench.send(named(stranger->message(bench, stranger->jid, "MAPPED", saying("we are one")),
                   "sender_lid", stranger->lid));
  bench.barrier();
  bench.send(stranger->message(bench, stranger->lid, "AFTERWARDS", saying("by LID still")));
  talk.expect_read("AFTERWARDS");
}

// ---- The own account

CLIENT_CASE(devices, new_own_device_gets_a_copy,
            "After an account_sync notification a new device of the own account gets a copy",
            .checks = {Rule::DEVICE_20}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(bench.own_device());
  const auto device = PlayedDevice::companion(bench, account, kPlayed, kPlayed);
  const Bytes list = key_index_list(bench, account, {kPlayed});
  speak_of(bench, {{.device = device, .list = list}});
  std::vector<wire::Node> devices{
      {.tag = "device", .attributes = {{"jid", account.pn()}}, .content = {}}};
  for (const auto& [number, own] : account.devices) {
    devices.push_back({.tag = "device",
                       .attributes = {{"jid", account.pn(number)},
                                      {"key-index", wire::Text(std::to_string(own.key_index))}},
                       .content = {}});
  }
  devices.push_back(
      {.tag = "device",
       .attributes = {{"jid", device->jid}, {"key-index", wire::Text(std::to_string(kPlayed))}},
       .content = {}});
  devices.push_back({.tag = "key-index-list",
                     .attributes = {{"ts", "1750000000"}},
                     .content = wire::Blob(ByteView(list))});
  hear(bench, notification("account_sync", "own-devices", account.pn(),
                           {.tag = "devices",
                            .attributes = {{"dhash", "2:AAAAAAAA"}},
                            .content = std::move(devices)}));
  const wire::Node sent = talk.to_bob("with a copy for the new one");
  check(ciphertext_for(sent, *device) != nullptr, "there is a ciphertext for the new own device",
        wire::print_node(sent));
}

}  // namespace doublecheck::harness
