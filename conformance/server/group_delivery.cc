#include "conformance/server/group_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/payload/phash.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Messages and receipts in groups, and status: who gets what.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// Sends a message with one ciphertext for all.
std::string write(Peer& from, const wire::Jid& group) {
  const wire::Node message = group_message(from, group);
  accept(from, message);
  return id_of(message);
}

void refuse(Peer& from, const wire::Node& message, std::string_view error) {
  const wire::Node ack = send_to_group(from, message);
  check(ack.text("error") == error, "the message is refused with " + std::string(error),
        wire::print_node(ack));
}

std::vector<std::string> types_of_encs(const wire::Node& message) {
  std::vector<std::string> types;
  for (const wire::Node& child : message.children()) {
    if (child.tag == "enc") types.emplace_back(child.text("type").value_or(""));
  }
  return types;
}

void expect_nothing(Peer& peer, const std::string& id) {
  peer.barrier();
  peer.expect_none(message(id));
}

wire::Node receipt_for(const wire::Node& message, std::string_view type = {}) {
  wire::Node node = element("receipt", {{"id", wire::Text(id_of(message))}});
  node.set("to", *message.attribute("from"));
  node.set("participant", *message.attribute("participant"));
  if (!type.empty()) node.set("type", wire::Text(type));
  return node;
}

// The copy of a resend for one device, with its ciphertext outside of <participants>.
wire::Node resend(const wire::Jid& to, const std::string& id, const wire::Jid& device) {
  wire::Node node = element("message", {{"id", wire::Text(id)}, {"to", to}, {"type", "text"}},
                            {{.tag = "enc",
                              .attributes = {{"v", "2"}, {"type", "pkmsg"}, {"count", "1"}},
                              .content = wire::Blob(as_bytes("again"))}});
  node.set("participant", device);
  return node;
}

}  // namespace

// ---- Messages

SERVER_CASE(group_delivery, all_members,
            "A message reaches every device of every member but the sending one",
            .checks = {Rule::STANZA_53, Rule::STANZA_67, Rule::STANZA_68}) {
  Trio trio(bench);
  Peer& second = bench.online_peer_of("alice", "alice's second");
  const std::string id = write(trio.alice, trio.group);
  for (Peer* peer : {&trio.bob, &trio.carol, &second}) {
    const wire::Node received = peer->expect(message(id));
    const std::string text = wire::print_node(received);
    check(names(received, "from", trio.group), "it is from the group", text);
    const bool by_lid = received.text("addressing_mode") == "lid";
    check(names(received, "participant", by_lid ? trio.alice.lid() : trio.alice.jid()),
          "participant is the sending device, named as addressing_mode says", text);
    check(by_lid ? names(received, "participant_pn", trio.alice.jid().account())
                 : names(received, "participant_lid", trio.alice.lid().account()),
          "the other name is there, without device", text);
    check(types_of_encs(received) == std::vector<std::string>{"skmsg"},
          "the ciphertext for all is there", text);
  }
  expect_nothing(trio.alice, id);
}

SERVER_CASE(group_delivery, own_ciphertext_first,
            "A device gets its own ciphertext and the one for all, in this order",
            .checks = {Rule::STANZA_49, Rule::STANZA_47, Rule::STANZA_51, Rule::SENDERKEY_14}) {
  Trio trio(bench);
  wire::Node sent = group_message(trio.alice, trio.group, {trio.bob.lid()});
  auto& children = std::get<std::vector<wire::Node>>(sent.content);
  std::swap(children.front(), children.back());
  accept(trio.alice, sent);
  const auto own = types_of_encs(trio.bob.expect(message(id_of(sent))));
  check(own.size() == 2 && own[0] != "skmsg" && own[1] == "skmsg", "the pairwise one comes first");
  check(types_of_encs(trio.carol.expect(message(id_of(sent)))) == std::vector<std::string>{"skmsg"},
        "carol gets the one for all alone");
}

SERVER_CASE(group_delivery, strangers_cannot_write, "Who is no member cannot write",
            .checks = {Rule::STANZA_97}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  precondition("a member can", [&] { trio.bob.expect(message(write(trio.carol, trio.group))); });
  const wire::Node sent = group_message(dave, trio.group);
  refuse(dave, sent, "403");
  expect_nothing(trio.bob, id_of(sent));
  refuse(dave, group_message(dave, {"120363999999999999", wire::server_name::kGroup, 0, 0}), "404");
}

