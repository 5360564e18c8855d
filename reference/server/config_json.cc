#include "reference/server/config_json.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "reference/server/json_fields.h"
#include "reference/server/limits.h"
#include "reference/server/mex_ids.h"

namespace doublecheck::server {
namespace {

constexpr std::chrono::seconds kMaxReferenceTtl{24 * 60 * 60};

constexpr std::array<std::pair<std::string_view, CertificateValidity>, 2> kValidities = {
    {{"valid", CertificateValidity::kValid}, {"expired", CertificateValidity::kExpired}}};

constexpr std::array<std::pair<std::string_view, Strictness>, 3> kStrictnesses = {
    {{"lenient", Strictness::kLenient},
     {"strict", Strictness::kStrict},
     {"hostile", Strictness::kHostile}}};

std::string_view name_of(CertificateValidity validity) {
  return validity == CertificateValidity::kValid ? "valid" : "expired";
}

std::string_view name_of(Strictness strictness) {
  for (const auto& [name, value] : kStrictnesses) {
    if (value == strictness) return name;
  }
  return {};
}

void read_seed_groups(Fields& fields, Config& config) {
  const Json* const subjects = fields.any("seed_groups");
  if (subjects == nullptr) return;
  const bool texts =
      subjects->is_array() && subjects->size() <= kMaxSeedGroups &&
      std::ranges::all_of(*subjects, [](const Json& one) { return one.is_string(); });
  if (!texts)
    return fields.refuse("seed_groups", "must be a list of at most kMaxSeedGroups subjects");
  config.seed_groups = subjects->get<std::vector<std::string>>();
}

template <typename T, typename U>
void set(T& to, const std::optional<U>& value) {
  if (value) to = static_cast<T>(*value);
}

void merge_props(Fields& fields, Config& config) {
  const Json* const props = fields.any("props");
  if (props == nullptr) return;
  if (!props->is_object()) return fields.refuse("props", "must be an object");
  for (const auto& [code, value] : props->items()) {
    if (value.is_null()) {
      config.props.erase(code);
    } else if (value.is_string()) {
      config.props[code] = value.get<std::string>();
    } else {
      return fields.refuse("props", "must have texts, or null, as values");
    }
  }
}

void merge_mex_ids(Fields& fields, Config& config) {
  const Json* const ids = fields.any("mex.ids");
  if (ids == nullptr) return;
  if (!ids->is_object()) return fields.refuse("mex.ids", "must be an object");
  for (const auto& [id, operation] : ids->items()) {
    if (operation.is_null()) {
      config.mex_ids.erase(id);
    } else if (operation.is_string() && is_mex_operation(operation.get<std::string>())) {
      config.mex_ids[id] = operation.get<std::string>();
    } else {
      return fields.refuse("mex.ids", "must have names of operations, or null, as values");
    }
  }
  if (config.mex_ids.size() > kMaxMexIds)
    fields.refuse("mex.ids", "must not have more members than kMaxMexIds");
}

}  // namespace

Json config_to_json(const Config& config) {
  return {{"strictness", name_of(config.strictness)},
          {"first_device", config.first_device},
          {"chatstate_ttl_s", static_cast<std::uint64_t>(config.chat_state_ttl.count())},
          {"groups_by_lid", config.groups_by_lid},
          {"seed_groups", config.seed_groups},
          {"noise.ik", config.noise_ik},
          {"noise.cert_validity", name_of(config.certificate_validity)},
          {"first_ref_ttl_s", static_cast<std::uint64_t>(config.first_reference_ttl.count())},
          {"ref_ttl_s", static_cast<std::uint64_t>(config.next_reference_ttl.count())},
          {"phone.shares_keys", config.phone_shares_keys},
          {"phone.sends_history", config.phone_sends_history},
          {"props", config.props},
          {"mex.ids", config.mex_ids}};
}

Result<> apply_config(const Json& changes, Config& config) {
  Config changed = config;
  Fields fields(changes, "configuration key");
  constexpr auto kLongest = static_cast<std::uint64_t>(kMaxReferenceTtl.count());
  set(changed.strictness, fields.choice("strictness", kStrictnesses));
  read_seed_groups(fields, changed);
  set(changed.first_device, fields.number("first_device", 0, 1));
  if (const auto ttl = fields.number("chatstate_ttl_s", 0, 86'400))
    changed.chat_state_ttl = std::chrono::seconds(*ttl);
  set(changed.groups_by_lid, fields.boolean("groups_by_lid"));
  set(changed.noise_ik, fields.boolean("noise.ik"));
  set(changed.certificate_validity, fields.choice("noise.cert_validity", kValidities));
  set(changed.first_reference_ttl, fields.number("first_ref_ttl_s", 1, kLongest));
  set(changed.next_reference_ttl, fields.number("ref_ttl_s", 1, kLongest));
  set(changed.phone_shares_keys, fields.boolean("phone.shares_keys"));
  set(changed.phone_sends_history, fields.boolean("phone.sends_history"));
  merge_props(fields, changed);
  merge_mex_ids(fields, changed);
  if (auto finished = fields.finish(); !finished) return propagate(finished);
  config = std::move(changed);
  return {};
}

}  // namespace doublecheck::server
