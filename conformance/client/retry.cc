#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/signal_steps.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "spec/signal/sender_key_message.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Asking for messages again and being asked, with devices whose every ciphertext is the case's own.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

std::string id_of_message(const wire::Node& node) {
  return std::string(node.text("id").value_or(""));
}

// What the client sends again for this receipt; nothing when that is nothing.
std::optional<wire::Node> ask(Conversation& talk, const wire::Node& receipt) {
  talk.bench().send(receipt);
  give_time(talk.bench());
  if (talk.bench().count(chat_message()) == 0) return std::nullopt;
  return talk.bench().expect(chat_message());
}

wire::Node served(Conversation& talk, const wire::Node& receipt) {
  talk.bench().send(receipt);
  return talk.bench().expect(stanza("message", {{"id", id_of_message(receipt)}}));
}

void expect_nothing_for(Conversation& talk, const wire::Node& receipt, std::string_view sentence) {
  const auto again = ask(talk, receipt);
  check(!again, sentence, again ? wire::print_node(*again) : std::string());
  talk.bench().expect_alive();
}

// An unreadable message, so many times, until the receipt with this count comes.
wire::Node asked_for_the(Conversation& talk, ScriptedContact& bob, int count,
                         const std::string& id) {
  for (int i = 1;; ++i) {
    talk.deliver(bob, with_wrong_mac(talk.write(bob, "unreadable")),
                 {.id = id, .device_identity = {}});
    wire::Node asked = talk.expect_asked_again(id);
    if (i == count) return asked;
  }
}

std::string count_of(const wire::Node& receipt) {
  const wire::Node* retry = receipt.child("retry");
  return std::string(retry == nullptr ? "none" : retry->text("count").value_or("none"));
}

// Which devices a message is for.
std::vector<std::string> recipients(const wire::Node& message) {
  std::vector<std::string> found;
  if (const wire::Node* participants = message.child("participants")) {
    for (const wire::Node& to : participants->children()) {
      if (to.jid("jid") != nullptr) found.push_back(to.jid("jid")->to_string());
    }
  }
  if (message.child("enc") != nullptr && message.jid("to") != nullptr)
    found.push_back(message.jid("to")->to_string());
  return found;
}

std::size_t count_encs(const wire::Node& message) {
  std::size_t count = message.child("enc") == nullptr ? 0 : 1;
  if (const wire::Node* participants = message.child("participants")) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        participants->children(), [](const wire::Node& to) { return to.child("enc") != nullptr; }));
  }
  return count;
}

wire::Node with_registration(wire::Node receipt, std::uint32_t id) {
  const Bytes bytes{static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16),
                    static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  child_at(receipt, {"registration"}).content = wire::Blob(ByteView(bytes));
  return receipt;
}

// The client and a group that it has written in.
wire::Node write_in(Conversation& talk, const ScriptedGroup& group, const std::string& text) {
  talk.bench().client().command(client::SendText{.to = group.jid, .text = text});
  return talk.bench().expect(stanza("message", {{"to", group.jid.to_string()}}));
}

wire::Node in_group(wire::Node receipt, const ScriptedGroup& group, const ScriptedContact& author) {
  receipt.set("from", group.jid);
  receipt.set("participant", author.lid);
  return receipt;
}

// Keys of which this part is missing are not used; those of the next request are.
void refuse_incomplete_keys(ClientBench& bench, std::string_view missing) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = id_of_message(talk.to(bob, "hello"));
  const signal::PrekeyBundle bundle = bob.device.show_bundle(bench.random());
  wire::Node receipt = with_keys(retry_of(bob, id, 2), bundle, bob.device.device_identity);
  std::erase_if(std::get<std::vector<wire::Node>>(child_at(receipt, {"keys"}).content),
                [&](const wire::Node& child) { return child.tag == missing; });
  const auto again = ask(talk, receipt);
  const wire::Node* enc = again ? ciphertext_for(*again, bob) : nullptr;
  const auto started = enc == nullptr ? std::nullopt : read_prekey_message(*enc);
  check(!started || started->one_time_prekey_id != bundle.one_time_prekey->id,
        "nothing is encrypted for keys without " + std::string(missing),
        again ? wire::print_node(*again) : std::string());
  ScriptedContact asking = bob;
  const signal::PrekeyBundle complete = asking.device.show_bundle(bench.random());
  asking.device.sessions = {};
  talk.expect_text(
      served(talk, with_keys(retry_of(bob, id, 3), complete, bob.device.device_identity)), asking,
      "hello");
}

}  // namespace