SERVER_CASE(group_delivery, announcement_mode, "In an announcement group only admins write",
            .checks = {Rule::STANZA_97, Rule::GROUP_35}) {
  Trio trio(bench);
  change_setting(trio.alice, trio.group, element("announcement"));
  trio.bob.expect(message(write(trio.alice, trio.group)));
  const wire::Node sent = group_message(trio.carol, trio.group);
  refuse(trio.carol, sent, "403");
  expect_nothing(trio.bob, id_of(sent));
  wire::Node reaction = group_message(trio.carol, trio.group);
  reaction.set("type", "reaction");
  accept(trio.carol, reaction);
  trio.bob.expect(message(id_of(reaction)));
}

SERVER_CASE(group_delivery, newcomers_get_nothing_earlier,
            "Who is added gets nothing that was written before", .checks = {Rule::STANZA_98}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  const std::string before = write(trio.alice, trio.group);
  change_members(trio.alice, trio.group, "add", {&dave});
  const std::string after = write(trio.alice, trio.group);
  dave.expect(message(after));
  expect_nothing(dave, before);
}

SERVER_CASE(group_delivery, who_is_removed_gets_nothing_later,
            "Who is removed gets nothing that is written afterwards, and cannot write",
            .checks = {Rule::STANZA_98, Rule::STANZA_97}) {
  Trio trio(bench);
  trio.carol.expect(message(write(trio.alice, trio.group)));
  change_members(trio.alice, trio.group, "remove", {&trio.carol});
  // Even when the sender believes that carol is still there.
  const wire::Node sent = group_message(trio.alice, trio.group, {trio.bob.lid(), trio.carol.lid()});
  accept(trio.alice, sent);
  trio.bob.expect(message(id_of(sent)));
  expect_nothing(trio.carol, id_of(sent));
  refuse(trio.carol, group_message(trio.carol, trio.group), "403");
}

SERVER_CASE(group_delivery, removed_while_away,
            "Who was away when removed gets what was written before, and no more",
            .checks = {Rule::GROUP_38, Rule::STANZA_98}) {
  Trio trio(bench);
  trio.carol.close();
  let_pass(bench);
  const std::string before = write(trio.alice, trio.group);
  change_members(trio.alice, trio.group, "remove", {&trio.carol});
  const std::string after = write(trio.alice, trio.group);
  trio.carol.log_in();
  std::vector<std::string> ids;
  bool removed = false;
  for (const wire::Node& stanza : trio.carol.activate()) {
    if (stanza.tag == "message" && names(stanza, "from", trio.group)) ids.push_back(id_of(stanza));
    removed = removed || (stanza.tag == "notification" && stanza.child("remove") != nullptr);
  }
  check(ids == std::vector{before} && removed, "the message before the removal, and the removal");
  expect_nothing(trio.carol, after);
}

SERVER_CASE(group_delivery, away, "A member that is away gets messages and changes in order later",
            .checks = {Rule::STANZA_53, Rule::STANZA_31}) {
  Trio trio(bench);
  trio.carol.close();
  let_pass(bench);
  const std::string first = write(trio.alice, trio.group);
  change_setting(trio.alice, trio.group, element_of_bytes("subject", as_bytes("Next")));
  const std::string second = write(trio.bob, trio.group);
  trio.carol.log_in();
  std::vector<std::string> seen;
  for (const wire::Node& stanza : trio.carol.activate()) {
    if (names(stanza, "from", trio.group))
      seen.push_back(stanza.tag == "message" ? id_of(stanza) : "change");
  }
  check(seen == std::vector<std::string>{first, "change", second}, "in the order of acceptance");
}

SERVER_CASE(group_delivery, repeated, "A message that is sent again is not delivered again",
            .checks = {Rule::STANZA_56, Rule::STANZA_23}) {
  Trio trio(bench);
  const wire::Node sent = group_message(trio.alice, trio.group);
  accept(trio.alice, sent);
  trio.bob.expect(message(id_of(sent)));
  accept(trio.alice, sent);
  expect_nothing(trio.bob, id_of(sent));
}

SERVER_CASE(group_delivery, resend_to_one_device,
            "A resend reaches the device that it names, and no other",
            .checks = {Rule::GROUP_33, Rule::STANZA_55}) {
  Trio trio(bench);
  const std::string id = write(trio.alice, trio.group);
  for (Peer* peer : {&trio.bob, &trio.carol}) peer->expect(message(id));
  accept(trio.alice, resend(trio.group, id, trio.bob.lid()));
  const wire::Node again = trio.bob.expect(message(id));
  check(descend(again, {"enc"}).text("count") == "1" && names(again, "from", trio.group),
        "it is as it was sent", wire::print_node(again));
  expect_nothing(trio.carol, id);
}

