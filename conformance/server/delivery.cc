#include <functional>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Who gets which part of a direct message, and what is said about its sender.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// The one ciphertext that a sent message holds for a device, and the one that a delivered message
// holds.
Bytes sent_to(const wire::Node& sent, const wire::Jid& device) {
  for (const wire::Node& to : descend(sent, {"participants"}).children()) {
    if (names(to, "jid", device)) return to_bytes(*descend(to, {"enc"}).bytes());
  }
  return {};
}
Bytes ciphertext_of(const wire::Node& received) {
  return to_bytes(descend(received, {"enc"}).bytes().value_or(ByteView{}));
}

void check_only_ciphertext(const wire::Node& received, const wire::Node& sent,
                           const wire::Jid& device) {
  check(count_children(received, "enc") == 1, "the delivered stanza holds one enc",
        wire::print_node(received));
  check(ciphertext_of(received) == sent_to(sent, device),
        "it is the one that was addressed to this device");
  check(received.child("participants") == nullptr, "participants are not delivered");
}

wire::Node& first_enc(wire::Node& sent) {
  auto& participants = std::get<std::vector<wire::Node>>(sent.content).front();
  auto& to = std::get<std::vector<wire::Node>>(participants.content).front();
  return std::get<std::vector<wire::Node>>(to.content).front();
}
void add_child(wire::Node& node, wire::Node child) {
  std::get<std::vector<wire::Node>>(node.content).push_back(std::move(child));
}

// What bob receives of a message from alice, which is changed like this before it is sent.
wire::Node delivered(ServerBench& bench, const std::function<void(wire::Node&)>& change) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  change(sent);
  accept(alice, sent);
  return bob.expect(message(id_of(sent)));
}

}  // namespace

// ---- Ciphertexts

SERVER_CASE(delivery, each_device_gets_its_own,
            "Each device of the recipient gets the enc that is addressed to it, and no other",
            .checks = {Rule::STANZA_47, Rule::MESSAGE_17}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid(), second.jid()});
  accept(alice, sent);
  for (Peer* peer : {&bob, &second})
    check_only_ciphertext(peer->expect(message(id_of(sent))), sent, peer->jid());
}

SERVER_CASE(delivery, device_without_enc_gets_nothing,
            "A device for which a message has no enc does not get that of another",
            .checks = {Rule::STANZA_128, Rule::STANZA_47}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  second.barrier();
  for (const wire::Node& received : second.inbox()) {
    check(id_of(received) != id || received.child("enc") == nullptr,
          "nothing, or something without enc, arrives", wire::print_node(received));
  }
}

SERVER_CASE(delivery, own_other_device,
            "The sender's other device gets its enc; the chat is told by recipient",
            .checks = {Rule::STANZA_66, Rule::STANZA_47}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid(), second.jid()});
  accept(alice, sent);
  const wire::Node copy = second.expect(message(id_of(sent)));
  check_only_ciphertext(copy, sent, second.jid());
  check(names(copy, "from", alice.jid()), "from is the sending device");
  check(names(copy, "recipient", bob.jid().account()), "recipient is the chat");
  check(names(copy, "peer_recipient_lid", bob.lid().account()),
        "peer_recipient_lid is the chat's other address");
  check(!copy.has("sender_pn") && !copy.has("sender_lid"),
        "the sender's other address is not told");
}

SERVER_CASE(delivery, own_other_device_by_lid,
            "In a chat by LID the copy for the sender's other device names LIDs",
            .checks = {Rule::STANZA_66}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob.lid().account(), {bob.lid(), second.lid()});
  const wire::Node copy = second.expect(message(id));
  check(names(copy, "from", alice.lid()), "from is the sending device, by LID");
  check(names(copy, "recipient", bob.lid().account()), "recipient is the chat");
  check(names(copy, "peer_recipient_pn", bob.jid().account()),
        "peer_recipient_pn is the chat's other address");
}

SERVER_CASE(delivery, no_recipient_for_others,
            "A message to somebody else has no recipient attribute",
            .checks = {Rule::STANZA_65, Rule::MESSAGE_18}) {
  const wire::Node received = delivered(bench, [](wire::Node&) {});
  check(!received.has("recipient"), "there is no recipient", wire::print_node(received));
}

SERVER_CASE(delivery, not_to_the_sending_device,
            "The sending device does not get its own message, even if it addresses itself",
            .checks = {Rule::STANZA_131, Rule::STANZA_47}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob.jid().account(), {bob.jid(), alice.jid()});
  bob.expect(message(id));
  alice.barrier();
  alice.expect_none(message(id));
}

