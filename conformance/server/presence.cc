#include "conformance/server/group_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Who is there, and who is writing.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

void announce(Peer& peer, std::string_view type) {
  peer.send(element("presence", {{"type", wire::Text(type)}}));
  peer.barrier();
}

void subscribe(Peer& peer, const wire::Jid& to, std::string_view type = "subscribe") {
  peer.send(element("presence", {{"type", wire::Text(type)}, {"to", to}}));
}

Matcher presence_of(const wire::Jid& jid) {
  return {"a presence of " + jid.to_string(), [=](const wire::Node& node) {
            return node.tag == "presence" && names(node, "from", jid);
          }};
}

Matcher chat_state_from(const wire::Jid& jid) {
  return {"a chatstate from " + jid.to_string(), [=](const wire::Node& node) {
            return node.tag == "chatstate" && names(node, "from", jid);
          }};
}

bool is_available(const wire::Node& presence) { return presence.text("type") != "unavailable"; }

void write_in(Peer& peer, const wire::Jid& chat, wire::Node activity) {
  peer.send(element("chatstate", {{"to", chat}}, {std::move(activity)}));
}

void set_privacy(Peer& peer, std::string_view name, std::string_view value) {
  wire::Node category = element("category");
  category.set("name", wire::Text(name));
  category.set("value", wire::Text(value));
  check_result(peer.ask(element("iq", {{"type", "set"}, {"xmlns", "privacy"}},
                                {element("privacy", {}, {category})})));
}

void block(Peer& peer, const Peer& other) {
  wire::Node item = R"(<item action="block"/>)"_node;
  item.set("jid", other.lid().account());
  check_result(peer.ask(element("iq", {{"type", "set"}, {"xmlns", "blocklist"}}, {item})));
}

// alice is available, and wants to hear of bob, who is there and has said nothing yet.
struct Watch {
  explicit Watch(ServerBench& bench)
      : alice(bench.online_peer("alice")),
        bob(bench.online_peer("bob")),
        name(bob.jid().account()) {
    announce(alice, "available");
  }

  Peer& alice;
  Peer& bob;
  wire::Jid name;
};

}  // namespace

// ---- Presence

SERVER_CASE(presence, subscription, "A subscription is answered at once, and every change follows",
            .checks = {Rule::STANZA_115, Rule::STANZA_112}) {
  Watch watch(bench);
  subscribe(watch.alice, watch.name);
  check(!is_available(watch.alice.expect(presence_of(watch.name))), "bob is not available yet");
  announce(watch.bob, "available");
  check(is_available(watch.alice.expect(presence_of(watch.name))), "now he is");
  announce(watch.bob, "unavailable");
  const wire::Node away = watch.alice.expect(presence_of(watch.name));
  check(!is_available(away), "and no longer");
  check(!away.has("last") || away.text("last") == "deny" || away.number("last").has_value(),
        "last is deny or digits", wire::print_node(away));
}

SERVER_CASE(presence, by_the_name_that_was_asked, "The presence names whom it is of as asked",
            .checks = {Rule::STANZA_115, Rule::STANZA_01}) {
  Watch watch(bench);
  subscribe(watch.alice, watch.bob.lid().account());
  watch.alice.expect(presence_of(watch.bob.lid().account()));
}

SERVER_CASE(presence, end_of_the_connection, "Whose connection ends is away",
            .checks = {Rule::PRESENCE_01}) {
  Watch watch(bench);
  announce(watch.bob, "available");
  subscribe(watch.alice, watch.name);
  check(is_available(watch.alice.expect(presence_of(watch.name))), "bob is available");
  watch.bob.reset();
  check(!is_available(watch.alice.expect(presence_of(watch.name))), "bob is away");
}

