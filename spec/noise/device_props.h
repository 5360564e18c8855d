#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/noise/client_payload.h"

// How a companion wants to be shown in the list of linked devices, and how much history it wants:
// the `device_props` of its DevicePairingData.
namespace doublecheck::noise {

enum class CompanionPlatform : std::int32_t {
  kUnknown = 0,
  kChrome = 1,
  kFirefox = 2,
  kIe = 3,
  kOpera = 4,
  kSafari = 5,
  kEdge = 6,
  kDesktop = 7,
  kIpad = 8,
  kAndroidTablet = 9,
  kOhana = 10,
  kAloha = 11,
  kCatalina = 12,
  kTclTv = 13,
  kIosPhone = 14,
  kIosCatalyst = 15,
  kAndroidPhone = 16,
  kAndroidAmbiguous = 17,
  kWearOs = 18,
  kArWrist = 19,
  kArDevice = 20,
  kUwp = 21,
  kVr = 22,
  kCloudApi = 23,
  kSmartglasses = 24,
};

struct HistorySyncConfig {
  std::optional<std::uint32_t> full_sync_days_limit;
  std::optional<std::uint32_t> full_sync_size_megabytes_limit;
  std::optional<std::uint32_t> storage_quota_megabytes;
  std::optional<bool> inline_initial_payload;
  std::optional<std::uint32_t> recent_sync_days_limit;
  std::optional<bool> on_demand_ready;

  bool operator==(const HistorySyncConfig&) const = default;
};

struct DeviceProps {
  std::optional<std::string> os;
  std::optional<AppVersion> version;
  std::optional<CompanionPlatform> platform;
  std::optional<bool> require_full_sync;
  std::optional<HistorySyncConfig> history_sync_config;

  bool operator==(const DeviceProps&) const = default;
};

Bytes encode_device_props(const DeviceProps& props);

// At most kMaxClientPayload bytes. Unknown fields are ignored.
Result<DeviceProps> decode_device_props(ByteView bytes);

}  // namespace doublecheck::noise
