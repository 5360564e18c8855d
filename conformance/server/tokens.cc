#include <string>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/base/crypto.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Privacy tokens: how strangers are kept from accounts that do not want to hear of them.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

constexpr std::int64_t kWeek = 604'800;

std::int64_t now_of(ServerBench& bench) { return bench.driver().now().wall.seconds(); }

wire::Node issue(const wire::Jid& holder, std::int64_t t) {
  return element("iq", {{"type", "set"}, {"xmlns", "privacy"}},
                 {element("tokens", {},
                          {element("token", {{"jid", holder},
                                             {"t", wire::Text(std::to_string(t))},
                                             {"type", "trusted_contact"}})})});
}

Matcher token_notification() { return stanza("notification", {{"type", "privacy_token"}}); }

// The bytes of a token that `issuer` gives `holder`.
Bytes give_token(Peer& issuer, Peer& holder, std::int64_t t) {
  check_result(issuer.ask(issue(holder.jid().account(), t)));
  const wire::Node news = holder.expect(token_notification());
  const auto bytes = descend(news, {"tokens", "token"}).bytes();
  check(bytes && !bytes->empty(), "the token has bytes", wire::print_node(news));
  return to_bytes(*bytes);
}

// The ack of a message to the peer's own phone.
wire::Node answer_of_own_phone(Peer& peer, bool with_token) {
  const wire::Jid own = peer.jid().account();
  wire::Node sent = peer.message_to(own, {own});
  sent.set("category", "peer");
  if (with_token) {
    std::get<std::vector<wire::Node>>(sent.content)
        .push_back(element_of_bytes("tctoken", as_bytes("abc")));
  }
  peer.send(sent);
  return peer.expect(ack_of("message", id_of(sent)));
}

// From now on strangers need a token to reach this peer.
Peer& guarded_peer(ServerBench& bench, const std::string& name) {
  Peer& peer = bench.online_peer(name);
  bench.change_account(name, {.contact_policy = server::ContactPolicy{.token_required = true}});
  return peer;
}

wire::Node message_with(Peer& from, const Peer& to, std::string_view tag, ByteView token) {
  wire::Node sent = from.message_to(to.jid().account(), {to.jid()});
  std::get<std::vector<wire::Node>>(sent.content).push_back(element_of_bytes(tag, token));
  return sent;
}

// Such a message is refused with 463 and does not arrive.
void expect_refused(Peer& from, Peer& to, const wire::Node& sent, std::string_view sentence) {
  from.send(sent);
  const wire::Node ack = from.expect(ack_of("message", id_of(sent)));
  check(ack.text("error") == "463", sentence, wire::print_node(ack));
  to.barrier();
  to.expect_none(message(id_of(sent)));
}

wire::Node ask_for_picture(const wire::Jid& target) {
  return element("iq", {{"type", "get"}, {"xmlns", "w:profile:picture"}, {"target", target}},
                 {element("picture", {{"type", "image"}, {"query", "url"}})});
}

}  // namespace

SERVER_CASE(tokens, reach_every_device, "An issued token reaches every device of who is to have it",
            .checks = {Rule::TOKEN_01, Rule::STANZA_107}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const std::int64_t now = now_of(bench);
  check_result(alice.ask(issue(bob.lid().account(), now)));
  for (Peer* device : {&bob, &second}) {
    const wire::Node news = device->expect(token_notification());
    check(names(news, "from", alice.jid().account()) &&
              names(news, "sender_lid", alice.lid().account()),
          "it says who has issued it", wire::print_node(news));
    const wire::Node& token = descend(news, {"tokens", "token"});
    check(token.text("type") == "trusted_contact" && token.text("t") == std::to_string(now),
          "it has type and time", wire::print_node(news));
  }
  for (Peer* other : {&alice, &carol}) {
    other->barrier();
    other->expect_none(token_notification());
  }
}

