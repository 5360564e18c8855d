#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Privacy tokens: what a client keeps of those that others issue to it, and where it shows them.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

constexpr std::int64_t kTokenPeriod = 604'800;

std::int64_t unix_now(ClientBench& bench) { return bench.driver().now().wall.seconds(); }

// The client's account is one that sends tokens with its messages, as far as the server is
// concerned: there are clients that ask.
void let_tokens_be_sent(ClientAndBob& talk) {
  server::AccountSettings settings;
  settings.props = {{"10518", "1"}, {"24941", "1"}};
  talk.bench.admin(server::ChangeAccount{.account = std::string(talk.own.jid.user.view()),
                                         .settings = std::move(settings)});
  reconnect(talk.bench);
  talk.bench.barrier();
  let_time_pass(talk.bench, seconds(5), seconds(1));
}

struct News {
  const DeviceNames& issuer;
  std::string value;
  std::int64_t t;
  wire::Jid inner;  // whom the token itself names
};

// The client hears that somebody has issued a token.
void tell_of_token(ClientBench& bench, const News& news) {
  wire::Node notification = R"(<notification type="privacy_token">
      <tokens><token type="trusted_contact"/></tokens></notification>)"_node;
  notification.set("id", wire::Text("token-" + news.value));
  notification.set("t", wire::Text(std::to_string(unix_now(bench))));
  notification.set("from", news.issuer.jid.account());
  notification.set("sender_lid", news.issuer.lid.account());
  wire::Node& token = *child_to_change(*child_to_change(notification, "tokens"), "token");
  token.set("t", wire::Text(std::to_string(news.t)));
  token.set("jid", news.inner);
  token.content = wire::Blob(as_bytes(news.value));
  bench.send(notification);
  bench.barrier();
}

std::string token_in(const wire::Node& message) {
  const wire::Node* token = message.child("tctoken");
  return token == nullptr ? "none" : to_text(token->bytes().value_or(ByteView{}));
}

// A conversation in which the client holds bob's token, issued a minute ago.
struct Trusted : ClientAndBob {
  explicit Trusted(ClientBench& at) : ClientAndBob(at), issued(unix_now(at) - 60) {
    let_tokens_be_sent(*this);
    precondition("the client shows a token that it has got", [&] {
      tell_of_token(bench, {*bob, "FIRST", issued, own.jid.account()});
      const std::string token = token_in(to_bob("with a token"));
      check(token == "FIRST", "it is in the message", token);
    });
  }
  std::int64_t issued;
};

}  // namespace

CLIENT_CASE(tokens, shown_to_the_issuer,
            "A token that a contact has issued is shown with the next message to him",
            .checks = {Rule::STANZA_62, Rule::DEVICE_17}) {
  ClientAndBob talk(bench);
  let_tokens_be_sent(talk);
  tell_of_token(bench, {*talk.bob, "TOKEN", unix_now(bench) - 60, talk.own.jid.account()});
  const std::string token = token_in(talk.to_bob("with a token"));
  check(token == "TOKEN", "it is in the message", token);
}

CLIENT_CASE(tokens, belongs_to_the_sender, "A token counts for who sends it, not for whom it names",
            .checks = {Rule::DEVICE_17}) {
  Trusted talk(bench);
  const Contact& carol = bench.contact("carol");
  talk.write(carol.user(), "hello");
  tell_of_token(bench, {*talk.bob, "SECOND", talk.issued + 30, carol.user()});
  const std::string for_carol = token_in(talk.write(carol.user(), "hello again"));
  check(for_carol != "SECOND", "carol is not shown bob's token", for_carol);
  // There are clients that do not take a token that names somebody else.
  const std::string for_bob = token_in(talk.to_bob("with a token"));
  check(for_bob == "SECOND" || for_bob == "FIRST", "bob is shown one of his", for_bob);
}

