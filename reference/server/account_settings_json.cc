#include "reference/server/account_settings_json.h"

#include <array>
#include <utility>

#include "reference/server/limits.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::server {
namespace {

constexpr auto kContactPolicies =
    std::to_array<std::pair<std::string_view, bool>>({{"open", false}, {"token-required", true}});

std::optional<ContactPolicy> read_policy(Fields& fields) {
  const Json* const json = fields.any("policy");
  if (json == nullptr) return std::nullopt;
  Fields members(*json, "policy");
  const ContactPolicy policy{
      .token_required = members.choice("contact", kContactPolicies).value_or(false),
      .accept_tctoken = members.boolean("accept_tctoken").value_or(true),
      .accept_cstoken = members.boolean("accept_cstoken").value_or(true)};
  if (auto finished = members.finish(); !finished) fields.refuse("policy", finished.error().why);
  return policy;
}

std::optional<FirstContactSalt> read_salt(Fields& fields) {
  const Json* const json = fields.any("salt");
  if (json == nullptr) return std::nullopt;
  Fields members(*json, "salt");
  FirstContactSalt salt;
  const auto value = from_base64(members.required_text("value"));
  if (!value || value->empty() || value->size() > kMaxSaltBytes)
    members.refuse("value", "must be base64 of at most kMaxSaltBytes");
  if (value) salt.value = *value;
  salt.in_history = members.boolean("in_history").value_or(false);
  if (auto finished = members.finish(); !finished) fields.refuse("salt", finished.error().why);
  return salt;
}

}  // namespace

AccountSettings read_account_settings(Fields& fields) {
  return {.props = fields.texts("props").value_or(Props()),
          .contact_policy = read_policy(fields),
          .salt = read_salt(fields)};
}

Json policy_to_json(const ContactPolicy& policy) {
  return {{"contact", policy.token_required ? "token-required" : "open"},
          {"accept_tctoken", policy.accept_tctoken},
          {"accept_cstoken", policy.accept_cstoken}};
}

Json salt_to_json(const FirstContactSalt& salt) {
  return {{"value", to_base64(salt.value)}, {"in_history", salt.in_history}};
}

}  // namespace doublecheck::server
