#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Direct messages: what the client sends for one, and what it makes of one. Its contacts are
// reference clients.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher of_id(std::string_view tag, const std::string& id) { return stanza(tag, {{"id", id}}); }
// A message of the client's, and not one to its own phone.
Matcher written() {
  return stanza("message") && Matcher{"to a chat", [](const wire::Node& node) {
                                        return node.text("category") != "peer";
                                      }};
}

// How many of the `<to>` children name this device.
std::size_t count_for(const wire::Node& message, const Contact& contact) {
  const wire::Node* participants = message.child("participants");
  if (participants == nullptr) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(participants->children(), [&](const wire::Node& to) {
        return contact.is(to.jid("jid")) && to.child("enc") != nullptr;
      }));
}

// A client that is online, with a contact, and the two have heard from each other.
struct Talk {
  explicit Talk(ClientBench& at) : bench(at) {
    bench.need("send_text");
    own = bench.come_online();
    bob = &bench.contact("bob");
    const std::string greeting = from_bob("hello");
    bench.expect(Matcher{"an answer to the first message", [&](const wire::Node& node) {
                           return node.text("id") == greeting &&
                                  (node.tag == "receipt" || node.tag == "ack");
                         }});
    to_bob("welcome");
  }

  std::string from_bob(const std::string& text) {
    return bench.run(*bob->client, client::SendText{.to = own.jid.account(), .text = text})
        .message_id;
  }
  // What the client sends for a text to bob.
  wire::Node to_bob(const std::string& text) {
    bench.run(bench.client(), client::SendText{.to = bob->user(), .text = text});
    return bench.expect(written());
  }
  // Damages the ciphertext of whatever message bob sends, so many times.
  void damage(int times) {
    bench.script().edit([times](std::vector<wire::Node>& stanzas) mutable {
      for (wire::Node& node : stanzas) {
        auto* children = std::get_if<std::vector<wire::Node>>(&node.content);
        if (node.tag != "message" || node.text("category") == "peer" || children == nullptr)
          continue;
        for (wire::Node& child : *children) {
          if (child.tag != "enc" || times == 0) continue;
          Bytes bytes = to_bytes(*child.bytes());
          bytes.back() ^= 0x01;
          child.content = wire::Blob(ByteView(bytes));
          --times;
        }
      }
    });
  }
  // Asks for a message of the client's once more, as bob's device or another would.
  void ask_again(const std::string& id, int count, const wire::Jid& from) {
    bench.send(retry_receipt(id, count, from));
  }

  ClientBench& bench;
  client::Opened own;
  Contact* bob = nullptr;
};

std::string message_id(const wire::Node& node) { return std::string(node.text("id").value_or("")); }

}  // namespace

// ---- Sending

CLIENT_CASE(messages, every_device_gets_a_ciphertext,
            "A message is encrypted for every device of the recipient, and not for the sending one",
            .checks = {Rule::STANZA_43, Rule::STANZA_44}) {
  Talk talk(bench);
  const Contact& second = bench.contact("bob");
  const wire::Node sent = talk.to_bob("to both");
  check(count_for(sent, *talk.bob) == 1 && count_for(sent, second) == 1,
        "each device of bob has one ciphertext", wire::print_node(sent));
  const wire::Node* participants = sent.child("participants");
  check(participants != nullptr, "there are participants", wire::print_node(sent));
  for (const wire::Node& to : participants->children()) {
    check(!bench.own_device().is(to.jid("jid")), "the sending device is not among them",
          wire::print_node(sent));
  }
}

CLIENT_CASE(messages, device_identity_with_pkmsg,
            "A message with a ciphertext that starts a session has the device identity",
            .checks = {Rule::STANZA_46, Rule::MESSAGE_08}) {
  Talk talk(bench);
  bench.contact("bob");  // a device that the client has no session with
  const wire::Node sent = talk.to_bob("to both");
  const wire::Node* participants = sent.child("participants");
  check(participants != nullptr, "there are participants", wire::print_node(sent));
  const bool starts = std::ranges::any_of(participants->children(), [](const wire::Node& to) {
    return to.child("enc") != nullptr && to.child("enc")->text("type") == "pkmsg";
  });
  check(starts, "a session is started", wire::print_node(sent));
  const wire::Node* identity = sent.child("device-identity");
  check(identity != nullptr && !identity->bytes().value_or(ByteView{}).empty(),
        "the device identity is there", wire::print_node(sent));
}

