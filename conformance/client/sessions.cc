#include <algorithm>
#include <ranges>
#include <string>
#include <vector>

#include "conformance/client/signal_steps.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "spec/wire/node_text.h"

// Sessions with one device: how they start, which one is used, and which messages they can read.
namespace doublecheck::harness {
namespace {

// The enc, which must start a session.
signal::PrekeySignalMessage prekey_message(const wire::Node& encrypted) {
  const auto message = read_prekey_message(encrypted);
  check(message.has_value(), "the message starts a session", wire::print_node(encrypted));
  return *message;
}

signal::SignalMessage signal_message(const wire::Node& encrypted) {
  const auto message = read_signal_message(encrypted);
  check(message.has_value(), "the message can be decoded", wire::print_node(encrypted));
  return *message;
}

// So many rounds in which each side writes once and reads once.
void go_on_talking(Conversation& talk, ScriptedContact& bob, int rounds) {
  for (int round = 1; round <= rounds; ++round) {
    const std::string number = std::to_string(round);
    talk.expect_read(talk.say(bob, "bob " + number));
    talk.expect_text(talk.to(bob, "client " + number), bob, "client " + number);
  }
}

// What a message of the contact's is when it comes on the session of this record.
SignalDevice with_sessions(const SignalDevice& device, const signal::SessionRecord& sessions) {
  SignalDevice other = device;
  other.sessions = sessions;
  return other;
}

}  // namespace

// ---- The client starts one

CLIENT_CASE(sessions, bundle_without_one_time_prekey,
            "A device that has run out of one-time prekeys is written to without one",
            .checks = {Rule::SESSION_03}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  edit_bundle(bench, bob, [](wire::Node& user) {
    std::erase_if(std::get<std::vector<wire::Node>>(user.content),
                  [](const wire::Node& child) { return child.tag == "key"; });
  });
  const wire::Node sent = talk.to(bob, "hello");
  const auto message = prekey_message(talk.enc_for(sent, bob));
  check(!message.one_time_prekey_id, "the message names no one-time prekey",
        std::to_string(message.one_time_prekey_id.value_or(0)));
  talk.expect_text(sent, bob, "hello");
}

CLIENT_CASE(sessions, bundle_with_one_time_prekey,
            "The message for a device names the prekeys of its bundle, and it can be read",
            .checks = {Rule::SESSION_03}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const wire::Node sent = talk.to(bob, "hello");
  const auto message = prekey_message(talk.enc_for(sent, bob));
  check(message.one_time_prekey_id &&
            bob.device.one_time_prekey(*message.one_time_prekey_id) != nullptr &&
            bob.device.signed_prekey(message.signed_prekey_id) != nullptr,
        "both prekeys are the device's");
  talk.expect_text(sent, bob, "hello");
}

CLIENT_CASE(sessions, first_messages_are_wrapped_until_answered,
            "Messages start the same session again until the peer has been heard",
            .checks = {Rule::SESSION_12}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const wire::Node one = talk.to(bob, "one");
  const auto first = prekey_message(talk.enc_for(one, bob));
  for (int i = 1; i <= 4; ++i) {
    const wire::Node sent = talk.to(bob, "again");
    const auto next = prekey_message(talk.enc_for(sent, bob));
    check(next.base_key == first.base_key && next.signed_prekey_id == first.signed_prekey_id &&
              next.one_time_prekey_id == first.one_time_prekey_id,
          "base key and prekey ids are the same", wire::print_node(sent));
    check(signal_message(talk.enc_for(sent, bob)).counter == static_cast<std::uint32_t>(i),
          "the counter rises by one", std::to_string(i));
    talk.expect_text(sent, bob, "again");
  }
}

CLIENT_CASE(sessions, any_of_the_first_messages_starts_the_session,
            "A device that misses the first messages can start with a later one",
            .checks = {Rule::SESSION_12}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  talk.to(bob, "lost");
  talk.to(bob, "lost, too");
  const wire::Node third = talk.to(bob, "third");
  prekey_message(talk.enc_for(third, bob));
  talk.expect_text(third, bob, "third");
  talk.expect_read(talk.say(bob, "welcome"));
  const wire::Node answer = talk.to(bob, "at last");
  check(talk.enc_for(answer, bob).text("type") == "msg", "the session is settled",
        wire::print_node(answer));
  talk.expect_text(answer, bob, "at last");
}

// ---- The peer starts one

CLIENT_CASE(sessions, prekey_message_comes_twice,
            "A first message that comes twice starts one session, and is shown once",
            .checks = {Rule::SESSION_16, Rule::SESSION_24}, .capabilities = {"receive_text"}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const signal::Encrypted hello = talk.write(bob, "hello");
  const std::string id = talk.deliver(bob, hello);
  talk.expect_read(id);
  talk.deliver(bob, hello, {.id = id, .device_identity = {}});
  const auto texts = talk.texts_shown();
  check(std::ranges::count(texts, "hello") == 1, "it is shown once",
        std::to_string(std::ranges::count(texts, "hello")));
  bench.expect_none(retry_for(id));
  talk.expect_text(talk.to(bob, "welcome"), bob, "welcome");
}

CLIENT_CASE(sessions, further_prekey_messages_of_one_session,
            "Further messages that start the same session are read although its prekey is used up",
            .checks = {Rule::SESSION_16}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  talk.expect_read(talk.say(bob, "one"));
  for (int i = 0; i < 3; ++i) {
    const signal::Encrypted next = talk.write(bob, "next");
    if (next.type != signal::MessageType::kPrekey) inconclusive("the contact does not repeat");
    talk.expect_read(talk.deliver(bob, next));
  }
  talk.expect_text(talk.to(bob, "welcome"), bob, "welcome");
}

CLIENT_CASE(sessions, first_messages_in_reverse,
            "The messages that start a session are read although the first one comes last",
            .checks = {Rule::SESSION_16, Rule::SESSION_19}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  std::vector<signal::Encrypted> written;
  for (int i = 0; i < 4; ++i) written.push_back(talk.write(bob, std::to_string(i)));
  for (const signal::Encrypted& message : written | std::views::reverse)
    talk.expect_read(talk.deliver(bob, message));
}

CLIENT_CASE(sessions, one_time_prekey_is_used_once,
            "A one-time prekey starts one session, and no other sender's",
            .checks = {Rule::SESSION_15}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  ScriptedContact& carol = talk.join("carol");
  const signal::PrekeyBundle bundle = talk.take_bundle();
  talk.start_session(bob, bundle);
  talk.start_session(carol, bundle);
  precondition("the first sender is read", [&] { talk.expect_read(talk.say(bob, "hello")); });
  talk.expect_unreadable(talk.say(carol, "hello, too"));
  precondition("with a prekey of her own the second one is read", [&] {
    talk.start_session(carol, talk.take_bundle());
    talk.expect_read(talk.say(carol, "hello again"));
  });
}

CLIENT_CASE(sessions, one_time_prekey_is_used_once_by_one_sender,
            "A one-time prekey does not start a second session of the same sender",
            .checks = {Rule::SESSION_15}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const signal::PrekeyBundle bundle = talk.take_bundle();
  talk.start_session(bob, bundle);
  precondition("the first session is read", [&] { talk.expect_read(talk.say(bob, "hello")); });
  ScriptedContact again = bob;
  talk.start_session(again, bundle);
  talk.expect_unreadable(talk.say(again, "hello again"));
  talk.expect_read(talk.say(bob, "the session before goes on"));
}

CLIENT_CASE(
    sessions, unknown_one_time_prekey,
    "A message under a one-time prekey that does not exist is asked for with keys, which work",
    .checks = {Rule::SESSION_17}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  signal::PrekeyBundle bundle = talk.take_bundle();
  bundle.one_time_prekey->id = 0xabcdef;
  talk.start_session(bob, bundle);
  const std::string id = talk.new_id();
  wire::Node asked;
  for (int copy = 0; copy < 2 && asked.child("keys") == nullptr; ++copy) {
    talk.deliver(bob, talk.write(bob, "hello"), {.id = id, .device_identity = {}});
    asked = talk.expect_unreadable(id);
  }
  talk.start_session(bob, bundle_in(asked));
  talk.expect_read(talk.say(bob, "with the right keys"));
}

CLIENT_CASE(
    sessions, unknown_signed_prekey,
    "A message under a signed prekey that does not exist is asked for with keys, which work",
    .checks = {Rule::SESSION_17}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const std::string id = talk.new_id();
  talk.start_session(bob, talk.take_bundle());
  wire::Node asked;
  for (int copy = 0; copy < 2 && asked.child("keys") == nullptr; ++copy) {
    const signal::Encrypted message = with_prekey_fields(
        talk.write(bob, "hello"),
        [](signal::PrekeySignalMessage& fields) { fields.signed_prekey_id = 0xabcdef; });
    talk.deliver(bob, message, {.id = id, .device_identity = {}});
    asked = talk.expect_unreadable(id);
  }
  talk.start_session(bob, bundle_in(asked));
  talk.expect_read(talk.say(bob, "with the right keys"));
}

// ---- The peer starts another

CLIENT_CASE(sessions, answer_is_on_the_new_session,
            "After the peer has started another session the client writes on that one",
            .checks = {Rule::SESSION_28}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  bob.device.sessions = {};
  talk.expect_read(talk.say(bob, "everything is new"));
  talk.expect_text(talk.to(bob, "so I see"), bob, "so I see");
}

CLIENT_CASE(sessions, answer_is_on_the_session_that_was_used_last,
            "When the peer goes back to an earlier session, the client does, too",
            .checks = {Rule::SESSION_28}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const SignalDevice earlier = bob.device;
  bob.device.sessions = {};
  precondition("a second session is used", [&] {
    talk.expect_read(talk.say(bob, "everything is new"));
    talk.expect_text(talk.to(bob, "so I see"), bob, "so I see");
  });
  bob.device = earlier;
  precondition("a message on the first session is read",
               [&] { talk.expect_read(talk.say(bob, "back again")); });
  talk.expect_text(talk.to(bob, "welcome back"), bob, "welcome back");
}

CLIENT_CASE(sessions, earlier_session_is_still_read,
            "Messages that were under way when a new session started are read",
            .checks = {Rule::SESSION_29}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  std::vector<signal::Encrypted> under_way;
  for (int i = 0; i < 3; ++i) under_way.push_back(talk.write(bob, "under way"));
  precondition("a later one is read", [&] { talk.expect_read(talk.say(bob, "in time")); });
  bob.device.sessions = {};
  precondition("the new session is read",
               [&] { talk.expect_read(talk.say(bob, "everything is new")); });
  for (const signal::Encrypted& message : under_way) talk.expect_read(talk.deliver(bob, message));
}

CLIENT_CASE(sessions, tenth_oldest_session_is_still_read,
            "A message on the session before the last nine is read", .checks = {Rule::SESSION_29}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const SignalDevice first = bob.device;
  for (int i = 0; i < 9; ++i) {
    bob.device.sessions = {};
    talk.start_session(bob, talk.bundle_without_one_time_prekey());
    precondition("every new session is read", [&] { talk.expect_read(talk.say(bob, "new")); });
  }
  bob.device = first;
  talk.expect_read(talk.say(bob, "the oldest"));
}

CLIENT_CASE(sessions, many_sessions_of_one_device,
            "A device that starts sixty sessions is read on each, and answered on the last",
            .checks = {Rule::SESSION_28}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  for (int i = 0; i < 60; ++i) {
    bob.device.sessions = {};
    talk.start_session(bob, talk.bundle_without_one_time_prekey());
    talk.expect_read(talk.say(bob, "new"));
  }
  talk.expect_text(talk.to(bob, "welcome"), bob, "welcome");
}

CLIENT_CASE(sessions, first_message_of_the_session_before_comes_late,
            "The first message of a session is read after another session has started",
            .checks = {Rule::SESSION_29, Rule::SESSION_16}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const signal::Encrypted late = talk.write(bob, "late");
  precondition("a later message of the session is read",
               [&] { talk.expect_read(talk.say(bob, "in time")); });
  bob.device.sessions = {};
  precondition("another session is read", [&] { talk.expect_read(talk.say(bob, "new")); });
  talk.expect_read(talk.deliver(bob, late));
}

// ---- Both start one

CLIENT_CASE(sessions, both_start_and_the_clients_is_read_first,
            "Two that write to each other at the same time understand each other from then on",
            .checks = {Rule::SESSION_27}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const signal::Encrypted crossing = talk.write(bob, "crossing");
  const wire::Node sent = talk.to(bob, "hello");
  talk.expect_read(talk.deliver(bob, crossing));
  talk.expect_text(sent, bob, "hello");
  go_on_talking(talk, bob, 5);
}

CLIENT_CASE(sessions, both_start_and_the_peers_is_read_first,
            "Two that write at the same time understand each other whoever reads first",
            .checks = {Rule::SESSION_27}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  const signal::Encrypted crossing = talk.write(bob, "crossing");
  const wire::Node sent = talk.to(bob, "hello");
  talk.expect_text(sent, bob, "hello");
  // What was under way comes after the answer to the client's first message.
  const std::string answer = talk.say(bob, "an answer");
  talk.expect_read(answer);
  talk.expect_read(talk.deliver(bob, crossing));
  go_on_talking(talk, bob, 5);
}

CLIENT_CASE(sessions, both_start_and_keep_to_their_own,
            "Two that keep to the sessions which they have started read each other",
            .checks = {Rule::SESSION_27}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  talk.start_session(bob, talk.take_bundle());
  const signal::SessionRecord own_record = bob.device.sessions;
  // Bob has not read anything yet: he goes on with his own session, as the client does with its.
  const wire::Node first = talk.to(bob, "hello");
  SignalDevice reader = with_sessions(bob.device, {});
  for (int i = 0; i < 3; ++i) talk.expect_read(talk.say(bob, "bob's " + std::to_string(i)));
  const auto read = reader.read(talk.enc_for(first, bob), bench.random());
  check(read.has_value(), "the client's first message can be read",
        read ? std::string() : read.error().to_string());
  go_on_talking(talk, bob, 4);
}

CLIENT_CASE(sessions, both_start_and_several_cross,
            "Several messages of each that cross while sessions start are all read",
            .checks = {Rule::SESSION_27}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.join("bob");
  std::vector<signal::Encrypted> of_bob;
  for (int i = 0; i < 3; ++i) of_bob.push_back(talk.write(bob, "bob " + std::to_string(i)));
  std::vector<wire::Node> of_client;
  for (int i = 0; i < 3; ++i) of_client.push_back(talk.to(bob, "client " + std::to_string(i)));
  for (std::size_t i = 0; i < 3; ++i) {
    talk.expect_read(talk.deliver(bob, of_bob[i]));
    talk.expect_text(of_client[i], bob, "client " + std::to_string(i));
  }
  go_on_talking(talk, bob, 3);
}

CLIENT_CASE(sessions, two_sessions_take_turns,
            "Messages on two sessions in turn are read without end",
            .checks = {Rule::SESSION_26, Rule::SESSION_27}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  SignalDevice one = bob.device;
  bob.device.sessions = {};
  precondition("a second session is read", [&] { talk.expect_read(talk.say(bob, "new")); });
  for (int i = 0; i < 6; ++i) {
    std::swap(one, bob.device);
    talk.expect_read(talk.say(bob, "in turn"));
    talk.expect_text(talk.to(bob, "an answer"), bob, "an answer");
  }
}

// ---- Order

CLIENT_CASE(sessions, messages_in_every_order,
            "Four messages are read in whichever order they come", .checks = {Rule::SESSION_19}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    std::vector<signal::Encrypted> written;
    for (std::size_t i = 0; i < order.size(); ++i) written.push_back(talk.write(bob, "text"));
    for (const std::size_t i : order) talk.expect_read(talk.deliver(bob, written[i]));
  } while (std::ranges::next_permutation(order).found);
}

