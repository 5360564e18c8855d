#include "conformance/server/group_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Communities: groups of groups.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

wire::Jid make_community(Peer& admin) { return make_group(admin, {}, {element("parent")}); }

wire::Node named(const wire::Jid& group) { return element("group", {{"jid", group}}); }

wire::Node link(const wire::Jid& group) {
  return element("links", {}, {element("link", {{"link_type", "sub_group"}}, {named(group)})});
}

wire::Node unlink(const wire::Jid& group) {
  return element("unlink", {{"unlink_type", "sub_group"}}, {named(group)});
}

// The sub groups that somebody sees.
std::vector<wire::Node> sub_groups(Peer& peer, const wire::Jid& community) {
  const wire::Node answer = ask_group(peer, community, "get", element("sub_groups"));
  check_result(answer);
  const auto groups = descend(answer, {"sub_groups"}).children();
  return {groups.begin(), groups.end()};
}

wire::Jid default_group(Peer& peer, const wire::Jid& community) {
  for (const wire::Node& group : sub_groups(peer, community)) {
    if (group.child("default_sub_group") != nullptr) return jid_of_group(group);
  }
  fail_case("the community has a default group");
}

void check_linked(Peer& admin, const wire::Jid& community, const wire::Jid& group) {
  const wire::Node answer = ask_group(admin, community, "set", link(group));
  check_result(answer);
  check(!descend(answer, {"links", "link", "group"}).has("error"), "the group is linked",
        wire::print_node(answer));
}

}  // namespace

SERVER_CASE(communities, creation, "A new community has a default group, for announcements",
            .checks = {Rule::GROUP_39}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Jid community = make_community(alice);
  check(query_group(alice, community).child("parent") != nullptr, "it is a parent");
  const wire::Node group = query_group(alice, default_group(alice, community));
  check(group.child("default_sub_group") != nullptr && group.child("announcement") != nullptr &&
            names(descend(group, {"linked_parent"}), "jid", community),
        "its default group is linked to it, and for announcements", wire::print_node(group));
}

SERVER_CASE(communities, nobody_writes, "Nobody writes in a community itself",
            .checks = {Rule::GROUP_40}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  const wire::Jid community = make_community(alice);
  const wire::Jid group = default_group(alice, community);
  precondition("in its default group one can", [&] {
    const wire::Node sent = group_message(alice, group);
    send_to_group(alice, sent);
    second.expect(message(id_of(sent)));
  });
  const wire::Node sent = group_message(alice, community);
  check(send_to_group(alice, sent).has("error"), "the message is refused");
  second.barrier();
  second.expect_none(message(id_of(sent)));
}

SERVER_CASE(communities, linking, "A group is linked, and unlinked; its members hear of it",
            .checks = {Rule::GROUP_41, Rule::STANZA_101}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid community = make_community(alice);
  const wire::Jid group = make_group(alice, {&bob});
  check_linked(alice, community, group);
  const wire::Node linked = bob.expect(group_change(group, "link"));
  check(descend(linked, {"link"}).has("link_type"), "link_type is told", wire::print_node(linked));
  check(names(descend(query_group(bob, group), {"linked_parent"}), "jid", community),
        "the group shows it");
  const wire::Node answer = ask_group(alice, community, "set", unlink(group));
  check(!descend(answer, {"unlink", "group"}).has("error"), "it is unlinked",
        wire::print_node(answer));
  const wire::Node& unlinked = descend(bob.expect(group_change(group, "unlink")), {"unlink"});
  check(unlinked.has("unlink_type") && unlinked.has("unlink_reason"), "type and reason are told",
        wire::print_node(unlinked));
  check(query_group(bob, group).child("linked_parent") == nullptr, "the group is on its own");
}

SERVER_CASE(communities, linking_needs_an_admin,
            "Groups are linked only by an admin of both the community and the group",
            .checks = {Rule::GROUP_41}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid community = make_community(alice);
  const wire::Jid group = make_group(bob, {&alice});
  const wire::Node answer = ask_group(alice, community, "set", link(group));
  check(descend(answer, {"links", "link", "group"}).text("error") == "403",
        "alice is no admin of the group", wire::print_node(answer));
  check_error(ask_group(bob, community, "set", link(group)), "403", "forbidden");
  check(query_group(bob, group).child("linked_parent") == nullptr, "the group is on its own");
  change_members(bob, group, "promote", {&alice});
  check_linked(alice, community, group);
}