SERVER_CASE(group_delivery, resend_to_who_is_no_member, "A resend reaches members alone",
            .checks = {Rule::GROUP_33}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  const std::string id = write(trio.alice, trio.group);
  precondition("a member gets it", [&] {
    accept(trio.alice, resend(trio.group, id, trio.bob.lid()));
    trio.bob.expect(message(id));
  });
  const wire::Node ack = send_to_group(trio.alice, resend(trio.group, id, dave.lid()));
  check(ack.has("error"), "it is refused", wire::print_node(ack));
  expect_nothing(dave, id);
}

SERVER_CASE(group_delivery, pairwise_outside_of_participants,
            "Pairwise ciphertext that names no device reaches nobody",
            .checks = {Rule::GROUP_34, Rule::STANZA_128}) {
  Trio trio(bench);
  wire::Node sent = group_message(trio.alice, trio.group);
  std::get<std::vector<wire::Node>>(sent.content)
      .push_back({.tag = "enc",
                  .attributes = {{"v", "2"}, {"type", "msg"}},
                  .content = wire::Blob(as_bytes("whose is this?"))});
  trio.alice.send(sent);
  trio.alice.expect(ack_of("message", id_of(sent)));
  trio.bob.barrier();
  for (const wire::Node& received : trio.bob.inbox()) {
    if (id_of(received) != id_of(sent)) continue;
    check(types_of_encs(received) == std::vector<std::string>{"skmsg"},
          "only the ciphertext for all arrives", wire::print_node(received));
  }
}

// ---- phash

SERVER_CASE(group_delivery, phash, "Whoever addresses other devices than the members' is told so",
            .checks = {Rule::GROUP_32, Rule::STANZA_57}) {
  Trio trio(bench);
  // The phone of each account is a device like others; as the directory tells.
  std::vector<payload::DeviceAddress> devices;
  const auto add = [&](const wire::Jid& jid) {
    devices.push_back({std::string(jid.user.view()), std::string(jid.server.view()), jid.device});
  };
  const auto add_account = [&](Peer& peer) {
    const wire::Node answer = peer.ask(element(
        "iq", {{"type", "get"}, {"xmlns", "usync"}},
        {element("usync", {{"sid", "1"}, {"mode", "query"}, {"context", "message"}},
                 {element("query", {}, {element("devices", {{"version", "2"}})}),
                  element("list", {}, {element("user", {{"jid", peer.lid().account()}})})})}));
    const wire::Node& list = descend(answer, {"usync", "list", "user", "devices", "device-list"});
    for (const wire::Node& device : list.children()) {
      add(wire::Jid::of_lid(peer.lid().user,
                            static_cast<std::uint16_t>(device.number("id").value_or(0))));
    }
  };
  add_account(trio.alice);
  add_account(trio.bob);
  wire::Node sent = group_message(trio.alice, trio.group);
  sent.set("phash", wire::Text(payload::phash(devices)));
  const wire::Node stale = send_to_group(trio.alice, sent);
  add_account(trio.carol);
  check(stale.text("phash") == payload::phash(devices), "the ack has the phash of all",
        wire::print_node(stale));

  wire::Node right = group_message(trio.alice, trio.group);
  right.set("phash", wire::Text(payload::phash(devices)));
  const wire::Node ack = send_to_group(trio.alice, right);
  check(!ack.has("phash") || ack.text("phash") == right.text("phash"),
        "the right one is not contradicted", wire::print_node(ack));
}

// ---- Receipts

SERVER_CASE(group_delivery, receipts, "A receipt reaches the author, from the group and its reader",
            .checks = {Rule::STANZA_86}) {
  Trio trio(bench);
  const std::string id = write(trio.alice, trio.group);
  for (Peer* peer : {&trio.bob, &trio.carol}) {
    const wire::Node received = peer->expect(message(id));
    peer->send(receipt_for(received));
    const wire::Node told = trio.alice.expect(receipt(id));
    const std::string text = wire::print_node(told);
    check(names(told, "from", trio.group) && told.number("t"), "it is from the group", text);
    check(names(told, "participant", peer->lid()) || names(told, "participant", peer->jid()) ||
              names(told, "participant", peer->lid().account()) ||
              names(told, "participant", peer->jid().account()),
          "participant is the reader", text);
    check(!told.has("type"), "a delivery has no type", text);
  }
  trio.bob.barrier();
  trio.bob.expect_none(receipt(id));
}

