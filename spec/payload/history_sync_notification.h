#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/base/bytes.h"

// How a phone tells a companion of a piece of history: with the history inside, or where to
// download it.
namespace doublecheck::payload {

// Others may come and are to be ignored.
enum class HistorySyncType : std::int32_t {
  kInitialBootstrap = 0,
  kInitialStatusV3 = 1,
  kFull = 2,
  kRecent = 3,
  kPushName = 4,
  kNonBlockingData = 5,
  kOnDemand = 6,
  kNoHistory = 7,            // only in notifications
  kMessageAccessStatus = 8,  // only in notifications
};

struct HistorySyncNotification {
  // An encrypted file of media type History, whose plaintext is the compressed history.
  struct Download {
    Bytes file_sha256;  // of the compressed plaintext
    std::uint64_t file_length = 0;
    Bytes media_key;  // 32 bytes
    Bytes file_enc_sha256;
    std::string direct_path;

    bool operator==(const Download&) const = default;
  };

  HistorySyncType type = HistorySyncType::kInitialBootstrap;
  std::optional<std::uint32_t> chunk_order;  // from 1, for each type
  std::optional<std::uint32_t> progress;     // 0 to 100
  std::optional<Download> download;
  std::optional<Bytes> inline_payload;  // the compressed history; used instead of a download
  std::optional<std::string> peer_data_request_session_id;  // for kOnDemand: the id of the request

  bool operator==(const HistorySyncNotification&) const = default;
};

}  // namespace doublecheck::payload
