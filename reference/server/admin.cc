#include "reference/server/admin.h"

#include <algorithm>
#include <utility>

#include "reference/server/login.h"
#include "reference/server/phone_mail.h"
#include "reference/server/server.h"
#include "reference/server/stanzas.h"

// The administrator's commands, a function each.
namespace doublecheck::server {
namespace {

std::unexpected<AdminError> refused(int status, std::string code, std::string message) {
  return std::unexpected(AdminError{status, std::move(code), std::move(message)});
}

AdminReply reply_to_scan(std::expected<PairedDevice, ScanError> scanned) {
  if (scanned) return std::move(*scanned);
  switch (scanned.error().failure) {
    case ScanFailure::kMalformed:
      return refused(422, "malformed", scanned.error().why);
    case ScanFailure::kUnknownReference:
      return refused(404, "unknown-reference", scanned.error().why);
    case ScanFailure::kExpired:
      return refused(410, "expired", scanned.error().why);
    case ScanFailure::kRefused:
      return refused(409, "refused", scanned.error().why);
  }
  return refused(500, "internal", "an unknown scan failure");
}

// The account that a command names, or why there is none.
std::expected<Account*, AdminError> find_account(Turn& turn, const std::string& reference) {
  Account* account = turn.state.directory.find(reference);
  if (account == nullptr)
    return refused(404, "no-such-account", "there is no account " + reference);
  return account;
}

struct FoundDevice {
  Account* account;
  Device* device;
  Session* session;  // nullptr while it is not connected
};
std::expected<FoundDevice, AdminError> find_device(Turn& turn, const std::string& reference,
                                                   std::uint16_t number) {
  auto account = find_account(turn, reference);
  if (!account) return std::unexpected(account.error());
  const auto device = (*account)->devices.find(number);
  if (device == (*account)->devices.end()) {
    return refused(404, "no-such-device", "the account has no device " + std::to_string(number));
  }
  FoundDevice found{*account, &device->second, nullptr};
  if (device->second.connection) {
    const auto session = turn.state.sessions.find(*device->second.connection);
    if (session != turn.state.sessions.end()) found.session = &session->second;
  }
  return found;
}

AccountView view(const Account& account) {
  AccountView view{.name = account.push_name,
                   .phone_number = account.phone_number,
                   .lid = account.lid,
                   .settings = {.props = account.props,
                                .contact_policy = account.contact_policy,
                                .salt = account.salt},
                   .devices = {}};
  for (const auto& [number, device] : account.devices) view.devices.push_back(number);
  return view;
}

DeviceView view(const Device& device) {
  return {.device = device.number,
          .key_index = device.key_index,
          .online = device.connection.has_value(),
          .ready = device.ready,
          .queued = device.queue.size(),
          .one_time_prekeys = device.keys.one_time.size(),
          .registration_id = device.keys.registration_id};
}

AdminReply run(Turn& turn, const ScanQr& command) {
  return reply_to_scan(scan(turn, command.text, command.account, command.fault));
}

AdminReply run(Turn& turn, const EnterCode& command) {
  return reply_to_scan(enter_code(turn, command.phone_number, command.code));
}

AdminReply run(Turn& turn, const CreateAccount& command) {
  auto account = make_account(
      turn, {.name = command.name, .phone_number = command.phone_number, .lid = command.lid});
  if (!account) return refused(409, "refused", account.error().to_string());
  command.settings.apply(**account);
  return view(**account);
}

AdminReply run(Turn& turn, const GetAccount& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  return view(**account);
}

AdminReply run(Turn& turn, const ChangeAccount& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  command.settings.apply(**account);
  return view(**account);
}

AdminReply run(Turn& turn, const DeleteAccount& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  while (!(*account)->devices.empty()) {
    unlink_device(turn, {(*account)->phone_number, (*account)->devices.begin()->first});
  }
  turn.state.groups.forget_account((*account)->phone_number);
  turn.state.newsletters.forget_account((*account)->phone_number);
  turn.state.directory.erase(**account);
  return Done{};
}

AdminReply run(Turn& turn, const WriteAsPhone& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  const auto to = find_account(turn, command.to);
  if (!to) return std::unexpected(to.error());
  const std::string id = command.id ? *command.id : phone_message_id(turn);
  phone_writes(turn, **account, **to, id, command.message);
  return SentMessage{id};
}

AdminReply run(Turn& turn, const ListPhoneMessages& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  return std::vector<PhoneMessage>((*account)->phone_messages.begin(),
                                   (*account)->phone_messages.end());
}

AdminReply run(Turn& turn, const ReplacePhone& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  replace_phone(turn, **account);
  return view(**account);
}

GroupView view(const Group& group) {
  GroupView view{.id = group.id,
                 .subject = group.subject.text,
                 .by_lid = group.by_lid,
                 .members = {},
                 .admins = {}};
  for (const auto& [phone_number, rank] : group.members) {
    view.members.push_back(phone_number);
    if (rank != Rank::kMember) view.admins.push_back(phone_number);
  }
  return view;
}

// Puts phone numbers in the place of whatever accounts are named by.
std::expected<std::vector<std::string>, AdminError> phone_numbers(
    Turn& turn, const std::vector<std::string>& references) {
  std::vector<std::string> numbers;
  for (const std::string& reference : references) {
    const auto account = find_account(turn, reference);
    if (!account) return std::unexpected(account.error());
    numbers.push_back((*account)->phone_number);
  }
  return numbers;
}

AdminReply run(Turn& turn, const CreateGroup& command) {
  SeedGroup wanted = command.group;
  auto members = phone_numbers(turn, wanted.members);
  if (!members) return std::unexpected(members.error());
  auto admins = phone_numbers(turn, wanted.admins);
  if (!admins) return std::unexpected(admins.error());
  wanted.members = *std::move(members);
  wanted.admins = *std::move(admins);
  const auto group = seed_group(turn, wanted);
  if (!group) return refused(409, "refused", group.error().to_string());
  return view(**group);
}

AdminReply run(Turn& turn, const GetGroup& command) {
  const Group* group = turn.state.groups.look_up(command.id);
  if (group == nullptr) return refused(404, "no-such-group", "there is no group " + command.id);
  return view(*group);
}

AdminReply run(Turn& turn, const ListDevices& command) {
  const auto account = find_account(turn, command.account);
  if (!account) return std::unexpected(account.error());
  std::vector<DeviceView> devices;
  for (const auto& [number, device] : (*account)->devices) devices.push_back(view(device));
  return devices;
}

AdminReply run(Turn& turn, const UnlinkDevice& command) {
  const auto found = find_device(turn, command.account, command.device);
  if (!found) return std::unexpected(found.error());
  unlink_device(turn, {found->account->phone_number, command.device});
  return Done{};
}

AdminReply run(Turn& turn, const DisconnectDevice& command) {
  const auto found = find_device(turn, command.account, command.device);
  if (!found) return std::unexpected(found.error());
  if (found->session == nullptr)
    return refused(409, "not-connected", "the device is not connected");
  switch (command.how) {
    case DisconnectHow::kClose:
      turn.close(*found->session, "closed by the administrator");
      break;
    case DisconnectHow::kReset:
      turn.close(*found->session, "reset by the administrator", true);
      break;
    case DisconnectHow::kStreamError:
      turn.stream_error(*found->session, command.code, {}, "stream error by the administrator");
      break;
  }
  return Done{};
}

AdminReply run(Turn& turn, const SendStanza& command) {
  const auto found = find_device(turn, command.account, command.device);
  if (!found) return std::unexpected(found.error());
  if (found->session == nullptr)
    return refused(409, "not-connected", "the device is not connected");
  turn.send(found->session->id, command.stanza);
  return Done{};
}

AdminReply run(Turn&, const ListFaultKinds&) { return FaultKinds{}; }

std::unexpected<AdminError> no_such_fault(std::uint64_t number) {
  return refused(404, "no-such-fault", "there is no fault " + std::to_string(number));
}

AdminReply run(Turn& turn, const GetConfig&) { return turn.state.config; }

AdminReply run(Turn& turn, const GetState&) {
  return StateView{turn.state.counters, turn.state.directory.all().size(),
                   turn.state.sessions.size()};
}

}  // namespace

AdminReply Server::administer_faults(Turn& turn, const AddFault& command) {
  if (state_.config.strictness != Strictness::kHostile)
    return refused(409, "not-hostile", "only a server of strictness hostile injects faults");
  Fault fault = command.fault;
  if (fault.device && !command.account)
    return refused(400, "bad-request", "a device without an account");
  if (command.account) {
    const auto account = find_account(turn, *command.account);
    if (!account) return std::unexpected(account.error());
    fault.phone_number = (*account)->phone_number;
  }
  const FaultKind* kind = find_fault_kind(fault.where, fault.name);
  const bool immediate = kind != nullptr && std::holds_alternative<ImmediateFault>(kind->how);
  if (immediate && !(command.account && fault.device))
    return refused(400, "bad-request", "this fault is done to a device: name account and device");
  std::optional<FoundDevice> victim;
  if (immediate) {
    const auto found = find_device(turn, *command.account, *fault.device);
    if (!found) return std::unexpected(found.error());
    victim = *found;
  }
  const auto number = faults_.add(fault);
  if (!number) return refused(422, "refused", number.error().why);
  if (victim) faults_.begin(*number, turn, *victim->account, *victim->device);
  const FaultInjector::Entry& entry = faults_.entries().at(*number);
  return FaultView{*number, entry.fault, entry.result};
}

AdminReply Server::administer(Turn& turn, const AdminCommand& command) {
  if (const auto* set = std::get_if<SetConfig>(&command)) {
    state_.config = set->config;
    leniency_.set_lenient(state_.config.strictness == Strictness::kLenient);
    if (state_.config.strictness != Strictness::kHostile) faults_.clear();
    issue_certificates(turn.context.now);
    return state_.config;
  }
  if (std::holds_alternative<RotateNoiseKey>(command)) {
    rotate_noise_key(turn.context.now);
    return Done{};
  }
  if (const auto* advance = std::get_if<AdvanceTime>(&command)) {
    if (advance->by < Duration{0}) return refused(400, "bad-request", "time only goes forward");
    clock_offset_ += advance->by;
    return Done{};
  }
  if (const auto* get = std::get_if<GetTrace>(&command)) {
    if (!get->account) return trace_log_.since(get->since, std::nullopt);
    const auto account = find_account(turn, *get->account);
    if (!account) return std::unexpected(account.error());
    return trace_log_.since(get->since, (*account)->phone_number);
  }
  if (const auto* reset = std::get_if<Reset>(&command)) {
    for (auto& [id, session] : state_.sessions) {
      if (session.ended() && session.deadline) turn.close_ended(session);
      turn.close(session, "the server was reset");
    }
    trace_log_.clear();
    faults_.clear();
    state_.counters.clear();
    if (!reset->keep_accounts) {
      state_.directory.clear();
      state_.groups.clear();
      state_.newsletters.clear();
      return Done{};
    }
    for (const auto& [number, account] : std::as_const(state_.directory).all()) {
      Account& emptied = *state_.directory.by_phone_number(number);
      for (auto& [device_number, device] : emptied.devices) device.queue.clear();
    }
    return Done{};
  }
  if (const auto* scan = std::get_if<ScanQr>(&command);
      scan != nullptr && scan->fault == PairFault::kNone) {
    ScanQr scanned = *scan;
    const Account* account = scan->account ? state_.directory.find(*scan->account) : nullptr;
    scanned.fault =
        faults_.pairing(account == nullptr ? std::nullopt : std::optional(account->phone_number),
                        turn.context.now, state_);
    return run(turn, scanned);
  }
  if (const auto* add = std::get_if<AddFault>(&command)) return administer_faults(turn, *add);
  if (const auto* get = std::get_if<GetFault>(&command)) {
    const auto entry = faults_.entries().find(get->number);
    if (entry == faults_.entries().end()) return no_such_fault(get->number);
    return FaultView{get->number, entry->second.fault, entry->second.result};
  }
  if (std::holds_alternative<ListFaults>(command)) {
    std::vector<FaultView> views;
    for (const auto& [number, entry] : faults_.entries())
      views.push_back({number, entry.fault, entry.result});
    return views;
  }
  if (const auto* remove = std::get_if<RemoveFault>(&command)) {
    if (!faults_.remove(remove->number)) return no_such_fault(remove->number);
    return Done{};
  }
  return std::visit(
      [&](const auto& other) -> AdminReply {
        if constexpr (requires { run(turn, other); }) {
          return run(turn, other);
        } else {
          return refused(500, "internal", "a command without a handler");
        }
      },
      command);
}

}  // namespace doublecheck::server
