#include "reference/server/mex.h"

#include <algorithm>
#include <array>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/limits.h"
#include "reference/server/mex_ids.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

struct MexOperation {
  std::string_view name;
  std::string_view field;  // that the answer has in `data`
  MexHandler handler;
};

constexpr auto kMexOperations = std::to_array<MexOperation>({
    {"newsletter_create", "xwa2_newsletter_create", mex_newsletter_create},
    {"newsletter_metadata", "xwa2_newsletter", mex_newsletter_metadata},
    {"newsletters_subscribed", "xwa2_newsletter_subscribed", mex_newsletters_subscribed},
    {"newsletter_update", "xwa2_newsletter_update", mex_newsletter_update},
    {"newsletter_delete", "xwa2_newsletter_delete_v2", mex_newsletter_delete},
    {"newsletter_join", "xwa2_newsletter_join_v2", mex_newsletter_join},
    {"newsletter_leave", "xwa2_newsletter_leave_v2", mex_newsletter_leave},
    {"newsletter_mute", "xwa2_newsletter_mute_v2", mex_newsletter_mute},
    {"newsletter_unmute", "xwa2_newsletter_unmute_v2", mex_newsletter_unmute},
    {"newsletter_user_setting", "xwa2_newsletter_update_user_setting", mex_newsletter_user_setting},
    {"newsletter_admin_count", "xwa2_newsletter_admin", mex_newsletter_admin_count},
    {"newsletter_subscribers", "xwa2_newsletter_subscribers", mex_newsletter_subscribers},
    {"newsletter_followers", "xwa2_newsletter_followers", mex_newsletter_followers},
    {"newsletter_change_owner", "xwa2_newsletter_change_owner", mex_newsletter_change_owner},
    {"newsletter_demote", "xwa2_newsletter_demote", mex_newsletter_demote},
    {"newsletter_admin_demote", "xwa2_newsletter_admin_demote", mex_newsletter_demote},
    {"community_subgroups", "xwa2_group_query_by_id", mex_community_subgroups},
    {"community_participant_counts", "xwa2_group_query_by_id", mex_community_participant_counts},
    {"reachout_timelock", "xwa2_fetch_account_reachout_timelock", mex_reachout_timelock},
});

// A name of an account may be whatever a client once sent.
std::string mex_written(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<wire::Node> mex_result(const Json& document) {
  return {element("result", {}, text_content(mex_written(document)))};
}

std::vector<wire::Node> unknown_mex_query() {
  return mex_result(
      {{"data", nullptr},
       {"errors", Json::array({{{"message", "persisted query not found"},
                                {"extensions", {{"error_code", 404}, {"is_summary", true}}}}})}});
}

std::vector<wire::Node> refused_mex_query(const MexOperation& operation, const IqError& error) {
  return mex_result(
      {{"data", nullptr},
       {"errors", Json::array({{{"message", std::string(error.text) + ": " + error.why},
                                {"path", Json::array({operation.field})},
                                {"extensions",
                                 {{"error_code", error.code},
                                  {"is_retryable", false},
                                  {"severity", "CRITICAL"}}}}})}});
}

// The content of a query, `{"variables": {…}}`.
OrIqError<Json> read_mex_document(const wire::Node& query) {
  const auto content = query.bytes();
  if (!content) return std::unexpected(bad_request("<query> without content"));
  if (content->size() > kMaxMexBytes)
    return std::unexpected(resource_limit("<query> has more than kMaxMexBytes"));
  auto document = parse_json(as_text(*content));
  if (!document) return std::unexpected(bad_request(document.error().to_string()));
  if (!document->is_object() || !document->contains("variables") ||
      !document->at("variables").is_object()) {
    return std::unexpected(bad_request("<query> without an object as variables"));
  }
  return *std::move(document);
}

const Json* mex_member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

IqError mex_refusal(std::string_view name, std::string_view why) {
  return bad_request("the variable " + std::string(name) + " " + std::string(why));
}

}  // namespace

IqAnswer mex_query(IqRequest& request) {
  const auto id = request.child->text("query_id");
  if (!id) return std::unexpected(bad_request("<query> without query_id"));
  const auto document = read_mex_document(*request.child);
  if (!document) return std::unexpected(document.error());

  const std::string_view name = mex_operation_of(*id, request.turn.state.config);
  const auto* const operation = std::ranges::find(kMexOperations, name, &MexOperation::name);
  if (operation == kMexOperations.end()) {
    request.turn.count("mex.unknown." + std::string(id->substr(0, 40)));
    return unknown_mex_query();
  }
  MexRequest mex{request, document->at("variables")};
  const MexAnswer answer = operation->handler(mex);
  if (!answer) {
    request.turn.log(request.session.id,
                     "refused " + std::string(name) + ": " + answer.error().why);
    return refused_mex_query(*operation, answer.error());
  }
  return mex_result({{"data", {{std::string(operation->field), *answer}}}});
}

OrIqError<const Json*> mex_object(const Json& object, std::string_view name) {
  static const Json kEmpty = Json::object();
  const Json* member = mex_member(object, name);
  if (member == nullptr) return &kEmpty;
  if (!member->is_object()) return std::unexpected(mex_refusal(name, "is no object"));
  return member;
}

OrIqError<std::optional<std::string>> mex_text(const Json& object, std::string_view name) {
  const Json* member = mex_member(object, name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_string()) return std::unexpected(mex_refusal(name, "is no text"));
  return member->get<std::string>();
}

OrIqError<std::string> required_mex_text(const Json& object, std::string_view name) {
  auto text = mex_text(object, name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::unexpected(mex_refusal(name, "is missing"));
  return **std::move(text);
}

OrIqError<const Account*> mex_account(const MexRequest& request, const Json& object,
                                      std::string_view name) {
  const auto text = required_mex_text(object, name);
  if (!text) return std::unexpected(text.error());
  const auto jid = wire::parse_jid(*text);
  if (!jid) return std::unexpected(mex_refusal(name, "is no JID"));
  const Account* account = request.iq.turn.state.directory.find(*jid);
  if (account == nullptr) return std::unexpected(item_not_found("nobody is " + *text));
  return account;
}

void tell_by_mex(MexRequest& request, const std::set<std::string>& accounts,
                 std::string_view operation, std::string_view field, const Json& what) {
  Turn& turn = request.iq.turn;
  const std::string news = mex_written({{"data", {{std::string(field), what}}}});
  wire::Node notification = parent(
      "notification", {element("update", {{"op_name", wire::Text(operation)}}, text_content(news))},
      {{"from", wire::Jid::of_server()},
       {"type", "mex"},
       {"id", wire::Text(turn.new_stanza_id())},
       {"t", wire::Text(turn.timestamp())}});
  request.iq.after_answer.emplace_back(
      [&turn, asker = &request.iq.device, accounts, notification = std::move(notification)] {
        for (const std::string& phone_number : accounts) {
          Account* account = turn.state.directory.by_phone_number(phone_number);
          if (account == nullptr) continue;
          for (auto& [number, device] : account->devices) {
            if (&device != asker) deliver(turn, device, notification);
          }
        }
      });
}

}  // namespace doublecheck::server
