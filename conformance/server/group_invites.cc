#include "conformance/server/group_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Groups: other ways in than to be added.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// A group of alice's, with bob in it, and dave outside.
struct Doorstep {
  explicit Doorstep(ServerBench& bench)
      : alice(bench.online_peer("alice")),
        bob(bench.online_peer("bob")),
        dave(bench.online_peer("dave")),
        group(make_group(alice, {&bob})) {}

  Peer& alice;
  Peer& bob;
  Peer& dave;
  wire::Jid group;
};

wire::Node with_code(std::string_view code) {
  return element("invite", {{"code", wire::Text(code)}});
}

std::string code_for(Peer& peer, const wire::Jid& group, std::string_view type = "get") {
  const wire::Node answer = ask_group(peer, group, type, element("invite"));
  check_result(answer);
  const auto code = descend(answer, {"invite"}).text("code");
  check(code && !code->empty(), "the code is a string", wire::print_node(answer));
  return std::string(*code);
}

wire::Node join(Peer& peer, std::string_view code) {
  return ask_groups(peer, "set", with_code(code));
}

void require_approval(Peer& admin, const wire::Jid& group) {
  change_setting(
      admin, group,
      element("membership_approval_mode", {}, {element("group_join", {{"state", "on"}})}));
}

wire::Node act(std::string_view action, const Peer& peer) {
  return element("membership_requests_action", {}, {participants(action, {&peer})});
}

}  // namespace

SERVER_CASE(group_invites, join_by_code, "Whoever has the invite code sees the group and can join",
            .checks = {Rule::STANZA_124, Rule::GROUP_11}) {
  Doorstep door(bench);
  const std::string code = code_for(door.alice, door.group);
  const wire::Node preview = ask_groups(door.dave, "get", with_code(code));
  check(jid_of_group(descend(preview, {"group"})) == door.group, "the preview is the group",
        wire::print_node(preview));
  const wire::Node joined = join(door.dave, code);
  check(names(descend(joined, {"group"}), "jid", door.group), "the answer names the group",
        wire::print_node(joined));
  const wire::Node news = door.bob.expect(group_change(door.group, "add"));
  check(find_participant(descend(news, {"add"}), door.dave) != nullptr, "bob hears of it",
        wire::print_node(news));
  check(is_member(door.bob, door.group, door.dave), "dave is a member");
}

SERVER_CASE(group_invites, code_is_for_admins, "Members and strangers do not get the invite code",
            .checks = {Rule::GROUP_22}) {
  Doorstep door(bench);
  precondition("an admin does", [&] { code_for(door.alice, door.group); });
  for (const std::string_view type : {"get", "set"}) {
    check_error(ask_group(door.bob, door.group, type, element("invite")), "401", "not-authorized");
    check_error(ask_group(door.dave, door.group, type, element("invite")), "403", "forbidden");
  }
  change_setting(door.alice, door.group,
                 element_of_bytes("member_link_mode", as_bytes("all_member_link")));
  code_for(door.bob, door.group);
}

SERVER_CASE(group_invites, reset_code, "A code that was reset is gone",
            .checks = {Rule::GROUP_23}) {
  Doorstep door(bench);
  const std::string code = code_for(door.alice, door.group);
  precondition("it works before",
               [&] { check_result(ask_groups(door.dave, "get", with_code(code))); });
  const std::string next = code_for(door.alice, door.group, "set");
  check(next != code, "the new code is another");
  check_error(ask_groups(door.dave, "get", with_code(code)), "410", "gone");
  check_error(join(door.dave, code), "410", "gone");
  check(!is_member(door.bob, door.group, door.dave), "dave is out");
  check_result(join(door.dave, next));
}

SERVER_CASE(group_invites, reset_is_announced, "Members are told that the code was reset",
            .checks = {Rule::GROUP_47}) {
  Doorstep door(bench);
  const std::string next = code_for(door.alice, door.group, "set");
  const wire::Node news = door.bob.expect(group_change(door.group, "invite"));
  check(descend(news, {"invite"}).text("code") == next, "they are told the new code",
        wire::print_node(news));
}