// ---- Asking

CLIENT_CASE(retry, prekey_of_a_receipt_is_usable_once,
            "The one-time prekey of a retry receipt starts one session, and no second one",
            .checks = {Rule::RETRY_05}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = talk.new_id();
  const signal::PrekeyBundle keys = bundle_in(asked_for_the(talk, bob, 2, id));
  check(keys.one_time_prekey.has_value(), "there is a one-time prekey");
  ScriptedContact other = bob;
  talk.start_session(bob, keys);
  talk.start_session(other, keys);
  talk.deliver(bob, talk.write(bob, "now"), {.id = id, .device_identity = {}});
  talk.expect_read(id);
  talk.expect_unreadable(talk.say(other, "and again"));
  talk.expect_read(talk.say(bob, "the first session goes on"));
}

CLIENT_CASE(retry, prekey_of_a_receipt_is_fresh,
            "Each retry receipt with keys has a one-time prekey that nobody else was given",
            .checks = {Rule::RETRY_05, Rule::KEY_15}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  std::set<std::uint32_t> known;
  const wire::Jid own = bench.own_device().jid;
  const server::Account* account =
      bench.server().state().directory.look_up(std::string(own.user.view()));
  for (const server::PublicPrekey& published : account->devices.at(own.device).keys.one_time)
    known.insert(published.id);
  const std::size_t published = known.size();
  std::set<PublicKey> keys;
  for (int message = 0; message < 3; ++message) {
    const std::string id = talk.new_id();
    for (int count = 1; count <= 3; ++count) {
      talk.deliver(bob, with_wrong_mac(talk.write(bob, "unreadable")),
                   {.id = id, .device_identity = {}});
      const wire::Node asked = talk.expect_asked_again(id);
      if (asked.child("keys") == nullptr) continue;
      const signal::PrekeyBundle bundle = bundle_in(asked);
      check(bundle.one_time_prekey.has_value(), "there is a one-time prekey",
            wire::print_node(asked));
      check(known.insert(bundle.one_time_prekey->id).second &&
                keys.insert(bundle.one_time_prekey->key).second,
            "its one-time prekey is new", std::to_string(bundle.one_time_prekey->id));
    }
  }
  check(known.size() > published, "some of the receipts have keys");
}

CLIENT_CASE(retry, counts_of_two_senders,
            "Messages of two senders that have one id are counted apart",
            .checks = {Rule::RETRY_19}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& carol = talk.friend_of_the_client("carol");
  const std::string id = talk.new_id();
  const auto asked = [&](ScriptedContact& author) {
    talk.deliver(author, with_wrong_mac(talk.write(author, "unreadable")),
                 {.id = id, .device_identity = {}});
    const wire::Node receipt = talk.expect_asked_again(id);
    check(author.is(receipt.jid("to")), "its sender is asked", wire::print_node(receipt));
    return count_of(receipt);
  };
  precondition("the first sender is asked twice",
               [&] { check(asked(bob) == "1" && asked(bob) == "2", "the counts rise"); });
  check(asked(carol) == "1", "the second sender's count begins at 1");
  check(asked(bob) == "3", "the first sender's goes on");
  check(asked(carol) == "2", "and so does the second's");
}

