#include "conformance/server/group_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Groups: who is in them, and who may change what.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

std::string type_of(Peer& asked, const wire::Jid& group, const Peer& peer) {
  const wire::Node node = query_group(asked, group);
  const wire::Node* found = find_participant(node, peer);
  check(found != nullptr, peer.name() + " is a member", wire::print_node(node));
  return std::string(found->text("type").value_or(""));
}

wire::Node subject(std::string_view text) { return element_of_bytes("subject", as_bytes(text)); }

wire::Node description(std::string_view id, std::string_view text) {
  return element("description", {{"id", wire::Text(id)}},
                 {element_of_bytes("body", as_bytes(text))});
}

wire::Node mode(std::string_view name, std::string_view value) {
  return element_of_bytes(name, as_bytes(value));
}

wire::Node approval(std::string_view state) {
  return element("membership_approval_mode", {},
                 {element("group_join", {{"state", wire::Text(state)}})});
}

void check_forbidden(const wire::Node& answer) { check_error(answer, "403", "forbidden"); }

}  // namespace

// ---- Creating and looking

SERVER_CASE(groups, creation, "A new group is described in full",
            .checks = {Rule::GROUP_01, Rule::GROUP_02, Rule::STANZA_02, Rule::STANZA_105}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node group = create_group(alice, {&bob});
  const std::string text = wire::print_node(group);
  check(group.text("subject") == "A group", "the subject is as asked", text);
  check(group.number("creation") && group.number("s_t"), "times are in seconds", text);
  check(group.has("creator") && group.has("addressing_mode"), "creator and addressing mode", text);
  const wire::Node* creator = find_participant(group, alice);
  check(creator != nullptr && creator->text("type") == "superadmin",
        "the creator is the superadmin", text);
  const wire::Node* member = find_participant(group, bob);
  check(member != nullptr && !member->has("type") && !member->has("error"), "the other is a member",
        text);
  check(group.child("membership_approval_mode") == nullptr,
        "membership_approval_mode is left out while it is off", text);
}

SERVER_CASE(groups, creation_is_announced,
            "Every device of a new group's members hears of it, but not the one that created it",
            .checks = {Rule::GROUP_03, Rule::GROUP_15}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid group = make_group(alice, {&bob, &second});
  alice.barrier();
  alice.expect_none(group_change(group, "create"));
}

SERVER_CASE(groups, news_of_a_group_is_one_node,
            "The notification of a new group has create as its only child, with the group",
            .checks = {Rule::GROUP_03, Rule::STANZA_01}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node answer = ask_groups(
      alice, "set", element("create", {{"subject", "News"}, {"key", "K1"}}, {participant(bob)}));
  const wire::Jid group = jid_of_group(descend(answer, {"group"}));
  const wire::Node news = bob.expect(group_change(group, "create"));
  check(news.children().size() == 1, "create is alone", wire::print_node(news));
  check(find_participant(descend(news, {"create", "group"}), bob) != nullptr,
        "the group comes with its members", wire::print_node(news));
  check(names(news, "participant", alice.lid().account()), "the actor is named as a JID",
        wire::print_node(news));
}

