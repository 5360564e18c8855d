#include "reference/client/privacy.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "reference/client/stanzas.h"
#include "spec/base/result.h"

namespace doublecheck::client {
namespace {

using Settings = std::vector<PrivacySetting>;

Result<Settings> read_settings(const wire::Node& privacy) {
  if (privacy.children().size() > kMaxPrivacySettings)
    return fail("privacy", "more than kMaxPrivacySettings categories");
  Settings settings;
  for (const wire::Node& category : privacy.children()) {
    const auto name = category.text("name");
    const auto value = category.text("value");
    if (category.tag != "category" || !name || name->empty() || !value)
      return fail("privacy", "a category without name or value");
    settings.push_back({.category = std::string(*name), .value = std::string(*value)});
  }
  return settings;
}

Result<Settings> read_answer(const IqAnswer& answer) {
  if (!answer) return fail("privacy", answer.error().to_string());
  const wire::Node* privacy = (*answer)->child("privacy");
  if (privacy == nullptr) return fail("privacy", "the answer has no settings");
  return read_settings(*privacy);
}

// What of them this client acts on.
void adopt(Turn& turn, const Settings& settings) {
  for (const PrivacySetting& setting : settings) {
    if (setting.category != "readreceipts") continue;
    turn.state.credentials.sends_read_receipts = setting.value != "none";
    turn.changed();
  }
}

void ask(Turn& turn, std::function<void(Turn&, const Result<Settings>&)> then) {
  turn.query(query_node("privacy", "get", {element("privacy")}), kIqTimeout,
             [then = std::move(then)](Turn& later, const IqAnswer& answer) {
               const auto settings = read_answer(answer);
               if (settings) adopt(later, *settings);
               then(later, settings);
             });
}

}  // namespace

void set_privacy(Turn& turn, CommandId command, const SetPrivacy& set) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  if (set.category.empty() || set.value.empty())
    return turn.fail_command(command, "a privacy setting has a category and a value");
  wire::Node category =
      element("category", {{"name", wire::Text(set.category)}, {"value", wire::Text(set.value)}});
  turn.query(query_node("privacy", "set", {parent("privacy", {std::move(category)})}), kIqTimeout,
             [command, wanted = PrivacySetting{.category = set.category, .value = set.value}](
                 Turn& later, const IqAnswer& answer) {
               const auto settings = read_answer(answer);
               if (!settings) return later.fail_command(command, settings.error().to_string());
               adopt(later, *settings);
               if (std::ranges::find(*settings, wanted) == settings->end())
                 return later.fail_command(command, "the answer does not have what was set");
               later.notify(PrivacyChanged{.settings = {wanted}});
               later.done(command);
             });
}

void fetch_privacy(Turn& turn, CommandId command) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  ask(turn, [command](Turn& later, const Result<Settings>& settings) {
    if (!settings) return later.fail_command(command, settings.error().to_string());
    later.notify(PrivacyFetched{.settings = *settings});
    later.done(command);
  });
}

void refresh_privacy(Turn& turn) {
  ask(turn, [](Turn& later, const Result<Settings>& settings) {
    if (!settings) later.remark(settings.error().to_string());
  });
}

void receive_privacy_change(Turn& turn, const wire::Node& privacy) {
  auto settings = read_settings(privacy);
  if (!settings) return turn.remark("ignored news: " + settings.error().to_string());
  if (settings->empty()) return;
  adopt(turn, *settings);
  turn.notify(PrivacyChanged{.settings = *std::move(settings)});
}

}  // namespace doublecheck::client
