#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// What accounts say of themselves, and who hears of changes.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// What the directory says of an account, for one protocol.
wire::Node look_up(Peer& peer, const wire::Jid& account, wire::Node protocol) {
  const std::string tag(protocol.tag.view());
  const wire::Node answer = peer.ask(
      element("iq", {{"type", "get"}, {"xmlns", "usync"}},
              {element("usync", {{"sid", "1"}, {"mode", "query"}, {"context", "interactive"}},
                       {element("query", {}, {std::move(protocol)}),
                        element("list", {}, {element("user", {{"jid", account}})})})}));
  check_result(answer);
  return descend(descend(answer, {"usync", "list", "user"}), {tag});
}

Matcher notification(std::string_view type, std::string_view child) {
  return stanza("notification", {{"type", std::string(type)}}) &&
         Matcher{"with " + std::string(child), [tag = std::string(child)](const wire::Node& node) {
                   return node.child(tag) != nullptr;
                 }};
}

wire::Node setting(std::string_view xmlns, wire::Node child) {
  return element("iq", {{"type", "set"}, {"xmlns", wire::Text(xmlns)}}, {std::move(child)});
}

void set_status(Peer& peer, std::string_view text) {
  check_result(peer.ask(setting("status", element_of_bytes("status", as_bytes(text)))));
}

}  // namespace