CLIENT_CASE(retry, counts_of_two_devices,
            "Messages of two devices of one account that have one id are counted apart",
            .checks = {Rule::RETRY_19}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& second = talk.friend_of_the_client("bob");
  const std::string id = talk.new_id();
  for (ScriptedContact* author : {&bob, &second}) {
    talk.deliver(*author, with_wrong_mac(talk.write(*author, "unreadable")),
                 {.id = id, .device_identity = {}});
    const wire::Node receipt = talk.expect_asked_again(id);
    check(author->is(receipt.jid("to")), "the device that wrote is asked",
          wire::print_node(receipt));
    check(count_of(receipt) == "1", "its count begins at 1", wire::print_node(receipt));
  }
}

CLIENT_CASE(retry, two_messages_are_counted_apart,
            "Two messages of one sender that cannot be read are each asked for from count 1",
            .checks = {Rule::RETRY_19, Rule::RETRY_02}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  for (int i = 0; i < 3; ++i) {
    const std::string id = talk.new_id();
    check(count_of(asked_for_the(talk, bob, 1, id)) == "1", "the first count of each is 1");
    talk.deliver(bob, talk.write(bob, "readable"), {.id = id, .device_identity = {}});
    talk.expect_read(id);
  }
}

CLIENT_CASE(retry, message_that_is_read_after_all,
            "A message that could not be read is read when it comes on a new session",
            .checks = {Rule::RETRY_05, Rule::RETRY_03}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  for (int i = 0; i < 3; ++i) {
    const std::string id = talk.new_id();
    const signal::PrekeyBundle keys = bundle_in(asked_for_the(talk, bob, 2, id));
    bob.device.sessions = {};
    talk.start_session(bob, keys);
    talk.deliver(bob, talk.write(bob, "now"), {.id = id, .device_identity = {}});
    talk.expect_read(id);
    talk.expect_text(talk.to(bob, "thanks"), bob, "thanks");
  }
}

// ---- Being asked

CLIENT_CASE(retry, resend_can_be_read, "What is sent again is the message, and can be read",
            .checks = {Rule::RETRY_12, Rule::RETRY_13, Rule::RETRY_14}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "once more");
  const wire::Node again = served(talk, retry_of(bob, id_of_message(sent), 1));
  check(id_of_message(again) == id_of_message(sent), "it has the same id", wire::print_node(again));
  talk.expect_text(again, bob, "once more");
}

CLIENT_CASE(retry, resend_contains_the_message_once, "What is sent again contains the message once",
            .checks = {Rule::RETRY_14}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "once");
  const wire::Node again = served(talk, retry_of(bob, id_of_message(sent), 1));
  check(count_encs(again) == 1, "there is one enc", wire::print_node(again));
}

CLIENT_CASE(retry, one_request_is_served_once, "A request is answered by one message",
            .checks = {Rule::RETRY_14}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "once");
  served(talk, retry_of(bob, id_of_message(sent), 1));
  give_time(bench);
  bench.expect_none(chat_message());
}

CLIENT_CASE(retry, keys_of_a_receipt_are_used,
            "What is sent again under the keys of a retry receipt starts a session with these",
            .checks = {Rule::RETRY_12, Rule::RETRY_10}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "once more");
  const signal::PrekeyBundle bundle = bob.device.show_bundle(bench.random());
  bob.device.sessions = {};
  const wire::Node again = served(
      talk, with_keys(retry_of(bob, id_of_message(sent), 2), bundle, bob.device.device_identity));
  const auto started = read_prekey_message(talk.enc_for(again, bob));
  check(started && started->one_time_prekey_id == bundle.one_time_prekey->id,
        "the session starts with the keys of the receipt", wire::print_node(again));
  check(again.child("device-identity") != nullptr, "the device identity comes along",
        wire::print_node(again));
  talk.expect_text(again, bob, "once more");
}

