#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/group_nodes.h"
#include "reference/server/listed_devices.h"
#include "reference/server/message_parts.h"
#include "reference/server/stanzas.h"
#include "spec/payload/phash.h"

// Messages to many: whoever is in the group, or in the audience of a status.
namespace doublecheck::server {
namespace {

// The ciphertext for everybody, under the sender's key for the group. Other ciphertext outside of
// <participants> is for the one device that a resend names (STANZA-128).
std::vector<wire::Node> encrypted_for_all(const wire::Node& message) {
  std::vector<wire::Node> encrypted = encrypted_children(message);
  std::erase_if(encrypted, [](const wire::Node& enc) { return enc.text("type") != "skmsg"; });
  return encrypted;
}

// What one device gets: its own ciphertext first, which may hold the key to the other.
std::vector<wire::Node> encrypted_for(const Copies& copies, const DeviceAddress& address,
                                      const std::vector<wire::Node>& for_all) {
  std::vector<wire::Node> encrypted;
  if (const auto own = copies.find(address); own != copies.end()) encrypted = own->second;
  encrypted.insert(encrypted.end(), for_all.begin(), for_all.end());
  return encrypted;
}

// The device that a resend names, and what is for it alone.
std::optional<std::pair<DeviceAddress, std::vector<wire::Node>>> resend_of(
    Turn& turn, const wire::Node& message) {
  const auto participant = lenient_jid(message, "participant");
  const Account* account = participant ? turn.state.directory.find(*participant) : nullptr;
  if (account == nullptr) return std::nullopt;
  DeviceAddress address{account->phone_number, participant->device};
  std::vector<wire::Node> encrypted = encrypted_for(copies_in(turn, message), address, {});
  std::ranges::move(encrypted_children(message), std::back_inserter(encrypted));
  return std::pair{std::move(address), std::move(encrypted)};
}

wire::Node delivered_in(const Turn& turn, const Group& group, const Party& sender,
                        const wire::Node& message, std::vector<wire::Node> encrypted) {
  wire::Node stanza = delivered_message(turn, sender.account, message, std::move(encrypted));
  stanza.set("from", group.jid());
  set_participant(stanza, group, sender.account, sender.device.number);
  stanza.set("addressing_mode", group.by_lid ? "lid" : "pn");
  return stanza;
}

// Every device of every member, as clients find them in the directory.
std::vector<payload::DeviceAddress> devices_of(const State& state, const Group& group) {
  std::vector<payload::DeviceAddress> devices;
  for (const auto& [phone_number, rank] : group.members) {
    const Account* account = state.directory.look_up(phone_number);
    if (account == nullptr) continue;
    for (const std::uint16_t number : listed_devices(*account, state.config)) {
      const wire::Jid jid = named_in(group, *account, number);
      devices.push_back({std::string(jid.user.view()), std::string(jid.server.view()), number});
    }
  }
  return devices;
}

// Nothing when the sender addresses the devices that the server does, in whichever form it says so,
// or does not say.
std::string phash_to_tell(const State& state, const Group& group, const wire::Node& message) {
  const auto theirs = message.text("phash");
  if (!theirs) return {};
  const std::vector<payload::DeviceAddress> devices = devices_of(state, group);
  std::string ours = payload::phash(devices);
  if (ours == *theirs) return {};
  using enum payload::PhashForm;
  for (const payload::PhashForm form : {kUrlSafe, kPlainJid, kPlainJidSixCharacters}) {
    if (payload::phash(devices, form) == *theirs) return {};
  }
  return ours;
}

// Whether only admins may say that. In an announcement group others still react, vote, and take
// back what they said.
bool is_announcement(const wire::Node& message) {
  const auto type = message.text("type");
  return type != "reaction" && type != "poll" && message.text("edit") != "7";
}

}  // namespace

MessageVerdict accept_group_message(Turn& turn, const Party& sender, const wire::Jid& to,
                                    const wire::Node& message, ConnectionId connection) {
  const Group* group = turn.state.groups.look_up(to.user.view());
  const std::string& author = sender.account.phone_number;
  const auto refuse = [&](std::string_view error, const std::string& why) {
    turn.log(connection, "refused message to " + to.to_string() + ": " + why);
    return MessageVerdict{error};
  };
  if (group == nullptr) return refuse(message_error::kNoSuchChat, "there is no such group");
  // What was accepted stays accepted, whatever has changed in the group since.
  if (!message.has("participant") && is_repeated(turn, sender.account, to, message)) return {};
  if (!turn.guard().holds(Rule::STANZA_97, group->has(author)))
    return refuse(message_error::kForbidden, "the sender is no member");
  if (!turn.guard().holds(Rule::GROUP_40, !group->is_parent))
    return refuse(message_error::kForbidden, "nobody writes in a community");

  if (message.has("participant")) {
    auto resend = resend_of(turn, message);
    if (!resend || !turn.guard().holds(Rule::GROUP_33, group->has(resend->first.phone_number)))
      return refuse(message_error::kNoSuchChat, "the resend is for no member");
    auto& [address, encrypted] = *resend;
    const bool delivered =
        deliver_all(turn, connection, sender,
                    {{address, delivered_in(turn, *group, sender, message, std::move(encrypted))}});
    return {delivered ? std::string_view{} : message_error::kUnavailable};
  }

  if (!turn.guard().holds(Rule::STANZA_97, !group->is_on("announcement") ||
                                               group->is_admin(author) ||
                                               !is_announcement(message)))
    return refuse(message_error::kForbidden, "only admins write in it");

  const Copies copies = copies_in(turn, message);
  const std::vector<wire::Node> for_all = encrypted_for_all(message);
  std::vector<Delivery> deliveries;
  for (const auto& [phone_number, rank] : group->members) {
    const Account* account = turn.state.directory.look_up(phone_number);
    if (account == nullptr) continue;
    for (const auto& [number, device] : account->devices) {
      if (&device == &sender.device) continue;
      DeviceAddress address{phone_number, number};
      auto encrypted = encrypted_for(copies, address, for_all);
      if (encrypted.empty()) continue;
      deliveries.push_back(
          {std::move(address), delivered_in(turn, *group, sender, message, std::move(encrypted))});
    }
  }
  if (!deliver_all(turn, connection, sender, std::move(deliveries)))
    return refuse(message_error::kUnavailable, "a device has kMaxQueuedStanzas to come");
  remember(sender.account, to, message);
  return {.error = {}, .phash = phash_to_tell(turn.state, *group, message), .server_id = {}};
}

MessageVerdict accept_status(Turn& turn, const Party& sender, const wire::Node& message,
                             ConnectionId connection) {
  const wire::Jid broadcast{"status", wire::server_name::kBroadcast, 0, 0};
  const bool by_lid = message.text("addressing_mode") == "lid";
  const auto delivered = [&](std::vector<wire::Node> encrypted) {
    wire::Node stanza = delivered_message(turn, sender.account, message, std::move(encrypted));
    const std::uint16_t device = sender.device.number;
    stanza.set("from", broadcast);
    stanza.set("participant", by_lid ? sender.account.lid_jid(device) : sender.account.pn(device));
    stanza.set(by_lid ? "participant_pn" : "participant_lid",
               by_lid ? sender.account.pn() : sender.account.lid_jid());
    stanza.set("addressing_mode", by_lid ? "lid" : "pn");
    return stanza;
  };
  std::vector<Delivery> deliveries;
  if (message.has("participant")) {
    if (auto resend = resend_of(turn, message))
      deliveries.push_back({resend->first, delivered(std::move(resend->second))});
  } else {
    if (is_repeated(turn, sender.account, broadcast, message)) return {};
    // The audience is who is named, by whichever of his devices, and the sender's own devices.
    const Copies copies = copies_in(turn, message);
    std::set<std::string> audience{sender.account.phone_number};
    for (const auto& [address, encrypted] : copies) audience.insert(address.phone_number);
    const std::vector<wire::Node> for_all = encrypted_for_all(message);
    for (const std::string& phone_number : audience) {
      const Account* account = turn.state.directory.look_up(phone_number);
      if (account == nullptr || account->blocklist.contains(sender.account.lid)) continue;
      for (const auto& [number, device] : account->devices) {
        DeviceAddress address{phone_number, number};
        auto encrypted = encrypted_for(copies, address, for_all);
        if (&device != &sender.device && !encrypted.empty())
          deliveries.push_back({std::move(address), delivered(std::move(encrypted))});
      }
    }
  }
  if (!deliver_all(turn, connection, sender, std::move(deliveries)))
    return {message_error::kUnavailable};
  remember(sender.account, broadcast, message);
  return {};
}

}  // namespace doublecheck::server
