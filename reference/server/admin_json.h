#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "reference/server/admin.h"
#include "reference/server/config.h"

// The admin API as HTTP carries it: a method, a target and a body to a command, and a reply to a
// status and a body. reference/server/README.md describes every request and its answer.
namespace doublecheck::server {

// What everything that this codec knows begins with.
inline constexpr std::string_view kAdminPrefix = "/admin/v1/";

inline constexpr std::size_t kMaxAdminBody = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kMaxAdminTarget = 4096;

// What one command may advance the clock by: ten years.
inline constexpr std::chrono::seconds kMaxTimeAdvance{10LL * 365 * 24 * 60 * 60};

// Traced bytes in one answer, after which `more` says that there are others.
inline constexpr std::size_t kMaxTraceAnswer = std::size_t{4} * 1024 * 1024;

struct AdminRequest {
  std::string_view method;  // "GET"
  std::string_view target;  // path and query, percent-encoded
  std::string_view body;    // JSON, whatever its content type; for a scan, also the bare QR text
};

// Total: anything that is not a command is an error with the HTTP status that says why. Fields,
// query parameters and configuration keys that do not exist are refused by name. `config` is the
// present one, which a PATCH changes in part.
std::expected<AdminCommand, AdminError> decode_admin(const AdminRequest& request,
                                                     const Config& config);

struct AdminResponse {
  int status = 200;
  std::string body;  // JSON
};
AdminResponse encode_admin(const AdminReply& reply);

}  // namespace doublecheck::server
