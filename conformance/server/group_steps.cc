#include "conformance/server/group_steps.h"

#include <algorithm>
#include <utility>

#include "harness/suite/verdict.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

wire::Node ask(Peer& peer, const wire::Jid& to, std::string_view type, wire::Node child) {
  return peer.ask(element("iq", {{"to", to}, {"xmlns", "w:g2"}, {"type", wire::Text(type)}},
                          {std::move(child)}));
}

}  // namespace

wire::Node ask_groups(Peer& peer, std::string_view type, wire::Node child) {
  return ask(peer, wire::Jid::of_server(wire::server_name::kGroup), type, std::move(child));
}

wire::Node ask_group(Peer& peer, const wire::Jid& group, std::string_view type, wire::Node child) {
  return ask(peer, group, type, std::move(child));
}

wire::Node participant(const Peer& peer) {
  return element("participant", {{"jid", peer.lid().account()}});
}

wire::Node participants(std::string_view tag, const Names& peers) {
  std::vector<wire::Node> children;
  for (const Peer* peer : peers) children.push_back(participant(*peer));
  return element(tag, {}, std::move(children));
}

wire::Node create_group(Peer& admin, const std::vector<Peer*>& members,
                        std::vector<wire::Node> options) {
  std::vector<wire::Node> children;
  for (const Peer* member : members) children.push_back(participant(*member));
  std::ranges::move(options, std::back_inserter(children));
  const wire::Node answer =
      ask_groups(admin, "set", element("create", {{"subject", "A group"}}, std::move(children)));
  check_result(answer);
  wire::Node group = descend(answer, {"group"});
  for (Peer* member : members) {
    const wire::Node news = member->expect(group_change(jid_of_group(group), "create"));
    member->send(element(
        "ack",
        {{"class", "notification"}, {"id", wire::Text(id_of(news))}, {"to", *news.jid("from")}}));
  }
  return group;
}

wire::Jid make_group(Peer& admin, const std::vector<Peer*>& members,
                     std::vector<wire::Node> options) {
  return jid_of_group(create_group(admin, members, std::move(options)));
}

wire::Jid jid_of_group(const wire::Node& group) {
  const auto id = group.text("id");
  check(id && !id->empty() && std::ranges::all_of(*id, [](char c) { return c >= '0' && c <= '9'; }),
        "the id of a group is a number, as a string", wire::print_node(group));
  return {*id, wire::server_name::kGroup, 0, 0};
}

void change_members(Peer& admin, const wire::Jid& group, std::string_view action,
                    const Names& peers) {
  const wire::Node answer = ask_group(admin, group, "set", participants(action, peers));
  check_result(answer);
  for (const Peer* peer : peers) {
    check(error_of(answer, action, *peer).empty(), "the change is granted",
          wire::print_node(answer));
  }
}

void change_setting(Peer& admin, const wire::Jid& group, wire::Node setting) {
  check_result(ask_group(admin, group, "set", std::move(setting)));
}

wire::Node query_group(Peer& member, const wire::Jid& group) {
  const wire::Node answer =
      ask_group(member, group, "get", element("query", {{"request", "interactive"}}));
  check_result(answer);
  return descend(answer, {"group"});
}

const wire::Node* find_participant(const wire::Node& node, const Peer& peer) {
  const auto found = std::ranges::find_if(node.children(), [&](const wire::Node& child) {
    return child.tag == "participant" &&
           (names(child, "jid", peer.lid().account()) || names(child, "jid", peer.jid().account()));
  });
  return found == node.children().end() ? nullptr : &*found;
}

bool is_member(Peer& asked, const wire::Jid& group, const Peer& peer) {
  return find_participant(query_group(asked, group), peer) != nullptr;
}

std::string error_of(const wire::Node& answer, std::string_view action, const Peer& peer) {
  const wire::Node* found = find_participant(descend(answer, {action}), peer);
  check(found != nullptr, "the answer has a participant for each that was named",
        wire::print_node(answer));
  return std::string(found->text("error").value_or(""));
}

Matcher group_change(const wire::Jid& group, std::string_view child) {
  return {"a notification w:gp2 of " + group.to_string() + " with " + std::string(child),
          [=, tag = std::string(child)](const wire::Node& node) {
            return node.tag == "notification" && node.text("type") == "w:gp2" &&
                   names(node, "from", group) && node.child(tag) != nullptr;
          }};
}

wire::Node group_message(Peer& from, const wire::Jid& group,
                         const std::vector<wire::Jid>& devices) {
  wire::Node message = from.message_to(group, devices);
  auto& children = std::get<std::vector<wire::Node>>(message.content);
  if (devices.empty()) children.clear();
  children.push_back({.tag = "enc",
                      .attributes = {{"v", "2"}, {"type", "skmsg"}},
                      .content = wire::Blob(as_bytes("for all in " + id_of(message)))});
  message.set("addressing_mode", "lid");
  return message;
}

wire::Node send_to_group(Peer& from, const wire::Node& message) {
  from.send(message);
  return from.expect(ack_of("message", id_of(message)));
}

}  // namespace doublecheck::harness