SERVER_CASE(group_delivery, read_receipts, "That a message was read is told to own devices, too",
            .checks = {Rule::GROUP_36, Rule::STANZA_86}) {
  Trio trio(bench);
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const std::string id = write(trio.alice, trio.group);
  const wire::Node received = trio.bob.expect(message(id));
  trio.bob.send(receipt_for(received, "read"));
  check(trio.alice.expect(receipt(id)).text("type") == "read", "the author is told");
  const wire::Node own = second.expect(receipt(id));
  check(own.text("type") == "read-self" && names(own, "from", trio.group) &&
            (names(own, "recipient", trio.alice.lid().account()) ||
             names(own, "recipient", trio.alice.jid().account())),
        "the own device is told, with the author as recipient", wire::print_node(own));
}

SERVER_CASE(group_delivery, read_privacy,
            "Who does not send read receipts tells his own devices alone",
            .checks = {Rule::STANZA_132, Rule::STANZA_88}) {
  Trio trio(bench);
  Peer& second = bench.online_peer_of("bob", "bob's second");
  check_result(trio.bob.ask(
      element("iq", {{"type", "set"}, {"xmlns", "privacy"}},
              {R"(<privacy><category name="readreceipts" value="none"/></privacy>)"_node})));
  const std::string id = write(trio.alice, trio.group);
  trio.bob.send(receipt_for(trio.bob.expect(message(id)), "read"));
  second.expect(receipt(id));
  trio.alice.barrier();
  trio.alice.expect_none(receipt(id));
}

SERVER_CASE(group_delivery, receipts_of_strangers, "Who never was a member sends no receipts",
            .checks = {Rule::GROUP_37}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  const std::string id = write(trio.alice, trio.group);
  const wire::Node received = trio.bob.expect(message(id));
  precondition("a member does", [&] {
    trio.bob.send(receipt_for(received));
    trio.alice.expect(receipt(id));
  });
  dave.send(receipt_for(received, "read"));
  dave.barrier();
  trio.alice.barrier();
  trio.alice.expect_none(receipt(id));
}

SERVER_CASE(group_delivery, retry_receipt, "A retry receipt reaches the device that wrote",
            .checks = {Rule::STANZA_95}) {
  Trio trio(bench);
  Peer& second = bench.online_peer_of("alice", "alice's second");
  const std::string id = write(trio.alice, trio.group);
  wire::Node retry = receipt_for(trio.bob.expect(message(id)), "retry");
  retry.content = std::vector<wire::Node>{
      element("retry", {{"count", "1"}, {"id", wire::Text(id)}, {"t", "1700000000"}, {"v", "1"}})};
  trio.bob.send(retry);
  const wire::Node told = trio.alice.expect(receipt(id));
  check(told.text("type") == "retry" && names(told, "from", trio.group) &&
            (names(told, "participant", trio.bob.lid()) ||
             names(told, "participant", trio.bob.jid())),
        "it names the device that asks", wire::print_node(told));
  second.barrier();
  second.expect_none(receipt(id));
}

// ---- Status

SERVER_CASE(group_delivery, status, "A status reaches those whom it names, and own devices",
            .checks = {Rule::GROUP_44, Rule::STANZA_67, Rule::STANZA_68}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  const wire::Jid broadcast{"status", wire::server_name::kBroadcast, 0, 0};
  wire::Node sent = group_message(alice, broadcast, {bob.lid()});
  accept(alice, sent);
  for (Peer* peer : {&bob, &second}) {
    const wire::Node received = peer->expect(message(id_of(sent)));
    check(names(received, "from", broadcast) && names(received, "participant", alice.lid()),
          "it is from the broadcast, by its author", wire::print_node(received));
  }
  expect_nothing(carol, id_of(sent));
}

SERVER_CASE(group_delivery, status_receipt, "The author of a status hears who has seen it",
            .checks = {Rule::GROUP_44}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid broadcast{"status", wire::server_name::kBroadcast, 0, 0};
  wire::Node sent = group_message(alice, broadcast, {bob.lid()});
  accept(alice, sent);
  bob.send(receipt_for(bob.expect(message(id_of(sent))), "read"));
  const wire::Node told = alice.expect(receipt(id_of(sent)));
  check(names(told, "from", broadcast) && told.has("participant"), "it names the reader",
        wire::print_node(told));
}

}  // namespace doublecheck::harness
