#include "reference/server/newsletter_directory.h"

#include <algorithm>
#include <utility>

#include "reference/server/chat_ids.h"
#include "reference/server/limits.h"

namespace doublecheck::server {

Result<Newsletter*> NewsletterDirectory::insert(Newsletter newsletter) {
  if (!is_chat_id(newsletter.id)) return fail("newsletter", "the id must be 1 to 20 digits");
  if (newsletters_.contains(newsletter.id)) return fail("newsletter", "the id is taken");
  if (newsletters_.size() >= kMaxNewsletters)
    return fail("newsletter", "kMaxNewsletters exist already");
  if (newsletter.followers.size() > kMaxFollowers)
    return fail("newsletter", "has more than kMaxFollowers followers");
  touched_.insert(newsletter.id);
  std::string id = newsletter.id;
  return &newsletters_.emplace(std::move(id), std::move(newsletter)).first->second;
}

std::string NewsletterDirectory::new_id(RandomSource& random) const {
  for (;;) {
    std::string id = new_chat_id(random);
    if (!newsletters_.contains(id)) return id;
  }
}

void NewsletterDirectory::erase(const Newsletter& newsletter) {
  touched_.insert(newsletter.id);
  newsletters_.erase(newsletters_.find(newsletter.id));
}

void NewsletterDirectory::clear() {
  for (const auto& [id, newsletter] : newsletters_) touched_.insert(id);
  newsletters_.clear();
}

void NewsletterDirectory::forget_account(const std::string& phone_number) {
  std::vector<const Newsletter*> orphans;
  for (auto& [id, newsletter] : newsletters_) {
    const bool owned = newsletter.is_owner(phone_number);
    const bool followed = newsletter.followers.erase(phone_number) > 0;
    // Who has left has still reacted.
    if (newsletter.history.forget_account(phone_number) || followed) touched_.insert(id);
    if (!owned) continue;
    const auto heir = std::ranges::find_if(newsletter.followers, [](const auto& entry) {
      return entry.second.role == NewsletterRole::kAdmin;
    });
    if (heir == newsletter.followers.end()) {
      orphans.push_back(&newsletter);
    } else {
      heir->second.role = NewsletterRole::kOwner;
    }
  }
  for (const Newsletter* orphan : orphans) erase(*orphan);
}

Newsletter* NewsletterDirectory::find(std::string_view id) {
  const auto found = newsletters_.find(id);
  if (found == newsletters_.end()) return nullptr;
  touched_.insert(found->first);
  return &found->second;
}

Newsletter* NewsletterDirectory::find(const wire::Jid& jid) {
  return jid.server == wire::server_name::kNewsletter ? find(jid.user.view()) : nullptr;
}

const Newsletter* NewsletterDirectory::look_up(std::string_view id) const {
  const auto found = newsletters_.find(id);
  return found == newsletters_.end() ? nullptr : &found->second;
}

const Newsletter* NewsletterDirectory::look_up(const wire::Jid& jid) const {
  return jid.server == wire::server_name::kNewsletter ? look_up(jid.user.view()) : nullptr;
}

const Newsletter* NewsletterDirectory::by_invite_code(std::string_view code) const {
  if (code.empty()) return nullptr;
  const auto found = std::ranges::find_if(
      newsletters_, [&](const auto& entry) { return entry.second.invite_code == code; });
  return found == newsletters_.end() ? nullptr : &found->second;
}

std::vector<const Newsletter*> NewsletterDirectory::of_follower(
    const std::string& phone_number) const {
  std::vector<const Newsletter*> found;
  for (const auto& [id, newsletter] : newsletters_) {
    if (newsletter.has(phone_number)) found.push_back(&newsletter);
  }
  return found;
}

}  // namespace doublecheck::server
