#pragma once

#include <string_view>

// Files of corpus/vectors, as they are: compiled in, so that the program needs no file beside it.
namespace doublecheck::corpus {

extern const std::string_view kAppState;
extern const std::string_view kFrames;
extern const std::string_view kHkdfInfos;
extern const std::string_view kLtHash;
extern const std::string_view kMedia;
extern const std::string_view kMediaRetry;
extern const std::string_view kNodes;
extern const std::string_view kNodesInvalid;
extern const std::string_view kNoise;
extern const std::string_view kPadding;
extern const std::string_view kPairing;
extern const std::string_view kPhash;
extern const std::string_view kRegistration;
extern const std::string_view kSenderKey;
extern const std::string_view kSessions;
extern const std::string_view kSrtp;
extern const std::string_view kStanzas;
extern const std::string_view kXeddsa;

// What other implementations have confirmed: confirmation.h.
extern const std::string_view kBaileysConfirmations;
extern const std::string_view kWhatsmeowConfirmations;

}  // namespace doublecheck::corpus
