#include <algorithm>
#include <string>
#include <vector>

#include "conformance/client/signal_steps.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "spec/wire/node_text.h"

// What others can make the client do: so much, and no more.
namespace doublecheck::harness {
namespace {

// Everything that the client sends for one bad message: a retry receipt, an ack, and whatever else
// a library thinks of.
constexpr std::size_t kStanzasPerMessage = 6;

std::size_t sent_by_the_client(ClientBench& bench) {
  return bench.script().received_stanzas().size();
}

}  // namespace

CLIENT_CASE(
    resources, thousand_copies_of_one_bad_message,
    "A thousand copies of one unreadable message cause five retry receipts and no more than an ack for each",
    .checks = {Rule::STANZA_93, Rule::RETRY_02}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const ConnectionId connection = bench.current();
  const signal::Encrypted bad = with_wrong_mac(talk.write(bob, "unreadable"));
  const std::string id = talk.new_id();
  const std::size_t before = sent_by_the_client(bench);
  constexpr std::size_t kCopies = 1'000;
  for (std::size_t i = 0; i < kCopies; ++i) {
    talk.deliver(bob, bad, {.id = id, .device_identity = {}});
    if (i % 50 == 49) bench.barrier();
  }
  give_time(bench, seconds(2));
  const std::size_t receipts = bench.count(retry_for(id));
  check(receipts >= 1 && receipts <= 5, "between one and five retry receipts",
        std::to_string(receipts));
  check(sent_by_the_client(bench) - before <= kCopies + 100, "no more than an ack for each copy",
        std::to_string(sent_by_the_client(bench) - before));
  check(bench.current() == connection, "the connection is the same");
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(resources, many_bad_messages,
            "Two hundred unreadable messages cause a few stanzas each, and no new connection",
            .checks = {Rule::STANZA_93, Rule::RETRY_01}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const ConnectionId connection = bench.current();
  const std::size_t before = sent_by_the_client(bench);
  constexpr std::size_t kMessages = 200;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kMessages; ++i)
    ids.push_back(talk.deliver(bob, with_wrong_mac(talk.write(bob, "unreadable"))));
  for (const std::string& id : ids) talk.expect_asked_again(id);
  give_time(bench, seconds(2));
  check(sent_by_the_client(bench) - before <= kMessages * kStanzasPerMessage,
        "a few stanzas for each", std::to_string(sent_by_the_client(bench) - before));
  check(bench.current() == connection, "the connection is the same");
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(resources, one_message_with_many_ciphertexts,
            "A message with a hundred unreadable ciphertexts is asked for once",
            .checks = {Rule::RETRY_02}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string id = talk.new_id();
  wire::Node message = talk.delivered(bob, with_wrong_mac(talk.write(bob, "unreadable")),
                                      {.id = id, .device_identity = {}});
  auto& children = std::get<std::vector<wire::Node>>(message.content);
  const wire::Node enc = children.front();
  children.insert(children.end(), 99, enc);
  bench.send(message);
  talk.expect_asked_again(id);
  give_time(bench);
  check(bench.count(retry_for(id)) == 0, "there is one retry receipt",
        std::to_string(bench.count(retry_for(id)) + 1));
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(resources, huge_ciphertext, "A megabyte that is no message does no harm",
            .checks = {Rule::RETRY_01}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  for (const signal::MessageType type :
       {signal::MessageType::kSignal, signal::MessageType::kPrekey}) {
    Bytes junk(std::size_t{1} << 20, 0x42);
    junk.front() = signal::kMessageVersion;
    talk.expect_unreadable(talk.deliver(bob, {.type = type, .bytes = std::move(junk)}));
  }
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(resources, forged_sessions_of_one_device,
            "A hundred forged messages that start sessions push none of the real ones out",
            .checks = {Rule::SESSION_14}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const ConnectionId connection = bench.current();
  ScriptedContact forger = bob;
  const std::size_t before = sent_by_the_client(bench);
  constexpr std::size_t kMessages = 100;
  for (std::size_t i = 0; i < kMessages; ++i) {
    forger.device.sessions = {};
    talk.start_session(forger, talk.bundle_without_one_time_prekey());
    const std::string id = talk.deliver(bob, with_wrong_mac(talk.write(forger, "unreadable")));
    talk.expect_asked_again(id);
  }
  give_time(bench, seconds(2));
  check(sent_by_the_client(bench) - before <= kMessages * kStanzasPerMessage,
        "a few stanzas for each", std::to_string(sent_by_the_client(bench) - before));
  check(bench.current() == connection, "the connection is the same");
  talk.expect_read(talk.say(bob, "on the session before"));
  talk.expect_text(talk.to(bob, "an answer"), bob, "an answer");
}

CLIENT_CASE(resources, strangers_without_number,
            "Unreadable messages of many devices that nobody knows do no harm",
            .checks = {Rule::RETRY_01, Rule::STANZA_93}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const ConnectionId connection = bench.current();
  ScriptedContact stranger = bob;
  const std::size_t before = sent_by_the_client(bench);
  constexpr std::size_t kStrangers = 30;
  for (std::size_t i = 0; i < kStrangers; ++i) {
    const std::string number = std::to_string(19'995'550'000 + i);
    stranger.jid = wire::Jid::of_user(number, 1);
    stranger.lid = wire::Jid::of_lid("9" + number, 1);
    talk.deliver(stranger, with_wrong_mac(unwrapped(talk.write(stranger, "unreadable"))));
  }
  give_time(bench, seconds(3));
  check(sent_by_the_client(bench) - before <= kStrangers * kStanzasPerMessage,
        "a few stanzas for each", std::to_string(sent_by_the_client(bench) - before));
  check(bench.current() == connection, "the connection is the same");
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(
    resources, requests_for_many_messages,
    "A peer that asks for each of many messages again and again gets each a bounded number of times",
    .checks = {Rule::RETRY_07, Rule::RETRY_18}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.emplace_back(talk.to(bob, "hello").text("id").value_or(""));
  for (int round = 0; round < 15; ++round) {
    for (const std::string& id : ids) bench.send(retry_of(bob, id, round % 5 + 1));
    bench.barrier();
  }
  give_time(bench, seconds(2));
  for (const std::string& id : ids) {
    const std::size_t resends = bench.count(stanza("message", {{"id", id}}));
    check(resends >= 1 && resends <= 10, "between one and ten resends of each",
          std::to_string(resends));
  }
}

CLIENT_CASE(resources, peer_that_never_recovers,
            "Two that cannot read each other give up, on both sides",
            .checks = {Rule::STANZA_93, Rule::RETRY_07}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const std::string theirs(talk.to(bob, "never read").text("id").value_or(""));
  const std::string ours = talk.new_id();
  std::size_t resends = 0;
  std::size_t receipts = 0;
  for (int round = 1; round <= 12; ++round) {
    // Bob can read nothing, and whatever he sends again is unreadable once more.
    bench.send(with_keys(retry_of(bob, theirs, std::min(round, 5)),
                         bob.device.show_bundle(bench.random()), bob.device.device_identity));
    talk.deliver(bob, with_wrong_mac(talk.write(bob, "unreadable")),
                 {.id = ours, .device_identity = {}});
    give_time(bench);
    for (; bench.count(stanza("message", {{"id", theirs}})) > 0; ++resends)
      bench.expect(stanza("message", {{"id", theirs}}));
    for (; bench.count(retry_for(ours)) > 0; ++receipts) bench.expect(retry_for(ours));
  }
  check(resends >= 1 && resends <= 10, "between one and ten resends", std::to_string(resends));
  check(receipts >= 1 && receipts <= 5, "between one and five retry receipts",
        std::to_string(receipts));
  bob.device.sessions = {};
  talk.expect_read(talk.say(bob, "let us start over"));
  talk.expect_text(talk.to(bob, "yes"), bob, "yes");
}

}  // namespace doublecheck::harness
