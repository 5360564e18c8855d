#pragma once

#include "harness/vectors/vector.h"
#include "spec/base/bytes.h"

// Bytes in JSON: a hexadecimal string, {"repeat": hex, "count": n}, or a list of these. An input
// may have {"zlib": expression, "level": n}, an output that is only compared {"length": n,
// "sha256": hex}.
namespace doublecheck::corpus {

// Throws for what is none, and for a digest.
Bytes expand(const Json& expression);

// Whether the expression stands for these bytes; of a digest, as far as it tells.
bool stands_for(const Json& expression, ByteView bytes);

// Hexadecimal; long runs of one byte shortened.
Json to_expression(ByteView bytes);

// Byte i is i mod 256.
Json pattern_expression(std::size_t size);

}  // namespace doublecheck::corpus