SERVER_CASE(group_invites, unknown_code, "An unknown code is 404, that of a member's group 409",
            .checks = {Rule::GROUP_24}) {
  Doorstep door(bench);
  check_error(join(door.dave, "AbCdEfGhIjKlMnOpQrStUv"), "404", "item-not-found");
  check_error(join(door.bob, code_for(door.alice, door.group)), "409", "conflict");
}

SERVER_CASE(group_invites, no_way_back, "Who was removed by an admin cannot come back by code",
            .checks = {Rule::GROUP_25}) {
  Doorstep door(bench);
  const std::string code = code_for(door.alice, door.group);
  check_result(join(door.dave, code));
  wire::Node left = element("group");
  left.set("id", door.group);
  precondition("who has left can", [&] {
    check_result(ask_groups(door.dave, "set", element("leave", {}, {left})));
    check_result(join(door.dave, code));
  });
  change_members(door.alice, door.group, "remove", {&door.dave});
  check_error(join(door.dave, code), "405", "not-allowed");
  check(!is_member(door.bob, door.group, door.dave), "dave is out");
  change_members(door.alice, door.group, "add", {&door.dave});
}

SERVER_CASE(group_invites, approval, "With approval, who joins waits until an admin lets him in",
            .checks = {Rule::GROUP_26, Rule::STANZA_124, Rule::GROUP_27}) {
  Doorstep door(bench);
  require_approval(door.alice, door.group);
  const wire::Node asked = join(door.dave, code_for(door.alice, door.group));
  check(names(descend(asked, {"membership_approval_request"}), "jid", door.group),
        "the answer says that approval is needed", wire::print_node(asked));
  check(!is_member(door.bob, door.group, door.dave), "dave is no member yet");

  const wire::Node list = element("membership_approval_requests");
  const wire::Node waiting = ask_group(door.alice, door.group, "get", list);
  const auto requests = descend(waiting, {"membership_approval_requests"}).children();
  check(requests.size() == 1 && names(requests[0], "jid", door.dave.lid().account()) &&
            requests[0].number("request_time"),
        "an admin sees the request", wire::print_node(waiting));
  check_error(ask_group(door.bob, door.group, "get", list), "403", "forbidden");
  check_error(ask_group(door.bob, door.group, "set", act("approve", door.dave)), "403",
              "forbidden");

  check_result(ask_group(door.alice, door.group, "set", act("approve", door.dave)));
  door.dave.expect(group_change(door.group, "create"));
  check(is_member(door.bob, door.group, door.dave), "now he is");
}

SERVER_CASE(group_invites, admins_hear_of_requests, "Admins hear of a request, members do not",
            .checks = {Rule::GROUP_27}) {
  Doorstep door(bench);
  require_approval(door.alice, door.group);
  join(door.dave, code_for(door.alice, door.group));
  door.alice.expect(group_change(door.group, "created_membership_requests"));
  door.bob.barrier();
  door.bob.expect_none(group_change(door.group, "created_membership_requests"));
}

SERVER_CASE(group_invites, rejection, "Who is rejected stays out", .checks = {Rule::GROUP_26}) {
  Doorstep door(bench);
  require_approval(door.alice, door.group);
  join(door.dave, code_for(door.alice, door.group));
  check_result(ask_group(door.alice, door.group, "set", act("reject", door.dave)));
  const wire::Node late = ask_group(door.alice, door.group, "set", act("approve", door.dave));
  const wire::Node& results = descend(late, {"membership_requests_action", "approve"});
  check(find_participant(results, door.dave) != nullptr &&
            find_participant(results, door.dave)->text("error") == "404",
        "there is no request any more", wire::print_node(late));
  check(!is_member(door.bob, door.group, door.dave), "dave is out");
}

