#include "spec/pairing/qr.h"

#include <algorithm>
#include <array>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::pairing {
namespace {

constexpr std::string_view kWhat = "QR code";

// What follows the `#` of an address. A reference never starts like one.
std::string_view without_prefix(std::string_view text) {
  if (!text.starts_with("https://")) return text;
  const std::size_t hash = text.find('#');
  return hash == std::string_view::npos ? text : text.substr(hash + 1);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> fields;
  std::size_t start = 0;
  while (true) {
    const std::size_t comma = text.find(',', start);
    fields.push_back(text.substr(start, comma - start));
    if (comma == std::string_view::npos) return fields;
    start = comma + 1;
  }
}

std::optional<std::array<std::uint8_t, 32>> decode_key(std::string_view field) {
  const std::optional<Bytes> bytes = from_base64(field);
  return bytes ? to_public_key(*bytes) : std::nullopt;
}

}  // namespace

std::string format_qr(const QrContent& content) {
  std::string text(content.has_prefix ? kQrPrefix : "");
  text += content.ref;
  for (const auto& key : {content.noise_key, content.identity_key, content.adv_secret}) {
    text += ',' + to_base64(key);
  }
  if (content.platform_id) text += ',' + *content.platform_id;
  return text;
}

Result<QrContent> parse_qr(std::string_view text) {
  if (text.size() > kMaxQrText) return fail(kWhat, "too long");
  const std::string_view body = without_prefix(text);
  const std::vector<std::string_view> fields = split(body);
  if (fields.size() < 4) return fail(kWhat, "fewer than four fields");
  if (std::ranges::any_of(fields, &std::string_view::empty)) return fail(kWhat, "an empty field");
  const auto noise_key = decode_key(fields[1]);
  const auto identity_key = decode_key(fields[2]);
  const auto adv_secret = decode_key(fields[3]);
  if (!noise_key || !identity_key || !adv_secret) {
    return fail(kWhat, "a key or the secret is not 32 bytes in base64");
  }
  QrContent content{.ref = std::string(fields[0]),
                    .noise_key = *noise_key,
                    .identity_key = *identity_key,
                    .adv_secret = *adv_secret,
                    .platform_id = {},
                    .has_prefix = body.size() != text.size()};
  if (fields.size() > 4) content.platform_id = std::string(fields[4]);
  return content;
}

}  // namespace doublecheck::pairing