CLIENT_CASE(retry, another_registration_id,
            "A device that asks under another registration id gets a new session",
            .checks = {Rule::RETRY_17}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "once more");
  precondition("under its own it is served", [&] {
    talk.expect_text(served(talk, retry_of(bob, id_of_message(sent), 1)), bob, "once more");
  });
  bench.script().received_stanzas().clear();
  const std::uint32_t other = bob.device.local.registration_id ^ 0x1234;
  const wire::Node again =
      served(talk, with_registration(retry_of(bob, id_of_message(sent), 1), other));
  check(read_prekey_message(talk.enc_for(again, bob)).has_value(), "a session is started",
        wire::print_node(again));
  check(bench.count(query_with("key")) == 1, "its keys are asked for once",
        std::to_string(bench.count(query_with("key"))));
  bob.device.sessions = {};
  talk.expect_text(again, bob, "once more");
}

CLIENT_CASE(retry, own_device_gets_its_own_form,
            "What is sent again to an own device says that it was sent, and to whom",
            .checks = {Rule::RETRY_15}) {
  Conversation talk(bench);
  ScriptedContact& own = talk.take_over(bench.own_contact());
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "for bob");
  precondition("the own device gets it in this form", [&] {
    check(talk.read(sent, own).device_sent.has_value(), "it is a DeviceSentMessage");
  });
  wire::Node receipt = retry_of(own, id_of_message(sent), 1);
  receipt.set("recipient", bob.user());
  const payload::Message content = talk.read(served(talk, receipt), own);
  check(content.device_sent.has_value(), "it is a DeviceSentMessage");
  check(content.text() == "for bob", "it is the same text", content.text().value_or("none"));
}

CLIENT_CASE(retry, phone_asks, "What the phone asks for is sent to the phone alone",
            .checks = {Rule::RETRY_23}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "once more");
  const wire::Jid phone = bob.jid.account();
  const auto for_phone = [&](const std::string& jid) {
    return jid == phone.to_string() || jid == bob.lid.account().to_string();
  };
  const auto of_sent = recipients(sent);
  if (std::ranges::none_of(of_sent, for_phone)) inconclusive("the phone is no recipient");
  bench.send(retry_receipt(id_of_message(sent), 1, phone));
  const wire::Node again = bench.expect(stanza("message", {{"id", id_of_message(sent)}}));
  check(std::ranges::all_of(recipients(again), for_phone), "the phone is the only recipient",
        wire::print_node(again));
  give_time(bench);
  bench.expect_none(chat_message());
}

CLIENT_CASE(retry, resend_in_a_group_brings_the_key,
            "What is sent again in a group brings the key for what follows",
            .checks = {Rule::RETRY_16}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  const wire::Node sent = write_in(talk, group, "first");
  const std::string id = id_of_message(sent);
  const auto key_in = [&](const payload::Message& message) {
    check(message.sender_key_distribution.has_value(), "the key is there");
    return signal::decode_sender_key_distribution_message(message.sender_key_distribution->message,
                                                          Guard{});
  };
  precondition("a member is given the key", [&] { key_in(talk.read(sent, *group.bob)); });
  bench.send(in_group(retry_of(*group.bob, id, 1), group, *group.bob));
  const wire::Node again = bench.expect(stanza("message", {{"id", id}}));
  const payload::Message content = talk.read(again, *group.bob);
  check(content.text() == "first", "it is the message", content.text().value_or("none"));
  const auto key = key_in(content);
  check(key.has_value(), "the key can be decoded");
  signal::SenderKeyRecord record;
  record.process(*key);
  const wire::Node next = write_in(talk, group, "second");
  const auto skmsg = std::ranges::find_if(
      next.children(), [](const wire::Node& child) { return child.text("type") == "skmsg"; });
  check(skmsg != next.children().end(), "the next message is for all", wire::print_node(next));
  check(record.decrypt(skmsg->bytes().value_or(ByteView{}), Guard{}).has_value(),
        "with that key the next message can be read");
}

// ---- Who is entitled

CLIENT_CASE(retry, stranger_with_keys,
            "A device that the message was not for gets nothing, with keys of its own neither",
            .checks = {Rule::RETRY_08}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& mallory = talk.friend_of_the_client("mallory");
  const std::string id = id_of_message(talk.to(bob, "secret"));
  precondition("an addressee gets it", [&] { served(talk, retry_of(bob, id, 1)); });
  expect_nothing_for(talk,
                     with_keys(retry_of(mallory, id, 2), mallory.device.show_bundle(bench.random()),
                               mallory.device.device_identity),
                     "a stranger gets nothing");
}

