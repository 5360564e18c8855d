#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/pairing/adv_secret.h"
#include "spec/pairing/limits.h"

// The QR code that a companion shows for the phone to scan:
//
//   [prefix] ref , noise key , identity key , adv secret [, platform id] …
//
// with keys and secret in standard base64.
namespace doublecheck::pairing {

inline constexpr std::string_view kQrPrefix = "https://wa.me/settings/linked_devices#";

struct QrContent {
  std::string ref;
  PublicKey noise_key{};     // equals the static key of the handshake (PAIR-04)
  PublicKey identity_key{};  // equals eIdent of the registration (PAIR-04)
  AdvSecret adv_secret{};
  std::optional<std::string> platform_id;  // older companions show none (PAIR-05)
  bool has_prefix = true;

  bool operator==(const QrContent&) const = default;
};

// The companion's side.
std::string format_qr(const QrContent& content);

// The phone's side (PAIR-06): any https prefix that ends with `#`, or none; four fields or more, of
// which those after the fifth are ignored. Refuses empty fields, other base64, keys of another
// length, and more than kMaxQrText bytes.
Result<QrContent> parse_qr(std::string_view text);

}  // namespace doublecheck::pairing
