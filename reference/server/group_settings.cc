#include "reference/server/group_settings.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/group_nodes.h"
#include "reference/server/group_request.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"
#include "spec/base/bytes.h"

// xmlns `w:g2`: what a group is called, and its rules.
namespace doublecheck::server {
namespace {

std::string content_of(const wire::Node& node) {
  return std::string(as_text(node.bytes().value_or(ByteView{})));
}

OrIqError<wire::Node> change_subject(const IqRequest& request, Group& group,
                                     const wire::Node& setting) {
  auto subject = read_subject(content_of(setting));
  if (!subject) return std::unexpected(subject.error());
  group.subject = {*std::move(subject), request.account.phone_number,
                   request.turn.context.now.wall};
  return element("subject", {{"subject", wire::Text(group.subject.text)},
                             {"s_t", wire::Text(request.turn.timestamp())},
                             {"s_o", named_in(group, request.account)},
                             {"s_o_pn", request.account.pn()}});
}

OrIqError<wire::Node> change_description(const IqRequest& request, Group& group,
                                         const wire::Node& setting) {
  // It names the one that it replaces, so that two at a time do not go unnoticed.
  const auto previous = setting.text("prev");
  if (previous && *previous != group.description_id)
    return std::unexpected(conflict("the description is another by now"));
  const std::string id(setting.text("id").value_or(""));
  if (setting.text("delete") == "true") {
    group.description.reset();
    group.description_id = id;
    return parent("description", {element("delete")}, {{"id", wire::Text(id)}});
  }
  const wire::Node* body = setting.child("body");
  if (body == nullptr) return std::unexpected(bad_request("<description> without body"));
  std::string text = content_of(*body);
  if (!is_text_of(text, kMaxDescriptionCharacters)) {
    return std::unexpected(
        not_acceptable("the description is not UTF-8 of at most kMaxDescriptionCharacters"));
  }
  group.description = {std::move(text), request.account.phone_number,
                       request.turn.context.now.wall};
  group.description_id = id;
  return parent("description", {element("body", {}, text_content(group.description->text))},
                {{"id", wire::Text(id)}});
}

OrIqError<wire::Node> change_ephemeral(Group& group, const wire::Node& setting) {
  const auto seconds = setting.number("expiration");
  const bool known = seconds && std::ranges::find(kEphemeralSeconds, *seconds) !=
                                    std::ranges::end(kEphemeralSeconds);
  if (!known) return std::unexpected(bad_request("no such time for messages to disappear after"));
  group.ephemeral_seconds = static_cast<std::uint32_t>(*seconds);
  if (group.ephemeral_seconds == 0) return element("not_ephemeral");
  return element("ephemeral",
                 {{"expiration", wire::Text(std::to_string(*seconds))}, {"trigger", "0"}});
}

OrIqError<wire::Node> change_approval(Group& group, const wire::Node& setting) {
  const wire::Node* join = setting.child("group_join");
  const auto state = join == nullptr ? std::nullopt : join->text("state");
  if (state != "on" && state != "off")
    return std::unexpected(bad_request("<group_join> with the state on or off is missing"));
  group.needs_approval = state == "on";
  return parent("membership_approval_mode",
                {element("group_join", {{"state", wire::Text(*state)}})});
}

}  // namespace

OrIqError<wire::Node> apply_setting(const IqRequest& request, Group& group,
                                    const wire::Node& setting) {
  const std::string_view name = setting.tag;
  if (name == "subject") return change_subject(request, group, setting);
  if (name == "description") return change_description(request, group, setting);
  if (name == "ephemeral") return change_ephemeral(group, setting);
  if (name == "not_ephemeral") {
    group.ephemeral_seconds = 0;
    return element("not_ephemeral");
  }
  if (name == "membership_approval_mode") return change_approval(group, setting);
  for (const GroupSwitch& one : kGroupSwitches) {
    if (name != one.on && name != one.off) continue;
    if (name == one.on) {
      group.switches.emplace(one.on);
    } else {
      group.switches.erase(std::string(one.on));
    }
    return change_of_ranks(group, name, {});
  }
  for (const GroupMode& mode : kGroupModes) {
    if (name != mode.name) continue;
    const std::string value = content_of(setting);
    if (value != mode.initial && value != mode.other)
      return std::unexpected(bad_request("a mode has no value " + value));
    group.modes[std::string(mode.name)] = value;
    return element(mode.name, {}, text_content(value));
  }
  return std::unexpected(not_implemented("a group has no such setting"));
}

IqAnswer group_setting(IqRequest& request) {
  if (request.child == nullptr) return std::unexpected(bad_request("no setting is named"));
  const auto group = joined_group(request);
  if (!group) return std::unexpected(group.error());
  const std::string_view name = request.child->tag;
  const bool text =
      name == "subject" || name == "description" || name == "ephemeral" || name == "not_ephemeral";
  const bool admin = (*group)->is_admin(request.account.phone_number);
  const Guard& guard = request.turn.guard();
  if (!guard.holds(Rule::GROUP_18, admin || !text || !(*group)->is_on("locked")) ||
      !guard.holds(Rule::GROUP_19, admin || text))
    return std::unexpected(forbidden("only admins may change that"));
  auto change = apply_setting(request, **group, *request.child);
  if (!change) return std::unexpected(change.error());
  announce(request, **group, members_of(**group), *std::move(change));
  return {};
}

}  // namespace doublecheck::server
