#include "reference/server/profile.h"

#include <utility>

#include "reference/server/account_settings_json.h"
#include "reference/server/admin_json.h"
#include "reference/server/config_json.h"
#include "reference/server/json_fields.h"

namespace doublecheck::server {
namespace {

constexpr std::string_view kConfigPrefix = "config.";

std::unexpected<Error> in(const std::string& section, const Error& error) {
  return fail("profile", section + ": " + error.why);
}

Result<AccountSettings> parse_settings(const Json& json) {
  Fields fields(json);
  AccountSettings settings = read_account_settings(fields);
  if (auto finished = fields.finish(); !finished) return propagate(finished);
  return settings;
}

Result<AccountRule> parse_rule(const Json& json) {
  Fields fields(json);
  AccountRule rule{.pattern = fields.required_text("match")};
  // A group is named by its number, which people write as text or as a number.
  constexpr std::size_t kMaxGroup = 99;
  if (const Json* const group = fields.any("flags"); group != nullptr) {
    const Json number =
        group->is_string() ? Json::parse(group->get<std::string>(), nullptr, false) : *group;
    const bool valid = number.is_number_unsigned() && number.get<std::uint64_t>() <= kMaxGroup;
    if (!valid) fields.refuse("flags", "must be the number of a group");
    if (valid) rule.flags = number.get<std::size_t>();
  }
  const Json* const settings = fields.any("profile");
  const Json* const flag_map = fields.any("flag_map");
  if (flag_map != nullptr && !flag_map->is_object()) fields.refuse("flag_map", "must be an object");
  if (auto finished = fields.finish(); !finished) return propagate(finished);

  if (settings != nullptr) {
    auto parsed = parse_settings(*settings);
    if (!parsed) return propagate(parsed);
    rule.settings = *std::move(parsed);
  }
  if (flag_map == nullptr) return rule;
  for (const auto& [flag, flag_settings] : flag_map->items()) {
    auto parsed = parse_settings(flag_settings);
    if (!parsed) return propagate(parsed);
    rule.flag_settings[flag] = *std::move(parsed);
  }
  return rule;
}

Result<AccountRules> parse_rules(const Json& json) {
  if (!json.is_array()) return fail("profile", "rules: must be a list");
  AccountRules rules;
  for (const Json& entry : json) {
    auto rule = parse_rule(entry);
    if (!rule) return in("rules", rule.error());
    if (auto added = rules.add(*std::move(rule)); !added) return in("rules", added.error());
  }
  return rules;
}

Result<> check_routes(const std::map<std::string, std::string>& routes) {
  for (const auto& [path, target] : routes) {
    if (!path.starts_with('/'))
      return fail("profile", "routes: \"" + path + "\" does not begin with a slash");
    if (!target.starts_with(kAdminPrefix)) {
      return fail("profile",
                  "routes: \"" + target + "\" is not below " + std::string(kAdminPrefix));
    }
  }
  return {};
}

// What a variable holds: a number, true or false, or text.
Json value_of(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : Json(text);
}

Result<> apply_environment(const std::map<std::string, std::string>& keys_by_variable,
                           const Environment& environment, Config& config) {
  for (const auto& [variable, key] : keys_by_variable) {
    if (!key.starts_with(kConfigPrefix))
      return fail("profile", "env: \"" + key + "\" does not begin with config.");
    const std::string config_key = key.substr(kConfigPrefix.size());
    if (!config_to_json(config).contains(config_key)) {
      return fail("profile", "env: there is no configuration key \"" + config_key + "\"");
    }
    const std::optional<std::string> value = environment(variable);
    if (!value) continue;
    if (auto applied = apply_config({{config_key, value_of(*value)}}, config); !applied) {
      return in("env: " + variable, applied.error());
    }
  }
  return {};
}

// The commands that an endpoint of the admin API makes of each body in a list.
Result<> read_commands(Fields& fields, std::string_view section, const Config& config,
                       std::vector<AdminCommand>& commands) {
  const Json* const bodies = fields.any(section);
  if (bodies == nullptr) return {};
  const std::string name(section);
  if (!bodies->is_array()) return fail("profile", name + ": must be a list");
  const std::string target = std::string(kAdminPrefix) + name;
  for (const Json& body : *bodies) {
    const std::string text = body.dump();
    auto command = decode_admin({.method = "POST", .target = target, .body = text}, config);
    if (!command) return fail("profile", name + ": " + command.error().message);
    commands.push_back(*std::move(command));
  }
  return {};
}

}  // namespace

Result<Profile> parse_profile(std::string_view text, const Environment& environment,
                              Config config) {
  if (text.size() > kMaxProfileBytes) return fail("profile", "is longer than kMaxProfileBytes");
  const auto json = parse_json(text);
  if (!json) return fail("profile", json.error().why);

  Profile profile{
      .config = std::move(config), .rules = {}, .routes = {}, .seeds = {}, .faults = {}};
  Fields fields(*json, "section");
  const Json* const changes = fields.any("config");
  const Json* const rules = fields.any("rules");
  profile.routes = fields.texts("routes").value_or(std::map<std::string, std::string>());
  const auto variables = fields.texts("env").value_or(std::map<std::string, std::string>());
  for (const std::string_view section : {"accounts", "groups"}) {
    if (auto read = read_commands(fields, section, profile.config, profile.seeds); !read)
      return propagate(read);
  }
  if (auto read = read_commands(fields, "faults", profile.config, profile.faults); !read)
    return propagate(read);
  if (auto finished = fields.finish(); !finished) return fail("profile", finished.error().why);

  if (changes != nullptr) {
    if (auto applied = apply_config(*changes, profile.config); !applied)
      return in("config", applied.error());
  }
  if (rules != nullptr) {
    auto parsed = parse_rules(*rules);
    if (!parsed) return propagate(parsed);
    profile.rules = *std::move(parsed);
  }
  if (auto checked = check_routes(profile.routes); !checked) return propagate(checked);
  if (auto applied = apply_environment(variables, environment, profile.config); !applied)
    return propagate(applied);
  return profile;
}

}  // namespace doublecheck::server