SERVER_CASE(presence, several_devices, "An account is there as long as one of its devices is",
            .checks = {Rule::PRESENCE_01}) {
  Watch watch(bench);
  Peer& second = bench.online_peer_of("bob", "bob's second");
  announce(watch.bob, "available");
  announce(second, "available");
  subscribe(watch.alice, watch.name);
  watch.alice.expect(presence_of(watch.name));
  watch.bob.close();
  let_pass(bench);
  watch.alice.barrier();
  watch.alice.expect_none(presence_of(watch.name));
  second.close();
  check(!is_available(watch.alice.expect(presence_of(watch.name))), "now bob is away");
}

SERVER_CASE(presence, last_seen_is_told, "When somebody was last seen is told unless he minds",
            .checks = {Rule::STANZA_112}) {
  Watch watch(bench);
  announce(watch.bob, "available");
  announce(watch.bob, "unavailable");
  subscribe(watch.alice, watch.name);
  const wire::Node told = watch.alice.expect(presence_of(watch.name));
  check(told.number("last").has_value(), "there is a time", wire::print_node(told));
}

SERVER_CASE(presence, last_seen_is_private, "When somebody was last seen is told only if he likes",
            .checks = {Rule::PRESENCE_02, Rule::STANZA_112}) {
  Watch watch(bench);
  announce(watch.bob, "available");
  announce(watch.bob, "unavailable");
  precondition("it is told by default", [&] {
    subscribe(watch.alice, watch.name);
    check(watch.alice.expect(presence_of(watch.name)).number("last").has_value(),
          "there is a time");
  });
  set_privacy(watch.bob, "last", "none");
  subscribe(watch.alice, watch.name);
  const wire::Node hidden = watch.alice.expect(presence_of(watch.name));
  check(!hidden.number("last").has_value(), "there is no time", wire::print_node(hidden));
}

