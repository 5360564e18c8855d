#include "reference/server/privacy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "spec/base/crypto.h"
#include "spec/base/reader.h"
#include "spec/base/writer.h"

namespace doublecheck::server {
namespace {

constexpr std::string_view kTokenLabel = "doublecheck privacy token";
constexpr std::size_t kTimeSize = 8;

bool is_fresh(std::int64_t t, std::int64_t now) {
  const std::int64_t oldest =
      (now / kTokenPeriodSeconds - (kTokenPeriods - 1)) * kTokenPeriodSeconds;
  return t >= oldest;
}

// The time that a token says it was issued at.
std::optional<std::int64_t> time_of(ByteView token) {
  if (token.size() < kTimeSize) return std::nullopt;
  std::uint64_t t = 0;
  for (const std::uint8_t byte : token.first(kTimeSize)) t = t << 8 | byte;
  return static_cast<std::int64_t>(t);
}

bool accepts_tctoken(const Turn& turn, const Account& from, const Account& to, ByteView token) {
  const auto t = time_of(token);
  if (!t) return false;
  const Guard& guard = turn.guard();
  return guard.holds(Rule::TOKEN_06, std::ranges::equal(token, privacy_token(to, from, *t))) &&
         guard.holds(Rule::TOKEN_07, is_fresh(*t, turn.context.now.wall.seconds()));
}

bool accepts_cstoken(const Turn& turn, const Account& from, const Account& to, ByteView token) {
  if (!from.salt) return false;
  const auto wanted = hmac_sha256(from.salt->value, as_bytes(to.lid + "@lid"));
  return turn.guard().holds(Rule::TOKEN_08, std::ranges::equal(token, wanted));
}

// The content of a child, if there is any.
std::optional<ByteView> token_in(const wire::Node& node, std::string_view tag) {
  const wire::Node* child = node.child(tag);
  return child == nullptr ? std::nullopt : child->bytes();
}

}  // namespace

bool blocked(const Account& one, const Account& other) {
  return one.blocklist.contains(other.lid) || other.blocklist.contains(one.lid);
}

bool shows_picture(const Account& account, const Account& to) {
  return &account == &to || (account.privacy_of("profile") != "none" && !blocked(account, to));
}

Bytes privacy_token(const Account& issuer, const Account& holder, std::int64_t t) {
  Writer time;
  time.u32(static_cast<std::uint32_t>(static_cast<std::uint64_t>(t) >> 32));
  time.u32(static_cast<std::uint32_t>(t));
  const auto key = hmac_sha256(issuer.phone.identity_key().private_key, as_bytes(kTokenLabel));
  const auto seal = hmac_sha256(key, concat({time.written(), as_bytes(holder.lid)}));
  Bytes token = time.take();
  append(token, ByteView(seal).first(16));
  return token;
}

bool may_contact(const Turn& turn, const Account& from, const Account& to, const wire::Node& node) {
  if (&from == &to || !to.contact_policy.token_required) return true;
  if (to.contacted.contains(from.phone_number)) return true;
  if (const auto token = token_in(node, "tctoken"); token && to.contact_policy.accept_tctoken)
    return accepts_tctoken(turn, from, to, *token);
  if (const auto token = token_in(node, "cstoken"); token && to.contact_policy.accept_cstoken)
    return accepts_cstoken(turn, from, to, *token);
  return false;
}

}  // namespace doublecheck::server
