#pragma once

#include <cstdint>

#include "reference/server/account.h"
#include "reference/server/turn.h"
#include "spec/base/bytes.h"
#include "spec/wire/node.h"

// Who may know of whom, and write to whom.
namespace doublecheck::server {

// Tokens are good for this many periods, the present one included (TOKEN-07).
inline constexpr std::int64_t kTokenPeriodSeconds = 604'800;
inline constexpr std::int64_t kTokenPeriods = 4;

// Whether one of them has blocked the other.
bool blocked(const Account& one, const Account& other);

// Whether an account lets this one see its picture.
bool shows_picture(const Account& account, const Account& to);

// The token that `issuer` gives `holder` at that time, in Unix seconds: opaque to everybody else,
// and always the same (TOKEN-02).
Bytes privacy_token(const Account& issuer, const Account& holder, std::int64_t t);

// Whether `from` may write to `to`, or ask about it, with the `<tctoken>` or `<cstoken>` that is in
// `node`: always, unless `to` demands a token and has not written to `from`.
bool may_contact(const Turn& turn, const Account& from, const Account& to, const wire::Node& node);

}  // namespace doublecheck::server