SERVER_CASE(delivery, third_parties_get_nothing,
            "A `to` that names a device of a third account is ignored",
            .checks = {Rule::STANZA_131}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  const std::string id =
      send_message(alice, bob.jid().account(), {carol.jid(), bob.jid(), carol.lid()});
  bob.expect(message(id));
  carol.barrier();
  carol.expect_none(message(id));
}

SERVER_CASE(delivery, unknown_device_is_ignored,
            "A `to` that names a device which does not exist is ignored",
            .checks = {Rule::STANZA_131}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  bob.expect(message(send_message(alice, bob.jid().account(),
                                  {wire::Jid::of_user(bob.jid().user, 77), bob.jid()})));
}

SERVER_CASE(delivery, children_in_any_order, "The children of a sent message may come in any order",
            .checks = {Rule::STANZA_51}) {
  const wire::Node received = delivered(bench, [](wire::Node& sent) {
    auto& children = std::get<std::vector<wire::Node>>(sent.content);
    children.insert(children.begin(), R"(<meta appdata="default"/>)"_node);
  });
  check(count_children(received, "enc") == 1, "the enc arrives");
}

SERVER_CASE(delivery, device_identity_with_pkmsg,
            "device-identity is copied to a device whose enc starts a session",
            .checks = {Rule::STANZA_48}) {
  const wire::Node received = delivered(bench, [](wire::Node& sent) {
    first_enc(sent).set("type", "pkmsg");
    add_child(sent, element_of_bytes("device-identity", as_bytes("an identity")));
  });
  check(descend(received, {"enc"}).text("type") == "pkmsg", "the type of the enc is kept");
  check(
      as_text(descend(received, {"device-identity"}).bytes().value_or(ByteView{})) == "an identity",
      "device-identity arrives unchanged");
}

SERVER_CASE(delivery, server_children_are_stripped,
            "What a message holds for the server is not delivered", .checks = {Rule::STANZA_47}) {
  const wire::Node received = delivered(bench, [](wire::Node& sent) {
    add_child(sent, element_of_bytes("tctoken", as_bytes("token")));
  });
  check(received.child("tctoken") == nullptr && received.child("participants") == nullptr,
        "tctoken and participants are stripped", wire::print_node(received));
}

// ---- Attributes

SERVER_CASE(delivery, who_and_when,
            "A delivered message names the sending device, its other address, and the time",
            .checks = {Rule::STANZA_130, Rule::STANZA_01}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node received = bob.expect(message(send_message(alice, bob)));
  check(names(received, "from", alice.jid()), "from is the sending device, encoded as a JID");
  check(names(received, "sender_lid", alice.lid().account()),
        "sender_lid is the sender's LID, without device");
  check(received.number("t").has_value(), "t is the time in seconds");
  check(!received.has("offline"), "a live message has no offline attribute");
}

SERVER_CASE(delivery, by_lid,
            "A message to a LID arrives from a LID, with the phone number as other address",
            .checks = {Rule::STANZA_52, Rule::STANZA_01}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node received =
      bob.expect(message(send_message(alice, bob.lid().account(), {bob.lid()})));
  check(names(received, "from", alice.lid()), "from is the sending device, by LID");
  check(names(received, "sender_pn", alice.jid().account()),
        "sender_pn is the sender's phone number, without device");
}

SERVER_CASE(delivery, mixed_addressing,
            "A chat by LID may name its devices by phone number, and the other way round",
            .checks = {Rule::STANZA_52}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  bob.expect(message(send_message(alice, bob.lid().account(), {bob.jid()})));
  bob.expect(message(send_message(alice, bob.jid().account(), {bob.lid()})));
}

SERVER_CASE(delivery, forged_from,
            "The sender is who the connection belongs to, whatever from says",
            .checks = {Rule::STANZA_130}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  precondition("an honest message arrives", [&] { bob.expect(message(send_message(alice, bob))); });
  wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  sent.set("from", carol.jid());
  alice.send(sent);
  alice.expect(ack_of("message", id_of(sent)));
  bob.barrier();
  bob.expect_none(message(id_of(sent)) && stanza("message", {{"from", carol.jid().to_string()}}));
}

SERVER_CASE(delivery, edit_and_type, "edit and type of a message are carried unchanged",
            .checks = {Rule::STANZA_126}) {
  const wire::Node received = delivered(bench, [](wire::Node& sent) {
    sent.set("type", "reaction");
    sent.set("edit", "7");
  });
  check(received.text("type") == "reaction", "type is the sender's");
  check(received.text("edit") == "7", "edit is the sender's");
}