SERVER_CASE(tokens, malformed_issue,
            "The issuing of what is no token is refused, and issues nothing",
            .checks = {Rule::TOKEN_01}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("a token is issued", [&] { give_token(alice, bob, now_of(bench)); });
  wire::Node query = issue(bob.jid().account(), now_of(bench));
  auto& tokens = std::get<std::vector<wire::Node>>(
      std::get<std::vector<wire::Node>>(query.content).front().content);
  tokens.push_back(R"(<token type="trusted_contact" t="1"/>)"_node);
  check(alice.ask(query).text("type") == "error", "a token for nobody is refused");
  bob.barrier();
  bob.expect_none(token_notification());
}

SERVER_CASE(tokens, stable_bytes,
            "A token that is issued again is the same, for another holder another",
            .checks = {Rule::TOKEN_02}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  const std::int64_t now = now_of(bench);
  const Bytes first = give_token(alice, bob, now);
  check(give_token(alice, bob, now) == first, "the same again");
  check(give_token(alice, carol, now) != first, "another for carol");
  check(give_token(alice, bob, now + 1) != first, "another at another time");
}

SERVER_CASE(tokens, none,
            "A message of a stranger without token is answered with 463 and not delivered",
            .checks = {Rule::TOKEN_03, Rule::TOKEN_04, Rule::STANZA_63}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("messages arrive", [&] { bob.expect(message(send_message(alice, bob))); });
  Peer& carol = bench.online_peer("carol");
  bench.change_account("bob", {.contact_policy = server::ContactPolicy{.token_required = true}});
  for (const wire::Jid& to : {bob.jid().account(), bob.lid().account()}) {
    const wire::Node sent = carol.message_to(to, {bob.jid()});
    carol.send(sent);
    const wire::Node ack = carol.expect(ack_of("message", id_of(sent)));
    check(ack.text("error") == "463", "the ack has the error 463", wire::print_node(ack));
    check(names(ack, "from", to), "and names the recipient as it was addressed",
          wire::print_node(ack));
    bob.barrier();
    bob.expect_none(message(id_of(sent)));
  }
}

SERVER_CASE(tokens, good, "A message with a token of the recipient's arrives",
            .checks = {Rule::TOKEN_05}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = guarded_peer(bench, "bob");
  const Bytes token = give_token(bob, alice, now_of(bench));
  expect_refused(alice, bob, alice.message_to(bob.jid().account(), {bob.jid()}),
                 "without the token it is refused");
  const wire::Node sent = message_with(alice, bob, "tctoken", token);
  accept(alice, sent);
  check(bob.expect(message(id_of(sent))).child("tctoken") == nullptr,
        "the token stays at the server");
}

