#include "reference/server/seed_groups.h"

#include <algorithm>
#include <utility>

#include "reference/server/group_request.h"
#include "reference/server/group_settings.h"

namespace doublecheck::server {
namespace {

Result<> seed_groups_for(Turn& turn, const Account& account) {
  for (const std::string& subject : turn.state.config.seed_groups) {
    auto seeded = seed_group(turn, {.subject = subject,
                                    .members = {account.phone_number},
                                    .admins = {},
                                    .by_lid = {},
                                    .switches = {}});
    if (!seeded) return propagate(seeded);
  }
  return {};
}

bool is_switch(std::string_view name) {
  return std::ranges::any_of(kGroupSwitches,
                             [&](const GroupSwitch& one) { return one.on == name; });
}

}  // namespace

Result<Group*> seed_group(Turn& turn, const SeedGroup& wanted) {
  if (wanted.members.empty()) return fail("group", "has no member");
  auto subject = read_subject(wanted.subject);
  if (!subject) return fail("group", subject.error().why);
  const UnixTime now = turn.context.now.wall;
  Group group;
  group.id = turn.state.groups.new_id(turn.context.random);
  group.creator = wanted.members.front();
  group.created = now;
  group.by_lid = wanted.by_lid.value_or(turn.state.config.groups_by_lid);
  group.subject = {*std::move(subject), group.creator, now};
  for (const std::string& member : wanted.members) {
    if (turn.state.directory.look_up(member) == nullptr)
      return fail("group", "there is no account " + member);
    group.members.emplace(member, Rank::kMember);
  }
  for (const std::string& admin : wanted.admins) {
    if (!group.has(admin)) return fail("group", admin + " is an admin and not a member");
    group.members[admin] = Rank::kAdmin;
  }
  group.members[group.creator] = Rank::kSuperAdmin;
  for (const std::string& name : wanted.switches) {
    if (!is_switch(name)) return fail("group", "there is no setting " + name);
    group.switches.insert(name);
  }
  return turn.state.groups.insert(std::move(group));
}

Result<Account*> account_for_name(Turn& turn, std::string_view name) {
  if (Account* known = turn.state.directory.by_name(name)) return known;
  return make_account(turn, {.name = std::string(name), .phone_number = {}, .lid = {}});
}

Result<Account*> make_account(Turn& turn, NewAccount wanted) {
  auto made = turn.state.directory.create(std::move(wanted));
  if (!made) return made;
  if (auto seeded = seed_groups_for(turn, **made); !seeded) return propagate(seeded);
  return made;
}

}  // namespace doublecheck::server
