#pragma once

#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reference/server/group_request.h"
#include "reference/server/iq.h"
#include "reference/server/json_fields.h"

// GraphQL, xmlns `w:mex`: what its operations have in common. Internal to mex*.cc, for it brings
// the JSON library.
namespace doublecheck::server {

struct MexRequest {
  IqRequest& iq;
  const Json& variables;  // an object; what an operation does not know in it is ignored
};

// The value under the operation's name in `data`. An error is told inside of the answer.
using MexAnswer = std::expected<Json, IqError>;
using MexHandler = MexAnswer (*)(MexRequest&);

// ---- Reading variables. What is missing or null is nothing; another type is an error 400.

// The object of that name; an empty one when there is none.
OrIqError<const Json*> mex_object(const Json& object, std::string_view name);
OrIqError<std::optional<std::string>> mex_text(const Json& object, std::string_view name);
OrIqError<std::string> required_mex_text(const Json& object, std::string_view name);
// The account that a text names by one of its JIDs: 404 for nobody.
OrIqError<const Account*> mex_account(const MexRequest& request, const Json& object,
                                      std::string_view name);

// ---- News

// `<notification type="mex">`: every device of these accounts but the one that asked is told, after
// the answer, that `field` has happened.
void tell_by_mex(MexRequest& request, const std::set<std::string>& accounts,
                 std::string_view operation, std::string_view field, const Json& what);

// ---- Operations, a file per subject

MexAnswer mex_newsletter_create(MexRequest&);
MexAnswer mex_newsletter_metadata(MexRequest&);
MexAnswer mex_newsletters_subscribed(MexRequest&);
MexAnswer mex_newsletter_update(MexRequest&);
MexAnswer mex_newsletter_delete(MexRequest&);
MexAnswer mex_newsletter_join(MexRequest&);
MexAnswer mex_newsletter_leave(MexRequest&);
MexAnswer mex_newsletter_mute(MexRequest&);
MexAnswer mex_newsletter_unmute(MexRequest&);
MexAnswer mex_newsletter_user_setting(MexRequest&);
MexAnswer mex_newsletter_admin_count(MexRequest&);
MexAnswer mex_newsletter_subscribers(MexRequest&);
MexAnswer mex_newsletter_followers(MexRequest&);
MexAnswer mex_newsletter_change_owner(MexRequest&);
MexAnswer mex_newsletter_demote(MexRequest&);
MexAnswer mex_community_subgroups(MexRequest&);
MexAnswer mex_community_participant_counts(MexRequest&);
MexAnswer mex_reachout_timelock(MexRequest&);

}  // namespace doublecheck::server
