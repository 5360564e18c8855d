#include "reference/server/account_changes.h"

#include <string>
#include <utility>
#include <vector>

#include "reference/server/delivery.h"
#include "reference/server/privacy.h"
#include "reference/server/stanzas.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::server {
namespace {

// A short text that changes whenever the devices do.
std::string device_hash(const Account& account) {
  Bytes hashed;
  for (const auto& [number, device] : account.devices)
    append(hashed, as_bytes(account.pn(number).to_string() + "\n"));
  return "2:" + to_base64(ByteView(sha256(hashed)).first(6));
}

}  // namespace

void address_notification(Turn& turn, wire::Node& notification, wire::Jid from,
                          std::string_view type) {
  notification.tag = "notification";
  notification.set("from", std::move(from));
  notification.set("type", wire::Text(type));
  notification.set("id", wire::Text(turn.new_stanza_id()));
  notification.set("t", wire::Text(turn.timestamp()));
}

void tell_own_devices(Turn& turn, const Party& actor, wire::Node change) {
  address_notification(turn, change, actor.account.pn(), "account_sync");
  for (auto& [number, device] : actor.account.devices) {
    if (&device != &actor.device) deliver(turn, device, change);
  }
}

void tell_watchers(Turn& turn, const Account& account, const Device* without, std::string_view type,
                   wire::Node change) {
  address_notification(turn, change, account.pn(), type);
  std::set<std::string> accounts = account.watchers;
  accounts.insert(account.phone_number);
  for (const std::string& phone_number : accounts) {
    Account* watcher = turn.state.directory.by_phone_number(phone_number);
    if (watcher == nullptr || blocked(account, *watcher)) continue;
    for (auto& [number, device] : watcher->devices) {
      if (&device != without) deliver(turn, device, change);
    }
  }
}

wire::Node key_index_list(Turn& turn, Account& account) {
  std::vector<std::uint32_t> indexes;
  for (const auto& [number, device] : account.devices) indexes.push_back(device.key_index);
  return element("key-index-list", {{"ts", wire::Text(turn.timestamp())}},
                 wire::Blob(account.phone.sign_key_index_list(indexes, turn.context)));
}

void tell_of_device(Turn& turn, Account& account, std::string_view change, std::uint16_t number,
                    std::uint32_t key_index) {
  wire::Node changed =
      parent(change,
             {element("device", {{"jid", account.pn(number)},
                                 {"lid", account.lid_jid(number)},
                                 {"key-index", wire::Text(std::to_string(key_index))}}),
              key_index_list(turn, account)},
             {{"device_hash", wire::Text(device_hash(account))}});
  const auto device = account.devices.find(number);
  tell_watchers(turn, account, device == account.devices.end() ? nullptr : &device->second,
                "devices",
                parent("notification", {std::move(changed)}, {{"lid", account.lid_jid()}}));
}

}  // namespace doublecheck::server
