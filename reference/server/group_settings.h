#pragma once

#include <array>
#include <string_view>

// What admins choose for a group, by the names that it has on the wire, in requests, in
// notifications and, if it is on, in the group node.
namespace doublecheck::server {

struct GroupSwitch {
  std::string_view on;
  std::string_view off;
};
inline constexpr auto kGroupSwitches = std::to_array<GroupSwitch>({
    {"announcement", "not_announcement"},  // only admins write
    {"locked", "unlocked"},                // only admins change subject, description and picture
    {"no_frequently_forwarded", "frequently_forwarded_ok"},
    {"allow_admin_reports", "not_allow_admin_reports"},
    {"group_history", "no_group_history"},
});

// Settings with a value, which travels as content. The first is the one that a new group has.
struct GroupMode {
  std::string_view name;
  std::string_view initial;
  std::string_view other;
};
inline constexpr auto kGroupModes = std::to_array<GroupMode>({
    {"member_add_mode", "admin_add", "all_member_add"},
    {"member_link_mode", "admin_link", "all_member_link"},
    {"member_share_group_history_mode", "admin_share", "all_member_share"},
});

// After how many seconds messages may be made to disappear; 0: never.
inline constexpr auto kEphemeralSeconds = std::to_array<unsigned>({0, 86'400, 604'800, 7'776'000});

}  // namespace doublecheck::server
