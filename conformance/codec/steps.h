#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/suite/case.h"
#include "harness/suite/codec_bench.h"
#include "harness/vectors/vector_files.h"
#include "spec/base/vector_json.h"

// What cases against codecs share.
namespace doublecheck::conformance {

using namespace doublecheck::test_vectors;
using corpus::kFrames;
using corpus::kNodes;
using corpus::kNodesInvalid;
using corpus::kNoise;
using corpus::kPadding;
using corpus::kPairing;
using corpus::kPhash;
using corpus::kSenderKey;
using corpus::kSessions;
using corpus::kXeddsa;

// A file of vectors, parsed once.
const Json& vectors(std::string_view file);
// The case of that name.
const Json& vector_case(std::string_view file, std::string_view name);
// Those cases whose member has that value: group, category, direction …
std::vector<const Json*> vector_cases(std::string_view file, std::string_view member,
                                      std::string_view value);

PublicKey key_of(const Json& hex);            // 32 bytes, or the last 32 of the 33-byte form
PrivateKey private_key_of(const Json& pair);  // of an object with `private`
PublicKey public_key_of(const Json& pair);    // and with `public`

// The bytes with one bit of one byte changed; which bit depends on the place, so that all eight get
// their turn.
Bytes flipped(ByteView bytes, std::size_t at);

// A sentence about one of many.
std::string at_byte(std::string_view sentence, std::size_t at);

// Whether these are the bytes expected, attributes of nodes in any order: the same bytes as often,
// read as the same node.
bool is_canonical(ByteView payload, ByteView expected);

}  // namespace doublecheck::conformance
