#include "reference/client/device_lists.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "reference/client/stanzas.h"
#include "spec/pairing/key_index_list.h"

namespace doublecheck::client {
namespace {

// What the device field of a JID holds on the wire.
constexpr std::uint64_t kMaxDeviceNumber = 255;

// The list by which an account says which companions are its own, if it is genuine. An account
// whose key is not known yet is taken at its word: its devices will have to show documents that
// agree with each other.
std::optional<pairing::KeyIndexList> read_signed_list(const Turn& turn, const Address& account,
                                                      const wire::Node& devices) {
  const wire::Node* node = devices.child("key-index-list");
  const auto bytes = node == nullptr ? std::nullopt : node->bytes();
  if (!bytes) return std::nullopt;
  const auto signed_list = pairing::decode_signed_key_index_list(*bytes);
  if (!signed_list) return std::nullopt;
  const Credentials& credentials = turn.state.credentials;
  std::optional<PublicKey> key = to_public_key(signed_list->account_signature_key);
  if (turn.state.credentials.is_own(account)) {
    key = credentials.account->account_key;
  } else if (const PublicKey* known = credentials.peers.account_key(account)) {
    key = *known;
  }
  if (!key) return std::nullopt;
  auto list = pairing::verify_key_index_list(*signed_list, *key, turn.guard());
  if (!list) return std::nullopt;
  return std::move(*list);
}

bool is_admitted(const Turn& turn, const wire::Node& device,
                 const std::optional<pairing::KeyIndexList>& list) {
  const auto index = device.number("key-index");
  const bool admitted =
      list && index && *index <= UINT32_MAX && list->admits(static_cast<std::uint32_t>(*index));
  return turn.guard().holds(Rule::DEVICE_04, admitted);
}

void read_user(Turn& turn, const wire::Jid& asked, const wire::Node& user,
               std::vector<Recipient>& found) {
  State& state = turn.state;
  if (const wire::Node* lid = user.child("lid")) {
    const wire::Jid* value = lid->jid("val");
    if (value != nullptr && state.credentials.learn(asked, *value)) turn.changed();
  }
  const wire::Node* devices = user.child("devices");
  const wire::Node* device_list = devices == nullptr ? nullptr : devices->child("device-list");
  if (device_list == nullptr) return;
  const Address account = state.credentials.peers.address_of(asked);
  const auto signed_list = read_signed_list(turn, account, *devices);
  std::size_t accepted = 0;
  for (const wire::Node& device : device_list->children()) {
    const auto number = device.number("id");
    if (device.tag != "device" || !number || *number > kMaxDeviceNumber ||
        accepted >= kMaxDevicesPerUser)
      continue;
    if (*number != 0 && !is_admitted(turn, device, signed_list)) continue;
    wire::Jid jid = asked;
    jid.device = static_cast<std::uint16_t>(*number);
    const Address address = state.credentials.peers.address_of(jid);
    const bool is_other = address != state.credentials.own_address();
    if (!turn.guard().holds(Rule::STANZA_44, is_other)) continue;
    if (std::ranges::find(found, address, &Recipient::address) != found.end()) continue;
    found.push_back({std::move(jid), address});
    ++accepted;
  }
}

}  // namespace

void find_devices(Turn& turn, const std::vector<wire::Jid>& users, DevicesHandler then) {
  std::vector<wire::Node> asked;
  for (const wire::Jid& user : users) asked.push_back(element("user", {{"jid", user}}));
  const std::string session_id = std::to_string(turn.context.random.u32());
  wire::Node usync =
      parent("usync",
             {parent("query", {element("devices", {{"version", "2"}}), element("lid")}),
              parent("list", std::move(asked))},
             {{"sid", wire::Text(session_id)},
              {"mode", "query"},
              {"last", "true"},
              {"index", "0"},
              {"context", "message"}});
  turn.query(query_node("usync", "get", {std::move(usync)}), kIqTimeout,
             [users, then = std::move(then)](Turn& later, const IqAnswer& answer) {
               if (!answer) return then(later, std::unexpected(answer.error()));
               const wire::Node* usync_answer = (*answer)->child("usync");
               const wire::Node* list =
                   usync_answer == nullptr ? nullptr : usync_answer->child("list");
               if (list == nullptr)
                 return then(later, std::unexpected(IqFailure{.text = "the answer has no list"}));
               std::vector<Recipient> found;
               for (const wire::Node& user : list->children()) {
                 const wire::Jid* jid = user.jid("jid");
                 if (user.tag != "user" || jid == nullptr) continue;
                 if (std::ranges::find(users, *jid) != users.end())
                   read_user(later, *jid, user, found);
               }
               then(later, found);
             });
}

}  // namespace doublecheck::client
