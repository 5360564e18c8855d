#include <algorithm>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

// What an account has chosen, its block list and privacy settings: what is set on one device can be
// read on every other.
namespace doublecheck::harness {

// ---- Block list

namespace {

using namespace wire::literals;

wire::Node blocklist_of(Peer& peer) {
  wire::Node answer = peer.ask(R"(<iq type="get" xmlns="blocklist"/>)"_node);
  check_result(answer);
  return answer;
}

bool is_blocked(const wire::Node& answer, const Peer& whom) {
  const wire::Node* list = answer.child("list");
  return list != nullptr && std::ranges::any_of(list->children(), [&](const wire::Node& item) {
           return names(item, "jid", whom.lid().account()) ||
                  names(item, "jid", whom.jid().account());
         });
}

wire::Node set_block(Peer& peer, std::string_view action, const wire::Jid& whom) {
  return peer.ask(element("iq", {{"type", "set"}, {"xmlns", "blocklist"}},
                          {element("item", {{"action", wire::Text(action)}, {"jid", whom}})}));
}

}  // namespace

SERVER_CASE(settings, block_is_remembered,
            "Who was blocked is in the list that another device gets, also after a reconnection",
            .checks = {Rule::STANZA_125, Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  check(!is_blocked(blocklist_of(second), bob), "nobody is blocked to begin with");
  check_result(set_block(alice, "block", bob.lid().account()));
  check(is_blocked(blocklist_of(second), bob), "another device sees who is blocked");
  alice.close();
  alice.log_in();
  check(is_blocked(blocklist_of(alice), bob),
        "the device sees who is blocked after a reconnection");
}

SERVER_CASE(settings, unblock, "Who was unblocked is not in the list any more",
            .checks = {Rule::STANZA_125}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  set_block(alice, "block", bob.lid().account());
  precondition("bob is blocked",
               [&] { check(is_blocked(blocklist_of(alice), bob), "bob is in the list"); });
  check_result(set_block(alice, "unblock", bob.lid().account()));
  check(!is_blocked(blocklist_of(alice), bob), "bob is not in the list any more");
}

SERVER_CASE(settings, block_is_answered_with_hash,
            "A change of the block list is answered with a list and its hash",
            .checks = {Rule::STANZA_125}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node blocked = set_block(alice, "block", bob.lid().account());
  const auto before = descend(blocked, {"list"}).text("dhash");
  check(before.has_value(), "the list has a dhash");
  const wire::Node unblocked = set_block(alice, "unblock", bob.lid().account());
  check(before != descend(unblocked, {"list"}).text("dhash"), "another list has another dhash");
}

SERVER_CASE(settings, block_list_of_others, "A block list is the account's own",
            .checks = {Rule::DEVICE_21}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& carol = bench.online_peer("carol");
  set_block(alice, "block", bob.lid().account());
  precondition("bob is in alice's list",
               [&] { check(is_blocked(blocklist_of(alice), bob), "bob is blocked"); });
  check(!is_blocked(blocklist_of(carol), bob), "bob is not in carol's list");
}

SERVER_CASE(settings, block_without_action,
            "A change of the block list that says nothing is refused by error 400",
            .checks = {Rule::IQ_04, Rule::STANZA_13}) {
  check_error(bench.online_peer("alice").ask(
                  R"(<iq to=jid:"@s.whatsapp.net" type="set" xmlns="blocklist"><item/></iq>)"_node),
              "400", "bad-request");
}

// ---- Privacy settings

namespace {

std::string privacy_of(Peer& peer, std::string_view name) {
  const wire::Node answer = peer.ask(R"(<iq type="get" xmlns="privacy"><privacy/></iq>)"_node);
  check_result(answer);
  for (const wire::Node& category : descend(answer, {"privacy"}).children()) {
    if (category.text("name") == name) return std::string(category.text("value").value_or(""));
  }
  return {};
}

}  // namespace

SERVER_CASE(settings, privacy_is_remembered,
            "A privacy setting is seen by another device, and after a reconnection",
            .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  check(privacy_of(second, "last") != "none", "the setting has another value to begin with");
  check_result(alice.ask(
      R"(<iq type="set" xmlns="privacy"><privacy><category name="last" value="none"/></privacy></iq>)"_node));
  check(privacy_of(second, "last") == "none", "another device sees the new value");
  alice.close();
  alice.log_in();
  check(privacy_of(alice, "last") == "none", "the device sees the new value after a reconnection");
}

SERVER_CASE(settings, privacy_of_one_category, "Setting one category leaves the others as they are",
            .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  const std::string before = privacy_of(alice, "profile");
  precondition("the category exists", [&] { check(!before.empty(), "profile has a value"); });
  check_result(alice.ask(
      R"(<iq type="set" xmlns="privacy"><privacy><category name="status" value="none"/></privacy></iq>)"_node));
  check(privacy_of(alice, "profile") == before, "profile has its old value");
}

SERVER_CASE(settings, privacy_with_unknown_value,
            "An unknown privacy value is refused by error 400, and changes nothing",
            .checks = {Rule::STANZA_13, Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  const std::string before = privacy_of(alice, "last");
  check_error(
      alice.ask(
          R"(<iq type="set" xmlns="privacy"><privacy><category name="last" value="perhaps"/></privacy></iq>)"_node),
      "400", "bad-request");
  check(privacy_of(alice, "last") == before, "the setting has its old value");
}

}  // namespace doublecheck::harness
