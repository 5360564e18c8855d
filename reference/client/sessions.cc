#include "reference/client/sessions.h"

#include <algorithm>
#include <string>
#include <utility>

#include "reference/client/stanzas.h"
#include "reference/client/trust.h"
#include "spec/signal/session_cipher.h"

namespace doublecheck::client {
namespace {

// One device of the answer. What is wrong with it concerns nobody else.
void take_bundle(Turn& turn, const std::vector<Recipient>& devices, const wire::Node& user) {
  const wire::Jid* jid = user.jid("jid");
  if (user.tag != "user" || jid == nullptr) return;
  const auto device = std::ranges::find(devices, *jid, &Recipient::jid);
  if (device == devices.end()) return;
  auto keys = read_published_keys(user, user);
  const auto started =
      keys ? start_session(turn, device->address, *keys) : Result<>(propagate(keys));
  if (!started)
    turn.remark("no session with " + jid->to_string() + ": " + started.error().to_string());
}

}  // namespace

bool has_session(const State& state, const Address& device) {
  const auto record = state.credentials.peers.sessions.find(device);
  return record != state.credentials.peers.sessions.end() && record->second.current() != nullptr;
}

Result<> start_session(Turn& turn, const Address& device, const PublishedKeys& keys) {
  Credentials& credentials = turn.state.credentials;
  const std::optional<ByteView> document =
      keys.device_identity ? std::optional<ByteView>(*keys.device_identity) : std::nullopt;
  auto believed =
      check_identity(credentials, device, keys.bundle.identity_key, document, turn.guard());
  if (!believed) return propagate(believed);

  const auto known = credentials.peers.sessions.find(device);
  signal::SessionRecord record = known == credentials.peers.sessions.end() || believed->is_change
                                     ? signal::SessionRecord()
                                     : known->second;
  auto initiated = signal::initiate(record, credentials.keys.local, keys.bundle, turn.context);
  if (!initiated) return propagate(initiated);
  signal::SessionRecord* kept = credentials.peers.session(device);
  if (kept == nullptr) return fail("session", "kMaxSessions are kept already");
  *kept = std::move(record);
  if (believed->is_change) turn.remark("the identity of " + device.user + " has changed");
  believe(credentials.peers, device, *believed);
  turn.changed();
  return {};
}

void start_sessions(Turn& turn, std::vector<Recipient> devices, SessionsHandler then) {
  std::vector<wire::Node> users;
  for (const Recipient& device : devices) users.push_back(element("user", {{"jid", device.jid}}));
  turn.query(
      query_node("encrypt", "get", {parent("key", std::move(users))}), kIqTimeout,
      [devices = std::move(devices), then = std::move(then)](Turn& later, const IqAnswer& answer) {
        if (!answer) return then(later, std::unexpected(answer.error()));
        if (const wire::Node* list = (*answer)->child("list")) {
          for (const wire::Node& user : list->children()) take_bundle(later, devices, user);
        }
        then(later, {});
      });
}

Result<wire::Node> encrypt_for(Turn& turn, const Address& device, ByteView padded) {
  if (!has_session(turn.state, device)) return fail("encryption", "there is no session");
  auto encrypted = signal::encrypt(turn.state.credentials.peers.sessions.at(device), padded);
  if (!encrypted) return propagate(encrypted);
  turn.changed();
  return element("enc", {{"v", "2"}, {"type", wire::Text(signal::to_string(encrypted->type))}},
                 wire::Blob(ByteView(encrypted->bytes)));
}

}  // namespace doublecheck::client