SERVER_CASE(delivery, attributes_of_enc,
            "mediatype, decrypt-fail and count of an enc are carried unchanged",
            .checks = {Rule::STANZA_126}) {
  const wire::Node received = delivered(bench, [](wire::Node& sent) {
    wire::Node& enc = first_enc(sent);
    enc.set("mediatype", "image");
    enc.set("decrypt-fail", "hide");
    enc.set("count", "2");
  });
  const wire::Node& enc = descend(received, {"enc"});
  check(enc.text("mediatype") == "image" && enc.text("decrypt-fail") == "hide" &&
            enc.text("count") == "2" && enc.text("v") == "2",
        "the attributes are the sender's", wire::print_node(enc));
}

// ---- Once, and in order

SERVER_CASE(delivery, repeated_message, "A message that is sent again is not delivered again",
            .checks = {Rule::STANZA_56, Rule::STANZA_23}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  accept(alice, sent);
  bob.settle(bob.expect(message(id_of(sent))));
  accept(alice, sent);
  bob.barrier();
  bob.expect_none(message(id_of(sent)));
}

SERVER_CASE(delivery, repeated_after_reconnection,
            "A message that is sent again on the next connection is not delivered again",
            .checks = {Rule::STANZA_23, Rule::STANZA_56}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  accept(alice, sent);
  bob.settle(bob.expect(message(id_of(sent))));
  alice.close();
  alice.log_in();
  accept(alice, sent);
  bob.barrier();
  bob.expect_none(message(id_of(sent)));
}

SERVER_CASE(delivery, same_id_in_two_chats, "Two chats may have a message of the same id each",
            .checks = {Rule::STANZA_08, Rule::STANZA_56}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  for (Peer* peer : {&bob, &carol}) {
    accept(alice, alice.message_to(peer->jid().account(), {peer->jid()}, "3EB0000000000000000001"));
    peer->expect(message("3EB0000000000000000001"));
  }
}

SERVER_CASE(delivery, order_of_a_chat,
            "Fifty messages of one chat arrive in the order in which they were sent",
            .checks = {Rule::STANZA_31}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  std::vector<std::string> ids;
  for (int i = 0; i < 50; ++i) {
    const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
    ids.push_back(id_of(sent));
    alice.send(sent);
  }
  for (const std::string& id : ids) {
    check(id_of(bob.expect(stanza("message", {{"from", alice.jid().to_string()}}))) == id,
          "the next message is the next one sent");
  }
}

SERVER_CASE(delivery, not_twice_on_one_connection,
            "A message is not delivered again on a connection on which it was not settled",
            .checks = {Rule::STANZA_33, Rule::STANZA_34}, .needs = {Need::kClock}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  for (int minute = 0; minute < 5; ++minute) {
    bench.pass(std::chrono::minutes(1));
    bob.barrier();
  }
  bob.expect_none(message(id));
}

SERVER_CASE(delivery, resend_to_one_device,
            "A resend with device_fanout false reaches the device that it names, and no other",
            .checks = {Rule::STANZA_55, Rule::RETRY_20}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid(), second.jid()});
  accept(alice, sent);
  for (Peer* peer : {&bob, &second}) peer->settle(peer->expect(message(id_of(sent))));
  accept(alice, element("message",
                        {{"id", wire::Text(id_of(sent))},
                         {"to", bob.jid()},
                         {"type", "text"},
                         {"device_fanout", "false"}},
                        {{.tag = "enc",
                          .attributes = {{"v", "2"}, {"type", "pkmsg"}, {"count", "1"}},
                          .content = wire::Blob(bench.random().bytes(70))}}));
  const wire::Node again = bob.expect(message(id_of(sent)));
  check(descend(again, {"enc"}).text("count") == "1", "the count of the enc is kept");
  second.barrier();
  second.expect_none(message(id_of(sent)));
}

SERVER_CASE(delivery, peer_message, "A message of category peer reaches no companion",
            .checks = {Rule::STANZA_54}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  precondition("the same message without category arrives", [&] {
    second.expect(message(send_message(alice, alice.jid().account(), {second.jid()})));
  });
  wire::Node sent = alice.message_to(alice.jid().account(), {second.jid()});
  sent.set("category", "peer");
  alice.send(sent);
  alice.expect(ack_of("message", id_of(sent)));
  second.barrier();
  second.expect_none(message(id_of(sent)));
}

SERVER_CASE(delivery, blocked_sender,
            "A message of a blocked account is accepted and not delivered",
            .checks = {Rule::STANZA_40, Rule::ACCOUNT_21}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("a message arrives before", [&] { bob.expect(message(send_message(alice, bob))); });
  wire::Node item = R"(<item action="block"/>)"_node;
  item.set("jid", alice.lid().account());
  check_result(bob.ask(element("iq", {{"type", "set"}, {"xmlns", "blocklist"}}, {item})));
  const std::string id = send_message(alice, bob);
  bob.barrier();
  bob.expect_none(message(id));
}

}  // namespace doublecheck::harness