SERVER_CASE(account, status_text, "The status text is shown to who asks, unless it is hidden",
            .checks = {Rule::ACCOUNT_01, Rule::STANZA_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  set_status(alice, "busy");
  const wire::Node shown = look_up(bob, alice.jid().account(), element("status"));
  check(shown.bytes() && as_text(*shown.bytes()) == "busy", "the text is shown",
        wire::print_node(shown));
  check_result(alice.ask(
      setting("privacy", R"(<privacy><category name="status" value="none"/></privacy>)"_node)));
  const wire::Node hidden = look_up(bob, alice.jid().account(), element("status"));
  check(!hidden.bytes() || hidden.bytes()->empty(), "it is hidden", wire::print_node(hidden));
}

SERVER_CASE(account, hidden_status, "A hidden status text is answered with 401",
            .checks = {Rule::STANZA_110, Rule::ACCOUNT_01}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  set_status(alice, "busy");
  precondition("one that is not hidden is shown", [&] {
    check(!look_up(bob, alice.jid().account(), element("status")).has("code"), "there is no code");
  });
  check_result(alice.ask(
      setting("privacy", R"(<privacy><category name="status" value="none"/></privacy>)"_node)));
  const wire::Node hidden = look_up(bob, alice.jid().account(), element("status"));
  check(hidden.text("code") == "401", "its code is 401", wire::print_node(hidden));
  check(!hidden.bytes() || hidden.bytes()->empty(), "there is no text", wire::print_node(hidden));
}

SERVER_CASE(account, status_change, "Who has asked about an account hears of another status text",
            .checks = {Rule::ACCOUNT_02, Rule::STANZA_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  look_up(bob, alice.jid().account(), element("status"));
  set_status(alice, "12345");
  const wire::Node news = bob.expect(notification("status", "set"));
  check(names(news, "from", alice.jid().account()) && news.number("t"), "it is from alice",
        wire::print_node(news));
  const wire::Node& set = descend(news, {"set"});
  check(std::holds_alternative<wire::Blob>(set.content) && as_text(*set.bytes()) == "12345",
        "the text is bytes", wire::print_node(news));
  carol.barrier();
  carol.expect_none(notification("status", "set"));
}

SERVER_CASE(account, privacy_change, "Other devices of the account hear of its privacy settings",
            .checks = {Rule::ACCOUNT_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  check_result(alice.ask(
      setting("privacy", R"(<privacy><category name="last" value="none"/></privacy>)"_node)));
  const wire::Node news = second.expect(notification("account_sync", "privacy"));
  const wire::Node& category = descend(news, {"privacy", "category"});
  check(category.text("name") == "last" && category.text("value") == "none", "the setting is told",
        wire::print_node(news));
  check(names(news, "from", alice.jid().account()), "it is from the account itself");
}

SERVER_CASE(account, block_list_change, "A change of the block list is answered and told",
            .checks = {Rule::STANZA_125, Rule::ACCOUNT_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  wire::Node item = R"(<item action="block"/>)"_node;
  item.set("jid", bob.lid().account());
  const wire::Node answer = alice.ask(setting("blocklist", item));
  check(descend(answer, {"list"}).has("dhash"), "the answer has a list with a dhash",
        wire::print_node(answer));
  const wire::Node news = second.expect(notification("account_sync", "blocklist"));
  const wire::Node& list = descend(news, {"blocklist"});
  check(list.text("dhash") == descend(answer, {"list"}).text("dhash") && list.has("prev_dhash") &&
            list.text("prev_dhash") != list.text("dhash"),
        "both hashes are told", wire::print_node(news));
  check(descend(list, {"item"}).text("action") == "block", "and what was done",
        wire::print_node(news));
}

SERVER_CASE(account, push_name, "A new push name goes on messages, and is told to own devices",
            .checks = {Rule::ACCOUNT_05}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  alice.send(element("presence", {{"type", "available"}, {"name", "Alice B."}}));
  const wire::Node received = bob.expect(message(send_message(alice, bob)));
  check(received.text("notify") == "Alice B.", "the message has the new name",
        wire::print_node(received));
  const wire::Node news = second.expect(stanza("notification", {{"type", "account_sync"}}));
  check(news.text("pushname") == "Alice B.", "the other device is told", wire::print_node(news));
}

SERVER_CASE(account, disappearing_mode, "The default for disappearing messages is kept and told",
            .checks = {Rule::ACCOUNT_06}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  check_result(alice.ask(
      setting("disappearing_mode", element("disappearing_mode", {{"duration", "604800"}}))));
  check(descend(second.expect(notification("account_sync", "disappearing_mode")),
                {"disappearing_mode"})
                .text("duration") == "604800",
        "the other device is told");
  check(look_up(bob, alice.jid().account(), element("disappearing_mode")).text("duration") ==
            "604800",
        "who asks is told");
}

SERVER_CASE(account, disappearing_mode_is_news,
            "Who has asked for the default for disappearing messages hears of its change",
            .checks = {Rule::ACCOUNT_22}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  look_up(bob, alice.jid().account(), element("disappearing_mode"));
  check_result(alice.ask(
      setting("disappearing_mode", element("disappearing_mode", {{"duration", "86400"}}))));
  const wire::Node news = bob.expect(notification("disappearing_mode", "disappearing_mode"));
  check(names(news, "from", alice.jid().account()) &&
            descend(news, {"disappearing_mode"}).text("duration") == "86400",
        "he is told whose, and the time", wire::print_node(news));
}

SERVER_CASE(account, device_added, "Who has asked about an account hears of its new device",
            .checks = {Rule::ACCOUNT_07}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  look_up(bob, alice.jid().account(), element("devices", {{"version", "2"}}));
  Peer& second = bench.online_peer_of("alice", "alice's second");
  for (Peer* peer : {&bob, &alice}) {
    const wire::Node news = peer->expect(notification("devices", "add"));
    const wire::Node& add = descend(news, {"add"});
    check(names(news, "from", alice.jid().account()) &&
              names(descend(add, {"device"}), "jid", second.jid()) && add.has("device_hash"),
          "the device is named", wire::print_node(news));
    check(!descend(add, {"key-index-list"}).bytes().value_or(ByteView{}).empty(),
          "the signed list is there", wire::print_node(news));
  }
  carol.barrier();
  carol.expect_none(stanza("notification", {{"type", "devices"}}));
}

SERVER_CASE(account, device_removed, "Who has asked about an account hears of a device that goes",
            .checks = {Rule::ACCOUNT_08}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  look_up(bob, alice.jid().account(), element("devices", {{"version", "2"}}));
  wire::Node remove = R"(<remove-companion-device reason="user_initiated"/>)"_node;
  remove.set("jid", second.jid());
  check_result(alice.ask(setting("md", remove)));
  const wire::Node news = bob.expect(notification("devices", "remove"));
  check(names(descend(news, {"remove", "device"}), "jid", second.jid()), "the device is named",
        wire::print_node(news));
}

SERVER_CASE(account, low_prekeys, "A device with few prekeys is asked for more",
            .checks = {Rule::ACCOUNT_09}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const auto fetch = [&] {
    check_result(bob.ask(element("iq", {{"type", "get"}, {"xmlns", "encrypt"}},
                                 {element("key", {}, {element("user", {{"jid", alice.jid()}})})})));
  };
  const Matcher asked = notification("encrypt", "count");
  for (int i = 0; i < 1000 && alice.count(asked) == 0; ++i) {
    fetch();
    alice.barrier();
  }
  const wire::Node news = alice.expect(asked);
  check(descend(news, {"count"}).number("value").has_value() &&
            names(news, "from", wire::Jid::of_server()),
        "it says how many are left", wire::print_node(news));
}

// ---- Calls

SERVER_CASE(account, call, "A call reaches the devices of who is called, each with its ciphertext",
            .checks = {Rule::ACCOUNT_10, Rule::ACCOUNT_11, Rule::CALL_32, Rule::CALL_33,
                       Rule::STANZA_79}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const auto to = [&](const Peer& peer, std::string_view text) {
    return element(
        "to", {{"jid", peer.jid()}},
        {{.tag = "enc", .attributes = {{"type", "msg"}}, .content = wire::Blob(as_bytes(text))}});
  };
  wire::Node offer =
      element("offer", {{"call-id", "C1"}},
              {R"(<audio enc="opus" rate="16000"/>)"_node,
               element("destination", {}, {to(bob, "for bob"), to(second, "for the second")})});
  offer.set("call-creator", alice.jid());
  alice.send(element("call", {{"id", "CALL-1"}, {"to", bob.jid().account()}}, {offer}));
  alice.expect(ack_of("call", "CALL-1"));
  for (const auto& [peer, text] :
       {std::pair{&bob, "for bob"}, std::pair{&second, "for the second"}}) {
    const wire::Node call = peer->expect(stanza("call"));
    check(names(call, "from", alice.jid()) && call.number("t") && call.has("id"),
          "it is from the calling device", wire::print_node(call));
    const wire::Node& action = descend(call, {"offer"});
    check(names(action, "call-creator", alice.jid()), "it says who has created the call",
          wire::print_node(call));
    check(action.text("call-id") == "C1" && action.child("audio") != nullptr &&
              count_children(action, "enc") == 1 &&
              as_text(*descend(action, {"enc"}).bytes()) == text,
          "the offer is complete, with this device's ciphertext alone", wire::print_node(call));
  }
}

SERVER_CASE(account, call_of_the_blocked, "Calls of who is blocked do not arrive",
            .checks = {Rule::ACCOUNT_12}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const auto call = [&](std::string_view id) {
    wire::Node offer = element("offer", {{"call-id", "C1"}});
    offer.set("call-creator", alice.jid());
    alice.send(element("call", {{"id", wire::Text(id)}, {"to", bob.jid().account()}}, {offer}));
    alice.expect(ack_of("call", id));
  };
  precondition("before, they do", [&] {
    call("CALL-1");
    bob.expect(stanza("call"));
  });
  wire::Node item = R"(<item action="block"/>)"_node;
  item.set("jid", alice.lid().account());
  check_result(bob.ask(setting("blocklist", item)));
  call("CALL-2");
  bob.barrier();
  bob.expect_none(stanza("call"));
}

}  // namespace doublecheck::harness
