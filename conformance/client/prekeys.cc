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

// Prekeys: how a client keeps those filled that the server hands out for it, and what it makes of
// those of others.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

constexpr std::uint16_t kOther = 40;  // the number of a played device

wire::Node low_on_keys(const std::string& id, const std::string& left) {
  wire::Node notification =
      R"(<notification from=jid:"@s.whatsapp.net" type="encrypt" t="1750000000"><count/></notification>)"_node;
  notification.set("id", wire::Text(id));
  child_to_change(notification, "count")->set("value", wire::Text(left));
  return notification;
}

void forget_uploads(ClientBench& bench) {
  bench.barrier();
  let_time_pass(bench, seconds(20), seconds(1));
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return prekey_upload().matches(received.stanza);
  });
}

// The client comes online, and has done all that it does then. From now on the server says, to who
// asks, that so many keys are left, until there has been an upload.
void come_online_with(ClientBench& bench, const std::string& left) {
  bench.come_online();
  forget_uploads(bench);
  bench.script().edit(
      [&script = bench.script(), left, over = false](std::vector<wire::Node>& stanzas) mutable {
        over = over || std::ranges::any_of(script.received_stanzas(), prekey_upload().matches,
                                           &ScriptedServer::Received::stanza);
        for (wire::Node& node : stanzas) {
          wire::Node* count = node.tag == "iq" ? child_to_change(node, "count") : nullptr;
          if (count != nullptr && !over) count->set("value", wire::Text(left));
        }
      });
}

std::size_t keys_in(const wire::Node& upload) {
  const wire::Node* list = upload.child("list");
  return list == nullptr ? 0 : list->children().size();
}

// Uploads stay unanswered from now on.
void leave_uploads_unanswered(ClientBench& bench) { bench.script().hide(prekey_upload()); }

// ---- The keys of others

using Damage = std::function<void(wire::Node& user)>;

void resize_child(wire::Node& node, std::string_view tag, std::size_t size) {
  wire::Node* child = child_to_change(node, tag);
  Bytes bytes = to_bytes(child->bytes().value_or(ByteView{}));
  bytes.resize(size);
  child->content = wire::Blob(ByteView(bytes));
}

void remove_child(wire::Node& node, std::string_view tag) {
  std::erase_if(children_to_change(node),
                [tag](const wire::Node& child) { return child.tag == tag; });
}

// A device of bob's whose bundle has this fault gets nothing, and his other devices do. The same,
// without a fault, is sent to.
void bad_bundle_concerns_one_device(ClientBench& bench, const Damage& damage) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto sound = PlayedDevice::companion(bench, account, kOther, kOther);
  const auto faulty = PlayedDevice::companion(bench, account, kOther + 1, kOther + 1);
  precondition("a device with a sound bundle gets what is written", [&] {
    introduce(bench, {.device = sound, .list = key_index_list(bench, account, {kOther})});
    const wire::Node sent = talk.to_bob("to all of them");
    check(ciphertext_for(sent, *sound) != nullptr, "there is a ciphertext for it",
          wire::print_node(sent));
  });
  introduce(bench, {.device = faulty,
                    .list = key_index_list(bench, account, {kOther, kOther + 1}),
                    .change_bundle = damage});
  bench.client().command(client::SendText{.to = talk.bob->user(), .text = "to whom it may"});
  const wire::Node sent = bench.expect(chat_message());
  check(ciphertext_for(sent, *faulty) == nullptr, "there is no ciphertext under the bad bundle",
        wire::print_node(sent));
  check(ciphertext_for(sent, *talk.bob) != nullptr, "the other device has its ciphertext",
        wire::print_node(sent));
}

// A device without a one-time key is sent to like any other.
void expect_sent_without_one_time_key(ClientBench& bench, bool to_group) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  wire::Jid chat = talk.bob->user();
  if (to_group) {
    const auto made =
        bench.run(*talk.bob->client, client::CreateGroup{"A group", {talk.own.jid.account()}});
    if (!made.group) inconclusive("the group cannot be made");
    bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
    chat = *made.group;
  }
  const auto device = PlayedDevice::companion(bench, account, kOther, kOther);
  introduce(bench, {.device = device,
                    .list = key_index_list(bench, account, {kOther}),
                    .change_bundle = [](wire::Node& user) { remove_child(user, "key"); }});
  bench.client().command(client::SendText{.to = chat, .text = "without a key"});
  const wire::Node sent = bench.expect(chat_message());
  const wire::Node* ciphertext = ciphertext_for(sent, *device);
  check(ciphertext != nullptr, "there is a ciphertext for it", wire::print_node(sent));
  device->decrypt(bench, *ciphertext, device->jid);
}

}  // namespace

// ---- Keeping them filled

CLIENT_CASE(prekeys, upload_after_a_count, "When few prekeys are left the client uploads more",
            .checks = {Rule::PREKEY_08, Rule::PREKEY_01}) {
  come_online_with(bench, "2");
  bench.send(low_on_keys("low", "2"));
  const wire::Node upload = bench.expect(prekey_upload());
  for (const std::string_view tag : {"registration", "type", "identity", "list", "skey"})
    check(upload.child(tag) != nullptr, "there is a " + std::string(tag), wire::print_node(upload));
}

