#include <string>
#include <string_view>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "conformance/client/signal_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// What a client owes an ack, kind by kind: clients handle each kind in a place of its own, and
// forget the ack in some of them.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// It is acknowledged by itself, not only when something else is sent: before the next ping.
constexpr seconds kSoon{10};

struct Delivery {
  std::string_view kind;
  wire::Node stanza;
};

// Each comes from bob, who is known to the client, unless it says otherwise.
void acknowledges_each(ClientBench& bench, std::string_view stanza_class, const wire::Jid& from,
                       std::vector<Delivery> deliveries) {
  int number = 0;
  for (Delivery& delivery : deliveries) {
    const std::string id = std::string(stanza_class) + "-" + std::to_string(++number);
    wire::Node& node = delivery.stanza;
    node.set("id", wire::Text(id));
    node.set("t", wire::Text("1750000000"));
    if (!node.has("from")) node.set("from", from);
    bench.send(node);
    const Matcher ack = stanza("ack", {{"class", std::string(stanza_class)}, {"id", id}});
    bench.driver().run_until([&] { return bench.client().ended() || bench.count(ack) > 0; }, kSoon);
    bench.expect_alive();
    const std::string what = "the kind " + std::string(delivery.kind) + " is acknowledged";
    check(bench.count(ack) > 0, what, "no ack of " + wire::print_node(node));
    const wire::Node first = bench.expect(ack);
    check(first.jid("to") != nullptr && *first.jid("to") == *node.jid("from"),
          "the ack goes to whom it came from", wire::print_node(first));
  }
  bench.barrier();
  bench.expect_none({"a second ack", [&](const wire::Node& node) {
                       return node.tag == "ack" && node.text("class") == stanza_class &&
                              node.text("id").value_or("").starts_with(std::string(stanza_class));
                     }});
}

// The client settles the message, in whatever way.
void settles(ClientBench& bench, const std::string& id, std::string_view what) {
  const Matcher answer = about("ack", id) || about("receipt", id);
  bench.driver().run_until([&] { return bench.client().ended() || bench.count(answer) > 0; },
                           kSoon);
  bench.expect_alive();
  check(bench.count(answer) > 0, std::string(what) + " is settled", "neither ack nor receipt");
}

// What a device of the protocol would not encrypt.
signal::Encrypted sealed(ScriptedContact& author, const Bytes& plaintext) {
  auto encrypted = signal::encrypt(author.device.sessions, plaintext);
  if (!encrypted) inconclusive(encrypted.error().to_string());
  return *encrypted;
}

}  // namespace

CLIENT_CASE(acks, notification_is_acknowledged_once,
            "A notification is acknowledged exactly once, with its id and type",
            .checks = {Rule::STANZA_72, Rule::STANZA_73}) {
  bench.come_online();
  bench.barrier();
  bench.send(
      R"(<notification from=jid:"@s.whatsapp.net" id="n-1" t="1750000000" type="zz"/>)"_node);
  const Matcher ack = stanza("ack", {{"class", "notification"}, {"id", "n-1"}});
  const wire::Node first = bench.expect(ack);
  check(first.jid("to") != nullptr && first.jid("to")->is_server(),
        "the ack goes to whom the notification came from");
  bench.barrier();
  bench.expect_none(ack);
}

CLIENT_CASE(acks, receipt_is_acknowledged_without_an_invented_type,
            "The ack of a receipt without type has no type",
            .checks = {Rule::STANZA_75, Rule::STANZA_72}) {
  bench.come_online();
  bench.barrier();
  bench.send(R"(<receipt id="r-1" t="1750000000" from=jid:"15550001112@s.whatsapp.net"/>)"_node);
  const wire::Node ack = bench.expect(stanza("ack", {{"class", "receipt"}, {"id", "r-1"}}));
  check(!ack.has("type"), "no type is invented");
}

CLIENT_CASE(acks, ib_and_presence_are_not_acknowledged,
            "ib and presence stanzas are never acknowledged", .checks = {Rule::STANZA_77}) {
  bench.come_online();
  bench.barrier();
  bench.send(R"(<ib from=jid:"@s.whatsapp.net" id="ib-1"><unheard_of/></ib>)"_node);
  bench.send(R"(<presence from=jid:"15550001112@s.whatsapp.net" id="presence-1"/>)"_node);
  bench.barrier();
  bench.expect_none(stanza("ack", {{"id", "ib-1"}}));
  bench.expect_none(stanza("ack", {{"id", "presence-1"}}));
}

