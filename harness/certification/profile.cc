#include "harness/certification/profile.h"

#include <algorithm>
#include <map>

#include "spec/requirements/requirement.h"

namespace doublecheck::harness {
namespace {

const std::vector<Profile>& table() {
  static const std::vector<Profile> profiles{
      {.name = "core",
       .sentence = "Connects, pairs, logs in, keeps the connection, and answers what it is asked",
       .layers = {"acks", "certificates", "control", "frame", "identity", "iq", "jid", "keepalive",
                  "login", "node", "noise", "pairing", "reconnect", "transport"}},
      {.name = "messaging",
       .sentence = "Writes to users and reads what they write, encrypted, online and offline",
       .builds_on = {"core"},
       .layers = {"delivery", "devices", "directory", "forged", "key", "keys", "message",
                  "messages", "offline", "prekeys", "receipts", "resources", "retry", "session",
                  "sessions"}},
      {.name = "groups",
       .sentence = "Groups, communities, newsletters and the presence of others",
       .builds_on = {"messaging"},
       .layers = {"communities", "graphql", "group_delivery", "group_invites", "groups",
                  "newsletter_posts", "newsletters", "presence", "sender_key"}},
      {.name = "sync",
       .sentence = "What devices of one account share: settings, app state, history",
       .builds_on = {"messaging"},
       .layers = {"account", "app_state", "pictures", "settings", "tokens"},
       .not_yet = "there are no cases of the content of app state and of history yet"},
      {.name = "media",
       .sentence = "Attachments",
       .builds_on = {"messaging"},
       .not_yet = "there are no cases of media yet"},
      {.name = "calls",
       .sentence = "Calls",
       .builds_on = {"messaging"},
       .layers = {"calls"},
       .not_yet = "calls are passed on, and there are no cases of their content yet"},
      {.name = "hardened",
       .sentence = "Messaging and groups under attack and over time",
       .builds_on = {"groups"},
       .with_clock = true,
       .security_is_mandatory = true}};
  return profiles;
}

bool is_mandatory_in(const Case& one, const Profile& profile) {
  if (one.checks.empty()) return false;
  const Requirement& first = requirement(one.checks.front());
  const bool moves_clock = std::ranges::find(one.needs, Need::kClock) != one.needs.end();
  if (moves_clock && !profile.with_clock) return false;
  return is_mandatory(first.level) || (profile.security_is_mandatory && first.security);
}

}  // namespace

std::span<const Profile> profiles() { return table(); }

const Profile* find_profile(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Profile::name);
  return found == table().end() ? nullptr : &*found;
}

bool belongs_to(const Case& one, const Profile& profile) {
  return std::ranges::find(profile.layers, one.layer) != profile.layers.end() ||
         std::ranges::any_of(profile.builds_on, [&](std::string_view name) {
           const Profile* below = find_profile(name);
           return below != nullptr && belongs_to(one, *below);
         });
}

Assessment assess(const report::Run& run, const Profile& profile,
                  std::span<const Case* const> cases) {
  Assessment assessment{.profile = std::string(profile.name)};
  if (!profile.not_yet.empty()) assessment.reasons.emplace_back(profile.not_yet);
  std::map<std::string, report::Verdict> verdicts;
  for (const report::CaseResult& result : run.cases) verdicts[result.id] = result.verdict;
  for (const Case* one : cases) {
    if (!belongs_to(*one, profile) || !is_mandatory_in(*one, profile)) continue;
    ++assessment.mandatory;
    const auto found = verdicts.find(one->id());
    if (found != verdicts.end() && found->second == report::Verdict::kPass) continue;
    assessment.reasons.push_back(
        one->id() + ": " +
        (found == verdicts.end() ? "was not run" : report::to_string(found->second)));
  }
  if (assessment.mandatory == 0) assessment.reasons.emplace_back("no mandatory case of this role");
  assessment.certified = assessment.reasons.empty();
  return assessment;
}

}  // namespace doublecheck::harness