CLIENT_CASE(retry, device_that_came_later,
            "A device that the recipient has only had since then does not get older messages",
            .checks = {Rule::RETRY_08}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = id_of_message(talk.to(bob, "secret"));
  ScriptedContact& second = talk.friend_of_the_client("bob");
  precondition("an addressee gets it", [&] { served(talk, retry_of(bob, id, 1)); });
  expect_nothing_for(talk, retry_of(second, id, 1), "a later device gets nothing");
  precondition("it gets what was written since", [&] {
    const std::string later = id_of_message(talk.to(bob, "for both"));
    served(talk, retry_of(second, later, 1));
  });
}

CLIENT_CASE(retry, direct_message_through_a_group,
            "A direct message is not sent again into a group, whoever asks there",
            .checks = {Rule::RETRY_08}) {
  Conversation talk(bench);
  ScriptedGroup group(talk);
  const std::string id = id_of_message(talk.to(*group.bob, "for bob"));
  expect_nothing_for(talk, in_group(retry_of(*group.carol, id, 1), group, *group.carol),
                     "another member gets nothing");
  const auto again = ask(talk, in_group(retry_of(*group.bob, id, 1), group, *group.bob));
  check(!again || again->jid("to") == nullptr || *again->jid("to") != group.jid,
        "nothing is sent to the group", again ? wire::print_node(*again) : std::string());
  precondition("in the chat itself it is served",
               [&] { served(talk, retry_of(*group.bob, id, 1)); });
}

CLIENT_CASE(retry, message_of_another_chat,
            "Who is written to in one chat does not get what was written in another",
            .checks = {Rule::RETRY_08}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& carol = talk.friend_of_the_client("carol");
  const std::string for_bob = id_of_message(talk.to(bob, "for bob"));
  const std::string for_carol = id_of_message(talk.to(carol, "for carol"));
  precondition("each gets his own", [&] {
    served(talk, retry_of(bob, for_bob, 1));
    served(talk, retry_of(carol, for_carol, 1));
  });
  expect_nothing_for(talk, retry_of(bob, for_carol, 1), "bob does not get carol's");
  expect_nothing_for(talk, retry_of(carol, for_bob, 1), "carol does not get bob's");
}

// ---- Storms

CLIENT_CASE(retry, several_devices_ask_at_once,
            "Of devices that ask at the same time each gets the message once",
            .checks = {Rule::RETRY_14, Rule::RETRY_12}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& second = talk.friend_of_the_client("bob");
  ScriptedContact& third = talk.friend_of_the_client("bob");
  const wire::Node sent = talk.to(bob, "for all");
  for (const ScriptedContact* device : {&bob, &second, &third})
    bench.send(retry_of(*device, id_of_message(sent), 1));
  bench.driver().run_until([&] { return bench.count(chat_message()) >= 3; }, seconds(10));
  give_time(bench);
  std::size_t resends = 0;
  for (; bench.count(chat_message()) > 0; ++resends) {
    const wire::Node again = bench.expect(chat_message());
    const std::size_t readers = static_cast<std::size_t>(ciphertext_for(again, bob) != nullptr) +
                                static_cast<std::size_t>(ciphertext_for(again, second) != nullptr) +
                                static_cast<std::size_t>(ciphertext_for(again, third) != nullptr);
    check(readers == 1, "each resend is for one of them", wire::print_node(again));
    for (ScriptedContact* device : {&bob, &second, &third}) {
      if (ciphertext_for(again, *device) != nullptr) talk.expect_text(again, *device, "for all");
    }
  }
  check(resends == 3, "there are three resends", std::to_string(resends));
}