CLIENT_CASE(prekeys, upload_when_none_is_left, "When no prekey is left the client uploads more",
            .checks = {Rule::PREKEY_08}) {
  come_online_with(bench, "0");
  bench.send(low_on_keys("none", "0"));
  bench.expect(prekey_upload());
}

CLIENT_CASE(prekeys, upload_after_a_queued_count,
            "A count that waited in the queue leads to an upload as a live one does",
            .checks = {Rule::STANZA_121, Rule::PREKEY_08}) {
  come_online_with(bench, "1");
  wire::Node notification = low_on_keys("queued", "1");
  notification.set("offline", "3");
  bench.send(notification);
  bench.expect(prekey_upload());
}

CLIENT_CASE(prekeys, upload_is_large_enough,
            "An upload after a count brings clearly more keys than the threshold of five",
            .checks = {Rule::PREKEY_09}) {
  come_online_with(bench, "2");
  bench.send(low_on_keys("low", "2"));
  const wire::Node upload =
      precondition("there is an upload", [&] { return bench.expect(prekey_upload()); });
  check(keys_in(upload) >= 10, "it brings at least ten keys", std::to_string(keys_in(upload)));
}

CLIENT_CASE(prekeys, one_upload_for_several_counts,
            "Several counts that come together lead to one upload", .checks = {Rule::PREKEY_15}) {
  come_online_with(bench, "2");
  for (int i = 0; i < 5; ++i) bench.send(low_on_keys("low-" + std::to_string(i), "2"));
  precondition("there is an upload", [&] { bench.expect(prekey_upload()); });
  bench.barrier();
  let_time_pass(bench, seconds(30), seconds(2));
  check(bench.count(prekey_upload()) == 0, "there is no second upload",
        std::to_string(bench.count(prekey_upload())) + " more");
}

CLIENT_CASE(prekeys, one_upload_while_one_is_under_way,
            "A count that comes while an upload is under way leads to no second one",
            .checks = {Rule::PREKEY_15}) {
  come_online_with(bench, "2");
  leave_uploads_unanswered(bench);
  bench.send(low_on_keys("first", "2"));
  precondition("there is an upload", [&] { bench.expect(prekey_upload()); });
  bench.send(low_on_keys("second", "2"));
  bench.send(low_on_keys("third", "0"));
  // No barrier: there are clients that do one thing after another.
  let_time_pass(bench, seconds(20), seconds(4));
  bench.expect_none(prekey_upload());
  bench.expect_alive();
}

CLIENT_CASE(prekeys, another_upload_later,
            "A later count, when the first upload is done, leads to another",
            .checks = {Rule::PREKEY_15, Rule::PREKEY_08}) {
  come_online_with(bench, "2");
  bench.send(low_on_keys("first", "2"));
  const wire::Node first =
      precondition("there is an upload", [&] { return bench.expect(prekey_upload()); });
  forget_uploads(bench);
  // The server has used up what it got.
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (wire::Node* count = child_to_change(node, "count")) count->set("value", "1");
    }
  });
  bench.send(low_on_keys("second", "1"));
  const wire::Node second = bench.expect(prekey_upload());
  std::set<std::string> ids;
  for (const wire::Node* upload : {&first, &second}) {
    for (const wire::Node& key : upload->child("list")->children()) {
      const wire::Node* id = key.child("id");
      if (id != nullptr) ids.insert(to_text(id->bytes().value_or(ByteView{})));
    }
  }
  check(ids.size() == keys_in(first) + keys_in(second), "the keys of the second are others",
        std::to_string(ids.size()) + " ids");
}

CLIENT_CASE(prekeys, no_upload_while_there_are_enough, "A count that is not low leads to no upload",
            .checks = {Rule::PREKEY_15}) {
  come_online_with(bench, "1");
  precondition("a low count leads to one", [&] {
    bench.send(low_on_keys("low", "1"));
    bench.expect(prekey_upload());
  });
  forget_uploads(bench);
  bench.send(low_on_keys("enough", "50"));
  bench.barrier();
  let_time_pass(bench, seconds(30), seconds(2));
  bench.expect_none(prekey_upload());
}

// ---- Digests

namespace {

Matcher digest_query() {
  return {"a query for the digest", [](const wire::Node& node) {
            return node.tag == "iq" && node.text("xmlns") == "encrypt" &&
                   node.child("digest") != nullptr;
          }};
}

// The client asks for the digest, by itself when it comes online or because it is told to look, and
// the server answers like this.
void answer_digest(ClientBench& bench, const std::function<void(wire::Node& answer)>& change) {
  bench.come_online();
  forget_uploads(bench);
  bench.script().edit([change](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.child("digest") != nullptr && node.tag == "iq") change(node);
    }
  });
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return digest_query().matches(received.stanza);
  });
  reconnect(bench);
  bench.send(
      R"(<notification from=jid:"@s.whatsapp.net" id="look" type="encrypt" t="1750000000"><digest/></notification>)"_node);
  bench.barrier();
  bench.driver().run_until([&] { return bench.count(digest_query()) > 0; }, seconds(10));
  if (bench.count(digest_query()) == 0) unsupported("the client never asks for the digest");
}

}  // namespace

