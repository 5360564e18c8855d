#pragma once

#include <cstddef>

#include "spec/base/bytes.h"
#include "spec/base/result.h"

// zlib streams (RFC 1950).
namespace doublecheck::payload {

Bytes compress(ByteView plain);

// The content of exactly one stream. Refuses more than `limit` bytes, anything after the stream,
// and a stream that is damaged or not complete. Memory grows with what comes out.
Result<Bytes> decompress(ByteView compressed, std::size_t limit);

}  // namespace doublecheck::payload
