#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reference/server/account_changes.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/listed_devices.h"
#include "reference/server/privacy.h"
#include "reference/server/stanzas.h"

// xmlns `usync`: who has an account, what its LID is, and which devices it has.
namespace doublecheck::server {
namespace {

// Whom a `<user>` of the query means: by JID, by LID, or by a phone number in text.
struct AskedUser {
  std::optional<wire::Value> as_asked;
  Account* account = nullptr;
};

AskedUser read_user(Directory& directory, const wire::Node& user) {
  if (const auto jid = lenient_jid(user, "jid")) {
    return {*user.attribute("jid"), directory.find(*jid)};
  }
  if (const wire::Node* lid = user.child("lid")) {
    if (const auto jid = lenient_jid(*lid, "jid"))
      return {*lid->attribute("jid"), directory.find(*jid)};
  }
  if (const wire::Node* contact = user.child("contact")) {
    std::string digits;
    for (const char c : as_text(contact->bytes().value_or(ByteView{}))) {
      if (c >= '0' && c <= '9') digits.push_back(c);
    }
    return {std::nullopt, directory.by_phone_number(digits)};
  }
  return {};
}

wire::Node devices_of(const IqRequest& request, Account& account) {
  std::vector<wire::Node> list;
  bool companions = false;
  for (const std::uint16_t number : listed_devices(account, request.turn.state.config)) {
    wire::Node entry = element("device", {{"id", wire::Text(std::to_string(number))}});
    const auto device = account.devices.find(number);
    if (number != 0) {
      entry.set("key-index", wire::Text(std::to_string(device->second.key_index)));
      companions = true;
    }
    list.push_back(std::move(entry));
  }
  std::vector<wire::Node> children{parent("device-list", std::move(list))};
  if (companions) {
    children.push_back(key_index_list(request.turn, account));
  }
  return parent("devices", std::move(children));
}

// Whoever hides it does so whether there is one or not (STANZA-110).
wire::Node status_of(const Guard& guard, const Account& account) {
  const bool shown = account.privacy_of("status") != "none";
  if (!guard.holds(Rule::ACCOUNT_01, shown)) return element("status", {{"code", "401"}});
  if (!account.status_at) return element("status");
  return element("status", {{"t", wire::Text(std::to_string(account.status_at->seconds()))}},
                 text_content(account.status));
}

// One protocol of the query, answered for one user; nothing for a protocol without a stored value.
wire::Node answer_for(const IqRequest& request, std::string_view protocol, const wire::Node& user,
                      Account* account) {
  if (protocol == "contact") {
    wire::Node contact = element("contact", {{"type", account != nullptr ? "in" : "out"}});
    if (const wire::Node* asked = user.child("contact")) {
      if (const auto text = asked->bytes()) contact.content = wire::Blob(*text);
    }
    return contact;
  }
  if (account != nullptr && account != &request.account &&
      account->watchers.size() < kMaxWatchers) {
    account->watchers.insert(request.account.phone_number);
  }
  if (account != nullptr && protocol == "status") return status_of(request.turn.guard(), *account);
  if (account != nullptr && protocol == "disappearing_mode") {
    wire::Node mode = element(
        protocol, {{"duration", wire::Text(std::to_string(account->disappearing_seconds))}});
    if (account->disappearing_at)
      mode.set("t", wire::Text(std::to_string(account->disappearing_at->seconds())));
    return mode;
  }
  if (account != nullptr && protocol == "picture" && account->picture &&
      shows_picture(*account, request.account) &&
      may_contact(request.turn, request.account, *account, user)) {
    return element("picture", {{"id", wire::Text(account->picture->id)}});
  }
  if (account != nullptr && protocol == "devices") return devices_of(request, *account);
  if (account != nullptr && protocol == "lid") return element("lid", {{"val", account->lid_jid()}});
  return element(protocol);
}

}  // namespace

IqAnswer user_directory(IqRequest& request) {
  const wire::Node& usync = *request.child;
  const wire::Node* query = usync.child("query");
  const wire::Node* list = usync.child("list");
  if (query == nullptr || list == nullptr)
    return std::unexpected(bad_request("<usync> without query or list"));
  if (list->children().size() > kMaxUsersPerQuery) {
    return std::unexpected(resource_limit("more than kMaxUsersPerQuery users"));
  }
  if (query->children().size() > kMaxProtocolsPerQuery) {
    return std::unexpected(resource_limit("more than kMaxProtocolsPerQuery protocols"));
  }

  std::vector<wire::Node> results;
  std::set<std::string_view> protocols;
  for (const wire::Node& protocol : query->children()) {
    if (!protocols.insert(protocol.tag).second)
      return std::unexpected(bad_request("<query> names a protocol twice"));
    results.push_back(element(protocol.tag));
  }

  std::vector<wire::Node> users;
  for (const wire::Node& asked : list->children()) {
    const AskedUser user = read_user(request.turn.state.directory, asked);
    wire::Node answer = element("user");
    if (user.as_asked) {
      answer.set("jid", *user.as_asked);
    } else if (user.account != nullptr) {
      answer.set("jid", user.account->pn());
    }
    std::vector<wire::Node> children;
    for (const wire::Node& protocol : query->children()) {
      children.push_back(answer_for(request, protocol.tag, asked, user.account));
    }
    answer.content = std::move(children);
    users.push_back(std::move(answer));
  }

  wire::Node answer = element("usync");
  answer.attributes = usync.attributes;
  answer.content = std::vector<wire::Node>{parent("result", std::move(results)),
                                           parent("list", std::move(users))};
  return std::vector<wire::Node>{std::move(answer)};
}

}  // namespace doublecheck::server
