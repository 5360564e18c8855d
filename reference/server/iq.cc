#include "reference/server/iq.h"

#include <array>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/login.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

// A ping is answered whatever it holds (KEEP-02).
IqAnswer ping(IqRequest&) { return {}; }

// Marked clean: the server sets no dirty bits of its own, so there is nothing to forget.
IqAnswer clean(IqRequest& request) {
  if (!request.child->has("type")) return std::unexpected(bad_request("<clean> without type"));
  return {};
}

IqAnswer activate(IqRequest& request) {
  request.after_answer.emplace_back([&request] { start_delivery(request.turn, request.session); });
  return {};
}

IqAnswer deactivate(IqRequest& request) {
  request.session.in<LoggedInPhase>()->active = false;
  request.device.ready = false;
  return {};
}

// The device to remove must be one of the account's own, which is what makes this a logout or an
// unlinking.
IqAnswer remove_companion(IqRequest& request) {
  const auto jid = lenient_jid(*request.child, "jid");
  if (!jid) return std::unexpected(bad_request("<remove-companion-device> without jid"));
  if (request.turn.state.directory.find(*jid) != &request.account) {
    return std::unexpected(not_authorized("the device is of another account"));
  }
  if (!request.account.devices.contains(jid->device)) {
    return std::unexpected(item_not_found("no such device"));
  }
  request.after_answer.emplace_back([&request, device = jid->device] {
    unlink_device(request.turn, {request.account.phone_number, device});
  });
  return {};
}

struct Route {
  std::string_view xmlns;
  std::string_view type;
  std::string_view child;  // tag of the first child; empty: any, or none
  IqHandler handler;
  bool timestamped = false;  // the result carries `t`, the server's clock
};

constexpr auto kRoutes = std::to_array<Route>({
    {"w:p", "get", "", ping, true},
    {"passive", "set", "active", activate},
    {"passive", "set", "passive", deactivate},
    {"encrypt", "get", "count", prekey_count},
    {"encrypt", "get", "digest", prekey_digest},
    {"encrypt", "get", "key", prekey_fetch},
    {"encrypt", "set", "rotate", prekey_rotate},
    {"encrypt", "set", "", prekey_upload},
    {"usync", "get", "usync", user_directory},
    {"abt", "get", "props", ab_props},
    {"blocklist", "get", "", blocklist_get},
    {"blocklist", "set", "item", blocklist_set},
    {"privacy", "get", "privacy", privacy_get},
    {"privacy", "set", "privacy", privacy_set},
    {"privacy", "set", "tokens", privacy_tokens_issue},
    {"w:sync:app:state", "set", "sync", app_state_sync},
    {"urn:xmpp:whatsapp:dirty", "set", "clean", clean},
    {"md", "set", "remove-companion-device", remove_companion},
    {"status", "set", "status", status_set},
    {"disappearing_mode", "set", "disappearing_mode", disappearing_mode_set},
    {"w:profile:picture", "get", "picture", picture_get},
    {"w:profile:picture", "set", "", picture_set},
    {"w:g2", "set", "create", group_create},
    {"w:g2", "get", "query", group_query},
    {"w:g2", "get", "participating", groups_of_account},
    {"w:g2", "set", "add", group_members_change},
    {"w:g2", "set", "remove", group_members_change},
    {"w:g2", "set", "promote", group_members_change},
    {"w:g2", "set", "demote", group_members_change},
    {"w:g2", "set", "leave", groups_leave},
    {"w:g2", "get", "invite", group_invite},
    {"w:g2", "set", "invite", group_invite},
    {"w:g2", "set", "accept", group_accept},
    {"w:g2", "set", "revoke", group_revoke},
    {"w:g2", "get", "membership_approval_requests", group_requests},
    {"w:g2", "set", "membership_requests_action", group_requests_action},
    {"w:g2", "set", "cancel_membership_requests", group_requests_cancel},
    {"w:g2", "set", "links", group_links},
    {"w:g2", "set", "unlink", group_links},
    {"w:g2", "get", "sub_groups", group_linked},
    {"w:g2", "get", "query_linked", group_linked},
    {"w:g2", "set", "join_linked_group", group_linked},
    {"w:g2", "get", "linked_groups_participants", group_linked},
    {"w:g2", "set", "delete_parent", group_delete_parent},
    {"w:g2", "set", "", group_setting},
    {"w:mex", "get", "query", mex_query},
    {"newsletter", "get", "messages", newsletter_messages},
    {"newsletter", "get", "message_updates", newsletter_message_updates},
    {"newsletter", "set", "live_updates", newsletter_live_updates},
});