CLIENT_CASE(tokens, shown_to_nobody_else, "A token is not shown to other contacts",
            .checks = {Rule::DEVICE_17}) {
  Trusted talk(bench);
  const Contact& carol = bench.contact("carol");
  const std::string token = token_in(talk.write(carol.user(), "hello"));
  check(token == "none", "there is no token for carol", token);
}

CLIENT_CASE(tokens, newer_one_counts, "A newer token takes the place of the one before",
            .checks = {Rule::STANZA_62}) {
  Trusted talk(bench);
  tell_of_token(bench, {*talk.bob, "SECOND", talk.issued + 30, talk.own.jid.account()});
  const std::string token = token_in(talk.to_bob("with the new token"));
  check(token == "SECOND", "the newer one is in the message", token);
}

CLIENT_CASE(tokens, older_one_is_ignored, "A token that is older than the known one is ignored",
            .checks = {Rule::STANZA_108, Rule::DEVICE_18}) {
  Trusted talk(bench);
  tell_of_token(bench, {*talk.bob, "OLDER", talk.issued - 30, talk.own.jid.account()});
  const std::string token = token_in(talk.to_bob("with the same token"));
  check(token == "FIRST", "the known one is in the message", token);
}

CLIENT_CASE(tokens, one_as_old_is_ignored, "A token that is as old as the known one is ignored",
            .checks = {Rule::STANZA_108}) {
  Trusted talk(bench);
  tell_of_token(bench, {*talk.bob, "AS-OLD", talk.issued, talk.own.jid.account()});
  const std::string token = token_in(talk.to_bob("with the same token"));
  check(token == "FIRST", "the known one is in the message", token);
}

CLIENT_CASE(tokens, expired_one_is_not_shown, "A token older than four periods is not shown",
            .checks = {Rule::DEVICE_18}) {
  Trusted talk(bench);
  const Contact& carol = bench.contact("carol");
  const std::int64_t this_period = unix_now(bench) / kTokenPeriod * kTokenPeriod;
  precondition("one of the fourth period is shown", [&] {
    tell_of_token(bench, {carol, "LAST", this_period - 3 * kTokenPeriod, talk.own.jid.account()});
    const std::string token = token_in(talk.write(carol.user(), "with an old token"));
    check(token == "LAST", "it is in the message", token);
  });
  const Contact& dave = bench.contact("dave");
  tell_of_token(bench,
                {dave, "EXPIRED", this_period - 3 * kTokenPeriod - 1, talk.own.jid.account()});
  const std::string token = token_in(talk.write(dave.user(), "with none"));
  check(token != "EXPIRED", "it is not in the message", token);
}

CLIENT_CASE(tokens, expires_while_it_is_kept, "A token that was good is not shown once it is old",
            .checks = {Rule::DEVICE_18}, .needs = {Need::kClock}) {
  Trusted talk(bench);
  bench.jump_clock(std::chrono::hours(24 * 7 * 5));
  const std::string token = token_in(talk.to_bob("with none"));
  check(token != "FIRST", "it is not in the message", token);
}

CLIENT_CASE(tokens, kept_over_a_reconnection, "A token is shown on later connections, too",
            .checks = {Rule::STANZA_62}) {
  Trusted talk(bench);
  reconnect(bench);
  const std::string token = token_in(talk.to_bob("with the token"));
  check(token == "FIRST", "it is in the message", token);
}

CLIENT_CASE(tokens, not_in_groups, "A token of a contact is not shown in a group with him",
            .checks = {Rule::STANZA_61, Rule::DEVICE_19}, .capabilities = {"groups"}) {
  Trusted talk(bench);
  const auto made =
      bench.run(*talk.bob->client, client::CreateGroup{"A group", {talk.own.jid.account()}});
  if (!made.group) inconclusive("the group cannot be made");
  bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
  const wire::Node sent = talk.write(*made.group, "to all of you");
  check(sent.child("tctoken") == nullptr && sent.child("cstoken") == nullptr, "there is no token",
        wire::print_node(sent));
}

}  // namespace doublecheck::harness
