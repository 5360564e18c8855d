#include <algorithm>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

// The user directory (usync): devices, LIDs and contacts.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// Asks for `protocol` of one user; the `<user>` of the answer.
wire::Node directory_entry(Peer& peer, wire::Node protocol, wire::Node user) {
  const wire::Node answer = peer.ask(element("iq", {{"type", "get"}, {"xmlns", "usync"}},
                                             {element("usync",
                                                      {{"context", "message"},
                                                       {"index", "0"},
                                                       {"last", "true"},
                                                       {"mode", "query"},
                                                       {"sid", "s1"}},
                                                      {element("query", {}, {std::move(protocol)}),
                                                       element("list", {}, {std::move(user)})})}));
  check_result(answer);
  return descend(answer, {"usync", "list", "user"});
}

wire::Node devices_protocol() { return R"(<devices version="2"/>)"_node; }

void expect_device_listed(const wire::Node& user, const wire::Jid& device) {
  const wire::Node& list = descend(user, {"devices", "device-list"});
  const std::string number = std::to_string(device.device);
  const auto found = std::ranges::find_if(
      list.children(), [&](const wire::Node& entry) { return entry.text("id") == number; });
  check(found != list.children().end(), "device " + number + " is in the list");
  check(device.device == 0 || found->number("key-index").has_value(),
        "a companion has a key-index");
}

}  // namespace

SERVER_CASE(directory, devices_by_phone_number,
            "The devices of an account are found by its phone number",
            .checks = {Rule::DEVICE_02}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const wire::Node user =
      directory_entry(alice, devices_protocol(), element("user", {{"jid", bob.jid().account()}}));
  check(names(user, "jid", bob.jid().account()), "the answer names the user as the query did");
  expect_device_listed(user, bob.jid());
  expect_device_listed(user, second.jid());
  const auto key_index_list = descend(user, {"devices", "key-index-list"}).bytes();
  check(key_index_list && !key_index_list->empty(), "the list of key indexes is not empty");
}

SERVER_CASE(directory, devices_by_lid, "The devices of an account are found by its LID",
            .checks = {Rule::DEVICE_02}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node user =
      directory_entry(alice, devices_protocol(), element("user", {{"jid", bob.lid().account()}}));
  check(names(user, "jid", bob.lid().account()), "the answer names the user as the query did");
  expect_device_listed(user, bob.lid());
}

SERVER_CASE(directory, removed_device_is_not_listed,
            "A device that was removed is in no list any more", .checks = {Rule::DEVICE_02}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const auto devices = [&] {
    return directory_entry(alice, devices_protocol(),
                           element("user", {{"jid", bob.jid().account()}}));
  };
  precondition("the device is listed", [&] { expect_device_listed(devices(), second.jid()); });
  check_result(
      second.ask(element("iq", {{"type", "set"}, {"xmlns", "md"}},
                         {element("remove-companion-device",
                                  {{"jid", second.jid()}, {"reason", "user_initiated"}})})));
  const wire::Node after = devices();
  expect_device_listed(after, bob.jid());
  for (const wire::Node& entry : descend(after, {"devices", "device-list"}).children()) {
    check(entry.text("id") != std::to_string(second.jid().device),
          "the removed device is not listed");
  }
}

SERVER_CASE(directory, lid_of_a_user, "The LID of a user can be asked for",
            .checks = {Rule::DEVICE_01, Rule::STANZA_01}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node user =
      directory_entry(alice, element("lid"), element("user", {{"jid", bob.jid().account()}}));
  check(names(descend(user, {"lid"}), "val", bob.lid().account()),
        "val is the LID, encoded as a JID");
}

SERVER_CASE(directory, contact_by_number, "Whether a phone number has an account can be asked for",
            .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const auto contact = [&](const std::string& number) {
    const wire::Node user =
        directory_entry(alice, element("contact"),
                        element("user", {}, {element_of_bytes("contact", as_bytes(number))}));
    return std::pair(user, std::string(descend(user, {"contact"}).text("type").value_or("")));
  };
  const auto [known, type] = contact("+" + std::string(bob.jid().user.view()));
  check(type == "in", "a number with an account is in", type);
  check(names(known, "jid", bob.jid().account()), "the answer tells its JID");
  check(contact("+15559999999999").second == "out", "a number without account is out");
}

SERVER_CASE(directory, directory_query_without_list,
            "A directory query without list is refused by error 400",
            .checks = {Rule::IQ_04, Rule::STANZA_13}) {
  check_error(
      bench.online_peer("alice").ask(
          R"(<iq to=jid:"@s.whatsapp.net" type="get" xmlns="usync"><usync sid="s1"/></iq>)"_node),
      "400", "bad-request");
}

}  // namespace doublecheck::harness