SERVER_CASE(group_invites, withdrawal, "A request can be withdrawn by who made it",
            .checks = {Rule::GROUP_26}) {
  Doorstep door(bench);
  require_approval(door.alice, door.group);
  join(door.dave, code_for(door.alice, door.group));
  check_result(ask_group(door.dave, door.group, "set",
                         participants("cancel_membership_requests", {&door.dave})));
  door.alice.expect(group_change(door.group, "revoked_membership_requests"));
  const wire::Node waiting =
      ask_group(door.alice, door.group, "get", element("membership_approval_requests"));
  check(descend(waiting, {"membership_approval_requests"}).children().empty(),
        "nobody waits any more", wire::print_node(waiting));
}

SERVER_CASE(group_invites, member_adds_with_approval,
            "Whom a member adds waits for an admin, where approval is needed",
            .checks = {Rule::GROUP_26, Rule::GROUP_21}) {
  Doorstep door(bench);
  require_approval(door.alice, door.group);
  change_setting(door.alice, door.group,
                 element_of_bytes("member_add_mode", as_bytes("all_member_add")));
  check_result(ask_group(door.bob, door.group, "set", participants("add", {&door.dave})));
  check(!is_member(door.bob, door.group, door.dave), "dave is no member yet");
  check_result(ask_group(door.alice, door.group, "set", act("approve", door.dave)));
  check(is_member(door.bob, door.group, door.dave), "now he is");
}

SERVER_CASE(group_invites, privacy,
            "Who does not let others add him gets an invitation that only he can accept",
            .checks = {Rule::GROUP_28, Rule::GROUP_29}) {
  Doorstep door(bench);
  Peer& erin = bench.online_peer("erin");
  check_result(door.dave.ask(
      element("iq", {{"type", "set"}, {"xmlns", "privacy"}},
              {R"(<privacy><category name="groupadd" value="none"/></privacy>)"_node})));
  const wire::Node answer =
      ask_group(door.alice, door.group, "set", participants("add", {&door.dave}));
  check(error_of(answer, "add", door.dave) == "403", "dave is not added", wire::print_node(answer));
  wire::Node accept = element("accept");
  const wire::Node& request =
      descend(*find_participant(descend(answer, {"add"}), door.dave), {"add_request"});
  check(request.has("code") && request.number("expiration"), "there is an invitation",
        wire::print_node(answer));
  accept.attributes = request.attributes;
  accept.set("admin", door.alice.lid().account());

  check_error(ask_group(erin, door.group, "set", accept), "410", "gone");
  check(!is_member(door.bob, door.group, erin) && !is_member(door.bob, door.group, door.dave),
        "neither is a member");
  const wire::Node accepted = ask_group(door.dave, door.group, "set", accept);
  check(names(descend(accepted, {"group"}), "jid", door.group), "dave is in",
        wire::print_node(accepted));
  check(is_member(door.bob, door.group, door.dave), "and a member");
}

SERVER_CASE(group_invites, revoked_invitation, "An invitation can be taken back",
            .checks = {Rule::GROUP_29}) {
  Doorstep door(bench);
  check_result(door.dave.ask(
      element("iq", {{"type", "set"}, {"xmlns", "privacy"}},
              {R"(<privacy><category name="groupadd" value="none"/></privacy>)"_node})));
  const wire::Node answer =
      ask_group(door.alice, door.group, "set", participants("add", {&door.dave}));
  wire::Node accept = element("accept");
  accept.attributes =
      descend(*find_participant(descend(answer, {"add"}), door.dave), {"add_request"}).attributes;
  change_setting(door.alice, door.group, participants("revoke", {&door.dave}));
  check_error(ask_group(door.dave, door.group, "set", accept), "410", "gone");
}

SERVER_CASE(group_invites, not_by_who_is_blocked, "Who has blocked an admin is not added by him",
            .checks = {Rule::GROUP_28}) {
  Doorstep door(bench);
  wire::Node item = R"(<item action="block"/>)"_node;
  item.set("jid", door.alice.lid().account());
  check_result(door.dave.ask(element("iq", {{"type", "set"}, {"xmlns", "blocklist"}}, {item})));
  const wire::Node answer =
      ask_group(door.alice, door.group, "set", participants("add", {&door.dave}));
  check(error_of(answer, "add", door.dave) == "403", "dave is not added", wire::print_node(answer));
}

}  // namespace doublecheck::harness
