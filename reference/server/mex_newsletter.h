#pragma once

#include <string>
#include <string_view>

#include "reference/server/mex.h"
#include "reference/server/newsletter.h"

// What the operations about newsletters have in common. Internal to mex_newsletter*.cc.
namespace doublecheck::server {

// What a newsletter is; counts and times are texts. With what it is to `viewer`.
Json newsletter_json(const Newsletter& newsletter);
Json newsletter_json(const Newsletter& newsletter, const std::string& viewer);
std::string_view name_of(const Follower* follower);

// The newsletter that an object names by its JID, to be changed: 404 when there is none.
OrIqError<Newsletter*> named_newsletter(MexRequest& request, const Json& object);
// … that `newsletter_id` of the variables names, of which the account is an admin, or the owner:
// 403 for others.
OrIqError<Newsletter*> administered_newsletter(MexRequest& request, Rule rule);
OrIqError<Newsletter*> owned_newsletter(MexRequest& request, Rule rule);

}  // namespace doublecheck::server