SERVER_CASE(groups, who_cannot_be_added,
            "A group is created without those who cannot be added, and says who they are",
            .checks = {Rule::GROUP_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid nobody = wire::Jid::of_user("15550009999");
  const wire::Node answer =
      ask_groups(alice, "set",
                 element("create", {{"subject", "Some"}},
                         {participant(bob), element("participant", {{"jid", nobody}})}));
  check_result(answer);
  const wire::Node& group = descend(answer, {"group"});
  std::size_t refused = 0;
  for (const wire::Node& child : group.children()) {
    if (child.tag == "participant" && child.has("error")) ++refused;
  }
  check(refused == 1 && find_participant(group, bob) != nullptr,
        "one is refused and the other a member", wire::print_node(group));
}

SERVER_CASE(groups, query, "A member sees the group; others get 403; an unknown group is 404",
            .checks = {Rule::GROUP_05}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  precondition("a member sees it", [&] { query_group(trio.bob, trio.group); });
  const wire::Node query = R"(<query request="interactive"/>)"_node;
  check_forbidden(ask_group(dave, trio.group, "get", query));
  check_error(
      ask_group(trio.bob, {"120363999999999999", wire::server_name::kGroup, 0, 0}, "get", query),
      "404", "item-not-found");
}

SERVER_CASE(groups, query_of_several, "Several groups are queried at once",
            .checks = {Rule::GROUP_06}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  const wire::Jid other = make_group(dave, {});
  const wire::Node answer = ask_groups(
      trio.bob, "get",
      element("query", {},
              {element("group", {{"jid", trio.group}}), element("group", {{"jid", other}})}));
  const auto groups = descend(answer, {"groups"}).children();
  check(groups.size() == 2, "there is one group for each", wire::print_node(answer));
  check(!groups[0].has("error") && find_participant(groups[0], trio.alice) != nullptr,
        "the own one is shown", wire::print_node(answer));
  check(groups[1].text("error") == "403" && find_participant(groups[1], dave) == nullptr,
        "the other is not", wire::print_node(answer));
}

SERVER_CASE(groups, all_of_an_account,
            "An account is told all its groups, and that it has none by an empty list",
            .checks = {Rule::STANZA_100}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Node query = R"(<participating><participants/><description/></participating>)"_node;
  check(descend(ask_groups(alice, "get", query), {"groups"}).children().empty(),
        "there is none yet");
  const wire::Jid group = make_group(alice, {});
  const wire::Node answer = ask_groups(alice, "get", query);
  const auto groups = descend(answer, {"groups"}).children();
  check(groups.size() == 1 && jid_of_group(groups[0]) == group, "then there is one",
        wire::print_node(answer));
}

SERVER_CASE(groups, both_names, "Members are named by LID, with their phone number",
            .checks = {Rule::GROUP_30}) {
  Trio trio(bench);
  const wire::Node group = query_group(trio.bob, trio.group);
  const wire::Node* carol = find_participant(group, trio.carol);
  check(carol != nullptr, "carol is a member");
  const bool by_lid = group.text("addressing_mode") == "lid";
  check(by_lid ? names(*carol, "jid", trio.carol.lid().account()) &&
                     names(*carol, "phone_number", trio.carol.jid().account())
               : names(*carol, "jid", trio.carol.jid().account()) &&
                     names(*carol, "lid", trio.carol.lid().account()),
        "both names are there, as the addressing mode says", wire::print_node(*carol));
}

SERVER_CASE(groups, asked_by_phone_number, "Requests may name people by phone number",
            .checks = {Rule::GROUP_31}) {
  Trio trio(bench);
  const wire::Node answer = ask_group(
      trio.alice, trio.group, "set",
      element("promote", {}, {element("participant", {{"jid", trio.bob.jid().account()}})}));
  check(error_of(answer, "promote", trio.bob).empty(), "bob is found by phone number",
        wire::print_node(answer));
  check(type_of(trio.bob, trio.group, trio.bob) == "admin", "bob is an admin");
}

// ---- Members

SERVER_CASE(groups, addition, "Who is added is told the whole group, the others who has come",
            .checks = {Rule::GROUP_11, Rule::STANZA_99, Rule::STANZA_102}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  const wire::Node answer = ask_group(trio.alice, trio.group, "set", participants("add", {&dave}));
  check(error_of(answer, "add", dave).empty(), "dave is added", wire::print_node(answer));
  const wire::Node news = dave.expect(group_change(trio.group, "create"));
  check(find_participant(descend(news, {"create", "group"}), trio.bob) != nullptr,
        "dave is told who else is there", wire::print_node(news));
  const wire::Node added = trio.bob.expect(group_change(trio.group, "add"));
  const wire::Node& add = descend(added, {"add"});
  check(find_participant(add, dave) != nullptr, "bob is told of dave", wire::print_node(added));
  check(add.has("prev_v_id") && add.has("v_id") && add.text("prev_v_id") != add.text("v_id"),
        "the version before and after is told", wire::print_node(added));
}

SERVER_CASE(groups, answer_before_news, "A change is announced after the answer to it",
            .checks = {Rule::GROUP_15}) {
  Trio trio(bench);
  Peer& second = bench.online_peer_of("alice", "alice's second");
  change_members(trio.alice, trio.group, "promote", {&trio.bob});
  second.expect(group_change(trio.group, "promote"));
  trio.alice.barrier();
  trio.alice.expect_none(group_change(trio.group, "promote"));
}

SERVER_CASE(groups, removal, "A removal is told to who is removed and to who stays",
            .checks = {Rule::GROUP_12, Rule::STANZA_99, Rule::STANZA_102}) {
  Trio trio(bench);
  change_members(trio.alice, trio.group, "remove", {&trio.carol});
  for (Peer* peer : {&trio.bob, &trio.carol}) {
    const wire::Node news = peer->expect(group_change(trio.group, "remove"));
    const wire::Node& remove = descend(news, {"remove"});
    check(find_participant(remove, trio.carol) != nullptr, "carol is named",
          wire::print_node(news));
    check(remove.has("prev_v_id") && remove.has("v_id"), "versions are told",
          wire::print_node(news));
  }
  check(!is_member(trio.bob, trio.group, trio.carol), "carol is out");
}

SERVER_CASE(groups, version_of_members, "The participant version rises with each change of members",
            .checks = {Rule::STANZA_102}) {
  Trio trio(bench);
  const auto before = query_group(trio.alice, trio.group).number("p_v_id");
  change_members(trio.alice, trio.group, "remove", {&trio.carol});
  const auto after = query_group(trio.alice, trio.group).number("p_v_id");
  check(before && after && *after > *before, "the version is higher than before");
}

SERVER_CASE(groups, codes_of_an_addition,
            "Who is a member already is refused with 409, who does not exist with 404",
            .checks = {Rule::GROUP_08, Rule::STANZA_99}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  wire::Node add = participants("add", {&trio.bob, &dave});
  std::get<std::vector<wire::Node>>(add.content)
      .push_back(element("participant", {{"jid", wire::Jid::of_user("15550009999")}}));
  const wire::Node answer = ask_group(trio.alice, trio.group, "set", add);
  check(error_of(answer, "add", trio.bob) == "409", "bob is a member already",
        wire::print_node(answer));
  check(error_of(answer, "add", dave).empty(), "dave is added all the same");
  const auto results = descend(answer, {"add"}).children();
  check(results.size() == 3 && results.back().text("error") == "404", "nobody has that number",
        wire::print_node(answer));
}

SERVER_CASE(groups, codes_of_strangers,
            "Who is no member cannot be removed, promoted or demoted: 404",
            .checks = {Rule::GROUP_09}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  for (const std::string_view action : {"remove", "promote", "demote"}) {
    const wire::Node answer =
        ask_group(trio.alice, trio.group, "set", participants(action, {&dave}));
    check(error_of(answer, action, dave) == "404", "dave is no member", wire::print_node(answer));
  }
}

SERVER_CASE(groups, only_admins_change_members, "A member changes nobody's membership or rank",
            .checks = {Rule::GROUP_07}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  precondition("an admin may", [&] {
    change_members(trio.alice, trio.group, "promote", {&trio.bob});
    change_members(trio.alice, trio.group, "demote", {&trio.bob});
  });
  check_forbidden(ask_group(trio.bob, trio.group, "set", participants("add", {&dave})));
  for (const std::string_view action : {"remove", "promote"})
    check_forbidden(ask_group(trio.bob, trio.group, "set", participants(action, {&trio.carol})));
  check_forbidden(ask_group(dave, trio.group, "set", participants("add", {&dave})));
  check(is_member(trio.bob, trio.group, trio.carol) && !is_member(trio.bob, trio.group, dave),
        "nothing has changed");
}

SERVER_CASE(groups, superadmin_stays, "An admin cannot remove or demote the superadmin",
            .checks = {Rule::GROUP_10}) {
  Trio trio(bench);
  change_members(trio.alice, trio.group, "promote", {&trio.bob});
  precondition("an admin may remove others",
               [&] { change_members(trio.bob, trio.group, "remove", {&trio.carol}); });
  for (const std::string_view action : {"remove", "demote"}) {
    const wire::Node answer =
        ask_group(trio.bob, trio.group, "set", participants(action, {&trio.alice}));
    check(!error_of(answer, action, trio.alice).empty(), "it is refused", wire::print_node(answer));
  }
  check(type_of(trio.bob, trio.group, trio.alice) == "superadmin", "alice is what she was");
}

SERVER_CASE(groups, ranks, "Promotion and demotion are announced, and last",
            .checks = {Rule::STANZA_99, Rule::STANZA_101}) {
  Trio trio(bench);
  change_members(trio.alice, trio.group, "promote", {&trio.bob});
  const wire::Node news = trio.carol.expect(group_change(trio.group, "promote"));
  const wire::Node* promoted = find_participant(descend(news, {"promote"}), trio.bob);
  check(promoted != nullptr && promoted->text("type") == "admin", "bob is told to be an admin",
        wire::print_node(news));
  check(type_of(trio.carol, trio.group, trio.bob) == "admin", "bob is an admin");
  change_members(trio.alice, trio.group, "demote", {&trio.bob});
  trio.carol.expect(group_change(trio.group, "demote"));
  check(type_of(trio.carol, trio.group, trio.bob).empty(), "bob is an admin no longer");
}

SERVER_CASE(groups, departure, "Who leaves is told the group, the others a removal by himself",
            .checks = {Rule::GROUP_13}) {
  Trio trio(bench);
  wire::Node group = element("group");
  group.set("id", trio.group);
  const wire::Node answer = ask_groups(trio.carol, "set", element("leave", {}, {group}));
  check_result(answer);
  check(!descend(answer, {"leave", "group"}).has("error"), "the departure is granted",
        wire::print_node(answer));
  const wire::Node news = trio.bob.expect(group_change(trio.group, "remove"));
  check(find_participant(descend(news, {"remove"}), trio.carol) != nullptr &&
            (names(news, "participant", trio.carol.lid().account()) ||
             names(news, "participant", trio.carol.jid().account())),
        "carol has removed herself", wire::print_node(news));
  check(!is_member(trio.bob, trio.group, trio.carol), "carol is out");
}

SERVER_CASE(groups, heir_of_the_last_admin, "When the last admin leaves, somebody becomes one",
            .checks = {Rule::GROUP_14}) {
  Trio trio(bench);
  wire::Node group = element("group");
  group.set("id", trio.group);
  check_result(ask_groups(trio.alice, "set", element("leave", {}, {group})));
  const bool bob = type_of(trio.bob, trio.group, trio.bob) == "admin";
  const bool carol = type_of(trio.bob, trio.group, trio.carol) == "admin";
  check(bob || carol, "one of those who stay is an admin");
}

SERVER_CASE(groups, last_member_leaves, "A group without members is no more",
            .checks = {Rule::GROUP_46}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Jid jid = make_group(alice, {});
  wire::Node group = element("group");
  group.set("id", jid);
  check_result(ask_groups(alice, "set", element("leave", {}, {group})));
  check_error(ask_group(alice, jid, "get", R"(<query request="interactive"/>)"_node), "404",
              "item-not-found");
}

SERVER_CASE(groups, members_may_add, "Where it is so chosen, every member may add",
            .checks = {Rule::GROUP_21}) {
  Trio trio(bench);
  Peer& dave = bench.online_peer("dave");
  check_forbidden(ask_group(trio.bob, trio.group, "set", participants("add", {&dave})));
  change_setting(trio.alice, trio.group, mode("member_add_mode", "all_member_add"));
  change_members(trio.bob, trio.group, "add", {&dave});
  check_forbidden(ask_group(trio.bob, trio.group, "set", participants("remove", {&dave})));
}

// ---- Settings

SERVER_CASE(groups, subject_change, "A change of the subject tells it, when and by whom",
            .checks = {Rule::STANZA_101}) {
  Trio trio(bench);
  change_setting(trio.bob, trio.group, subject("Another"));
  const wire::Node news = trio.carol.expect(group_change(trio.group, "subject"));
  const wire::Node& changed = descend(news, {"subject"});
  check(changed.text("subject") == "Another" && changed.number("s_t") && changed.has("s_o"),
        "the notification is complete", wire::print_node(news));
  check(query_group(trio.alice, trio.group).text("subject") == "Another", "the subject is changed");
}

SERVER_CASE(groups, subject_too_long, "A subject of more than 100 characters is refused",
            .checks = {Rule::GROUP_16}) {
  Trio trio(bench);
  const std::string longest(99, 'x');
  change_setting(trio.alice, trio.group, subject(longest + "\xc3\xa4"));
  check_error(ask_group(trio.alice, trio.group, "set", subject(longest + "yz")), "406",
              "not-acceptable");
  check(query_group(trio.alice, trio.group).text("subject") == longest + "\xc3\xa4",
        "the subject is the one before");
  check_error(
      ask_groups(trio.alice, "set", element("create", {{"subject", wire::Text(longest + "yz")}})),
      "406", "not-acceptable");
}

SERVER_CASE(groups, description_change, "A description is told as bytes, and shown with its id",
            .checks = {Rule::STANZA_101, Rule::STANZA_04}) {
  Trio trio(bench);
  change_setting(trio.alice, trio.group, description("D1", "12345"));
  const wire::Node news = trio.bob.expect(group_change(trio.group, "description"));
  const wire::Node& body = descend(news, {"description", "body"});
  check(std::holds_alternative<wire::Blob>(body.content) && as_text(*body.bytes()) == "12345",
        "the body is bytes", wire::print_node(news));
  const wire::Node group = query_group(trio.bob, trio.group);
  check(descend(group, {"description"}).text("id") == "D1", "the node shows it",
        wire::print_node(group));
  change_setting(trio.alice, trio.group, R"(<description id="D2" prev="D1" delete="true"/>)"_node);
  check(query_group(trio.bob, trio.group).child("description") == nullptr, "it can be deleted");
}

SERVER_CASE(groups, description_conflict,
            "A description that replaces another than the present one is refused",
            .checks = {Rule::GROUP_17}) {
  Trio trio(bench);
  change_setting(trio.alice, trio.group, description("D1", "first"));
  wire::Node second = description("D2", "second");
  second.set("prev", "D1");
  change_setting(trio.bob, trio.group, second);
  wire::Node stale = description("D3", "third");
  stale.set("prev", "D1");
  check_error(ask_group(trio.carol, trio.group, "set", stale), "409", "conflict");
  check(descend(query_group(trio.alice, trio.group), {"description"}).text("id") == "D2",
        "the second one stays");
}

SERVER_CASE(groups, locked, "In a locked group only admins change subject and description",
            .checks = {Rule::GROUP_18}) {
  Trio trio(bench);
  precondition("a member may before",
               [&] { change_setting(trio.bob, trio.group, subject("One")); });
  change_setting(trio.alice, trio.group, element("locked"));
  trio.bob.expect(group_change(trio.group, "locked"));
  check_forbidden(ask_group(trio.bob, trio.group, "set", subject("Two")));
  check_forbidden(ask_group(trio.bob, trio.group, "set", description("D", "two")));
  check_forbidden(
      ask_group(trio.bob, trio.group, "set", R"(<ephemeral expiration="86400"/>)"_node));
  const wire::Node group = query_group(trio.alice, trio.group);
  check(group.text("subject") == "One" && group.child("locked") != nullptr, "nothing has changed",
        wire::print_node(group));
  change_setting(trio.alice, trio.group, element("unlocked"));
  change_setting(trio.bob, trio.group, subject("Two"));
}

SERVER_CASE(groups, rules_are_for_admins, "Only admins change the rules of a group",
            .checks = {Rule::GROUP_19}) {
  Trio trio(bench);
  const std::vector<wire::Node> settings = {
      element("announcement"), element("locked"), mode("member_add_mode", "all_member_add"),
      mode("member_link_mode", "all_member_link"), approval("on")};
  for (const wire::Node& setting : settings)
    check_forbidden(ask_group(trio.bob, trio.group, "set", setting));
  const wire::Node group = query_group(trio.bob, trio.group);
  check(group.child("announcement") == nullptr && group.child("locked") == nullptr &&
            group.child("membership_approval_mode") == nullptr,
        "nothing has changed", wire::print_node(group));
  for (const wire::Node& setting : settings) change_setting(trio.alice, trio.group, setting);
}

SERVER_CASE(groups, announcement_is_announced, "Announcement mode is announced with a v_id",
            .checks = {Rule::STANZA_101}) {
  Trio trio(bench);
  for (const std::string_view setting : {"announcement", "not_announcement"}) {
    change_setting(trio.alice, trio.group, element(setting));
    const wire::Node news = trio.bob.expect(group_change(trio.group, setting));
    check(descend(news, {setting}).has("v_id"), "there is a v_id", wire::print_node(news));
  }
}

SERVER_CASE(groups, rules_are_announced,
            "Every change of a group's rules is told to all members, and to other devices of who "
            "made it",
            .checks = {Rule::GROUP_47}) {
  Trio trio(bench);
  Peer& second = bench.online_peer_of("alice", "alice's second");
  const std::vector<wire::Node> settings = {element("announcement"),
                                            element("not_announcement"),
                                            element("locked"),
                                            element("unlocked"),
                                            mode("member_add_mode", "all_member_add"),
                                            mode("member_link_mode", "all_member_link"),
                                            approval("on"),
                                            R"(<ephemeral expiration="86400"/>)"_node,
                                            element("not_ephemeral"),
                                            subject("Another"),
                                            description("D1", "described")};
  for (const wire::Node& setting : settings) {
    change_setting(trio.alice, trio.group, setting);
    for (Peer* peer : {&trio.bob, &trio.carol, &second})
      peer->expect(group_change(trio.group, setting.tag.view()));
  }
}

SERVER_CASE(groups, disappearing_messages, "Messages disappear after one of the known times",
            .checks = {Rule::GROUP_20}) {
  Trio trio(bench);
  change_setting(trio.alice, trio.group, R"(<ephemeral expiration="604800"/>)"_node);
  trio.bob.expect(group_change(trio.group, "ephemeral"));
  check(descend(query_group(trio.bob, trio.group), {"ephemeral"}).text("expiration") == "604800",
        "the group shows it");
  check_error(ask_group(trio.alice, trio.group, "set", R"(<ephemeral expiration="17"/>)"_node),
              "400", "bad-request");
  change_setting(trio.alice, trio.group, element("not_ephemeral"));
  trio.bob.expect(group_change(trio.group, "not_ephemeral"));
  check(query_group(trio.bob, trio.group).child("ephemeral") == nullptr, "and no longer");
}

SERVER_CASE(groups, approval_mode_is_shown_while_on,
            "membership_approval_mode is there while it is on, with group_join",
            .checks = {Rule::STANZA_105}) {
  Trio trio(bench);
  change_setting(trio.alice, trio.group, approval("on"));
  check(descend(query_group(trio.bob, trio.group), {"membership_approval_mode", "group_join"})
                .text("state") == "on",
        "it is on");
  change_setting(trio.alice, trio.group, approval("off"));
  check(query_group(trio.bob, trio.group).child("membership_approval_mode") == nullptr,
        "it is left out when off");
}

}  // namespace doublecheck::harness
