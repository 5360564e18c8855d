#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/payload/history_sync.h"
#include "spec/payload/padding.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// What messages say once they are decrypted: by what the phones and the devices of the suite read
// of the client's, and by what the client makes of theirs.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

payload::Message text_message(const std::string& text) { return payload::Message::of_text(text); }

// What the phone of an account has read under this id.
std::optional<payload::Message> read_by_phone(ClientBench& bench, const server::Account& account,
                                              const std::string& id) {
  std::optional<payload::Message> found;
  bench.driver().run_until(
      [&] {
        for (const server::PhoneMessage& read : account.phone_messages) {
          auto content = payload::decode_message(read.content);
          if (read.id == id && content) found = std::move(*content);
        }
        return found.has_value();
      },
      seconds(10));
  return found;
}

void write_as_phone(ClientAndBob& talk, const server::Account& from, const std::string& id,
                    const payload::Message& message) {
  const auto written =
      talk.bench.admin(server::WriteAsPhone{.account = from.phone_number,
                                            .to = std::string(talk.own.jid.user.view()),
                                            .message = message,
                                            .id = id});
  if (!written) inconclusive("the phone cannot write: " + written.error().message);
}

// Whether the application was told of a message of that id, and how.
std::optional<client::MessageReceived> told(ClientBench& bench, const std::string& id) {
  return wait_for<client::MessageReceived>(
      bench.driver(), bench.client(), seconds(3),
      [&](const client::MessageReceived& message) { return message.id == id; });
}

payload::Message device_sent(const std::string& text, const wire::Jid& to) {
  payload::Message message = text_message(text);
  message.device_sent = payload::DeviceSent{.destination_jid = to.to_string(), .phash = {}};
  return message;
}

payload::Message mapping(const wire::Jid& phone_number, const wire::Jid& lid) {
  payload::HistorySync history{};
  history.type = payload::HistorySyncType::kInitialBootstrap;
  history.chunk_order = 1;
  history.progress = 100;
  history.lid_mappings = {{.phone_number = phone_number.to_string(), .lid = lid.to_string()}};
  payload::Message message;
  message.protocol_message = payload::inline_notification(history);
  return message;
}

}  // namespace

// ---- What the client says

CLIENT_CASE(messages, own_devices_get_a_device_sent_message,
            "The own phone gets the message as one that was sent, with its destination",
            .checks = {Rule::STANZA_45, Rule::MESSAGE_05}) {
  ClientAndBob talk(bench);
  const std::string id = id_in(talk.to_bob("for bob"));
  precondition("bob's phone reads it", [&] {
    check(read_by_phone(bench, talk.account_of(*talk.bob), id).has_value(), "it does");
  });
  const auto copy = read_by_phone(bench, talk.account_of(bench.own_device()), id);
  check(copy.has_value(), "the own phone can read its copy");
  check(copy->device_sent.has_value(), "it is a DeviceSentMessage", copy->text().value_or(""));
  const auto destination = wire::parse_jid(copy->device_sent->destination_jid);
  check(destination &&
            (*destination == talk.bob->jid.account() || *destination == talk.bob->lid.account()),
        "its destination is bob", copy->device_sent->destination_jid);
  check(copy->text() == "for bob", "it has the text", copy->text().value_or("none"));
}

CLIENT_CASE(messages, other_devices_get_the_plain_message,
            "The recipient's devices get the message as it is", .checks = {Rule::MESSAGE_05}) {
  ClientAndBob talk(bench);
  const std::string id = id_in(talk.to_bob("for bob"));
  const auto read = read_by_phone(bench, talk.account_of(*talk.bob), id);
  check(read.has_value(), "bob's phone can read it");
  check(!read->device_sent.has_value(), "it is no DeviceSentMessage");
  check(read->text() == "for bob", "it has the text", read->text().value_or("none"));
}

CLIENT_CASE(messages, own_companion_is_told_of_the_chat,
            "Another companion of the account reads the copy as its own message to that chat",
            .checks = {Rule::STANZA_45, Rule::MESSAGE_05}, .capabilities = {"push_name"}) {
  ClientAndBob talk(bench);
  Contact& other = bench.contact("Client under test");
  if (other.jid.account() != talk.own.jid.account())
    unsupported("the client does not announce its push name");
  const std::string id = id_in(talk.to_bob("for bob"));
  const auto copy = wait_for<client::MessageReceived>(
      bench.driver(), *other.client, seconds(20),
      [&](const client::MessageReceived& message) { return message.id == id; });
  check(copy.has_value(), "it reads the copy");
  check(copy->from_me &&
            (copy->chat == talk.bob->jid.account() || copy->chat == talk.bob->lid.account()),
        "it is its own, and in the chat with bob", copy->chat.to_string());
}

