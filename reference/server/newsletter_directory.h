#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/newsletter.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/wire/jid.h"

namespace doublecheck::server {

// Every newsletter, found by id or by its invite code.
class NewsletterDirectory {
 public:
  // Fails when the id is no number or taken, when kMaxNewsletters exist, and past kMaxFollowers.
  Result<Newsletter*> insert(Newsletter newsletter);
  // An id that no newsletter has.
  std::string new_id(RandomSource& random) const;
  void erase(const Newsletter& newsletter);
  void clear();
  // An account is gone: it follows nothing any more. A newsletter without owner gets an admin as
  // one; if it has none, it ends.
  void forget_account(const std::string& phone_number);

  // The one that may be changed; nullptr for what is no newsletter's JID.
  Newsletter* find(std::string_view id);
  Newsletter* find(const wire::Jid& jid);
  const Newsletter* look_up(std::string_view id) const;
  const Newsletter* look_up(const wire::Jid& jid) const;
  const Newsletter* by_invite_code(std::string_view code) const;
  // Those that an account follows, or writes in.
  std::vector<const Newsletter*> of_follower(const std::string& phone_number) const;

  // In order of id.
  const std::map<std::string, Newsletter, std::less<>>& all() const { return newsletters_; }

  // ---- For those who keep what changes: as in Directory.

  const std::set<std::string>& touched() const { return touched_; }
  void forget_changes() { touched_.clear(); }

 private:
  std::map<std::string, Newsletter, std::less<>> newsletters_;
  std::set<std::string> touched_;
};

}  // namespace doublecheck::server