SERVER_CASE(tokens, of_others, "A token that somebody else was given, or has given, is not taken",
            .checks = {Rule::TOKEN_06, Rule::TOKEN_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& carol = bench.online_peer("carol");
  Peer& bob = guarded_peer(bench, "bob");
  const Bytes own = give_token(bob, alice, now_of(bench));
  const Bytes of_carol = give_token(carol, alice, now_of(bench));
  precondition("the holder's own is taken",
               [&] { accept(alice, message_with(alice, bob, "tctoken", own)); });
  expect_refused(carol, bob, message_with(carol, bob, "tctoken", own),
                 "the token of another holder is refused");
  expect_refused(alice, bob, message_with(alice, bob, "tctoken", of_carol),
                 "the token of another issuer is refused");
  Bytes forged = own;
  forged.back() ^= 0x01;
  expect_refused(alice, bob, message_with(alice, bob, "tctoken", forged),
                 "a token with one wrong bit is refused");
  expect_refused(alice, bob, message_with(alice, bob, "tctoken", Bytes{}),
                 "an empty token is refused");
}

SERVER_CASE(tokens, too_old, "A token older than four periods is not taken",
            .checks = {Rule::TOKEN_07}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = guarded_peer(bench, "bob");
  const std::int64_t this_period = now_of(bench) / kWeek * kWeek;
  const Bytes oldest = give_token(bob, alice, this_period - 3 * kWeek);
  accept(alice, message_with(alice, bob, "tctoken", oldest));
  const Bytes older = give_token(bob, alice, this_period - 3 * kWeek - 1);
  expect_refused(alice, bob, message_with(alice, bob, "tctoken", older), "it is refused");
}

SERVER_CASE(tokens, first_contact, "A token made from the sender's salt is taken, and no other",
            .checks = {Rule::TOKEN_08}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = guarded_peer(bench, "bob");
  const Bytes salt = bench.random().bytes(32);
  bench.change_account("alice", {.salt = server::FirstContactSalt{.value = salt}});
  const auto made_for = [&](const wire::Jid& recipient) {
    return hmac_sha256(salt, as_bytes(recipient.account().to_string()));
  };
  const auto for_bob = made_for(bob.lid());
  accept(alice, message_with(alice, bob, "cstoken", for_bob));
  const auto for_alice = made_for(alice.lid());
  expect_refused(alice, bob, message_with(alice, bob, "cstoken", for_alice),
                 "one for another recipient is refused");
  Peer& carol = bench.online_peer("carol");
  expect_refused(carol, bob, message_with(carol, bob, "cstoken", for_bob),
                 "one of another sender is refused");
}

SERVER_CASE(tokens, reply, "Who was written to may reply without a token",
            .checks = {Rule::TOKEN_09, Rule::STANZA_107}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = guarded_peer(bench, "bob");
  expect_refused(alice, bob, alice.message_to(bob.jid().account(), {bob.jid()}),
                 "before, a token is demanded");
  alice.expect(message(send_message(bob, alice)));
  bob.expect(message(send_message(alice, bob)));
}

SERVER_CASE(tokens, presence, "A subscription without a token brings no presence",
            .checks = {Rule::TOKEN_10}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = guarded_peer(bench, "bob");
  alice.send(element("presence", {{"type", "available"}}));
  bob.send(element("presence", {{"type", "available"}}));
  bob.barrier();
  wire::Node subscription =
      element("presence", {{"type", "subscribe"}, {"to", bob.jid().account()}});
  const Matcher presence = stanza("presence");
  alice.send(subscription);
  alice.barrier();
  alice.expect_none(presence);
  bob.send(element("presence", {{"type", "unavailable"}}));
  bob.barrier();
  alice.barrier();
  alice.expect_none(presence);
  subscription.content =
      std::vector<wire::Node>{element_of_bytes("tctoken", give_token(bob, alice, now_of(bench)))};
  alice.send(subscription);
  check(names(alice.expect(presence), "from", bob.jid().account()), "with a token it comes");
}

SERVER_CASE(tokens, picture, "A picture is hidden from who has no token",
            .checks = {Rule::TOKEN_11, Rule::TOKEN_13}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = guarded_peer(bench, "bob");
  wire::Node picture = element_of_bytes("picture", as_bytes("an image"));
  picture.set("type", "image");
  check_result(
      bob.ask(element("iq", {{"type", "set"}, {"xmlns", "w:profile:picture"}}, {picture})));
  wire::Node query = ask_for_picture(bob.jid().account());
  check_error(alice.ask(query), "401", "not-authorized");
  const Bytes token = give_token(bob, alice, now_of(bench));
  wire::Node inside = query;
  std::get<std::vector<wire::Node>>(inside.content).front().content =
      std::vector<wire::Node>{element_of_bytes("tctoken", token)};
  check_result(alice.ask(inside));
  wire::Node beside = query;
  std::get<std::vector<wire::Node>>(beside.content).push_back(element_of_bytes("tctoken", token));
  check_result(alice.ask(beside));
}

SERVER_CASE(tokens, to_own_phone_without, "A message to the own phone without a token is accepted",
            .checks = {Rule::TOKEN_12}) {
  Peer& alice = bench.online_peer("alice");
  precondition("with a token it is refused", [&] {
    check(answer_of_own_phone(alice, true).has("error"), "the ack has an error");
  });
  const wire::Node ack = answer_of_own_phone(alice, false);
  check(!ack.has("error"), "the ack has no error", wire::print_node(ack));
}

SERVER_CASE(tokens, to_own_phone, "A message to the own phone with a token is refused",
            .checks = {Rule::TOKEN_12}) {
  Peer& alice = bench.online_peer("alice");
  precondition("without a token it is accepted", [&] {
    check(!answer_of_own_phone(alice, false).has("error"), "the ack has no error");
  });
  check(answer_of_own_phone(alice, true).text("error") == "479", "the ack has the error 479");
}

}  // namespace doublecheck::harness
