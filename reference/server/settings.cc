#include <algorithm>
#include <array>
#include <string>

#include "reference/server/account_changes.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"
#include "spec/base/text_encoding.h"

// What an account has chosen: privacy settings and block list; and what the server has chosen for
// it: A/B props.
namespace doublecheck::server {
namespace {

struct Category {
  std::string_view name;
  std::string_view initial;
};
constexpr auto kCategories = std::to_array<Category>({
    {"last", "all"},
    {"online", "all"},
    {"profile", "all"},
    {"status", "all"},
    {"groupadd", "all"},
    {"readreceipts", "all"},
    {"calladd", "all"},
    {"messages", "all"},
    {"defense", "off"},
    {"stickers", "all"},
});
constexpr auto kPrivacyValues =
    std::to_array<std::string_view>({"all", "contacts", "contact_blacklist", "contact_allowlist",
                                     "none", "match_last_seen", "known", "off", "on_standard"});

// A short text that changes whenever the settings do.
std::string fingerprint(const std::vector<std::string>& parts) {
  Bytes hashed;
  for (const std::string& part : parts) {
    append(hashed, as_bytes(part));
    hashed.push_back(0);
  }
  return to_hex(ByteView(sha256(hashed)).first(8));
}

wire::Node block_list(const Account& account) {
  std::vector<wire::Node> items;
  std::vector<std::string> parts;
  for (const std::string& lid : account.blocklist) {
    items.push_back(element("item", {{"jid", wire::Jid::of_lid(lid)}}));
    parts.push_back(lid);
  }
  return parent("list", std::move(items), {{"dhash", wire::Text(fingerprint(parts))}});
}

wire::Node privacy_list(const Account& account) {
  std::vector<wire::Node> categories;
  for (const Category& category : kCategories) {
    const auto chosen = account.privacy.find(std::string(category.name));
    const std::string_view value =
        chosen == account.privacy.end() ? category.initial : chosen->second;
    categories.push_back(
        element("category", {{"name", wire::Text(category.name)}, {"value", wire::Text(value)}}));
  }
  return parent("privacy", std::move(categories));
}

// The other devices of the account hear of what was changed.
void tell_after_answer(IqRequest& request, wire::Node change) {
  request.after_answer.emplace_back([&request, change = std::move(change)] {
    tell_own_devices(request.turn, {request.account, request.device},
                     parent("notification", {change}));
  });
}

}  // namespace

IqAnswer ab_props(IqRequest& request) {
  std::map<std::string, std::string> props = request.turn.state.config.props;
  for (const auto& [code, value] : request.account.props) props[code] = value;
  std::vector<wire::Node> children;
  std::vector<std::string> parts;
  for (const auto& [code, value] : props) {
    children.push_back(
        element("prop", {{"config_code", wire::Text(code)}, {"config_value", wire::Text(value)}}));
    parts.push_back(code + "=" + value);
  }
  return std::vector<wire::Node>{parent(
      "props", std::move(children), {{"protocol", "1"}, {"hash", wire::Text(fingerprint(parts))}})};
}

IqAnswer blocklist_get(IqRequest& request) {
  return std::vector<wire::Node>{block_list(request.account)};
}

IqAnswer blocklist_set(IqRequest& request) {
  const auto jid = lenient_jid(*request.child, "jid");
  const auto action = request.child->text("action");
  if (!jid || (action != "block" && action != "unblock")) {
    return std::unexpected(bad_request("<item> needs a jid and the action block or unblock"));
  }
  const Account* other = request.turn.state.directory.find(*jid);
  if (other == nullptr) return std::unexpected(item_not_found("nobody is " + jid->to_string()));
  if (other == &request.account)
    return std::unexpected(not_acceptable("an account cannot block itself"));
  const std::string before(*block_list(request.account).text("dhash"));
  if (action == "unblock") {
    request.account.blocklist.erase(other->lid);
  } else {
    if (request.account.blocklist.size() >= kMaxBlocklist) {
      return std::unexpected(resource_limit("kMaxBlocklist accounts are blocked"));
    }
    request.account.blocklist.insert(other->lid);
  }
  wire::Node answer = block_list(request.account);
  if (answer.text("dhash") != before) {
    wire::Node item = element("item", {{"jid", other->lid_jid()}, {"action", wire::Text(*action)}});
    tell_after_answer(request, parent("blocklist", {std::move(item)},
                                      {{"action", "modify"},
                                       {"prev_dhash", wire::Text(before)},
                                       {"dhash", *answer.attribute("dhash")}}));
  }
  return std::vector<wire::Node>{std::move(answer)};
}

IqAnswer privacy_get(IqRequest& request) {
  return std::vector<wire::Node>{privacy_list(request.account)};
}

IqAnswer privacy_set(IqRequest& request) {
  std::map<std::string, std::string> chosen;
  for (const wire::Node& category : request.child->children()) {
    const auto name = category.text("name");
    const auto value = category.text("value");
    const bool known =
        category.tag == "category" && name && value &&
        std::ranges::any_of(kCategories, [&](const Category& c) { return c.name == name; }) &&
        std::ranges::find(kPrivacyValues, *value) != kPrivacyValues.end();
    if (!known) return std::unexpected(bad_request("an unknown privacy category or value"));
    chosen.emplace(*name, *value);
  }
  if (chosen.empty()) return std::unexpected(bad_request("<privacy> without <category>"));
  std::vector<wire::Node> categories;
  for (auto& [name, value] : chosen) {
    categories.push_back(
        element("category", {{"name", wire::Text(name)}, {"value", wire::Text(value)}}));
    request.account.privacy[name] = std::move(value);
  }
  tell_after_answer(request, parent("privacy", std::move(categories)));
  return std::vector<wire::Node>{privacy_list(request.account)};
}

}  // namespace doublecheck::server
