#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/base/time.h"

// What was posted in a newsletter, and how people react to it.
namespace doublecheck::server {

struct NewsletterPost {
  std::uint64_t server_id = 0;  // by which it is known to everybody; grows from post to post
  std::string id = {};          // chosen by its author, who changes it under that id
  std::string author = {};      // phone number
  std::string type = {};        // as on the wire: "text", "media"
  std::string media_type = {};  // empty: none
  Bytes plaintext = {};         // empty once it is revoked
  UnixTime at = {};
  UnixTime changed_at = {};  // of the latest change of the post or of its reactions
  bool revoked = false;
  std::map<std::string, std::string> reactions = {};  // code, by phone number

  // Grows with each change. Not kept: tells who keeps the post that it is another.
  std::uint64_t revision = 0;

  // How many there are of each reaction.
  std::map<std::string, std::size_t> counts() const;

  friend bool operator==(const NewsletterPost&, const NewsletterPost&) = default;
};

// Clients take no number from outside of this range for a post's.
inline constexpr std::uint64_t kFirstServerId = 100;
inline constexpr std::uint64_t kLastServerId = 2'147'476'647;

class NewsletterHistory {
 public:
  // Adds a post, with the next number. Past kMaxPosts the oldest is forgotten. Fails when the
  // numbers are used up.
  Result<const NewsletterPost*> add(NewsletterPost post);

  // These say whether they changed anything; nothing is changed of a post that is unknown or
  // revoked.
  bool edit(std::uint64_t server_id, Bytes plaintext, UnixTime now);
  bool revoke(std::uint64_t server_id, UnixTime now);
  // An empty code takes the account's reaction back.
  bool react(std::uint64_t server_id, const std::string& account, std::string_view code,
             UnixTime now);
  // An account is gone, and its reactions with it.
  bool forget_account(const std::string& account);

  const NewsletterPost* find(std::uint64_t server_id) const;
  // The latest post that an author has given this id.
  const NewsletterPost* find(std::string_view id, std::string_view author) const;
  // The latest post of this id, whoever wrote it.
  const NewsletterPost* find(std::string_view id) const;

  // The numbers between these, both exclusive; 0 as `before` is no bound.
  struct Range {
    std::uint64_t after = 0;
    std::uint64_t before = 0;
  };
  // At most `count` posts that are not revoked, oldest first: the latest of the range, or, when it
  // has a lower bound alone, those that come next after that.
  std::vector<const NewsletterPost*> page(Range range, std::size_t count) const;

  const std::map<std::uint64_t, NewsletterPost>& posts() const { return posts_; }

  // ---- For those who keep it

  std::uint64_t next_server_id() const { return next_server_id_; }
  // False for a number that is none of a post's.
  bool restore_next(std::uint64_t next_server_id);
  // False when the number is none that was given out, or taken.
  bool restore(NewsletterPost post);

 private:
  NewsletterPost* changing(std::uint64_t server_id);

  std::map<std::uint64_t, NewsletterPost> posts_;
  std::uint64_t next_server_id_ = kFirstServerId;
};

}  // namespace doublecheck::server