SERVER_CASE(communities, linked_once, "A group is linked to one community at a time",
            .checks = {Rule::GROUP_41}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Jid group = make_group(alice, {});
  check_linked(alice, make_community(alice), group);
  const wire::Node answer = ask_group(alice, make_community(alice), "set", link(group));
  check(descend(answer, {"links", "link", "group"}).text("error") == "409", "it is refused",
        wire::print_node(answer));
}

SERVER_CASE(communities, created_in_a_community, "A group can be created in a community",
            .checks = {Rule::GROUP_41}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid community = make_community(alice);
  const wire::Jid group =
      make_group(alice, {&bob}, {element("linked_parent", {{"jid", community}})});
  check(names(descend(query_group(bob, group), {"linked_parent"}), "jid", community),
        "it is linked");
  check_error(ask_groups(bob, "set",
                         element("create", {{"subject", "Mine"}},
                                 {element("linked_parent", {{"jid", community}})})),
              "403", "forbidden");
}

SERVER_CASE(communities, those_who_belong,
            "Whoever is in one group of a community sees the others and joins them",
            .checks = {Rule::GROUP_42}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& dave = bench.online_peer("dave");
  const wire::Jid community = make_community(alice);
  const wire::Jid first = make_group(alice, {&bob});
  const wire::Jid second = make_group(alice, {});
  for (const wire::Jid& group : {first, second}) check_linked(alice, community, group);

  check(sub_groups(bob, community).size() == 3, "bob sees all of them");
  check_error(ask_group(dave, community, "get", element("sub_groups")), "403", "forbidden");
  wire::Node join = element("join_linked_group", {{"type", "sub_group"}, {"jid", second}});
  check_error(ask_group(dave, community, "set", join), "403", "forbidden");
  const wire::Node joined = ask_group(bob, community, "set", join);
  check(find_participant(descend(joined, {"linked_group", "group"}), bob) != nullptr,
        "bob is in it", wire::print_node(joined));
  const wire::Node all = ask_group(alice, community, "get", element("linked_groups_participants"));
  check(find_participant(descend(all, {"linked_groups_participants"}), bob) != nullptr,
        "everybody of all groups is listed", wire::print_node(all));
}

SERVER_CASE(communities, one_group, "A group of a community can be looked at by who belongs to it",
            .checks = {Rule::GROUP_42}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid community = make_community(alice);
  const wire::Jid group = make_group(alice, {});
  const wire::Jid other = make_group(alice, {&bob});
  for (const wire::Jid& one : {group, other}) check_linked(alice, community, one);
  const auto query = [&](const wire::Jid& jid) {
    return element("query_linked", {{"type", "sub_group"}, {"jid", jid}});
  };
  const wire::Node answer = ask_group(bob, community, "get", query(group));
  check(jid_of_group(descend(answer, {"linked_group", "group"})) == group, "it is shown",
        wire::print_node(answer));
  check_error(ask_group(bob, community, "get", query(make_group(alice, {}))), "404",
              "item-not-found");
}

SERVER_CASE(communities, deletion, "When a community is deleted, its groups go on",
            .checks = {Rule::GROUP_43, Rule::STANZA_101}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid community = make_community(alice);
  const wire::Jid group = make_group(alice, {&bob});
  check_linked(alice, community, group);
  check_error(ask_group(bob, community, "set", element("delete_parent")), "403", "forbidden");
  check_result(ask_group(alice, community, "set", element("delete_parent")));
  bob.expect(group_change(group, "unlink"));
  check(query_group(bob, group).child("linked_parent") == nullptr, "the group is on its own");
  check_error(ask_group(alice, community, "get", R"(<query request="interactive"/>)"_node), "404",
              "item-not-found");
}

}  // namespace doublecheck::harness
