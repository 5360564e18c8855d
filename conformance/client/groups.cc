#include <algorithm>
#include <string>
#include <vector>

#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/signal/sender_key_message.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Groups: who gets the client's key, and when it gets another.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

bool gives_key_to(const wire::Node& message, const Contact& contact) {
  const wire::Node* participants = message.child("participants");
  return participants != nullptr &&
         std::ranges::any_of(participants->children(), [&](const wire::Node& to) {
           return contact.is(to.jid("jid")) && to.child("enc") != nullptr;
         });
}

const wire::Node* skmsg_of(const wire::Node& message) {
  const auto found = std::ranges::find_if(message.children(), [](const wire::Node& child) {
    return child.tag == "enc" && child.text("type") == "skmsg";
  });
  return found == message.children().end() ? nullptr : &*found;
}

signal::SenderKeyMessage read_skmsg(const wire::Node& message) {
  const wire::Node* enc = skmsg_of(message);
  check(enc != nullptr, "there is an skmsg", wire::print_node(message));
  const auto read = signal::decode_sender_key_message(enc->bytes().value_or(ByteView{}), Guard{});
  check(read.has_value(), "the skmsg can be decoded", wire::print_node(*enc));
  return *read;
}

// A client that is online, in a group of bob's with carol.
struct Company {
  explicit Company(ClientBench& at) : bench(at) {
    bench.need("groups");
    own = bench.come_online();
    bob = &bench.contact("bob");
    carol = &bench.contact("carol");
    const auto made =
        bench.run(*bob->client, client::CreateGroup{"A group", {own.jid.account(), carol->user()}});
    if (!made.group) inconclusive("the group cannot be made");
    group = *made.group;
    bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
  }

  // What the client sends for a text to the group.
  wire::Node write(const std::string& text) {
    bench.run(bench.client(), client::SendText{.to = group, .text = text});
    return bench.expect(stanza("message", {{"to", group.to_string()}}));
  }
  std::string from_bob(const std::string& text) {
    return bench.run(*bob->client, client::SendText{.to = group, .text = text}).message_id;
  }
  void change(const std::string& action, const Contact& who) {
    bench.run(*bob->client, client::UpdateGroup{group, action, {who.user()}});
    bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
  }

  ClientBench& bench;
  client::Opened own;
  Contact* bob = nullptr;
  Contact* carol = nullptr;
  wire::Jid group;
};

}  // namespace

CLIENT_CASE(groups, key_for_every_device,
            "Every device of the group gets the key with the first message",
            .checks = {Rule::SENDERKEY_12}) {
  Company company(bench);
  const Contact& second = bench.contact("carol");
  const wire::Node sent = company.write("hello");
  read_skmsg(sent);
  for (const Contact* contact : std::vector<const Contact*>{company.bob, company.carol, &second}) {
    check(gives_key_to(sent, *contact), "each device gets the key", wire::print_node(sent));
  }
}

CLIENT_CASE(groups, no_key_for_the_sending_device, "The sending device does not address itself",
            .checks = {Rule::SENDERKEY_13, Rule::STANZA_44}) {
  Company company(bench);
  const wire::Node sent = company.write("hello");
  const wire::Node* participants = sent.child("participants");
  check(participants != nullptr, "the key is given to somebody", wire::print_node(sent));
  for (const wire::Node& to : participants->children()) {
    check(!bench.own_device().is(to.jid("jid")), "the sending device is not among them",
          wire::print_node(to));
  }
}

CLIENT_CASE(groups, consecutive_iterations, "Messages under one key have consecutive iterations",
            .checks = {Rule::SENDERKEY_09}) {
  Company company(bench);
  const auto first = read_skmsg(company.write("one"));
  const auto second = read_skmsg(company.write("two"));
  check(first.key_id == second.key_id && second.iteration == first.iteration + 1,
        "the second follows the first",
        std::to_string(first.iteration) + ", " + std::to_string(second.iteration));
}

CLIENT_CASE(
    groups, new_key_after_a_removal,
    "After a removal the next message is under a new key, which the removed one does not get",
    .checks = {Rule::STANZA_103, Rule::SENDERKEY_11}) {
  Company company(bench);
  const wire::Node before = company.write("before");
  check(gives_key_to(before, *company.carol), "carol has the key before", wire::print_node(before));
  company.change("remove", *company.carol);
  const wire::Node after = company.write("after");
  check(!gives_key_to(after, *company.carol), "carol gets nothing", wire::print_node(after));
  check(read_skmsg(before).key_id != read_skmsg(after).key_id, "the key is another",
        std::to_string(read_skmsg(after).key_id));
}

CLIENT_CASE(groups, key_for_newcomers, "Who is added gets the key with the next message",
            .checks = {Rule::SENDERKEY_12}) {
  Company company(bench);
  const Contact& dave = bench.contact("dave");
  company.write("before");
  company.change("add", dave);
  const wire::Node after = company.write("after");
  check(gives_key_to(after, dave), "dave gets the key", wire::print_node(after));
}