const Route* find_route(const wire::Node& iq, const wire::Node* child) {
  const auto xmlns = iq.text("xmlns");
  const auto type = iq.text("type");
  for (const Route& route : kRoutes) {
    if (route.xmlns == xmlns && route.type == type &&
        (route.child.empty() || (child != nullptr && child->tag == route.child))) {
      return &route;
    }
  }
  return nullptr;
}

// The head of the answer: the same id, and from whom the query was addressed to, in the form that
// was used (STANZA-08, STANZA-12).
wire::Node answer_head(const wire::Node& iq, std::string_view type) {
  const wire::Value* to = iq.attribute("to");
  wire::Node answer = element("iq");
  answer.set("id", *iq.attribute("id"));
  answer.set("from", to != nullptr ? *to : wire::Value(wire::Jid::of_server()));
  answer.set("type", wire::Text(type));
  return answer;
}

wire::Node error_answer(const wire::Node& iq, const IqError& error) {
  wire::Node answer = answer_head(iq, "error");
  answer.content =
      std::vector<wire::Node>{element("error", {{"code", wire::Text(std::to_string(error.code))},
                                                {"text", wire::Text(error.text)}})};
  return answer;
}

}  // namespace

IqError bad_request(std::string why) { return {400, "bad-request", std::move(why)}; }
IqError not_authorized(std::string why) { return {401, "not-authorized", std::move(why)}; }
IqError forbidden(std::string why) { return {403, "forbidden", std::move(why)}; }
IqError item_not_found(std::string why) { return {404, "item-not-found", std::move(why)}; }
IqError not_acceptable(std::string why) { return {406, "not-acceptable", std::move(why)}; }
IqError not_allowed(std::string why) { return {405, "not-allowed", std::move(why)}; }
IqError conflict(std::string why) { return {409, "conflict", std::move(why)}; }
IqError gone(std::string why) { return {410, "gone", std::move(why)}; }
IqError resource_limit(std::string why) { return {419, "resource-limit", std::move(why)}; }
IqError not_implemented(std::string why) {
  return {501, "feature-not-implemented", std::move(why)};
}

void answer_iq(Turn& turn, Session& session, const wire::Node& iq) {
  const auto party = party_of(turn.state, session);
  if (!party) return;
  const auto type = iq.text("type");
  if (type == "result" || type == "error" || !iq.has("id")) {
    // The client's answer to a query of the server's, or a query that nobody could match an answer
    // with.
    turn.count(iq.has("id") ? "iq.answer" : "iq.without_id");
    return;
  }
  const wire::Node* child = iq.children().empty() ? nullptr : &iq.children().front();
  const Route* route = find_route(iq, child);
  IqRequest request{turn, session, party->account, party->device, iq, child};
  IqAnswer answer;
  if (route == nullptr) {
    const std::string name =
        std::string(iq.text("xmlns").value_or("(no xmlns)")) + "/" +
        std::string(iq.text("type").value_or("(no type)")) + "/" +
        (child == nullptr ? std::string("(no child)") : std::string(child->tag.view()));
    turn.count("iq.unknown." + name.substr(0, 100));
    if (!turn.guard().holds(Rule::STANZA_14, false))
      answer = std::unexpected(not_implemented("no such query: " + name));
  } else {
    answer = route->handler(request);
  }
  if (!answer) {
    turn.count("iq.error." + std::to_string(answer.error().code));
    turn.log(session.id,
             "refused iq " + std::string(iq.text("id").value_or("")) + ": " + answer.error().why);
    turn.send(session.id, error_answer(iq, answer.error()));
    return;
  }
  wire::Node result = answer_head(iq, "result");
  if (!answer->empty()) result.content = std::move(*answer);
  if (route != nullptr && route->timestamped) result.set("t", wire::Text(turn.timestamp()));
  turn.send(session.id, std::move(result));
  for (const auto& next : request.after_answer) next();
}

}  // namespace doublecheck::server