SERVER_CASE(presence, nothing_for_the_absent,
            "Who is not available is told of nobody, and of everybody once he is",
            .checks = {Rule::PRESENCE_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  announce(bob, "available");
  subscribe(alice, bob.jid().account());
  alice.barrier();
  alice.expect_none(presence_of(bob.jid().account()));
  announce(alice, "available");
  check(is_available(alice.expect(presence_of(bob.jid().account()))), "bob is available");
}

SERVER_CASE(presence, unsubscription, "After an unsubscription nothing is told any more",
            .checks = {Rule::PRESENCE_08}) {
  Watch watch(bench);
  subscribe(watch.alice, watch.name);
  watch.alice.expect(presence_of(watch.name));
  subscribe(watch.alice, watch.name, "unsubscribe");
  watch.alice.barrier();
  announce(watch.bob, "available");
  watch.alice.barrier();
  watch.alice.expect_none(presence_of(watch.name));
}

SERVER_CASE(presence, subscriptions_end_with_the_connection,
            "A new connection hears of nobody before it asks", .checks = {Rule::PRESENCE_08}) {
  Watch watch(bench);
  subscribe(watch.alice, watch.name);
  precondition("the old one does", [&] { watch.alice.expect(presence_of(watch.name)); });
  watch.alice.close();
  let_pass(bench);
  watch.alice.log_in();
  watch.alice.activate();
  announce(watch.alice, "available");
  announce(watch.bob, "available");
  watch.alice.barrier();
  watch.alice.expect_none(presence_of(watch.name));
}

SERVER_CASE(presence, only_the_newest_after_an_absence,
            "Who comes back and asks again is told how somebody is, not how he has been",
            .checks = {Rule::STANZA_38}) {
  Watch watch(bench);
  subscribe(watch.alice, watch.name);
  watch.alice.expect(presence_of(watch.name));
  precondition("who is there is told of every change", [&] {
    announce(watch.bob, "available");
    watch.alice.expect(presence_of(watch.name));
    announce(watch.bob, "unavailable");
    watch.alice.expect(presence_of(watch.name));
  });
  watch.alice.close();
  let_pass(bench);
  for (const std::string_view type : {"available", "unavailable", "available", "unavailable"})
    announce(watch.bob, type);
  announce(watch.bob, "available");
  watch.alice.log_in();
  watch.alice.activate();
  announce(watch.alice, "available");
  subscribe(watch.alice, watch.name);
  watch.alice.barrier();
  check(watch.alice.count(presence_of(watch.name)) == 1, "there is one presence",
        std::to_string(watch.alice.count(presence_of(watch.name))));
  check(is_available(watch.alice.expect(presence_of(watch.name))), "the newest");
}

SERVER_CASE(presence, blocked, "Who is blocked is told of no presence",
            .checks = {Rule::STANZA_114}) {
  Watch watch(bench);
  subscribe(watch.alice, watch.name);
  precondition("before he is", [&] { watch.alice.expect(presence_of(watch.name)); });
  block(watch.bob, watch.alice);
  announce(watch.bob, "available");
  watch.alice.barrier();
  watch.alice.expect_none(presence_of(watch.name));
}

// ---- Chat states

SERVER_CASE(presence, chat_state, "Who is written to hears that somebody writes",
            .checks = {Rule::PRESENCE_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  write_in(alice, bob.jid().account(), R"(<composing media="audio"/>)"_node);
  for (Peer* peer : {&bob, &second}) {
    const wire::Node state = peer->expect(chat_state_from(alice.jid().account()));
    check(state.children().size() == 1 &&
              state.children().front() == R"(<composing media="audio"/>)"_node,
          "what the user does is unchanged", wire::print_node(state));
  }
  write_in(alice, bob.lid().account(), element("paused"));
  for (Peer* peer : {&bob, &second}) {
    peer->expect(chat_state_from(alice.lid().account()));
    peer->barrier();
    peer->expect_none(stanza("chatstate"));
  }
  alice.barrier();
  alice.expect_none(stanza("chatstate"));
}

SERVER_CASE(presence, chat_state_in_a_group, "In a group a chat state names who it is",
            .checks = {Rule::STANZA_113, Rule::PRESENCE_07}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& dave = bench.online_peer("dave");
  const wire::Jid group = make_group(alice, {&bob});
  write_in(alice, group, element("composing"));
  const wire::Node state = bob.expect(chat_state_from(group));
  check(names(state, "participant", alice.lid()) || names(state, "participant", alice.jid()) ||
            names(state, "participant", alice.lid().account()),
        "participant is alice", wire::print_node(state));
  write_in(dave, group, element("composing"));
  dave.barrier();
  bob.barrier();
  bob.expect_none(chat_state_from(group));
}

SERVER_CASE(presence, chat_state_of_the_blocked, "Chat states of who is blocked do not arrive",
            .checks = {Rule::STANZA_114}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("before he is", [&] {
    write_in(alice, bob.jid().account(), element("composing"));
    bob.expect(chat_state_from(alice.jid().account()));
  });
  block(bob, alice);
  write_in(alice, bob.jid().account(), element("composing"));
  alice.barrier();
  bob.barrier();
  bob.expect_none(chat_state_from(alice.jid().account()));
}

SERVER_CASE(presence, chat_state_after_a_short_absence,
            "A device that comes back at once gets the chat state", .checks = {Rule::PRESENCE_05}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  bob.close();
  let_pass(bench);
  write_in(alice, bob.jid().account(), element("composing"));
  alice.barrier();
  bob.log_in();
  bob.activate();
  bob.expect(chat_state_from(alice.jid().account()));
}

SERVER_CASE(presence, chat_state_after_a_long_absence,
            "After its life time a chat state does not arrive",
            .checks = {Rule::PRESENCE_06, Rule::STANZA_39}, .needs = {Need::kClock}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  write_in(alice, bob.jid().account(), element("composing"));
  precondition("a chat state arrives while its recipient is there",
               [&] { return bob.expect(chat_state_from(alice.jid().account())); });
  bob.close();
  let_pass(bench);
  write_in(alice, bob.jid().account(), element("composing"));
  alice.barrier();
  bench.pass(std::chrono::minutes(10));
  bob.log_in();
  bob.activate();
  bob.barrier();
  bob.expect_none(chat_state_from(alice.jid().account()));
}

}  // namespace doublecheck::harness
