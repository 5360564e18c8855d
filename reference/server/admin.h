#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reference/server/account_settings.h"
#include "reference/server/config.h"
#include "reference/server/fault.h"
#include "reference/server/pairing.h"
#include "reference/server/seed_groups.h"
#include "reference/server/trace_log.h"
#include "spec/base/time.h"
#include "spec/payload/message.h"
#include "spec/wire/node.h"

// What an administrator, or a test, can tell the server to do: typed inputs of the core, so that
// they work in virtual time and under fuzzing. The admin API of `reference/server/README.md` is
// their JSON form over HTTP.
namespace doublecheck::server {

struct ScanQr {
  std::string text;                    // the QR text, prefix and surrounding white space tolerated
  std::optional<std::string> account;  // phone number, LID or name to pair into
  PairFault fault = PairFault::kNone;
};
struct EnterCode {
  std::string phone_number;
  std::string code;
};

struct CreateAccount {
  std::string name;
  std::optional<std::string> phone_number;
  std::optional<std::string> lid;
  AccountSettings settings = {};
};
struct GetAccount {
  std::string account;
};
struct ChangeAccount {
  std::string account;
  AccountSettings settings;
};
struct DeleteAccount {
  std::string account;
};

// The phone of an account writes to another account, or to its own companions.
struct WriteAsPhone {
  std::string account;
  std::string to;
  payload::Message message;
  std::optional<std::string> id = {};
};
// What the phone of an account has read.
struct ListPhoneMessages {
  std::string account;
};
// The phone of an account is set up anew.
struct ReplacePhone {
  std::string account;
};

// Makes a group; nobody is told. Accounts are named as anywhere here.
struct CreateGroup {
  SeedGroup group;
};
struct GetGroup {
  std::string id;
};

struct ListDevices {
  std::string account;
};
struct UnlinkDevice {
  std::string account;
  std::uint16_t device = 0;
};
enum class DisconnectHow { kClose, kReset, kStreamError };
struct DisconnectDevice {
  std::string account;
  std::uint16_t device = 0;
  DisconnectHow how = DisconnectHow::kClose;
  std::string code;  // of the stream error
};
// A raw stanza to a device that is connected.
struct SendStanza {
  std::string account;
  std::uint16_t device = 0;
  wire::Node stanza;
};

struct GetConfig {};
struct SetConfig {
  Config config;
};
// A new Noise static key: a client that cached the old one falls back to XX on its next connection.
struct RotateNoiseKey {};
struct AdvanceTime {
  Duration by{0};
};
struct GetTrace {
  std::optional<std::string> account;
  std::uint64_t since = 0;
};
struct GetState {};
// A fault for a hostile server to inject. `account` may be named as anywhere here, and takes the
// place of the fault's phone number.
struct AddFault {
  Fault fault;
  std::optional<std::string> account = {};
};
struct GetFault {
  std::uint64_t number = 0;
};
struct ListFaults {};
struct RemoveFault {
  std::uint64_t number = 0;
};
// Which faults there are.
struct ListFaultKinds {};
// Forgets everything; with `keep_accounts` only queues, connections and the trace.
struct Reset {
  bool keep_accounts = false;
};

using AdminCommand =
    std::variant<ScanQr, EnterCode, CreateAccount, GetAccount, ChangeAccount, DeleteAccount,
                 WriteAsPhone, ListPhoneMessages, ReplacePhone, CreateGroup, GetGroup, ListDevices,
                 UnlinkDevice, DisconnectDevice, SendStanza, GetConfig, SetConfig, RotateNoiseKey,
                 AdvanceTime, GetTrace, GetState, Reset, AddFault, GetFault, ListFaults,
                 RemoveFault, ListFaultKinds>;

struct AccountView {
  std::string name;
  std::string phone_number;
  std::string lid;
  AccountSettings settings;
  std::vector<std::uint16_t> devices;
};
// The id of a message that was sent.
struct SentMessage {
  std::string id;
};
struct GroupView {
  std::string id;
  std::string subject;
  bool by_lid = true;
  std::vector<std::string> members;
  std::vector<std::string> admins;
};
struct DeviceView {
  std::uint16_t device = 0;
  std::uint32_t key_index = 0;
  bool online = false;
  bool ready = false;
  std::size_t queued = 0;
  std::size_t one_time_prekeys = 0;
  std::uint32_t registration_id = 0;
};
struct StateView {
  std::map<std::string, std::uint64_t> counters;
  std::size_t accounts = 0;
  std::size_t connections = 0;
};
struct FaultView {
  std::uint64_t number = 0;
  Fault fault;
  FaultResult result;
};
// Stands for the table of fault_kind.h.
struct FaultKinds {};
struct Done {};

using AdminResult =
    std::variant<Done, PairedDevice, AccountView, SentMessage, std::vector<PhoneMessage>, GroupView,
                 std::vector<DeviceView>, Config, std::vector<TracedStanza>, StateView, FaultView,
                 std::vector<FaultView>, FaultKinds>;

// `status` is the HTTP status of the kind of error.
struct AdminError {
  int status = 400;
  std::string code;
  std::string message;
};
using AdminReply = std::expected<AdminResult, AdminError>;

}  // namespace doublecheck::server
