#include <string>

#include "reference/server/delivery.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"

// xmlns `encrypt`: the key directory, queried by its owner and by whoever wants to start a session.
namespace doublecheck::server {

IqAnswer prekey_count(IqRequest& request) {
  return std::vector<wire::Node>{element(
      "count", {{"value", wire::Text(std::to_string(request.device.keys.one_time.size()))}})};
}

IqAnswer prekey_upload(IqRequest& request) {
  const auto uploaded = request.device.keys.upload(request.iq, request.turn.guard());
  if (!uploaded) return std::unexpected(not_acceptable(uploaded.error().to_string()));
  return {};
}

IqAnswer prekey_digest(IqRequest& request) {
  return std::vector<wire::Node>{request.device.keys.digest()};
}

IqAnswer prekey_rotate(IqRequest& request) {
  const auto rotated = request.device.keys.rotate(*request.child, request.turn.guard());
  if (!rotated) return std::unexpected(not_acceptable(rotated.error().to_string()));
  return {};
}

namespace {

// Few one-time prekeys are left: the device is asked for more, once each time that they run low.
void ask_for_prekeys(Turn& turn, Device& device) {
  deliver(turn, device,
          parent("notification",
                 {element("count",
                          {{"value", wire::Text(std::to_string(device.keys.one_time.size()))}})},
                 {{"from", wire::Jid::of_server()},
                  {"type", "encrypt"},
                  {"id", wire::Text(turn.new_stanza_id())},
                  {"t", wire::Text(turn.timestamp())}}));
}

}  // namespace

IqAnswer prekey_fetch(IqRequest& request) {
  if (request.child->children().size() > kMaxUsersPerQuery) {
    return std::unexpected(resource_limit("more than kMaxUsersPerQuery users"));
  }
  Directory& directory = request.turn.state.directory;
  std::vector<wire::Node> users;
  for (const wire::Node& asked : request.child->children()) {
    const auto jid = lenient_jid(asked, "jid");
    if (asked.tag != "user" || !jid)
      return std::unexpected(bad_request("<key> holds a <user> without jid"));
    // The answer repeats the JID as it was asked for: clients look it up by equality.
    wire::Node user = element("user", {{"jid", *asked.attribute("jid")}});
    Account* account = directory.find(*jid);
    Device* device =
        account == nullptr ? nullptr : directory.find_device({account->phone_number, jid->device});
    if (device != nullptr) {
      const std::size_t before = device->keys.one_time.size();
      std::vector<wire::Node> bundle = device->keys.take_bundle();
      if (before >= kLowPrekeys && device->keys.one_time.size() < kLowPrekeys)
        ask_for_prekeys(request.turn, *device);
      bundle.push_back(
          element("device-identity", {}, wire::Blob(ByteView(device->signed_identity))));
      user.content = std::move(bundle);
    } else if (account != nullptr && jid->device == 0 &&
               request.turn.state.config.first_device != 0) {
      user.content = account->phone_keys.take_bundle();
    } else {
      user.content =
          std::vector<wire::Node>{element("error", {{"code", "404"}, {"text", "item-not-found"}})};
    }
    users.push_back(std::move(user));
  }
  return std::vector<wire::Node>{parent("list", std::move(users))};
}

}  // namespace doublecheck::server