CLIENT_CASE(groups, phash, "A group message has the phash of the devices in the group",
            .checks = {Rule::MESSAGE_10}) {
  Company company(bench);
  const wire::Node sent = company.write("hello");
  check(sent.text("phash").value_or("").starts_with("2:"), "there is a phash",
        wire::print_node(sent));
}

CLIENT_CASE(groups, addressing_mode, "A group message has the addressing mode of the group",
            .checks = {Rule::STANZA_104}) {
  Company company(bench);
  const wire::Node sent = company.write("hello");
  check(sent.text("addressing_mode") == "lid", "it is lid", wire::print_node(sent));
}

CLIENT_CASE(groups, no_tokens, "Messages to groups have no privacy token",
            .checks = {Rule::STANZA_61, Rule::DEVICE_19}) {
  Company company(bench);
  const wire::Node sent = company.write("hello");
  check(sent.child("tctoken") == nullptr && sent.child("cstoken") == nullptr, "there is no token",
        wire::print_node(sent));
}

CLIENT_CASE(groups, key_and_message_together,
            "A key that comes with the message is used to read it", .checks = {Rule::STANZA_50}) {
  Company company(bench);
  const std::string id = company.from_bob("hello");
  const wire::Node answer =
      bench.expect(stanza("receipt", {{"id", id}}) || stanza("ack", {{"id", id}}));
  check(answer.text("type") != "retry" && !answer.has("error"), "it is read",
        wire::print_node(answer));
}

CLIENT_CASE(groups, receipt_names_the_author, "The receipt for a group message names its author",
            .checks = {Rule::STANZA_69}, .capabilities = {"receipts"}) {
  Company company(bench);
  const std::string id = company.from_bob("hello");
  const wire::Node told = bench.expect(stanza("receipt", {{"id", id}}));
  const wire::Jid* to = told.jid("to");
  const wire::Jid* author = told.jid("participant");
  check(to != nullptr && *to == company.group, "it is for the group", wire::print_node(told));
  check(author != nullptr && (author->account() == company.bob->lid.account() ||
                              author->account() == company.bob->user()),
        "participant is the author", wire::print_node(told));
}

CLIENT_CASE(groups, missing_key, "Who misses the key to a message asks for it, and reads it then",
            .checks = {Rule::RETRY_01, Rule::MESSAGE_15}) {
  Company company(bench);
  bool lost = false;
  bench.script().edit([&lost](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.tag != "message" || skmsg_of(node) == nullptr || lost) continue;
      lost = std::erase_if(std::get<std::vector<wire::Node>>(node.content),
                           [](const wire::Node& child) {
                             return child.tag == "enc" && child.text("type") != "skmsg";
                           }) > 0;
    }
  });
  const std::string id = company.from_bob("hello");
  const wire::Node asked = bench.expect(retry_for(id));
  check(asked.has("participant"), "the receipt names the author", wire::print_node(asked));
  bench.expect(Matcher{"an answer to the resend", [&](const wire::Node& node) {
                         return node.tag == "receipt" && node.text("id") == id &&
                                node.text("type") != "retry";
                       }});
}

CLIENT_CASE(groups, nothing_again_for_who_has_left,
            "A message is sent again to members, and not to who was removed",
            .checks = {Rule::RETRY_09}) {
  Company company(bench);
  const wire::Node sent = company.write("secret");
  const std::string id(sent.text("id").value_or(""));
  const auto ask_again = [&](const Contact& who) {
    wire::Node receipt = retry_receipt(id, 1, company.group);
    receipt.set("participant", who.lid);
    bench.send(receipt);
  };
  const Matcher resent = stanza("message", {{"id", id}});
  company.change("remove", *company.carol);
  precondition("a member gets it", [&] {
    ask_again(*company.bob);
    bench.expect(resent);
  });
  ask_again(*company.carol);
  bench.barrier();
  bench.driver().run_until([] { return false; }, seconds(1));
  bench.expect_none(resent);
  bench.expect_alive();
}

CLIENT_CASE(groups, read_receipt_names_the_author, "A read receipt in a group names the author",
            .checks = {Rule::STANZA_90}, .capabilities = {"mark_read"}) {
  Company company(bench);
  const std::string id = company.from_bob("hello");
  const wire::Node delivered = bench.expect(stanza("receipt", {{"id", id}}));
  const wire::Jid* author = delivered.jid("participant");
  bench.client().command(client::MarkRead{
      company.group, author == nullptr ? company.bob->lid.to_string() : author->to_string(), {id}});
  const wire::Node read = bench.expect(stanza("receipt", {{"id", id}}));
  check(read.text("type") == "read" || read.text("type") == "read-self", "it is read",
        wire::print_node(read));
  check(read.has("participant"), "participant is there", wire::print_node(read));
}

}  // namespace doublecheck::harness
