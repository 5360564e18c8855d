#include "reference/server/login.h"

#include "reference/server/account_changes.h"
#include "reference/server/pairing.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

// Where the rule of a login asks: does this client own the device that it names (PAYLOAD-10)?
Device* authenticated_device(Turn& turn, const noise::ClientPayload& payload,
                             const PublicKey& client_static) {
  if (!payload.username || !payload.device) return nullptr;
  Device* device = turn.state.directory.find_device(
      {std::to_string(*payload.username), static_cast<std::uint16_t>(*payload.device)});
  const bool bound =
      device != nullptr && *payload.device <= UINT16_MAX && device->noise_key == client_static;
  return turn.context.guard.holds(Rule::PAYLOAD_10, bound) ? device : nullptr;
}

void take_over(Turn& turn, Session& session, Device& device) {
  if (device.connection && *device.connection != session.id) {
    const auto older = turn.state.sessions.find(*device.connection);
    if (older != turn.state.sessions.end()) {
      turn.stream_error(older->second, {}, {element("conflict", {{"type", "replaced"}})},
                        "replaced by a newer connection of the same device");
    }
  }
  device.connection = session.id;
  device.ready = false;
}

void log_in(Turn& turn, Session& session, const noise::ClientPayload& payload,
            const PublicKey& client_static, bool replayable) {
  Device* device = authenticated_device(turn, payload, client_static);
  if (device == nullptr) {
    turn.count("login.refused");
    turn.login_failure(session, "401", "no such device, or its key is another");
    return;
  }
  const DeviceAddress address{std::to_string(*payload.username), device->number};
  Account& account = *turn.state.directory.by_phone_number(address.phone_number);
  session.phase = LoggedInPhase{.address = address, .proven = !replayable, .active = false};
  if (!replayable) take_over(turn, session, *device);
  turn.send(session.id, element("success", {{"t", wire::Text(turn.timestamp())},
                                            {"lid", account.lid_jid(device->number)}}));
}

}  // namespace

void begin_session(Turn& turn, Session& session, const noise::ClientPayload& payload,
                   const PublicKey& client_static, bool replayable) {
  session.deadline.reset();
  if (payload.is_registration()) {
    begin_pairing(turn, session, payload, client_static);
  } else {
    log_in(turn, session, payload, client_static, replayable);
  }
}

void prove_session(Turn& turn, Session& session) {
  LoggedInPhase* login = session.in<LoggedInPhase>();
  if (login == nullptr || login->proven) return;
  Device* device = turn.state.directory.find_device(login->address);
  if (device == nullptr) {
    turn.stream_error(session, "401", {element("conflict", {{"type", "device_removed"}})},
                      "the device was removed");
    return;
  }
  login->proven = true;
  take_over(turn, session, *device);
}

void unlink_device(Turn& turn, const DeviceAddress& address) {
  Account* account = turn.state.directory.by_phone_number(address.phone_number);
  Device* device = turn.state.directory.find_device(address);
  if (account == nullptr || device == nullptr) return;
  if (device->connection) {
    const auto session = turn.state.sessions.find(*device->connection);
    if (session != turn.state.sessions.end()) {
      turn.stream_error(session->second, "401", {element("conflict", {{"type", "device_removed"}})},
                        "the device was removed");
    }
  }
  account->phone.forget({std::string(), address.device});
  const std::uint32_t key_index = device->key_index;
  account->devices.erase(address.device);
  tell_of_device(turn, *account, "remove", address.device, key_index);
}

void replace_phone(Turn& turn, Account& account) {
  while (!account.devices.empty())
    unlink_device(turn, {account.phone_number, account.devices.begin()->first});
  account.phone = phone::Phone(turn.context.random);
  account.phone_keys = published_keys(account.phone);
  account.next_key_index = 1;
  tell_watchers(turn, account, nullptr, "encrypt",
                parent("notification", {element("identity")}, {{"lid", account.lid_jid()}}));
}

}  // namespace doublecheck::server
