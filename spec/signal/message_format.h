#pragma once

#include <cstddef>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"

// What all messages of this layer have in common: a version byte, protobuf, and for some a trailer.
namespace google::protobuf {
class MessageLite;
}

namespace doublecheck::signal::message_format {

// The version byte and the message.
Bytes with_version(const google::protobuf::MessageLite& message);

// Reads the message between the version byte, which `version_rule` demands, and a trailer of that
// size.
Result<> parse(std::string_view what, ByteView encoded, std::size_t trailer_size, Rule version_rule,
               const Guard& guard, google::protobuf::MessageLite& message);

}  // namespace doublecheck::signal::message_format