CLIENT_CASE(messages, session_is_used, "Once the peer has answered, messages are of type msg",
            .checks = {Rule::SESSION_13}) {
  Talk talk(bench);
  const wire::Node sent = talk.to_bob("again");
  const wire::Node* participants = sent.child("participants");
  check(participants != nullptr, "there are participants", wire::print_node(sent));
  for (const wire::Node& to : participants->children()) {
    if (!talk.bob->is(to.jid("jid"))) continue;
    check(to.child("enc") != nullptr && to.child("enc")->text("type") == "msg",
          "bob's ciphertext is of type msg", wire::print_node(sent));
  }
}

CLIENT_CASE(messages, ids_are_unique, "Ten messages have ten ids", .checks = {Rule::STANZA_60}) {
  Talk talk(bench);
  std::set<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.insert(message_id(talk.to_bob("number " + std::to_string(i))));
  check(ids.size() == 10 && !ids.contains(""), "all ids are different");
}

CLIENT_CASE(messages, no_tokens_to_own_phone, "Messages to the own phone have no privacy token",
            .checks = {Rule::STANZA_61}) {
  Talk talk(bench);
  talk.to_bob("hello");
  for (const auto& received : bench.script().received_stanzas()) {
    const wire::Node& node = received.stanza;
    if (node.tag != "message" || node.text("category") != "peer") continue;
    check(node.child("tctoken") == nullptr && node.child("cstoken") == nullptr, "there is no token",
          wire::print_node(node));
  }
}

// ---- Receiving

CLIENT_CASE(messages, every_message_is_settled, "Every message is answered by a receipt or an ack",
            .checks = {Rule::STANZA_69, Rule::MESSAGE_15}) {
  Talk talk(bench);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(talk.from_bob("number " + std::to_string(i)));
  for (const std::string& id : ids) {
    bench.expect(Matcher{"a receipt or an ack for " + id, [&](const wire::Node& node) {
                           return node.text("id") == id && node.text("type") != "retry" &&
                                  (node.tag == "receipt" || node.tag == "ack");
                         }});
  }
}

CLIENT_CASE(messages, unknown_children_are_ignored,
            "Unknown children and attributes of a message change nothing",
            .checks = {Rule::MESSAGE_20, Rule::STANZA_64}) {
  Talk talk(bench);
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      auto* children = std::get_if<std::vector<wire::Node>>(&node.content);
      if (node.tag != "message" || children == nullptr) continue;
      node.set("doublecheck", "1");
      children->insert(children->begin(), R"(<doublecheck a="b"><c/></doublecheck>)"_node);
      children->push_back(R"(<enc v="2" type="doublecheck">hex:00</enc>)"_node);
    }
  });
  const std::string id = talk.from_bob("hello");
  const wire::Node answer = bench.expect(of_id("receipt", id) || of_id("ack", id));
  check(answer.text("type") != "retry" && !answer.has("error"), "the message is read",
        wire::print_node(answer));
}

CLIENT_CASE(messages, repeated_message,
            "A message that comes twice is settled twice and not asked for again",
            .checks = {Rule::SESSION_25, Rule::STANZA_69}) {
  Talk talk(bench);
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    std::vector<wire::Node> doubled;
    for (wire::Node& node : stanzas) {
      if (node.tag == "message" && node.text("category") != "peer") doubled.push_back(node);
      doubled.push_back(std::move(node));
    }
    stanzas = std::move(doubled);
  });
  const std::string id = talk.from_bob("hello");
  for (int i = 0; i < 2; ++i) {
    bench.expect(Matcher{"an answer to each copy", [&](const wire::Node& node) {
                           return node.text("id") == id &&
                                  (node.tag == "receipt" || node.tag == "ack");
                         }});
  }
  bench.barrier();
  bench.expect_none(retry_for(id));
}

