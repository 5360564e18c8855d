#include <optional>
#include <string>
#include <utility>

#include "reference/server/account_changes.h"
#include "reference/server/delivery.h"
#include "reference/server/group_nodes.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/picture.h"
#include "reference/server/privacy.h"
#include "reference/server/stanzas.h"
#include "spec/base/text_encoding.h"

// xmlns `w:profile:picture`: the pictures of accounts and groups. What an image shows is not looked
// at.
namespace doublecheck::server {
namespace {

// The answer names a place where the image would be.
constexpr std::string_view kPictureHost = "https://127.0.0.1";

std::string new_id(Turn& turn, const std::optional<Picture>& before) {
  for (;;) {
    std::string id = turn.timestamp() + std::to_string(turn.context.random.below(1'000'000));
    if (!before || before->id != id) return id;
  }
}

wire::Node describe(const Picture& picture, std::string_view type) {
  const std::string path = "/pictures/" + picture.id;
  return element("picture", {{"id", wire::Text(picture.id)},
                             {"type", wire::Text(type)},
                             {"url", wire::Text(std::string(kPictureHost) + path)},
                             {"direct_path", wire::Text(path)},
                             {"hash", wire::Text(picture.hash)}});
}

// What has become of a picture, in the words of the notification.
wire::Node change_of(const std::optional<Picture>& picture, const wire::Jid& owner,
                     const wire::Jid& author) {
  wire::Node change =
      element(picture ? "set" : "delete", {{"jid", owner.account()}, {"author", author.account()}});
  if (picture) {
    change.set("id", wire::Text(picture->id));
    change.set("hash", wire::Text(picture->hash));
  }
  return parent("notification", {std::move(change)});
}

void tell_members(IqRequest& request, const Group& group, const wire::Node& change) {
  wire::Node notification = change;
  address_notification(request.turn, notification, group.jid(), "picture");
  for (const auto& [phone_number, rank] : group.members) {
    Account* member = request.turn.state.directory.by_phone_number(phone_number);
    if (member == nullptr) continue;
    for (auto& [number, device] : member->devices) deliver(request.turn, device, notification);
  }
}

// The new picture; nothing when it is to be removed.
std::expected<std::optional<Picture>, IqError> read_picture(IqRequest& request,
                                                            const std::optional<Picture>& before) {
  const auto image = request.child == nullptr ? std::nullopt : request.child->bytes();
  if (!image || image->empty()) return std::nullopt;
  if (image->size() > kMaxPictureBytes)
    return std::unexpected(not_acceptable("the picture is longer than kMaxPictureBytes"));
  return Picture{.id = new_id(request.turn, before), .hash = to_base64(sha256(*image))};
}

IqAnswer answer_to_change(const std::optional<Picture>& picture) {
  if (!picture) return {};
  return std::vector<wire::Node>{
      element("picture", {{"id", wire::Text(picture->id)}, {"type", "image"}})};
}

IqAnswer set_group_picture(IqRequest& request, Group& group) {
  const std::string& account = request.account.phone_number;
  const Guard& guard = request.turn.guard();
  if (!guard.holds(Rule::GROUP_05, group.has(account)))
    return std::unexpected(forbidden("who is not a member sets no picture"));
  if (!guard.holds(Rule::ACCOUNT_18, group.is_admin(account) || !group.is_on("locked")))
    return std::unexpected(forbidden("only admins may change that"));
  auto picture = read_picture(request, group.picture);
  if (!picture) return std::unexpected(picture.error());
  group.picture = *picture;
  request.after_answer.emplace_back([&request, &group] {
    tell_members(request, group,
                 change_of(group.picture, group.jid(), named_in(group, request.account)));
  });
  return answer_to_change(*picture);
}

}  // namespace

IqAnswer picture_set(IqRequest& request) {
  if (request.child != nullptr && request.child->tag != "picture")
    return std::unexpected(bad_request("neither a picture nor nothing"));
  if (request.iq.has("target")) {
    const auto target = lenient_jid(request.iq, "target");
    Group* group = target ? request.turn.state.groups.find(*target) : nullptr;
    if (group != nullptr) return set_group_picture(request, *group);
    if (!target || request.turn.state.directory.find(*target) != &request.account)
      return std::unexpected(item_not_found("the target is no group and not the account itself"));
  }
  Account& account = request.account;
  auto picture = read_picture(request, account.picture);
  if (!picture) return std::unexpected(picture.error());
  account.picture = *picture;
  request.after_answer.emplace_back([&request] {
    tell_watchers(request.turn, request.account, nullptr, "picture",
                  change_of(request.account.picture, request.account.pn(), request.account.pn()));
  });
  return answer_to_change(*picture);
}

IqAnswer picture_get(IqRequest& request) {
  const auto target = lenient_jid(request.iq, "target");
  if (!target) return std::unexpected(bad_request("a query for a picture without target"));
  std::optional<Picture> picture;
  if (const Group* group = request.turn.state.groups.find(*target)) {
    picture = group->picture;
  } else if (const Account* account = request.turn.state.directory.find(*target)) {
    // Some clients put the token beside the picture.
    const bool known = may_contact(request.turn, request.account, *account, *request.child) ||
                       may_contact(request.turn, request.account, *account, request.iq);
    const Guard& guard = request.turn.guard();
    if (!guard.holds(Rule::ACCOUNT_16, shows_picture(*account, request.account)) ||
        !guard.holds(Rule::TOKEN_11, known))
      return std::unexpected(not_authorized("the picture is hidden"));
    picture = account->picture;
  }
  if (!picture) return std::unexpected(item_not_found("there is no picture"));
  if (request.child->text("id") == picture->id)
    return std::vector<wire::Node>{element("picture", {{"status", "304"}})};
  const bool preview = request.child->text("type") == "preview";
  return std::vector<wire::Node>{describe(*picture, preview ? "preview" : "image")};
}

}  // namespace doublecheck::server