CLIENT_CASE(prekeys, upload_when_nothing_is_on_record,
            "A digest that the server does not have leads to an upload",
            .checks = {Rule::PREKEY_12}) {
  answer_digest(bench, [](wire::Node& answer) {
    answer.set("type", "error");
    answer.content = std::vector<wire::Node>{R"(<error code="404" text="item-not-found"/>)"_node};
  });
  bench.expect(prekey_upload());
}

CLIENT_CASE(prekeys, no_upload_for_another_hash,
            "A digest with another hash does not lead to one upload after another",
            .checks = {Rule::PREKEY_12}) {
  answer_digest(bench, [](wire::Node& answer) {
    wire::Node* hash = child_to_change(*child_to_change(answer, "digest"), "hash");
    if (hash != nullptr) hash->content = wire::Blob(Bytes(20, 0x11));
  });
  bench.barrier();
  let_time_pass(bench, std::chrono::minutes(10), seconds(5));
  check(bench.count(prekey_upload()) <= 1, "there is at most one upload",
        std::to_string(bench.count(prekey_upload())));
  // The client is there: it would have uploaded.
  bench.send(low_on_keys("low", "1"));
  bench.expect(prekey_upload());
}

// ---- Bundles

CLIENT_CASE(prekeys, error_for_one_device, "An error for one device leaves the others alone",
            .checks = {Rule::PREKEY_06}) {
  bad_bundle_concerns_one_device(bench, [](wire::Node& user) {
    user.content = std::vector<wire::Node>{R"(<error code="404" text="item-not-found"/>)"_node};
  });
}

CLIENT_CASE(prekeys, unknown_error_for_one_device,
            "An error of an unknown code for one device leaves the others alone",
            .checks = {Rule::PREKEY_06}) {
  bad_bundle_concerns_one_device(bench, [](wire::Node& user) {
    user.content = std::vector<wire::Node>{R"(<error code="599" text="unheard-of"/>)"_node};
  });
}

CLIENT_CASE(prekeys, empty_bundle, "A bundle without content is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(bench, [](wire::Node& user) { user.content = {}; });
}

CLIENT_CASE(prekeys, bundle_without_signed_prekey,
            "A bundle without signed prekey is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(bench, [](wire::Node& user) { remove_child(user, "skey"); });
}

CLIENT_CASE(prekeys, bundle_without_identity,
            "A bundle without identity is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(bench, [](wire::Node& user) { remove_child(user, "identity"); });
}

CLIENT_CASE(prekeys, bundle_without_registration,
            "A bundle without registration id is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(bench,
                                 [](wire::Node& user) { remove_child(user, "registration"); });
}

CLIENT_CASE(prekeys, bundle_with_a_short_identity,
            "A bundle with an identity of 31 bytes is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(bench,
                                 [](wire::Node& user) { resize_child(user, "identity", 31); });
}

CLIENT_CASE(prekeys, bundle_with_a_short_signature,
            "A bundle with a signature of 63 bytes is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(bench, [](wire::Node& user) {
    resize_child(*child_to_change(user, "skey"), "signature", 63);
  });
}

CLIENT_CASE(prekeys, bundle_with_a_long_signed_prekey,
            "A bundle with a signed prekey of 34 bytes is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(
      bench, [](wire::Node& user) { resize_child(*child_to_change(user, "skey"), "value", 34); });
}

CLIENT_CASE(prekeys, bundle_with_a_short_key_id,
            "A bundle with a key id of two bytes is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(
      bench, [](wire::Node& user) { resize_child(*child_to_change(user, "skey"), "id", 2); });
}

CLIENT_CASE(prekeys, bundle_with_a_short_one_time_key,
            "A bundle with a one-time prekey of 16 bytes is refused, and that bundle only",
            .checks = {Rule::PREKEY_07}) {
  bad_bundle_concerns_one_device(
      bench, [](wire::Node& user) { resize_child(*child_to_change(user, "key"), "value", 16); });
}

CLIENT_CASE(prekeys, bundle_without_one_time_key,
            "A device of which no one-time prekey is left is written to all the same",
            .checks = {Rule::PREKEY_07, Rule::SESSION_03}) {
  expect_sent_without_one_time_key(bench, false);
}

CLIENT_CASE(prekeys, group_key_without_one_time_key,
            "A device of which no one-time prekey is left gets the key of a group all the same",
            .checks = {Rule::PREKEY_07, Rule::SESSION_03}, .capabilities = {"groups"}) {
  expect_sent_without_one_time_key(bench, true);
}

}  // namespace doublecheck::harness
