#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "reference/server/limits.h"
#include "reference/server/mex_newsletter.h"

// GraphQL: who follows a newsletter, and who writes in it.
namespace doublecheck::server {
namespace {

// `newsletter_id` of the variables, which the account follows: 404 when it does not.
OrIqError<Newsletter*> followed_newsletter(MexRequest& request, const Json& object) {
  auto newsletter = named_newsletter(request, object);
  if (newsletter && !(*newsletter)->has(request.iq.account.phone_number))
    return std::unexpected(item_not_found("the account does not follow it"));
  return newsletter;
}

// Other devices of the account are told what it has done.
void tell_own_by_mex(MexRequest& request, std::string_view operation, std::string_view field,
                     const Json& what) {
  tell_by_mex(request, {request.iq.account.phone_number}, operation, field, what);
}

MexAnswer set_muted(MexRequest& request, Newsletter& newsletter, bool muted) {
  const std::string& account = request.iq.account.phone_number;
  newsletter.followers.at(account).muted = muted;
  tell_own_by_mex(request, "NotificationNewsletterUserSettingChange",
                  "xwa2_notify_newsletter_on_mute_change",
                  {{"id", newsletter.jid().to_string()}, {"mute", muted ? "ON" : "OFF"}});
  return newsletter_json(newsletter, account);
}

MexAnswer mute_followed(MexRequest& request, bool muted) {
  const auto newsletter = followed_newsletter(request, request.variables);
  if (!newsletter) return std::unexpected(newsletter.error());
  return set_muted(request, **newsletter, muted);
}

// At most `count`, when it is asked for so few: the owner and the admins first, then as they came.
MexAnswer list_followers(MexRequest& request, std::string_view list) {
  const auto input = mex_object(request.variables, "input");
  if (!input) return std::unexpected(input.error());
  MexRequest asked{request.iq,
                   request.variables.contains("newsletter_id") ? request.variables : **input};
  const auto newsletter = administered_newsletter(asked, Rule::NEWSLETTER_18);
  if (!newsletter) return std::unexpected(newsletter.error());

  std::vector<std::pair<const Account*, const Follower*>> followers;
  for (const auto& [phone_number, follower] : (*newsletter)->followers) {
    if (const Account* account = request.iq.turn.state.directory.look_up(phone_number))
      followers.emplace_back(account, &follower);
  }
  std::ranges::sort(followers, {}, [](const auto& entry) {
    const auto& [account, follower] = entry;
    return std::tuple(-static_cast<int>(follower->role), follower->since.seconds(),
                      std::string_view(account->phone_number));
  });
  const auto count = asked.variables.find("count");
  if (count != asked.variables.end() && count->is_number_unsigned())
    followers.resize(std::min<std::size_t>(followers.size(), count->get<std::size_t>()));

  Json edges = Json::array();
  for (const auto& [account, follower] : followers) {
    edges.push_back(
        {{"role", name_of(follower)},
         {"follow_time", follower->since.seconds()},
         {"node", {{"id", account->lid_jid().to_string()}, {"display_name", account->push_name}}}});
  }
  return Json{{std::string(list), {{"edges", std::move(edges)}}}};
}

}  // namespace

MexAnswer mex_newsletter_join(MexRequest& request) {
  const auto named = named_newsletter(request, request.variables);
  if (!named) return std::unexpected(named.error());
  Newsletter& newsletter = **named;
  const std::string& account = request.iq.account.phone_number;
  if (newsletter.has(account)) return newsletter_json(newsletter, account);
  if (newsletter.followers.size() >= kMaxFollowers)
    return std::unexpected(resource_limit("the newsletter has kMaxFollowers followers"));
  if (request.iq.turn.state.newsletters.of_follower(account).size() >= kMaxFollowed)
    return std::unexpected(resource_limit("the account follows kMaxFollowed newsletters"));
  newsletter.followers[account].since = request.iq.turn.context.now.wall;
  Json joined = newsletter_json(newsletter, account);
  tell_own_by_mex(request, "NotificationNewsletterJoin", "xwa2_notify_newsletter_on_join", joined);
  return joined;
}

MexAnswer mex_newsletter_leave(MexRequest& request) {
  const auto newsletter = named_newsletter(request, request.variables);
  if (!newsletter) return std::unexpected(newsletter.error());
  const std::string& account = request.iq.account.phone_number;
  if ((*newsletter)->is_owner(account))
    return std::unexpected(not_allowed("the owner gives it to somebody else, or deletes it"));
  Json left = {{"id", (*newsletter)->jid().to_string()}, {"role", name_of(nullptr)}};
  if ((*newsletter)->followers.erase(account) > 0)
    tell_own_by_mex(request, "NotificationNewsletterLeave", "xwa2_notify_newsletter_on_leave",
                    left);
  return left;
}

MexAnswer mex_newsletter_mute(MexRequest& request) { return mute_followed(request, true); }
MexAnswer mex_newsletter_unmute(MexRequest& request) { return mute_followed(request, false); }

MexAnswer mex_newsletter_user_setting(MexRequest& request) {
  const auto input = mex_object(request.variables, "input");
  if (!input) return std::unexpected(input.error());
  const auto newsletter = followed_newsletter(request, **input);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto type = required_mex_text(**input, "type");
  if (!type) return std::unexpected(type.error());
  const auto value = required_mex_text(**input, "value");
  if (!value) return std::unexpected(value.error());
  if (*value != "ON" && *value != "OFF")
    return std::unexpected(bad_request("the variable value is neither ON nor OFF"));
  if (*type == "MUTE_FOLLOWER_ACTIVITY") return set_muted(request, **newsletter, *value == "ON");
  if (*type != "MUTE_ADMIN_ACTIVITY")
    return std::unexpected(bad_request("the variable type is no setting"));
  const std::string& account = request.iq.account.phone_number;
  (*newsletter)->followers.at(account).admin_muted = *value == "ON";
  return newsletter_json(**newsletter, account);
}

MexAnswer mex_newsletter_admin_count(MexRequest& request) {
  const auto newsletter = named_newsletter(request, request.variables);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto admins = std::ranges::count_if((*newsletter)->followers, [&](const auto& entry) {
    return (*newsletter)->is_admin(entry.first);
  });
  return Json{{"id", (*newsletter)->jid().to_string()}, {"admin_count", admins}};
}

MexAnswer mex_newsletter_subscribers(MexRequest& request) {
  return list_followers(request, "subscribers");
}
MexAnswer mex_newsletter_followers(MexRequest& request) {
  return list_followers(request, "followers");
}

MexAnswer mex_newsletter_change_owner(MexRequest& request) {
  const auto newsletter = owned_newsletter(request, Rule::NEWSLETTER_13);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto heir = mex_account(request, request.variables, "user_id");
  if (!heir) return std::unexpected(heir.error());
  auto& followers = (*newsletter)->followers;
  const auto found = followers.find((*heir)->phone_number);
  if (found == followers.end())
    return std::unexpected(item_not_found("the new owner does not follow the newsletter"));
  for (auto& [phone_number, follower] : followers) {
    if (follower.role == NewsletterRole::kOwner) follower.role = NewsletterRole::kAdmin;
  }
  found->second.role = NewsletterRole::kOwner;
  return Json{{"id", (*newsletter)->jid().to_string()}};
}

MexAnswer mex_newsletter_demote(MexRequest& request) {
  const auto newsletter = administered_newsletter(request, Rule::NEWSLETTER_14);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto admin = mex_account(request, request.variables, "user_id");
  if (!admin) return std::unexpected(admin.error());
  // An admin may lay it down himself.
  const bool entitled =
      *admin == &request.iq.account || (*newsletter)->is_owner(request.iq.account.phone_number);
  if (!request.iq.turn.guard().holds(Rule::NEWSLETTER_14, entitled))
    return std::unexpected(forbidden("only the owner may do that"));
  const auto found = (*newsletter)->followers.find((*admin)->phone_number);
  if (found == (*newsletter)->followers.end() || found->second.role != NewsletterRole::kAdmin)
    return std::unexpected(item_not_found("there is no such admin"));
  found->second.role = NewsletterRole::kSubscriber;
  return Json{{"id", (*newsletter)->jid().to_string()}};
}

}  // namespace doublecheck::server
