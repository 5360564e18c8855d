#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Receipts of other kinds than those for what others write, and the presence that goes with them.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher read_receipt() {
  return stanza("receipt", {{"type", "read"}}) || stanza("receipt", {{"type", "read-self"}});
}

// The account's setting, as the server tells it: in its answers, and in news.
void set_read_receipts(ClientAndBob& talk, const std::string& value) {
  ClientBench& bench = talk.bench;
  bench.script().edit([value](std::vector<wire::Node>& stanzas) {
    for (wire::Node& iq : stanzas) {
      wire::Node* privacy = child_to_change(iq, "privacy");
      if (iq.tag != "iq" || privacy == nullptr) continue;
      for (wire::Node& category : children_to_change(*privacy)) {
        if (category.text("name") == "readreceipts") category.set("value", wire::Text(value));
      }
    }
  });
  reconnect(bench);
  wire::Node news = R"(<notification id="privacy" type="account_sync" t="1750000000"><privacy>
      <category name="readreceipts"/></privacy></notification>)"_node;
  news.set("from", talk.own.jid.account());
  child_to_change(*child_to_change(news, "privacy"), "category")->set("value", wire::Text(value));
  bench.send(news);
  bench.barrier();
}

wire::Node mark_read_from_bob(ClientAndBob& talk, const std::string& text) {
  const std::string id = talk.from_bob(text);
  const wire::Node delivered =
      precondition("the client reads it", [&] { return talk.bench.expect(delivery_receipt(id)); });
  talk.bench.client().command(
      client::MarkRead{.chat = talk.bob->user(), .sender = {}, .ids = {id}});
  const wire::Node receipt = talk.bench.expect(read_receipt());
  talk.bench.barrier();
  talk.bench.expect_none(read_receipt());
  return receipt;
}

// Another companion of the client's account.
Contact& own_companion(ClientAndBob& talk) {
  Contact& other = talk.bench.contact("Client under test");
  if (other.jid.account() != talk.own.jid.account())
    unsupported("the client does not announce its push name");
  return other;
}

}  // namespace

CLIENT_CASE(receipts, read_when_others_may_know, "A read message is confirmed as read",
            .checks = {Rule::STANZA_89}, .capabilities = {"mark_read"}) {
  ClientAndBob talk(bench);
  set_read_receipts(talk, "all");
  const wire::Node receipt = mark_read_from_bob(talk, "read me");
  check(receipt.text("type") == "read", "its type is read", wire::print_node(receipt));
}

CLIENT_CASE(receipts, read_self_when_others_may_not,
            "With the setting none a read message is confirmed to the own devices only",
            .checks = {Rule::STANZA_89}, .capabilities = {"mark_read"}) {
  ClientAndBob talk(bench);
  precondition("with the setting all it is confirmed to the author", [&] {
    set_read_receipts(talk, "all");
    const wire::Node receipt = mark_read_from_bob(talk, "read me");
    check(receipt.text("type") == "read", "its type is read", wire::print_node(receipt));
  });
  set_read_receipts(talk, "none");
  const wire::Node receipt = mark_read_from_bob(talk, "read me, too");
  check(receipt.text("type") == "read-self", "its type is read-self", wire::print_node(receipt));
}

CLIENT_CASE(receipts, read_self_for_newsletters,
            "What was read in a newsletter is confirmed to the own devices only",
            .checks = {Rule::STANZA_89}, .capabilities = {"mark_read"}) {
  ClientAndBob talk(bench);
  precondition("what was read in a chat is confirmed to its author", [&] {
    const wire::Node receipt = mark_read_from_bob(talk, "read me");
    check(receipt.text("type") == "read", "its type is read", wire::print_node(receipt));
  });
  bench.client().command(
      client::MarkRead{.chat = {"120363000000000001", wire::server_name::kNewsletter, 0, 0},
                       .sender = {},
                       .ids = {"POST"}});
  const wire::Node receipt = bench.expect(about("receipt", "POST"));
  check(receipt.text("type") != "read", "its type is not read", wire::print_node(receipt));
}

CLIENT_CASE(receipts, every_id_of_a_list, "Every id of a receipt with a list is reported",
            .checks = {Rule::STANZA_91}, .capabilities = {"receipts"}) {
  ClientAndBob talk(bench);
  std::set<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.insert(id_in(talk.to_bob("number " + std::to_string(i))));
  wire::Node receipt = R"(<receipt type="read" t="1750000000"><list/></receipt>)"_node;
  receipt.set("from", talk.bob->user());
  receipt.set("id", wire::Text(*ids.begin()));
  for (auto id = std::next(ids.begin()); id != ids.end(); ++id) {
    wire::Node item{.tag = "item", .attributes = {{"id", wire::Text(*id)}}, .content = {}};
    children_to_change(*child_to_change(receipt, "list")).push_back(std::move(item));
  }
  bench.send(receipt);
  bench.barrier();
  for (const std::string& id : ids) {
    const auto told = wait_for<client::ReceiptReceived>(
        bench.driver(), bench.client(), seconds(5), [&](const client::ReceiptReceived& one) {
          return one.id == id && one.type == client::ReceiptType::kRead;
        });
    check(told.has_value(), "the application is told that " + id + " was read", "it is not");
  }
}

