#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Queries of a logged-in client. Every `get` and `set` gets exactly one answer (IQ-04, STANZA-11):
// a handler cannot stay silent, for what it returns is the answer.
namespace doublecheck::server {

// The errors that the server uses, with the texts that clients compare.
struct IqError {
  int code = 0;
  std::string_view text;
  std::string why;  // for the log
};
IqError bad_request(std::string why);      // 400
IqError not_authorized(std::string why);   // 401
IqError forbidden(std::string why);        // 403
IqError item_not_found(std::string why);   // 404
IqError not_allowed(std::string why);      // 405
IqError not_acceptable(std::string why);   // 406
IqError conflict(std::string why);         // 409
IqError gone(std::string why);             // 410
IqError resource_limit(std::string why);   // 419
IqError not_implemented(std::string why);  // 501

// The children of the result.
using IqAnswer = std::expected<std::vector<wire::Node>, IqError>;

struct IqRequest {
  Turn& turn;
  Session& session;
  Account& account;
  Device& device;
  const wire::Node& iq;
  const wire::Node* child;  // the first child, nullptr without one

  // What is done once the answer is on its way, in order.
  std::vector<std::function<void()>> after_answer = {};
};

using IqHandler = IqAnswer (*)(IqRequest&);

// Answers one iq. What is not a query (a result or an error for a query of the server's) is not for
// here.
void answer_iq(Turn& turn, Session& session, const wire::Node& iq);

// Handlers, a file per namespace.
IqAnswer prekey_count(IqRequest&);
IqAnswer prekey_upload(IqRequest&);
IqAnswer prekey_digest(IqRequest&);
IqAnswer prekey_rotate(IqRequest&);
IqAnswer prekey_fetch(IqRequest&);
IqAnswer user_directory(IqRequest&);
IqAnswer ab_props(IqRequest&);
IqAnswer blocklist_get(IqRequest&);
IqAnswer blocklist_set(IqRequest&);
IqAnswer privacy_get(IqRequest&);
IqAnswer privacy_set(IqRequest&);
IqAnswer app_state_sync(IqRequest&);
IqAnswer status_set(IqRequest&);
IqAnswer disappearing_mode_set(IqRequest&);
IqAnswer picture_get(IqRequest&);
IqAnswer picture_set(IqRequest&);
IqAnswer privacy_tokens_issue(IqRequest&);
IqAnswer group_create(IqRequest&);
IqAnswer group_query(IqRequest&);
IqAnswer groups_of_account(IqRequest&);
IqAnswer group_members_change(IqRequest&);
IqAnswer groups_leave(IqRequest&);
IqAnswer group_setting(IqRequest&);
IqAnswer group_invite(IqRequest&);
IqAnswer group_accept(IqRequest&);
IqAnswer group_revoke(IqRequest&);
IqAnswer group_requests(IqRequest&);
IqAnswer group_requests_action(IqRequest&);
IqAnswer group_requests_cancel(IqRequest&);
IqAnswer group_links(IqRequest&);
IqAnswer group_linked(IqRequest&);
IqAnswer group_delete_parent(IqRequest&);
IqAnswer mex_query(IqRequest&);
IqAnswer newsletter_messages(IqRequest&);
IqAnswer newsletter_message_updates(IqRequest&);
IqAnswer newsletter_live_updates(IqRequest&);

}  // namespace doublecheck::server