CLIENT_CASE(messages, order, "Messages are reported in the order in which they came",
            .checks = {Rule::STANZA_81}, .capabilities = {"receive_text"}) {
  Talk talk(bench);
  wait_for<client::MessageReceived>(bench.driver(), bench.client(), seconds(10));
  for (int i = 0; i < 10; ++i) talk.from_bob(std::to_string(i));
  for (int i = 0; i < 10; ++i) {
    const auto message =
        wait_for<client::MessageReceived>(bench.driver(), bench.client(), seconds(30));
    check(message && message->text == std::to_string(i),
          "message " + std::to_string(i) + " is next", message ? message->text : "none");
  }
}

// ---- Asking again

CLIENT_CASE(retry, unreadable_message, "An unreadable message is asked for again, and read then",
            .checks = {Rule::RETRY_01, Rule::RETRY_02, Rule::KEY_13}) {
  Talk talk(bench);
  talk.damage(1);
  const std::string id = talk.from_bob("hello");
  const wire::Node asked = bench.expect(retry_for(id));
  const wire::Node* retry = asked.child("retry");
  const std::string text = wire::print_node(asked);
  check(retry != nullptr && retry->text("count") == "1" && retry->text("id") == id &&
            retry->number("t") && retry->text("v") == "1",
        "count, id, t and v are right", text);
  const wire::Node* registration = asked.child("registration");
  check(registration != nullptr && registration->bytes().value_or(ByteView{}).size() == 4,
        "the registration id has 4 bytes", text);
  check(talk.bob->is(asked.jid("to")), "it is for the device that wrote", text);
  bench.expect(Matcher{"an answer to the resend", [&](const wire::Node& node) {
                         return node.tag == "receipt" && node.text("id") == id &&
                                node.text("type") != "retry";
                       }});
}

CLIENT_CASE(retry, keys_from_the_second_on,
            "From the second time on the keys to start over come along",
            .checks = {Rule::RETRY_03, Rule::STANZA_94, Rule::RETRY_04, Rule::KEY_01}) {
  Talk talk(bench);
  talk.damage(2);
  const std::string id = talk.from_bob("hello");
  bench.expect(retry_for(id));
  const wire::Node second = bench.expect(retry_for(id));
  const std::string text = wire::print_node(second);
  const wire::Node* retry = second.child("retry");
  check(retry != nullptr && retry->text("count") == "2", "it is the second", text);
  const wire::Node* keys = second.child("keys");
  check(keys != nullptr, "there are keys", text);
  const auto size = [&](const wire::Node* node) {
    return node == nullptr ? 0 : node->bytes().value_or(ByteView{}).size();
  };
  const wire::Node* key = keys->child("key");
  const wire::Node* signed_key = keys->child("skey");
  check(size(keys->child("type")) == 1 && size(keys->child("identity")) == 32 && key != nullptr &&
            size(key->child("id")) == 3 && size(key->child("value")) == 32 &&
            signed_key != nullptr && size(signed_key->child("value")) == 32 &&
            size(signed_key->child("signature")) == 64 && size(keys->child("device-identity")) > 0,
        "they are complete, and of the right sizes", text);
}

CLIENT_CASE(retry, counts_end, "A message that stays unreadable is asked for at most five times",
            .checks = {Rule::STANZA_93, Rule::RETRY_02}) {
  Talk talk(bench);
  precondition("one that becomes readable is asked for", [&] {
    talk.damage(1);
    bench.expect(retry_for(talk.from_bob("hello")));
  });
  talk.damage(1000);
  const std::string id = talk.from_bob("never");
  std::vector<std::string> counts{"1"};
  const wire::Node first = bench.expect(retry_for(id));
  check(first.child("retry") != nullptr && first.child("retry")->text("count") == "1",
        "the first count is 1", wire::print_node(first));
  // The sender answers at most five times; then the same unreadable copy comes again and again.
  wire::Node copy =
      R"(<message t="1750000000" type="text"><enc v="2" type="msg">hex:33ff</enc></message>)"_node;
  copy.set("id", wire::Text(id));
  copy.set("from", talk.bob->jid);
  for (int i = 0; i < 12; ++i) {
    bench.send(copy);
    bench.barrier();
  }
  bench.driver().run_until([] { return false; }, seconds(2));
  while (bench.count(retry_for(id)) > 0) {
    const wire::Node asked = bench.expect(retry_for(id));
    const wire::Node* retry = asked.child("retry");
    counts.emplace_back(retry == nullptr ? "none" : retry->text("count").value_or("none"));
  }
  check(counts.size() <= 5, "there are one to five receipts", std::to_string(counts.size()));
  for (std::size_t i = 0; i < counts.size(); ++i)
    check(counts[i] == std::to_string(i + 1), "counts rise by one from 1", counts[i]);
}