CLIENT_CASE(receipts, one_ack_for_a_list, "A receipt with a list is acknowledged once",
            .checks = {Rule::STANZA_72, Rule::STANZA_91}) {
  ClientAndBob talk(bench);
  const std::string first = id_in(talk.to_bob("one"));
  const std::string second = id_in(talk.to_bob("two"));
  bench.barrier();
  let_time_pass(bench, seconds(3), seconds(1));  // bob's own receipts come
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return received.stanza.tag == "ack";
  });
  wire::Node receipt = R"(<receipt type="read" t="1750000000"><list><item/></list></receipt>)"_node;
  receipt.set("from", talk.bob->user());
  receipt.set("id", wire::Text(first));
  child_to_change(*child_to_change(receipt, "list"), "item")->set("id", wire::Text(second));
  bench.send(receipt);
  bench.expect(stanza("ack", {{"class", "receipt"}, {"id", first}}));
  bench.barrier();
  bench.expect_none(stanza("ack", {{"class", "receipt"}}));
}

CLIENT_CASE(receipts, each_message_is_confirmed_once, "What came once is confirmed once",
            .checks = {Rule::STANZA_142}) {
  ClientAndBob talk(bench);
  for (int i = 0; i < 3; ++i) {
    const std::string id = talk.from_bob("number " + std::to_string(i));
    bench.expect(delivery_receipt(id));
    bench.barrier();
    bench.expect_none(delivery_receipt(id));
  }
}

// ---- Own messages

CLIENT_CASE(receipts, copy_of_an_own_message,
            "The copy of an own message is confirmed to the device that sent it, with the chat as "
            "recipient",
            .checks = {Rule::STANZA_92, Rule::STANZA_71}, .capabilities = {"push_name"}) {
  ClientAndBob talk(bench);
  Contact& other = own_companion(talk);
  const std::string id =
      bench
          .run(*other.client,
               client::SendText{.to = talk.bob->user(), .text = "from elsewhere", .message_id = {}})
          .message_id;
  const wire::Node answer = bench.expect(about("receipt", id) || about("ack", id));
  bench.barrier();
  // A client may do with an ack; a receipt has to be right.
  bench.expect_none(delivery_receipt(id));
  if (answer.tag == "ack" && bench.count(about("receipt", id)) == 0) return;
  const wire::Node receipt = answer.tag == "receipt" ? answer : bench.expect(about("receipt", id));
  check(receipt.text("type") == "sender", "its type is sender", wire::print_node(receipt));
  check(other.is(receipt.jid("to")), "it is for the device that sent it",
        wire::print_node(receipt));
  const wire::Jid* recipient = receipt.jid("recipient");
  check(recipient != nullptr &&
            (*recipient == talk.bob->jid.account() || *recipient == talk.bob->lid.account()),
        "the recipient is the chat", wire::print_node(receipt));
}

CLIENT_CASE(receipts, history_is_confirmed_to_the_own_account,
            "A piece of history is confirmed by a receipt of type hist_sync to the own account",
            .checks = {Rule::STANZA_123}) {
  ClientAndBob talk(bench);
  const wire::Node receipt = bench.expect(stanza("receipt", {{"type", "hist_sync"}}), seconds(60));
  check(receipt.jid("to") != nullptr && *receipt.jid("to") == talk.own.jid.account(),
        "it is for the own account, without device", wire::print_node(receipt));
}

CLIENT_CASE(receipts, peer_message_is_confirmed_to_the_own_account,
            "A message of the own phone for its companions is confirmed by a receipt of type "
            "peer_msg to the own account",
            .checks = {Rule::STANZA_123}) {
  ClientAndBob talk(bench);
  const wire::Node receipt = bench.expect(stanza("receipt", {{"type", "peer_msg"}}), seconds(60));
  check(receipt.jid("to") != nullptr && *receipt.jid("to") == talk.own.jid.account(),
        "it is for the own account, without device", wire::print_node(receipt));
}

// ---- Presence

CLIENT_CASE(presence, name_before_available,
            "A client that becomes available says its name with that, or has said it before",
            .checks = {Rule::STANZA_111}, .capabilities = {"presence", "push_name"}) {
  bench.come_online();
  bench.barrier();
  const Matcher available{"a presence that makes available", [](const wire::Node& node) {
                            return node.tag == "presence" && node.text("type") == "available";
                          }};
  const client::CommandId command = bench.client().command(client::SendPresence{.available = true});
  bench.driver().run_until(
      [&] {
        return bench.count(available) > 0 || bench.client().ended() ||
               std::ranges::any_of(bench.client().events(), [&](const client::Event& event) {
                 const auto* failed = std::get_if<client::CommandFailed>(&event);
                 return failed != nullptr && failed->command == command;
               });
      },
      seconds(20));
  if (bench.count(available) == 0) unsupported("the client does not become available");
  bool named = false;
  for (const auto& received : bench.script().received_stanzas()) {
    if (received.stanza.tag != "presence") continue;
    named = named || !received.stanza.text("name").value_or("").empty();
    if (available.matches(received.stanza))
      check(named, "the name has been said", wire::print_node(received.stanza));
  }
}

CLIENT_CASE(presence, name_on_every_connection,
            "A client that becomes available on a later connection says its name there, too",
            .checks = {Rule::STANZA_111}, .capabilities = {"presence", "push_name"}) {
  bench.come_online();
  bench.barrier();
  bench.client().command(client::SendPresence{.available = true});
  reconnect(bench);
  bench.client().command(client::SendPresence{.available = true});
  bench.barrier();
  const ConnectionId connection = bench.current();
  bool available = false;
  bool named = false;
  for (const auto& received : bench.script().received_stanzas()) {
    if (received.connection != connection || received.stanza.tag != "presence") continue;
    named = named || !received.stanza.text("name").value_or("").empty();
    if (received.stanza.text("type") != "available") continue;
    available = true;
    check(named, "the name has been said", wire::print_node(received.stanza));
  }
  if (!available) unsupported("the client does not become available");
}

}  // namespace doublecheck::harness
