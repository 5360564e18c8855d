#pragma once

#include "spec/base/bytes.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"

// What stands between an encoded message and its encryption: n bytes of value n, n from 1 to
// kMaxPadding (MESSAGE-01). Content of `enc v="3"` has no padding (MESSAGE-04).
namespace doublecheck::payload {

// Draws n, all values equally likely (MESSAGE-02).
Bytes pad(ByteView encoded, RandomSource& random);

// What is in front of the padding, borrowed from `padded`; possibly nothing. Refuses padding whose
// bytes differ or are 0 or more than there are bytes (MESSAGE-03), and more than kMaxPadding of it
// (MESSAGE-01).
Result<ByteView> unpad(ByteView padded, const Guard& guard);

}  // namespace doublecheck::payload