CLIENT_CASE(messages, padding_varies, "The same text is padded by different numbers of bytes",
            .checks = {Rule::MESSAGE_02}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto device = PlayedDevice::companion(bench, account, 40, 40);
  introduce(bench, {.device = device, .list = key_index_list(bench, account, {40})});
  std::set<std::size_t> sizes;
  for (int i = 0; i < 16; ++i) {
    const wire::Node sent = talk.to_bob("always the same");
    const wire::Node* ciphertext = ciphertext_for(sent, *device);
    if (ciphertext == nullptr) inconclusive("the device of the case gets nothing");
    const Bytes plaintext = device->decrypt(bench, *ciphertext, device->jid);
    if (plaintext.empty()) fail_case("a plaintext is padded", "at least one byte", "none");
    const std::size_t padding = plaintext.back();
    check(padding >= 1 && padding <= 16 && padding <= plaintext.size(), "there are 1 to 16 bytes",
          std::to_string(padding));
    sizes.insert(padding);
  }
  check(sizes.size() >= 3, "16 messages have at least three different paddings",
        std::to_string(sizes.size()));
}

// ---- What it makes of what others say

CLIENT_CASE(messages, device_sent_message_of_another_account,
            "A DeviceSentMessage of another account does not appear as sent by the user",
            .checks = {Rule::MESSAGE_06}, .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  const Contact& carol = bench.contact("carol");
  precondition("the same from the own phone does", [&] {
    write_as_phone(talk, talk.account_of(bench.own_device()), "OWN",
                   device_sent("I owe you money", carol.user()));
    const auto own = told(bench, "OWN");
    check(own && own->from_me, "it appears as sent by the user");
  });
  write_as_phone(talk, talk.account_of(*talk.bob), "FOREIGN",
                 device_sent("I owe you money", carol.user()));
  const auto foreign = told(bench, "FOREIGN");
  check(!foreign || !foreign->from_me, "it does not appear as sent by the user");
  check(!foreign || (foreign->chat != carol.jid.account() && foreign->chat != carol.lid.account()),
        "nor in the chat that it names", foreign ? foreign->chat.to_string() : "");
  bench.barrier();
}

CLIENT_CASE(messages, mapping_of_another_account,
            "Names of users that another account sends as a piece of history are not believed",
            .checks = {Rule::MESSAGE_07}) {
  ClientAndBob talk(bench);
  Contact& carol = bench.contact("carol");
  const Contact& mallory = bench.contact("mallory");
  talk.write(carol.user(), "hello carol");
  // What carol writes names her by phone number alone.
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.tag == "message") node.remove("sender_lid");
    }
  });
  const auto is_read = [&](const std::string& text) {
    const std::string id =
        bench.run(*carol.client, client::SendText{.to = talk.own.jid.account(), .text = text})
            .message_id;
    const wire::Node answer = bench.expect(about("receipt", id) || about("ack", id));
    check(answer.text("type") != "retry" && !answer.has("error"), "what carol writes is read",
          wire::print_node(answer));
  };
  precondition("carol is read", [&] {
    is_read("hello");
    is_read("how are you");
  });
  write_as_phone(talk, talk.account_of(*talk.bob), "HISTORY",
                 mapping(carol.jid.account(), mallory.lid.account()));
  bench.barrier();
  is_read("it is still me");
  const wire::Node sent = talk.write(carol.user(), "are you still you");
  check(ciphertext_for(sent, mallory) == nullptr, "there is nothing for mallory",
        wire::print_node(sent));
  check(ciphertext_for(sent, carol) != nullptr, "there is a ciphertext for carol",
        wire::print_node(sent));
}

CLIENT_CASE(messages, history_of_another_account_is_no_history,
            "A piece of history of another account is not confirmed as one",
            .checks = {Rule::MESSAGE_07, Rule::STANZA_123}) {
  ClientAndBob talk(bench);
  const Contact& carol = bench.contact("carol");
  const Matcher confirmed =
      stanza("receipt", {{"type", "hist_sync"}}) || stanza("receipt", {{"type", "peer_msg"}});
  precondition("a piece of history of the own phone is confirmed", [&] {
    bench.driver().run_until([&] { return bench.count(confirmed) > 0; }, seconds(20));
    check(bench.count(confirmed) > 0, "there is a receipt of type hist_sync or peer_msg");
  });
  write_as_phone(talk, talk.account_of(*talk.bob), "HISTORY",
                 mapping(carol.jid.account(), carol.lid.account()));
  bench.barrier();
  let_time_pass(bench, seconds(10), seconds(3));
  bench.expect_none(confirmed && Matcher{"for the foreign message", [](const wire::Node& node) {
                                           return node.text("id") == "HISTORY";
                                         }});
}

CLIENT_CASE(messages, version_3_has_no_padding,
            "The content of an enc of version 3 is taken as it is, without removing padding",
            .checks = {Rule::MESSAGE_04}) {
  ClientAndBob talk(bench);
  const auto device = PlayedDevice::companion(bench, talk.account_of(*talk.bob), 40, 40);
  precondition("a padded message of version 2 is read", [&] {
    bench.send(device->message(bench, device->jid, "TWO", text_message("with padding")));
    talk.expect_read("TWO");
  });
  // What version 3 has elsewhere, an envelope without a payload, which others take for a key of no
  // group of theirs. Its last byte would pass for padding, and is none.
  const Bytes plaintext{0x12, 0x05, 0x0a, 0x03, 0x0a, 0x01, 0x01};
  wire::Node message = device->message_of(bench, device->jid, "THREE", plaintext);
  child_to_change(message, "enc")->set("v", "3");
  bench.send(message);
  const wire::Node answer = bench.expect(about("receipt", "THREE") || about("ack", "THREE"));
  check(answer.text("type") != "retry" && !answer.has("error"), "the message is read",
        wire::print_node(answer));
}

