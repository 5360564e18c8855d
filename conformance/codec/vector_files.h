#pragma once

#include <string_view>

// Files of corpus/vectors, as they are.
namespace doublecheck::conformance {

extern const std::string_view kFrames;
extern const std::string_view kNodes;
extern const std::string_view kNodesInvalid;
extern const std::string_view kNoise;
extern const std::string_view kPadding;
extern const std::string_view kPairing;
extern const std::string_view kPhash;
extern const std::string_view kSenderKey;
extern const std::string_view kSessions;
extern const std::string_view kXeddsa;

}  // namespace doublecheck::conformance