CLIENT_CASE(retry, no_plain_receipt_for_the_unreadable,
            "An unreadable message is not confirmed as delivered", .checks = {Rule::STANZA_71}) {
  Talk talk(bench);
  precondition("a readable one is",
               [&] { bench.expect(of_id("receipt", talk.from_bob("hello"))); });
  talk.damage(1000);
  const std::string id = talk.from_bob("never");
  bench.expect(retry_for(id));
  bench.barrier();
  bench.expect_none(of_id("receipt", id) &&
                    Matcher{"without type retry", [](const wire::Node& node) {
                              return node.text("type") != "retry" &&
                                     node.text("type") != "inactive-retry";
                            }});
}

// ---- Being asked

CLIENT_CASE(retry, resend, "Whoever asks again gets the message again, and nobody else",
            .checks = {Rule::STANZA_96, Rule::RETRY_12, Rule::RETRY_13, Rule::RETRY_18}) {
  Talk talk(bench);
  const std::string id = message_id(talk.to_bob("hello"));
  talk.ask_again(id, 1, talk.bob->jid);
  bench.expect(stanza("ack", {{"class", "receipt"}, {"id", id}}));
  const wire::Node again = bench.expect(of_id("message", id));
  const std::string text = wire::print_node(again);
  const wire::Node* participants = again.child("participants");
  std::size_t recipients = 0;
  const wire::Node* enc = again.child("enc");
  if (enc != nullptr) {
    recipients = talk.bob->is(again.jid("to")) ? 1 : 2;
  } else if (participants != nullptr) {
    recipients = participants->children().size();
    check(count_for(again, *talk.bob) == 1, "it is for the device that asks", text);
    enc = participants->children().front().child("enc");
  }
  check(recipients == 1, "the device that asks is the only recipient", text);
  check(enc != nullptr && enc->text("count") == "1", "the enc has the count of the receipt", text);
}

CLIENT_CASE(retry, strangers_get_nothing, "A device that the message was not for gets nothing",
            .checks = {Rule::RETRY_08}) {
  Talk talk(bench);
  const Contact& mallory = bench.contact("mallory");
  const std::string id = message_id(talk.to_bob("secret"));
  precondition("an addressee gets it", [&] {
    talk.ask_again(id, 1, talk.bob->jid);
    bench.expect(of_id("message", id));
  });
  talk.ask_again(id, 1, mallory.jid);
  wire::Jid other = talk.bob->jid;
  other.device = 77;
  talk.ask_again(id, 1, other);
  bench.barrier();
  bench.driver().run_until([] { return false; }, seconds(1));
  bench.expect_none(of_id("message", id));
  bench.expect_alive();
}

CLIENT_CASE(retry, resends_end, "A message is sent again at most ten times to one device",
            .checks = {Rule::RETRY_07, Rule::RETRY_06}) {
  Talk talk(bench);
  const std::string id = message_id(talk.to_bob("hello"));
  for (int i = 0; i < 20; ++i) {
    talk.ask_again(id, i % 5 + 1, talk.bob->jid);
    bench.barrier();
  }
  talk.ask_again(id, 1000, talk.bob->jid);
  bench.barrier();
  bench.driver().run_until([] { return false; }, seconds(1));
  const std::size_t resends = bench.count(of_id("message", id));
  check(resends >= 1 && resends <= 10, "between one and ten resends", std::to_string(resends));
}

CLIENT_CASE(retry, unknown_message, "A request for a message that was never sent is harmless",
            .checks = {Rule::RETRY_18}) {
  Talk talk(bench);
  talk.ask_again("3EB0000000000000000000", 1, talk.bob->jid);
  bench.expect(stanza("ack", {{"class", "receipt"}, {"id", "3EB0000000000000000000"}}));
  bench.expect_none(of_id("message", "3EB0000000000000000000"));
}

}  // namespace doublecheck::harness
