#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "reference/server/newsletter_history.h"
#include "spec/base/time.h"
#include "spec/wire/jid.h"

// Newsletters, which clients call channels: what a few write in the open and whoever likes to
// follows. People are known by phone number; followers do not learn of each other.
namespace doublecheck::server {

// There is one owner. Who does not follow is a guest, who may read.
enum class NewsletterRole { kSubscriber, kAdmin, kOwner };

struct Follower {
  NewsletterRole role = NewsletterRole::kSubscriber;
  UnixTime since;
  bool muted = false;        // wants no notice of new posts
  bool admin_muted = false;  // wants no notice of what other admins do

  friend bool operator==(const Follower&, const Follower&) = default;
};

struct Newsletter {
  std::string id;  // digits: the user of the newsletter's JID
  UnixTime created;
  std::string invite_code;
  std::string name;
  std::string description;
  std::string picture;  // names its content; empty: there is none
  std::map<std::string, Follower> followers;
  NewsletterHistory history;

  wire::Jid jid() const { return {id, wire::server_name::kNewsletter, 0, 0}; }

  const Follower* follower(const std::string& phone_number) const {
    const auto found = followers.find(phone_number);
    return found == followers.end() ? nullptr : &found->second;
  }
  bool has(const std::string& phone_number) const { return followers.contains(phone_number); }
  bool is_owner(const std::string& phone_number) const {
    const Follower* found = follower(phone_number);
    return found != nullptr && found->role == NewsletterRole::kOwner;
  }
  // Whether somebody writes in it, and says what it is.
  bool is_admin(const std::string& phone_number) const {
    const Follower* found = follower(phone_number);
    return found != nullptr && found->role != NewsletterRole::kSubscriber;
  }
};

}  // namespace doublecheck::server
