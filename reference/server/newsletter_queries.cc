#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/group_request.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/newsletter_nodes.h"
#include "reference/server/stanzas.h"

// xmlns `newsletter`: what was posted. Everybody may read that, whether he follows or not.
namespace doublecheck::server {
namespace {

// The newsletter that a query is addressed to or, where it is addressed to the server, names.
OrIqError<const Newsletter*> asked_newsletter(const IqRequest& request) {
  const NewsletterDirectory& newsletters = request.turn.state.newsletters;
  const wire::Node& child = *request.child;
  auto jid = lenient_jid(request.iq, "to");
  if (!jid || jid->is_server()) jid = lenient_jid(child, "jid");
  const Newsletter* found = nullptr;
  if (child.text("type") == "invite") {
    found = newsletters.by_invite_code(child.text("key").value_or(""));
  } else if (jid) {
    found = newsletters.look_up(*jid);
  }
  if (found == nullptr) return std::unexpected(item_not_found("there is no such newsletter"));
  return found;
}

// A number that may be left out, but not be something else.
OrIqError<std::uint64_t> read_number(const wire::Node& node, std::string_view name,
                                     std::uint64_t otherwise) {
  if (!node.has(name)) return otherwise;
  const auto number = node.number(name);
  if (!number) {
    return std::unexpected(bad_request("<" + std::string(node.tag.view()) + "> with a " +
                                       std::string(name) + " that is no number"));
  }
  return *number;
}

struct AskedPosts {
  std::size_t count = kMaxPostsPerPage;
  NewsletterHistory::Range range;
  std::uint64_t since = 0;  // Unix seconds
};

OrIqError<AskedPosts> read_asked_posts(const wire::Node& node) {
  const auto count = read_number(node, "count", kMaxPostsPerPage);
  const auto before = read_number(node, "before", 0);
  const auto after = read_number(node, "after", 0);
  const auto since = read_number(node, "since", 0);
  for (const auto* number : {&count, &before, &after, &since}) {
    if (!*number) return std::unexpected(number->error());
  }
  return AskedPosts{
      .count = static_cast<std::size_t>(std::min<std::uint64_t>(*count, kMaxPostsPerPage)),
      .range = {.after = *after, .before = *before},
      .since = *since};
}

}  // namespace

IqAnswer newsletter_messages(IqRequest& request) {
  const auto newsletter = asked_newsletter(request);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto asked = read_asked_posts(*request.child);
  if (!asked) return std::unexpected(asked.error());
  std::vector<wire::Node> posts;
  for (const NewsletterPost* post : (*newsletter)->history.page(asked->range, asked->count))
    posts.push_back(post_node(*post, request.account.phone_number));
  return std::vector<wire::Node>{posts_node(request.turn, **newsletter, std::move(posts))};
}

IqAnswer newsletter_message_updates(IqRequest& request) {
  const auto newsletter = asked_newsletter(request);
  if (!newsletter) return std::unexpected(newsletter.error());
  const auto asked = read_asked_posts(*request.child);
  if (!asked) return std::unexpected(asked.error());
  std::vector<wire::Node> posts;
  for (const NewsletterPost* post : (*newsletter)->history.page(asked->range, kMaxPosts)) {
    const auto changed_at = static_cast<std::uint64_t>(post->changed_at.seconds());
    if (changed_at < asked->since || posts.size() == asked->count) continue;
    posts.push_back(post_update_node(*post));
  }
  return std::vector<wire::Node>{
      parent("message_updates", {posts_node(request.turn, **newsletter, std::move(posts))})};
}

IqAnswer newsletter_live_updates(IqRequest& request) {
  const auto newsletter = asked_newsletter(request);
  if (!newsletter) return std::unexpected(newsletter.error());
  const Instant now = request.turn.context.now.steady;
  auto& wishes = request.session.in<LoggedInPhase>()->live_updates;
  std::erase_if(wishes, [&](const auto& wish) { return wish.second <= now; });
  if (!wishes.contains((*newsletter)->id) && wishes.size() >= kMaxLiveUpdates)
    return std::unexpected(resource_limit("the connection has kMaxLiveUpdates wishes"));
  wishes[(*newsletter)->id] = now + kLiveUpdates;
  return std::vector<wire::Node>{
      element("live_updates", {{"duration", wire::Text(std::to_string(kLiveUpdates.count()))}})};
}

}  // namespace doublecheck::server
