#include <string>

#include "conformance/server/group_steps.h"
#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Pictures of accounts and groups, and what becomes of an account whose phone is another.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

wire::Node change_picture(std::string_view image) {
  wire::Node picture = element_of_bytes("picture", as_bytes(image));
  picture.set("type", "image");
  return element("iq", {{"type", "set"}, {"xmlns", "w:profile:picture"}}, {std::move(picture)});
}

std::string set_picture(Peer& peer, std::string_view image) {
  const wire::Node answer = peer.ask(change_picture(image));
  check_result(answer);
  const auto id = descend(answer, {"picture"}).text("id");
  check(id && !id->empty(), "the answer has an id", wire::print_node(answer));
  return std::string(id.value_or(""));
}

void remove_picture(Peer& peer) {
  check_result(peer.ask(element("iq", {{"type", "set"}, {"xmlns", "w:profile:picture"}})));
}

wire::Node ask_for(Peer& peer, const wire::Jid& target, std::string_view known_id = {}) {
  wire::Node picture = element("picture", {{"type", "image"}, {"query", "url"}});
  if (!known_id.empty()) picture.set("id", wire::Text(known_id));
  return peer.ask(element("iq",
                          {{"type", "get"}, {"xmlns", "w:profile:picture"}, {"target", target}},
                          {std::move(picture)}));
}

// Asks the directory about an account: from then on changes are told.
void ask_about(Peer& peer, const wire::Jid& account) {
  check_result(peer.ask(
      element("iq", {{"type", "get"}, {"xmlns", "usync"}},
              {element("usync", {{"sid", "1"}, {"mode", "query"}, {"context", "interactive"}},
                       {element("query", {}, {element("devices", {{"version", "2"}})}),
                        element("list", {}, {element("user", {{"jid", account}})})})})));
}

Matcher picture_news(std::string_view change) {
  return stanza("notification", {{"type", "picture"}}) &&
         Matcher{"with " + std::string(change),
                 [tag = std::string(change)](const wire::Node& node) {
                   return node.child(tag) != nullptr;
                 }};
}

}  // namespace

SERVER_CASE(pictures, set, "A picture that is set has an id of its own",
            .checks = {Rule::ACCOUNT_13}) {
  Peer& alice = bench.online_peer("alice");
  const std::string first = set_picture(alice, "one image");
  const std::string second = set_picture(alice, "another image");
  check(first != second, "another picture has another id");
  check(set_picture(alice, "another image") != second, "the same image again as well");
}

SERVER_CASE(pictures, ask, "A picture is described to who asks for it",
            .checks = {Rule::ACCOUNT_14}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = set_picture(alice, "an image");
  for (const wire::Jid& target : {alice.jid().account(), alice.lid().account()}) {
    const wire::Node answer = ask_for(bob, target);
    check_result(answer);
    const wire::Node& picture = descend(answer, {"picture"});
    check(picture.text("id") == id && picture.has("url") && picture.has("type") &&
              picture.has("direct_path"),
          "id, url, type and direct_path are there", wire::print_node(answer));
  }
  const wire::Node known = ask_for(bob, alice.jid().account(), id);
  check_result(known);
  check(descend(known, {"picture"}).text("status") == "304" &&
            !descend(known, {"picture"}).has("url"),
        "who has it is told so", wire::print_node(known));
}

SERVER_CASE(pictures, none, "A picture that there is not is answered with 404",
            .checks = {Rule::ACCOUNT_15, Rule::STANZA_110}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  check_error(ask_for(bob, alice.jid().account()), "404", "item-not-found");
  set_picture(alice, "an image");
  check_result(ask_for(bob, alice.jid().account()));
  remove_picture(alice);
  check_error(ask_for(bob, alice.jid().account()), "404", "item-not-found");
  check_error(ask_for(bob, wire::Jid::of_user("19995550100")), "404", "item-not-found");
}

SERVER_CASE(pictures, hidden, "A hidden picture is answered with 401",
            .checks = {Rule::ACCOUNT_16, Rule::STANZA_110}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  set_picture(alice, "an image");
  check_result(ask_for(bob, alice.jid().account()));
  check_result(
      alice.ask(element("iq", {{"type", "set"}, {"xmlns", "privacy"}},
                        {R"(<privacy><category name="profile" value="none"/></privacy>)"_node})));
  check_error(ask_for(bob, alice.jid().account()), "401", "not-authorized");
  check_result(ask_for(alice, alice.jid().account()));
}

SERVER_CASE(pictures, from_who_is_blocked, "Who is blocked sees no picture",
            .checks = {Rule::ACCOUNT_16}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  set_picture(alice, "an image");
  check_result(ask_for(bob, alice.jid().account()));
  wire::Node item = R"(<item action="block"/>)"_node;
  item.set("jid", bob.lid().account());
  check_result(alice.ask(element("iq", {{"type", "set"}, {"xmlns", "blocklist"}}, {item})));
  check_error(ask_for(bob, alice.jid().account()), "401", "not-authorized");
}

