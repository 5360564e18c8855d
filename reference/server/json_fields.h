#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "spec/base/result.h"

// Strict reading of JSON that people and other programs write. Internal to the JSON forms of this
// folder; for .cc files only.
namespace doublecheck::server {

// Keeps the order of members, which is that of a stanza's attributes.
using Json = nlohmann::ordered_json;

// Objects and arrays inside each other. A level of a stanza takes two.
inline constexpr std::size_t kMaxJsonDepth = 64;
// Members of one object, for they are looked up one after the other.
inline constexpr std::size_t kMaxJsonMembers = 512;

// One JSON value and nothing else, in UTF-8. Refuses two members of one name, and what is past the
// limits above, before it builds anything.
Result<Json> parse_json(std::string_view text);

// Takes the members of an object one by one. The first thing that is wrong is kept for `finish`,
// which also refuses what was not taken; a getter that fails returns nothing.
class Fields {
 public:
  // `noun` is what a member is called in errors: "field". `object` outlives this.
  explicit Fields(const Json& object, std::string noun = "field");

  bool has(std::string_view name) const;
  const Json* any(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  // A whole number, written as one.
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t smallest,
                                      std::uint64_t largest);
  // An object whose members are all text.
  std::optional<std::map<std::string, std::string>> texts(std::string_view name);
  // One of the texts of a table of pairs, {text, value}.
  template <typename Table>
  auto choice(std::string_view name, const Table& table)
      -> std::optional<decltype(std::begin(table)->second)>;

  std::string required_text(std::string_view name);

  // Notes that a member was not acceptable.
  void refuse(std::string_view name, std::string why);

  Result<> finish();

 private:
  const Json* object_;
  std::string noun_;
  std::set<std::string, std::less<>> taken_;
  std::optional<Error> failure_;
};

template <typename Table>
auto Fields::choice(std::string_view name, const Table& table)
    -> std::optional<decltype(std::begin(table)->second)> {
  const std::optional<std::string> chosen = text(name);
  if (!chosen) return std::nullopt;
  std::string names;
  for (const auto& [known, value] : table) {
    if (known == *chosen) return value;
    names.append(names.empty() ? "" : ", ").append(known);
  }
  refuse(name, "must be one of " + names);
  return std::nullopt;
}

}  // namespace doublecheck::server