CLIENT_CASE(sessions, messages_of_earlier_chains,
            "Messages are read that come after the peer has turned its ratchet, up to five times",
            .checks = {Rule::SESSION_19, Rule::SESSION_23}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  std::vector<signal::Encrypted> late;
  for (int turn = 0; turn < 4; ++turn) {
    late.push_back(talk.write(bob, "late"));
    precondition("the ratchet is turned", [&] {
      talk.expect_read(talk.say(bob, "in time"));
      talk.expect_text(talk.to(bob, "turn"), bob, "turn");
    });
  }
  for (const signal::Encrypted& message : late | std::views::reverse)
    talk.expect_read(talk.deliver(bob, message));
}

CLIENT_CASE(sessions, jump_of_1999, "A message is read in front of which 1999 are missing",
            .checks = {Rule::SESSION_20}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  precondition("a message without a gap is read", [&] { talk.expect_read(talk.say(bob, "one")); });
  bob.device.skip(1999);
  talk.expect_read(talk.say(bob, "after a gap"));
}

CLIENT_CASE(sessions, jump_of_25001,
            "A message in front of which 25001 are missing is refused, and damages nothing",
            .checks = {Rule::SESSION_21}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const SignalDevice before = bob.device;
  bob.device.skip(25'001);
  talk.expect_unreadable(talk.say(bob, "too far"));
  bob.device = before;
  talk.expect_read(talk.say(bob, "the next one"));
}

CLIENT_CASE(sessions, jump_to_the_last_counter,
            "A message with the greatest counter there is costs nothing and damages nothing",
            .checks = {Rule::SESSION_26}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const signal::Encrypted genuine = talk.write(bob, "genuine");
  const auto with_counter = [&](std::uint32_t counter) {
    return with_fields(genuine, [&](signal::SignalMessage& fields) { fields.counter = counter; });
  };
  for (const std::uint32_t counter : {0xffffffffU, 0xfffffffeU, 0x7fffffffU})
    talk.expect_unreadable(talk.deliver(bob, with_counter(counter)));
  talk.expect_read(talk.deliver(bob, genuine));
}

// ---- Once

CLIENT_CASE(sessions, message_key_is_used_once,
            "Another message under a key that was used is not shown", .checks = {Rule::SESSION_24},
            .capabilities = {"receive_text"}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  SignalDevice before = bob.device;
  precondition("the first one is read", [&] { talk.expect_read(talk.say(bob, "the first")); });
  bob.device = before;
  talk.say(bob, "the second");
  const auto texts = talk.texts_shown();
  check(std::ranges::count(texts, "the first") == 1 && std::ranges::count(texts, "the second") == 0,
        "only the first is shown");
}

CLIENT_CASE(sessions, skipped_message_key_is_used_once,
            "A message that comes late is shown once, however often it comes",
            .checks = {Rule::SESSION_24}, .capabilities = {"receive_text"}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const signal::Encrypted late = talk.write(bob, "late");
  precondition("both are read", [&] {
    talk.expect_read(talk.say(bob, "in time"));
    talk.expect_read(talk.deliver(bob, late));
  });
  for (int i = 0; i < 3; ++i) talk.deliver(bob, late);
  const auto texts = talk.texts_shown();
  check(std::ranges::count(texts, "late") == 1, "it is shown once",
        std::to_string(std::ranges::count(texts, "late")));
}

CLIENT_CASE(sessions, replay_of_a_whole_conversation,
            "Of messages that all come a second time none is shown again or asked for",
            .checks = {Rule::SESSION_24, Rule::SESSION_25}, .capabilities = {"receive_text"}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  std::vector<std::pair<std::string, signal::Encrypted>> delivered;
  for (int i = 0; i < 5; ++i) {
    const signal::Encrypted message = talk.write(bob, "once");
    delivered.emplace_back(talk.deliver(bob, message), message);
    talk.expect_read(delivered.back().first);
    talk.expect_text(talk.to(bob, "turn"), bob, "turn");
  }
  for (const auto& [id, message] : delivered)
    talk.deliver(bob, message, {.id = id, .device_identity = {}});
  const auto texts = talk.texts_shown();
  check(std::ranges::count(texts, "once") == 5, "each is shown once",
        std::to_string(std::ranges::count(texts, "once")));
  for (const auto& [id, message] : delivered) bench.expect_none(retry_for(id));
  talk.expect_read(talk.say(bob, "news"));
}

// ---- Bounds

CLIENT_CASE(sessions, skipped_keys_are_bounded,
            "Keys for messages that never come are not kept without end",
            .checks = {Rule::SESSION_22}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const signal::Encrypted oldest = talk.write(bob, "oldest");
  for (int jump = 0; jump < 16; ++jump) {
    bob.device.skip(1'900);
    precondition("the message after each gap is read",
                 [&] { talk.expect_read(talk.say(bob, "after a gap")); });
  }
  const std::string id = talk.deliver(bob, oldest);
  const wire::Node answer = bench.expect(stanza("receipt", {{"id", id}}) ||
                                         stanza("ack", {{"class", "message"}, {"id", id}}));
  talk.expect_not_read(id);
  check(answer.tag == "ack" || answer.text("type") == "retry",
        "the key of the oldest of more than 30000 messages is gone", wire::print_node(answer));
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

CLIENT_CASE(sessions, receiving_chains_are_bounded,
            "The chains of a peer that turns its ratchet with every message are not all kept",
            .checks = {Rule::SESSION_22}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const signal::Encrypted oldest = talk.write(bob, "oldest");
  for (int turn = 0; turn < 60; ++turn) {
    precondition("the ratchet is turned", [&] {
      talk.expect_read(talk.say(bob, "turn"));
      talk.expect_text(talk.to(bob, "and turn"), bob, "and turn");
    });
  }
  talk.expect_not_read(talk.deliver(bob, oldest));
  talk.expect_read(talk.say(bob, "and the conversation goes on"));
}

// ---- A device that was set up anew

CLIENT_CASE(sessions, forgotten_sessions_are_rebuilt,
            "A peer that has lost its sessions is understood as soon as it writes",
            .checks = {Rule::SESSION_28, Rule::SESSION_29}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  const wire::Node unread = talk.to(bob, "for nobody");
  for (int i = 0; i < 3; ++i) {
    bob.device.sessions = {};
    talk.expect_read(talk.say(bob, "I have forgotten everything"));
    talk.expect_text(talk.to(bob, "again"), bob, "again");
  }
}

}  // namespace doublecheck::harness
