#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/noise/limits.h"

// What a client says of itself in the handshake. It is the whole login request: the server knows
// the device by (username, device) and by the static key that came with it.
namespace doublecheck::noise {

enum class Platform : std::int32_t {
  kAndroid = 0,
  kIos = 1,
  kSmbAndroid = 10,
  kSmbIos = 12,
  kWindows = 13,
  kWeb = 14,
  kMacos = 24,
  kIpad = 33,
};
enum class ReleaseChannel : std::int32_t { kRelease = 0, kBeta = 1, kAlpha = 2, kDebug = 3 };
enum class WebSubPlatform : std::int32_t {
  kWebBrowser = 0,
  kAppStore = 1,
  kWinStore = 2,
  kDarwin = 3,
  kWin32 = 4,
  kWinHybrid = 5,
};
// 100 … 112 are kinds of cellular networks.
enum class ConnectType : std::int32_t { kCellularUnknown = 0, kWifiUnknown = 1 };
enum class ConnectReason : std::int32_t {
  kPush = 0,
  kUserActivated = 1,
  kScheduled = 2,
  kErrorReconnect = 3,
  kNetworkSwitch = 4,
  kPingReconnect = 5,
  kUnknown = 6,
};

struct AppVersion {
  std::optional<std::uint32_t> primary;
  std::optional<std::uint32_t> secondary;
  std::optional<std::uint32_t> tertiary;
  std::optional<std::uint32_t> quaternary;
  std::optional<std::uint32_t> quinary;

  bool operator==(const AppVersion&) const = default;
};

struct UserAgent {
  std::optional<Platform> platform;
  std::optional<AppVersion> app_version;
  std::optional<std::string> mobile_country_code;
  std::optional<std::string> mobile_network_code;
  std::optional<std::string> os_version;
  std::optional<std::string> manufacturer;
  std::optional<std::string> device;
  std::optional<std::string> os_build_number;
  std::optional<ReleaseChannel> release_channel;
  std::optional<std::string> language;  // ISO 639-1
  std::optional<std::string> country;   // ISO 3166-1 alpha-2 (PAYLOAD-09)

  bool operator==(const UserAgent&) const = default;
};

struct WebInfo {
  std::optional<WebSubPlatform> sub_platform;

  bool operator==(const WebInfo&) const = default;
};

// How a device introduces itself that has no account yet. Integers are big-endian (PAYLOAD-03).
struct DevicePairingData {
  std::optional<Bytes> registration_id;          // eRegid, 4 bytes
  std::optional<Bytes> key_type;                 // eKeytype, 05
  std::optional<Bytes> identity_key;             // eIdent, 32 bytes
  std::optional<Bytes> signed_prekey_id;         // eSkeyID, 3 bytes
  std::optional<Bytes> signed_prekey;            // eSkeyVal, 32 bytes
  std::optional<Bytes> signed_prekey_signature;  // eSkeySig, 64 bytes, over 05 and the prekey
  std::optional<Bytes> build_hash;               // MD5 of the app version as text, 16 bytes
  std::optional<Bytes> device_props;             // encoded DeviceProps

  bool operator==(const DevicePairingData&) const = default;
};

struct ClientPayload {
  std::optional<std::uint64_t> username;  // the digits of the phone number
  std::optional<bool> passive;
  std::optional<UserAgent> user_agent;
  std::optional<WebInfo> web_info;
  std::optional<std::string> push_name;
  std::optional<std::int32_t> session_id;
  std::optional<bool> short_connect;
  std::optional<ConnectType> connect_type;
  std::optional<ConnectReason> connect_reason;
  std::optional<std::uint32_t> connect_attempt_count;
  std::optional<std::uint32_t> device;
  std::optional<DevicePairingData> device_pairing_data;
  std::optional<bool> oc;
  std::optional<std::int32_t> lc;
  std::optional<bool> pull;
  std::optional<bool> lid_db_migrated;

  bool is_registration() const { return device_pairing_data.has_value() && !username.has_value(); }
  bool is_login() const {
    return username.has_value() && device.has_value() && !device_pairing_data.has_value();
  }

  bool operator==(const ClientPayload&) const = default;
};

Bytes encode_client_payload(const ClientPayload& payload);

// At most kMaxClientPayload bytes. Fields that are not named above are ignored (PAYLOAD-11).
Result<ClientPayload> decode_client_payload(ByteView bytes, const Guard& guard = {});

// The app version as `primary.secondary.tertiary`, absent numbers as 0, and its MD5 (PAYLOAD-06).
std::string version_text(const AppVersion& version);
Bytes build_hash(const AppVersion& version);

// What a device that registers has made.
struct RegistrationKeys {
  std::uint32_t registration_id = 0;
  KeyPair identity;
  std::uint32_t signed_prekey_id = 0;  // 24 bits
  KeyPair signed_prekey;
};
DevicePairingData make_device_pairing_data(const RegistrationKeys& keys, const AppVersion& version,
                                           Bytes device_props, RandomSource& random);

// A registration whose parts were found good.
struct Registration {
  std::uint32_t registration_id = 0;
  PublicKey identity_key{};
  std::uint32_t signed_prekey_id = 0;
  PublicKey signed_prekey{};
  Signature signed_prekey_signature{};
  Bytes device_props;

  bool operator==(const Registration&) const = default;
};

// PAYLOAD-01, 03, 04, 06 and 07. What merely should be (PAYLOAD-05, 09) is no reason to refuse a
// client.
Result<Registration> validate_registration(const ClientPayload& payload, const Guard& guard);

struct Login {
  std::uint64_t username = 0;
  std::uint32_t device = 0;

  bool operator==(const Login&) const = default;
};

// PAYLOAD-02 and 07. Passive is demanded of companions alone; device 0 is a phone.
Result<Login> validate_login(const ClientPayload& payload, const Guard& guard);

}  // namespace doublecheck::noise
