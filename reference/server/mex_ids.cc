#include "reference/server/mex_ids.h"

#include <algorithm>
#include <array>
#include <string>

namespace doublecheck::server {
namespace {

struct MexId {
  std::string_view id;
  std::string_view operation;
};

// Every operation has an id here.
constexpr auto kMexIds = std::to_array<MexId>({
    {"25149874324715067", "newsletter_create"},
    {"8823471724422422", "newsletter_create"},
    {"6234210096708695", "newsletter_create"},
    {"27527996220149684", "newsletter_create"},
    {"27456920720571478", "newsletter_metadata"},
    {"25383075034668475", "newsletter_metadata"},
    {"6563316087068696", "newsletter_metadata"},
    {"9779843322044422", "newsletter_metadata"},
    {"26944199458535748", "newsletter_metadata"},
    {"7272540469429201", "newsletter_metadata"},
    {"25399611239711790", "newsletters_subscribed"},
    {"33101596156151910", "newsletters_subscribed"},
    {"6388546374527196", "newsletters_subscribed"},
    {"24250201037901610", "newsletter_update"},
    {"7150902998257522", "newsletter_update"},
    {"7839742399440946", "newsletter_update"},
    {"24404358912487870", "newsletter_join"},
    {"9926858900719341", "newsletter_join"},
    {"9767147403369991", "newsletter_leave"},
    {"6392786840836363", "newsletter_leave"},
    {"8782612271820087", "newsletter_leave"},
    {"29766401636284406", "newsletter_mute"},
    {"6274038279359549", "newsletter_mute"},
    {"5971669009605755", "newsletter_mute"},
    {"9864994326891137", "newsletter_unmute"},
    {"6068417879924485", "newsletter_unmute"},
    {"6104029483058502", "newsletter_unmute"},
    {"31938993655691868", "newsletter_user_setting"},
    {"26278439461859188", "newsletter_admin_count"},
    {"7130823597031706", "newsletter_admin_count"},
    {"29186079397702825", "newsletter_admin_count"},
    {"9783111038412085", "newsletter_subscribers"},
    {"9537574256318798", "newsletter_subscribers"},
    {"9800646650009898", "newsletter_subscribers"},
    {"25403502652570342", "newsletter_subscribers"},
    {"27472091235714801", "newsletter_followers"},
    {"9546742745432473", "newsletter_change_owner"},
    {"7341777602580933", "newsletter_change_owner"},
    {"6551828931592903", "newsletter_demote"},
    {"9880997548630971", "newsletter_admin_demote"},
    {"30062808666639665", "newsletter_delete"},
    {"9935467776504344", "community_subgroups"},
    {"24079399904996141", "community_participant_counts"},
    {"23983697327930364", "reachout_timelock"},
});

}  // namespace

bool is_mex_operation(std::string_view name) {
  return std::ranges::find(kMexIds, name, &MexId::operation) != kMexIds.end();
}

std::string_view mex_operation_of(std::string_view id, const Config& config) {
  const auto configured = config.mex_ids.find(std::string(id));
  if (configured != config.mex_ids.end()) return configured->second;
  const auto* const known = std::ranges::find(kMexIds, id, &MexId::id);
  return known == kMexIds.end() ? std::string_view() : known->operation;
}

}  // namespace doublecheck::server