SERVER_CASE(pictures, told, "Who has asked about an account hears of its picture",
            .checks = {Rule::ACCOUNT_17}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  ask_about(bob, alice.jid().account());
  const std::string id = set_picture(alice, "an image");
  for (Peer* peer : {&bob, &second}) {
    const wire::Node news = peer->expect(picture_news("set"));
    check(names(news, "from", alice.jid().account()), "it is from alice", wire::print_node(news));
    const wire::Node& set = descend(news, {"set"});
    check(names(set, "jid", alice.jid().account()) && set.text("id") == id,
          "it names the account and the picture", wire::print_node(news));
  }
  remove_picture(alice);
  check(
      names(descend(bob.expect(picture_news("delete")), {"delete"}), "jid", alice.jid().account()),
      "its end is told");
  carol.barrier();
  carol.expect_none(stanza("notification", {{"type", "picture"}}));
}

SERVER_CASE(pictures, of_a_group, "Members set the picture of a group, of a locked one only admins",
            .checks = {Rule::ACCOUNT_18}) {
  Trio trio(bench);
  wire::Node change = change_picture("an image");
  change.set("target", trio.group);
  check_result(trio.bob.ask(change));
  for (Peer* peer : {&trio.alice, &trio.carol}) {
    const wire::Node news = peer->expect(picture_news("set"));
    check(names(news, "from", trio.group) &&
              names(descend(news, {"set"}), "author", trio.bob.lid().account()),
          "it is from the group, and says who has set it", wire::print_node(news));
  }
  check_result(ask_for(trio.carol, trio.group));
  change_setting(trio.alice, trio.group, element("locked"));
  check_error(trio.bob.ask(change), "403", "forbidden");
  check_result(trio.alice.ask(change));
}

SERVER_CASE(pictures, of_another_group, "Who is not a member sets no picture of a group",
            .checks = {Rule::GROUP_05}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  wire::Node change = change_picture("an image");
  change.set("target", trio.group);
  precondition("a member does", [&] { check_result(trio.bob.ask(change)); });
  check_error(dave.ask(change), "403", "forbidden");
}

SERVER_CASE(pictures, of_another_account, "Nobody sets the picture of another account",
            .checks = {Rule::ACCOUNT_13}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  wire::Node change = change_picture("an image");
  change.set("target", alice.jid().account());
  precondition("alice does", [&] { check_result(alice.ask(change)); });
  const std::string before(*descend(ask_for(bob, alice.jid().account()), {"picture"}).text("id"));
  check(bob.ask(change).text("type") == "error", "it is refused");
  check(descend(ask_for(bob, alice.jid().account()), {"picture"}).text("id") == before,
        "the picture is the same");
}

SERVER_CASE(identity, phone_set_up_anew, "Who has asked about an account hears of its new identity",
            .checks = {Rule::ACCOUNT_19}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  ask_about(bob, alice.jid().account());
  const wire::Node bundle =
      element("iq", {{"type", "get"}, {"xmlns", "encrypt"}},
              {element("key", {}, {element("user", {{"jid", alice.jid().account()}})})});
  const auto identity_of_phone = [&] {
    return to_bytes(
        descend(bob.ask(bundle), {"list", "user", "identity"}).bytes().value_or(ByteView{}));
  };
  const Bytes before = identity_of_phone();
  bench.replace_phone("alice");
  const wire::Node news = bob.expect(stanza("notification", {{"type", "encrypt"}}) &&
                                     Matcher{"with identity", [](const wire::Node& node) {
                                               return node.child("identity") != nullptr;
                                             }});
  check(names(news, "from", alice.jid().account()), "it is from alice", wire::print_node(news));
  check(identity_of_phone() != before, "the directory hands out the new identity");
  alice.expect(stanza("stream:error", {{"code", "401"}}));
  alice.expect_closed();
  carol.barrier();
  carol.expect_none(stanza("notification", {{"type", "encrypt"}}));
}

SERVER_CASE(account, media_retry, "The phone answers who could not download something",
            .checks = {Rule::ACCOUNT_20}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node receipt =
      R"(<receipt id="3EB0AAAAAAAAAAAAAAAA" type="server-error"><encrypt><enc_p>bytes:"abc"</enc_p><enc_iv>bytes:"123456789012"</enc_iv></encrypt><rmr from_me="false"/></receipt>)"_node;
  receipt.set("to", alice.jid().account());
  std::get<std::vector<wire::Node>>(receipt.content)
      .back()
      .set("jid", wire::Jid::of_user("15550001111"));
  alice.send(receipt);
  const wire::Node answer = alice.expect(stanza("notification", {{"type", "mediaretry"}}));
  check(id_of(answer) == "3EB0AAAAAAAAAAAAAAAA" && answer.has("t") &&
            names(answer, "from", alice.jid().account()),
        "it is from the own account and has the id of the message", wire::print_node(answer));
  check(names(descend(answer, {"rmr"}), "jid", wire::Jid::of_user("15550001111")) &&
            (answer.child("error") != nullptr || answer.child("encrypt") != nullptr),
        "it says about which message, and what became of it", wire::print_node(answer));
}

}  // namespace doublecheck::harness
