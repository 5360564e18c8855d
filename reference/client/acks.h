#pragma once

#include <optional>
#include <string_view>

#include "spec/base/guard.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// Reasons that the ack of a message can give for why it was not taken.
namespace nack {
inline constexpr std::string_view kParsingError = "487";
inline constexpr std::string_view kUnrecognisedStanza = "488";
inline constexpr std::string_view kInvalidProtobuf = "491";
}  // namespace nack

// The acknowledgement that a message, receipt, notification or call is owed; nothing for other
// stanzas, and for one without id or from (STANZA-72 … STANZA-77, STANZA-80).
std::optional<wire::Node> ack_of(const wire::Node& stanza, const Guard& guard,
                                 std::string_view error = {});

}  // namespace doublecheck::client
