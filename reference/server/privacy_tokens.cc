#include <string>
#include <utility>
#include <vector>

#include "reference/server/account_changes.h"
#include "reference/server/delivery.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/privacy.h"
#include "reference/server/stanzas.h"

// An account issues privacy tokens to those from whom it wants to hear.
namespace doublecheck::server {
namespace {

struct Issue {
  std::string holder;  // phone number
  std::int64_t t = 0;
};

void tell_holder(Turn& turn, const Account& issuer, const Issue& issue) {
  Account* holder = turn.state.directory.by_phone_number(issue.holder);
  if (holder == nullptr) return;
  wire::Node token =
      element("token", {{"type", "trusted_contact"}, {"t", wire::Text(std::to_string(issue.t))}},
              wire::Blob(privacy_token(issuer, *holder, issue.t)));
  wire::Node notification = parent("notification", {parent("tokens", {std::move(token)})},
                                   {{"sender_lid", issuer.lid_jid()}});
  address_notification(turn, notification, issuer.pn(), "privacy_token");
  for (auto& [number, device] : holder->devices) deliver(turn, device, notification);
}

}  // namespace

IqAnswer privacy_tokens_issue(IqRequest& request) {
  if (request.child->children().size() > kMaxTokensPerQuery)
    return std::unexpected(resource_limit("more than kMaxTokensPerQuery tokens"));
  std::vector<Issue> issues;
  for (const wire::Node& token : request.child->children()) {
    const auto jid = lenient_jid(token, "jid");
    const auto t = token.number("t");
    if (token.tag != "token" || !jid || !t || *t > INT64_MAX ||
        token.text("type") != "trusted_contact")
      return std::unexpected(
          bad_request("<token> needs a jid, a time and the type trusted_contact"));
    const Account* holder = request.turn.state.directory.find(*jid);
    if (holder == nullptr) return std::unexpected(item_not_found("nobody is " + jid->to_string()));
    issues.push_back({holder->phone_number, static_cast<std::int64_t>(*t)});
  }
  if (issues.empty()) return std::unexpected(bad_request("<tokens> without a token"));
  request.after_answer.emplace_back([&request, issues = std::move(issues)] {
    for (const Issue& issue : issues) tell_holder(request.turn, request.account, issue);
  });
  return {};
}

}  // namespace doublecheck::server