CLIENT_CASE(acks, notifications_of_every_kind,
            "Notifications of each kind that a server sends are acknowledged, once each",
            .checks = {Rule::STANZA_72, Rule::STANZA_73}) {
  ClientAndBob talk(bench);
  bench.barrier();
  wire::Node settings =
      R"(<notification type="account_sync"><privacy><category name="last"/></privacy></notification>)"_node;
  settings.set("from", talk.own.jid.account());
  wire::Node mode =
      R"(<notification type="account_sync"><disappearing_mode duration="86400" t="1750000000"/></notification>)"_node;
  mode.set("from", talk.own.jid.account());
  acknowledges_each(
      bench, "notification", talk.bob->jid.account(),
      {{"account_sync, privacy", settings},
       {"account_sync, disappearing_mode", mode},
       {"encrypt, identity", R"(<notification type="encrypt"><identity/></notification>)"_node},
       {"picture, delete", R"(<notification type="picture"><delete/></notification>)"_node},
       {"status", R"(<notification type="status"><set>bytes:"new"</set></notification>)"_node},
       {"disappearing_mode",
        R"(<notification type="disappearing_mode"><disappearing_mode duration="0" t="1750000000"/></notification>)"_node},
       {"privacy_token",
        R"(<notification type="privacy_token"><tokens><token type="trusted_contact" t="1750000000">hex:0102</token></tokens></notification>)"_node},
       {"w:gp2, subject",
        R"(<notification type="w:gp2" from=jid:"120363000000000001@g.us" participant=jid:"15550001111@s.whatsapp.net"><subject subject="new" s_t="1750000000"/></notification>)"_node},
       {"w:gp2, unknown",
        R"(<notification type="w:gp2" from=jid:"120363000000000001@g.us" participant=jid:"15550001111@s.whatsapp.net"><unheard_of/></notification>)"_node},
       {"psa", R"(<notification type="psa" from=jid:"@s.whatsapp.net"/>)"_node},
       {"server, without content",
        R"(<notification type="server" from=jid:"@s.whatsapp.net"/>)"_node},
       {"of no known type", R"(<notification type="zz" from=jid:"@s.whatsapp.net"/>)"_node}});
}

CLIENT_CASE(acks, receipts_of_every_type,
            "Receipts of each type are acknowledged, once each, also about messages that the "
            "client knows nothing of",
            .checks = {Rule::STANZA_72, Rule::STANZA_75}) {
  ClientAndBob talk(bench);
  bench.barrier();
  std::vector<Delivery> deliveries{{"delivery", R"(<receipt/>)"_node}};
  for (const std::string_view type :
       {"read", "played", "sender", "inactive", "read-self", "played-self", "server-error",
        "peer_msg", "hist_sync", "zz"}) {
    wire::Node receipt = R"(<receipt/>)"_node;
    receipt.set("type", wire::Text(std::string(type)));
    deliveries.push_back({type, std::move(receipt)});
  }
  deliveries.push_back(
      {"retry",
       R"(<receipt type="retry"><retry v="1" count="1" id="unheard of" t="1750000000"/><registration>hex:00000001</registration></receipt>)"_node});
  acknowledges_each(bench, "receipt", talk.bob->jid, std::move(deliveries));
}

CLIENT_CASE(acks, calls_of_every_kind, "Stanzas of a call are acknowledged, each once",
            .checks = {Rule::STANZA_72}) {
  ClientAndBob talk(bench);
  bench.barrier();
  std::vector<Delivery> deliveries{
      {"offer_notice",
       R"(<call><offer_notice call-id="A1" media="audio" type="group"/></call>)"_node},
      {"terminate", R"(<call><terminate call-id="A1" reason="timeout"/></call>)"_node},
      {"unknown", R"(<call><unheard_of call-id="A1"/></call>)"_node}};
  for (Delivery& delivery : deliveries) {
    for (wire::Node& child : children_to_change(delivery.stanza))
      child.set("call-creator", talk.bob->jid);
  }
  acknowledges_each(bench, "call", talk.bob->jid, std::move(deliveries));
}

CLIENT_CASE(acks, nothing_without_id,
            "What has no id, or does not say whom it is from, is not acknowledged",
            .checks = {Rule::STANZA_77}) {
  ClientAndBob talk(bench);
  bench.barrier();
  bench.send(R"(<notification from=jid:"@s.whatsapp.net" type="zz" t="1750000000"/>)"_node);
  bench.send(R"(<notification id="nobody-1" type="zz" t="1750000000"/>)"_node);
  wire::Node receipt = R"(<receipt type="read" t="1750000000"/>)"_node;
  receipt.set("from", talk.bob->jid);
  bench.send(receipt);
  bench.barrier();
  bench.expect_none({"an ack of one of them", [](const wire::Node& node) {
                       return node.tag == "ack" &&
                              (!node.has("id") || !node.has("to") || node.text("id") == "nobody-1");
                     }});
  bench.expect_alive();
}

CLIENT_CASE(acks, message_that_says_nothing,
            "A message that is decrypted, and then turns out to be no message, is settled",
            .checks = {Rule::STANZA_69}) {
  Conversation talk(bench);
  ScriptedContact& bob = talk.friend_of_the_client("bob");
  precondition("a text is settled", [&] { settles(bench, talk.say(bob, "a text"), "a text"); });
  const std::string empty = talk.new_id();
  talk.deliver(bob, sealed(bob, Bytes{0x01}), {.id = empty});
  settles(bench, empty, "a message of nothing but padding");
  const std::string garbage = talk.new_id();
  talk.deliver(bob, sealed(bob, Bytes{0x0a, 0xff, 0xff, 0x01}), {.id = garbage});
  settles(bench, garbage, "a message that is no protobuf");
  const std::string unpadded = talk.new_id();
  talk.deliver(bob, sealed(bob, Bytes{0x0a, 0x01, 0x61, 0x00}), {.id = unpadded});
  settles(bench, unpadded, "a message whose padding is wrong");
}

CLIENT_CASE(acks, message_of_a_newsletter, "A post of a newsletter is settled",
            .checks = {Rule::STANZA_69}) {
  ClientAndBob talk(bench);
  bench.barrier();
  bench.send(
      R"(<message from=jid:"120363000000000001@newsletter" id="post-1" server_id="100" type="text" t="1750000000"><plaintext>hex:0a0161</plaintext></message>)"_node);
  settles(bench, "post-1", "a post");
}

}  // namespace doublecheck::harness