CLIENT_CASE(retry, exhausted_device_does_not_exhaust_others,
            "A device that asks without end does not use up what others may ask",
            .checks = {Rule::RETRY_07}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& second = talk.friend_of_the_client("bob");
  const std::string id = id_of_message(talk.to(bob, "for both"));
  std::size_t resends = 0;
  for (int i = 0; i < 15; ++i) {
    if (ask(talk, retry_of(bob, id, i % 5 + 1))) ++resends;
  }
  check(resends >= 1 && resends <= 10, "one device gets between one and ten",
        std::to_string(resends));
  talk.expect_text(served(talk, retry_of(second, id, 1)), second, "for both");
}

CLIENT_CASE(retry, counts_that_go_backward,
            "Receipts whose counts go backward are served a bounded number of times",
            .checks = {Rule::RETRY_07}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = id_of_message(talk.to(bob, "hello"));
  std::size_t resends = 0;
  for (int round = 0; round < 4; ++round) {
    for (int count = 5; count >= 1; --count) {
      if (ask(talk, retry_of(bob, id, count))) ++resends;
    }
  }
  check(resends >= 1 && resends <= 10, "between one and ten resends", std::to_string(resends));
}

CLIENT_CASE(retry, replayed_receipt,
            "One retry receipt that comes twenty times is served a bounded number of times",
            .checks = {Rule::RETRY_07}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node receipt =
      with_keys(retry_of(bob, id_of_message(talk.to(bob, "hello")), 2),
                bob.device.show_bundle(bench.random()), bob.device.device_identity);
  for (int i = 0; i < 20; ++i) bench.send(receipt);
  give_time(bench, seconds(2));
  const std::size_t resends = bench.count(chat_message());
  check(resends >= 1 && resends <= 10, "between one and ten resends", std::to_string(resends));
}

CLIENT_CASE(retry, counts_that_are_no_counts,
            "Retry receipts without a count that can be served do no harm",
            .checks = {Rule::RETRY_06}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = id_of_message(talk.to(bob, "hello"));
  precondition("with a count it is served", [&] { served(talk, retry_of(bob, id, 1)); });
  for (const std::string_view count : {"99", "4294967297", "18446744073709551616"}) {
    wire::Node receipt = retry_of(bob, id, 1);
    child_at(receipt, {"retry"}).set("count", wire::Text(count));
    expect_nothing_for(talk, receipt, "a count of " + std::string(count) + " is not served");
  }
  for (const std::string_view count : {"-1", "one", ""}) {
    wire::Node receipt = retry_of(bob, id, 1);
    child_at(receipt, {"retry"}).set("count", wire::Text(count));
    ask(talk, receipt);
  }
  wire::Node bare = retry_of(bob, id, 1);
  bare.content = {};
  ask(talk, bare);
  bench.expect_alive();
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(retry, every_request_is_acknowledged,
            "Each of many requests is acknowledged, served or not", .checks = {Rule::RETRY_18}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  ScriptedContact& mallory = talk.friend_of_the_client("mallory");
  const std::string id = id_of_message(talk.to(bob, "hello"));
  const Matcher acknowledged = stanza("ack", {{"class", "receipt"}, {"id", id}});
  std::size_t sent = 0;
  for (int count = 1; count <= 8; ++count, sent += 2) {
    bench.send(retry_of(bob, id, count));
    bench.send(retry_of(mallory, id, count));
  }
  bench.driver().run_until([&] { return bench.count(acknowledged) >= sent; }, seconds(10));
  give_time(bench);
  check(bench.count(acknowledged) == sent, "there is an ack for each",
        std::to_string(bench.count(acknowledged)));
}

CLIENT_CASE(retry, receipt_without_identity,
            "Keys of a retry receipt without the identity are not used",
            .checks = {Rule::RETRY_10}) {
  refuse_incomplete_keys(bench, "identity");
}

CLIENT_CASE(retry, receipt_without_signed_prekey,
            "Keys of a retry receipt without the signed prekey are not used",
            .checks = {Rule::RETRY_10}) {
  refuse_incomplete_keys(bench, "skey");
}

}  // namespace doublecheck::harness
