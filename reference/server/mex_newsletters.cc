#include <optional>
#include <set>
#include <string>
#include <utility>

#include "reference/server/chat_ids.h"
#include "reference/server/limits.h"
#include "reference/server/mex_newsletter.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"

// GraphQL: which newsletters there are, and what they say of themselves.
namespace doublecheck::server {
namespace {

// What a newsletter is to say of itself; nothing of what is to stay as it is.
struct NewsletterChanges {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> picture;  // in base64; empty: no picture
};

OrIqError<NewsletterChanges> read_newsletter_changes(const Json& object) {
  NewsletterChanges changes;
  for (auto& [name, value] :
       {std::pair{"name", &changes.name}, std::pair{"description", &changes.description},
        std::pair{"picture", &changes.picture}}) {
    auto text = mex_text(object, name);
    if (!text) return std::unexpected(text.error());
    *value = *std::move(text);
  }
  return changes;
}

// Without keeping it: what names a picture tells one from another.
OrIqError<std::string> name_of_picture(std::string_view base64) {
  if (base64.empty()) return std::string();
  const auto picture = from_base64(base64);
  if (!picture) return std::unexpected(bad_request("the picture is not in base64"));
  if (picture->size() > kMaxNewsletterPictureBytes) {
    return std::unexpected(resource_limit("the picture has more than kMaxNewsletterPictureBytes"));
  }
  return to_hex(sha256(*picture)).substr(0, 16);
}

// Changes all of it or nothing.
OrIqError<void> apply_newsletter_changes(Newsletter& newsletter, NewsletterChanges changes) {
  if (changes.name &&
      (changes.name->empty() || !is_text_of(*changes.name, kMaxNewsletterNameCharacters))) {
    return std::unexpected(
        not_acceptable("the name is empty or has more than kMaxNewsletterNameCharacters"));
  }
  if (changes.description &&
      !is_text_of(*changes.description, kMaxNewsletterDescriptionCharacters)) {
    return std::unexpected(
        not_acceptable("the description has more than kMaxNewsletterDescriptionCharacters"));
  }
  if (changes.picture) {
    auto picture = name_of_picture(*changes.picture);
    if (!picture) return std::unexpected(picture.error());
    newsletter.picture = *std::move(picture);
  }
  if (changes.name) newsletter.name = *std::move(changes.name);
  if (changes.description) newsletter.description = *std::move(changes.description);
  return {};
}

std::set<std::string> followers_of(const Newsletter& newsletter) {
  std::set<std::string> followers;
  for (const auto& [phone_number, follower] : newsletter.followers) followers.insert(phone_number);
  return followers;
}

Json picture_json(const Newsletter& newsletter, std::string_view type) {
  if (newsletter.picture.empty()) return Json::object();  // some clients look into it
  return {{"id", newsletter.picture},
          {"type", type},
          {"direct_path", "/newsletter/" + newsletter.id + "/" + newsletter.picture}};
}

}  // namespace

Json newsletter_json(const Newsletter& newsletter) {
  return {{"id", newsletter.jid().to_string()},
          {"state", {{"type", "ACTIVE"}}},
          {"thread_metadata",
           {{"name", {{"text", newsletter.name}}},
            {"description", {{"text", newsletter.description}}},
            {"subscribers_count", std::to_string(newsletter.followers.size())},
            {"verification", "UNVERIFIED"},
            {"invite", newsletter.invite_code},
            {"creation_time", std::to_string(newsletter.created.seconds())},
            {"picture", picture_json(newsletter, "IMAGE")},
            {"preview", picture_json(newsletter, "PREVIEW")}}}};
}

Json newsletter_json(const Newsletter& newsletter, const std::string& viewer) {
  Json json = newsletter_json(newsletter);
  const Follower* follower = newsletter.follower(viewer);
  json["viewer_metadata"] = {{"role", name_of(follower)},
                             {"mute", follower != nullptr && follower->muted ? "ON" : "OFF"}};
  return json;
}

std::string_view name_of(const Follower* follower) {
  if (follower == nullptr) return "guest";
  if (follower->role == NewsletterRole::kOwner) return "owner";
  return follower->role == NewsletterRole::kAdmin ? "admin" : "subscriber";
}

OrIqError<Newsletter*> named_newsletter(MexRequest& request, const Json& object) {
  const auto text = required_mex_text(object, "newsletter_id");
  if (!text) return std::unexpected(text.error());
  const auto jid = wire::parse_jid(*text);
  Newsletter* newsletter = jid ? request.iq.turn.state.newsletters.find(*jid) : nullptr;
  if (newsletter == nullptr)
    return std::unexpected(item_not_found("there is no newsletter " + *text));
  return newsletter;
}

OrIqError<Newsletter*> administered_newsletter(MexRequest& request, Rule rule) {
  auto newsletter = named_newsletter(request, request.variables);
  if (newsletter && !request.iq.turn.guard().holds(
                        rule, (*newsletter)->is_admin(request.iq.account.phone_number)))
    return std::unexpected(forbidden("only admins may do that"));
  return newsletter;
}

OrIqError<Newsletter*> owned_newsletter(MexRequest& request, Rule rule) {
  auto newsletter = named_newsletter(request, request.variables);
  if (newsletter && !request.iq.turn.guard().holds(
                        rule, (*newsletter)->is_owner(request.iq.account.phone_number)))
    return std::unexpected(forbidden("only the owner may do that"));
  return newsletter;
}

MexAnswer mex_newsletter_create(MexRequest& request) {
  // The name of the one variable differs from client to client.
  const auto input =
      mex_object(request.variables,
                 request.variables.contains("newsletter_input") ? "newsletter_input" : "input");
  if (!input) return std::unexpected(input.error());
  const auto changes = read_newsletter_changes(**input);
  if (!changes) return std::unexpected(changes.error());
  if (!changes->name) return std::unexpected(bad_request("the variable name is missing"));

  Turn& turn = request.iq.turn;
  const std::string& owner = request.iq.account.phone_number;
  Newsletter newsletter;
  if (auto applied = apply_newsletter_changes(newsletter, *changes); !applied)
    return std::unexpected(applied.error());
  if (turn.state.newsletters.of_follower(owner).size() >= kMaxFollowed)
    return std::unexpected(resource_limit("the account follows kMaxFollowed newsletters"));
  newsletter.id = turn.state.newsletters.new_id(turn.context.random);
  newsletter.created = turn.context.now.wall;
  newsletter.invite_code = new_invite_code(turn.context.random);
  newsletter.followers[owner] = {.role = NewsletterRole::kOwner,
                                 .since = newsletter.created,
                                 .muted = false,
                                 .admin_muted = false};
  const auto inserted = turn.state.newsletters.insert(std::move(newsletter));
  if (!inserted) return std::unexpected(resource_limit(inserted.error().to_string()));
  return newsletter_json(**inserted, owner);
}

MexAnswer mex_newsletter_metadata(MexRequest& request) {
  const auto input = mex_object(request.variables, "input");
  if (!input) return std::unexpected(input.error());
  const auto key = required_mex_text(**input, "key");
  if (!key) return std::unexpected(key.error());
  const auto type = required_mex_text(**input, "type");
  if (!type) return std::unexpected(type.error());

  const NewsletterDirectory& newsletters = request.iq.turn.state.newsletters;
  const Newsletter* found = nullptr;
  if (*type == "JID") {
    const auto jid = wire::parse_jid(*key);
    if (jid) found = newsletters.look_up(*jid);
  } else if (*type == "INVITE") {
    found = newsletters.by_invite_code(*key);
  } else {
    return std::unexpected(bad_request("the variable type is neither JID nor INVITE"));
  }
  if (found == nullptr) return std::unexpected(item_not_found("there is no newsletter " + *key));
  const auto wanted = request.variables.find("fetch_viewer_metadata");
  const bool unwanted =
      wanted != request.variables.end() && wanted->is_boolean() && !wanted->get<bool>();
  if (unwanted) return newsletter_json(*found);
  return newsletter_json(*found, request.iq.account.phone_number);
}

MexAnswer mex_newsletters_subscribed(MexRequest& request) {
  const std::string& viewer = request.iq.account.phone_number;
  Json list = Json::array();
  for (const Newsletter* followed : request.iq.turn.state.newsletters.of_follower(viewer))
    list.push_back(newsletter_json(*followed, viewer));
  return list;
}

MexAnswer mex_newsletter_update(MexRequest& request) {
  const auto newsletter = administered_newsletter(request, Rule::NEWSLETTER_11);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto updates = mex_object(request.variables, "updates");
  if (!updates) return std::unexpected(updates.error());
  const auto changes = read_newsletter_changes(**updates);
  if (!changes) return std::unexpected(changes.error());
  if (auto applied = apply_newsletter_changes(**newsletter, *changes); !applied)
    return std::unexpected(applied.error());
  tell_by_mex(request, followers_of(**newsletter), "NotificationNewsletterUpdate",
              "xwa2_notify_newsletter_on_metadata_update", newsletter_json(**newsletter));
  return newsletter_json(**newsletter, request.iq.account.phone_number);
}

MexAnswer mex_newsletter_delete(MexRequest& request) {
  const auto newsletter = owned_newsletter(request, Rule::NEWSLETTER_12);
  if (!newsletter) return std::unexpected(newsletter.error());
  Json deleted = {{"id", (*newsletter)->jid().to_string()}, {"state", {{"type", "DELETED"}}}};
  tell_by_mex(request, followers_of(**newsletter), "NotificationNewsletterStateChange",
              "xwa2_notify_newsletter_on_state_change", deleted);
  request.iq.turn.state.newsletters.erase(**newsletter);
  return deleted;
}

}  // namespace doublecheck::server
