#include <string>
#include <utility>

#include "reference/server/mex.h"

// GraphQL: the groups of a community, for those who belong to it.
namespace doublecheck::server {
namespace {

OrIqError<const Group*> named_community(const MexRequest& request, const Json& object,
                                        std::string_view name) {
  const auto text = required_mex_text(object, name);
  if (!text) return std::unexpected(text.error());
  const auto jid = wire::parse_jid(*text);
  const bool is_group = jid && jid->server == wire::server_name::kGroup;
  const Group* group = is_group ? request.iq.turn.state.groups.look_up(jid->user.view()) : nullptr;
  if (group == nullptr || !group->is_parent)
    return std::unexpected(item_not_found("there is no community " + *text));
  if (!request.iq.turn.guard().holds(Rule::NEWSLETTER_35, belongs_to_community(request.iq, *group)))
    return std::unexpected(forbidden("it is somebody else's"));
  return group;
}

Json subgroup_json(const Group& group) {
  return {{"id", group.jid().to_string()},
          {"subject",
           {{"value", group.subject.text},
            {"creation_time", std::to_string(group.subject.at.seconds())}}}};
}

}  // namespace

MexAnswer mex_community_subgroups(MexRequest& request) {
  const auto community = named_community(request, request.variables, "group_id");
  if (!community) return std::unexpected(community.error());
  Json answer = {{"id", (*community)->jid().to_string()}, {"default_sub_group", nullptr}};
  Json edges = Json::array();
  for (const Group* group : request.iq.turn.state.groups.linked_to((*community)->id)) {
    if (group->is_default_sub_group) {
      answer["default_sub_group"] = subgroup_json(*group);
      continue;
    }
    Json node = subgroup_json(*group);
    node["properties"] = Json::object();
    edges.push_back({{"node", std::move(node)}});
  }
  answer["sub_groups"] = {{"edges", std::move(edges)}};
  return answer;
}

MexAnswer mex_community_participant_counts(MexRequest& request) {
  const auto input = mex_object(request.variables, "input");
  if (!input) return std::unexpected(input.error());
  const auto community = named_community(request, **input, "group_jid");
  if (!community) return std::unexpected(community.error());
  Json edges = Json::array();
  for (const Group* group : request.iq.turn.state.groups.linked_to((*community)->id)) {
    edges.push_back({{"node",
                      {{"id", group->jid().to_string()},
                       {"total_participants_count", group->members.size()}}}});
  }
  return Json{{"id", (*community)->jid().to_string()},
              {"sub_groups", {{"edges", std::move(edges)}}}};
}

}  // namespace doublecheck::server