CLIENT_CASE(messages, text_content_in_any_form,
            "A reference that arrives as a packed string is read as one that arrives as bytes",
            .checks = {Rule::STANZA_05}, .capabilities = {"qr_pairing"}) {
  const std::string reference = "20250615120000123456";
  const auto begins = [&](const std::string& qr) {
    return qr.find(reference + ",") != std::string::npos;
  };
  const auto send_references_as = [&](bool bytes) {
    bench.script().edit([=](std::vector<wire::Node>& stanzas) {
      for (wire::Node& iq : stanzas) {
        wire::Node* pair_device = child_to_change(iq, "pair-device");
        if (pair_device == nullptr) continue;
        for (wire::Node& one : children_to_change(*pair_device)) {
          if (bytes) {
            one.content = wire::Blob(as_bytes(reference));
          } else {
            one.content = wire::Text(reference);
          }
        }
      }
    });
  };
  precondition("a reference that is bytes is shown", [&] {
    send_references_as(true);
    check(begins(bench.show_qr()), "the code has it");
  });
  bench.disconnect();
  std::erase_if(bench.client().events(), [](const client::Event& event) {
    return std::holds_alternative<client::QrShown>(event);
  });
  send_references_as(false);
  bench.start_connecting();
  const auto qr = wait_for<client::QrShown>(bench.driver(), bench.client(), seconds(20));
  check(qr && begins(qr->text), "the code has the reference", qr ? qr->text : "no code");
}

// ---- Refusals

CLIENT_CASE(messages, refused_message_is_reported,
            "A message that the server refuses with error 463 is reported as failed",
            .checks = {Rule::STANZA_42}, .capabilities = {"receipts"}) {
  ClientAndBob talk(bench);
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.tag == "ack" && node.text("class") == "message") node.set("error", "463");
    }
  });
  const client::CommandId command = bench.client().command(
      client::SendText{.to = talk.bob->user(), .text = "may I", .message_id = {}});
  const wire::Node sent =
      precondition("the message is sent", [&] { return bench.expect(chat_message()); });
  bench.driver().run_until(
      [&] {
        return std::ranges::any_of(bench.client().events(), [&](const client::Event& event) {
          const auto* rejected = std::get_if<client::MessageRejected>(&event);
          const auto* failed = std::get_if<client::CommandFailed>(&event);
          return (rejected != nullptr && rejected->id == id_in(sent)) ||
                 (failed != nullptr && failed->command == command);
        });
      },
      seconds(20));
  const bool reported =
      std::ranges::any_of(bench.client().events(), [&](const client::Event& event) {
        const auto* rejected = std::get_if<client::MessageRejected>(&event);
        const auto* failed = std::get_if<client::CommandFailed>(&event);
        return (rejected != nullptr && rejected->id == id_in(sent)) ||
               (failed != nullptr && failed->command == command);
      });
  check(reported, "the application is told that it failed", "it is not");
}

CLIENT_CASE(
    messages, refused_message_is_not_repeated,
    "A message that the server refuses is not sent again, not on the next connection either",
    .checks = {Rule::STANZA_42}) {
  ClientAndBob talk(bench);
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.tag == "ack" && node.text("class") == "message") node.set("error", "463");
    }
  });
  bench.client().command(
      client::SendText{.to = talk.bob->user(), .text = "may I", .message_id = {}});
  const wire::Node sent =
      precondition("the message is sent", [&] { return bench.expect(chat_message()); });
  bench.barrier();
  bench.script().behave();
  let_time_pass(bench, std::chrono::minutes(3), seconds(5));
  reconnect(bench);
  bench.barrier();
  let_time_pass(bench, std::chrono::minutes(3), seconds(3));
  bench.expect_none(about("message", id_in(sent)));
  // The client is there, and writes.
  talk.to_bob("then not");
}

CLIENT_CASE(messages, error_0_is_no_refusal, "An ack with error 0 means that the message was taken",
            .checks = {Rule::STANZA_42}, .capabilities = {"receipts"}) {
  ClientAndBob talk(bench);
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.tag == "ack" && node.text("class") == "message") node.set("error", "0");
    }
  });
  bench.client().command(
      client::SendText{.to = talk.bob->user(), .text = "may I", .message_id = {}});
  const wire::Node sent = bench.expect(chat_message());
  const auto refused = wait_for<client::MessageRejected>(
      bench.driver(), bench.client(), seconds(5),
      [&](const client::MessageRejected& rejected) { return rejected.id == id_in(sent); });
  check(!refused, "it is not reported as failed", refused ? refused->reason : "");
}

}  // namespace doublecheck::harness
