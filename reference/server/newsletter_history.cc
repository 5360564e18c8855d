#include "reference/server/newsletter_history.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "reference/server/limits.h"

namespace doublecheck::server {

std::map<std::string, std::size_t> NewsletterPost::counts() const {
  std::map<std::string, std::size_t> counts;
  for (const auto& [account, code] : reactions) ++counts[code];
  return counts;
}

Result<const NewsletterPost*> NewsletterHistory::add(NewsletterPost post) {
  if (next_server_id_ > kLastServerId) return fail("newsletter", "kLastServerId has been given");
  post.server_id = next_server_id_++;
  const NewsletterPost& added = posts_.emplace(post.server_id, std::move(post)).first->second;
  if (posts_.size() > kMaxPosts) posts_.erase(posts_.begin());
  return &added;
}

NewsletterPost* NewsletterHistory::changing(std::uint64_t server_id) {
  const auto found = posts_.find(server_id);
  return found == posts_.end() || found->second.revoked ? nullptr : &found->second;
}

bool NewsletterHistory::edit(std::uint64_t server_id, Bytes plaintext, UnixTime now) {
  NewsletterPost* post = changing(server_id);
  if (post == nullptr || post->plaintext == plaintext) return false;
  post->plaintext = std::move(plaintext);
  post->changed_at = now;
  ++post->revision;
  return true;
}

bool NewsletterHistory::revoke(std::uint64_t server_id, UnixTime now) {
  NewsletterPost* post = changing(server_id);
  if (post == nullptr) return false;
  post->revoked = true;
  post->plaintext.clear();
  post->reactions.clear();
  post->changed_at = now;
  ++post->revision;
  return true;
}

bool NewsletterHistory::react(std::uint64_t server_id, const std::string& account,
                              std::string_view code, UnixTime now) {
  NewsletterPost* post = changing(server_id);
  if (post == nullptr) return false;
  if (code.empty()) {
    if (post->reactions.erase(account) == 0) return false;
  } else if (std::string& reaction = post->reactions[account]; reaction != code) {
    reaction = code;
  } else {
    return false;
  }
  post->changed_at = now;
  ++post->revision;
  return true;
}

bool NewsletterHistory::forget_account(const std::string& account) {
  bool changed = false;
  for (auto& [server_id, post] : posts_) {
    if (post.reactions.erase(account) == 0) continue;
    ++post.revision;
    changed = true;
  }
  return changed;
}

const NewsletterPost* NewsletterHistory::find(std::uint64_t server_id) const {
  const auto found = posts_.find(server_id);
  return found == posts_.end() ? nullptr : &found->second;
}

const NewsletterPost* NewsletterHistory::find(std::string_view id, std::string_view author) const {
  for (const auto& [server_id, post] : posts_ | std::views::reverse) {
    if (post.id == id && post.author == author) return &post;
  }
  return nullptr;
}

const NewsletterPost* NewsletterHistory::find(std::string_view id) const {
  for (const auto& [server_id, post] : posts_ | std::views::reverse) {
    if (post.id == id) return &post;
  }
  return nullptr;
}

std::vector<const NewsletterPost*> NewsletterHistory::page(Range range, std::size_t count) const {
  const auto begin = posts_.upper_bound(range.after);
  const auto end = range.before == 0 ? posts_.end() : posts_.lower_bound(range.before);
  std::vector<const NewsletterPost*> found;
  if (range.before != 0 && range.before <= range.after) return found;
  for (auto post = begin; post != end; ++post) {
    if (!post->second.revoked) found.push_back(&post->second);
  }
  if (found.size() <= count) return found;
  const bool forwards = range.after != 0 && range.before == 0;
  if (forwards) {
    found.resize(count);
  } else {
    found.erase(found.begin(), std::prev(found.end(), static_cast<std::ptrdiff_t>(count)));
  }
  return found;
}

bool NewsletterHistory::restore_next(std::uint64_t next_server_id) {
  if (next_server_id < kFirstServerId || next_server_id > kLastServerId + 1) return false;
  next_server_id_ = next_server_id;
  return true;
}

bool NewsletterHistory::restore(NewsletterPost post) {
  if (post.server_id < kFirstServerId || post.server_id >= next_server_id_) return false;
  return posts_.emplace(post.server_id, std::move(post)).second;
}

}  // namespace doublecheck::server
