#include "spec/signal/message_format.h"

#include "spec/proto/access.h"
#include "spec/signal/limits.h"
#include "spec/signal/message.h"

namespace doublecheck::signal::message_format {

Bytes with_version(const google::protobuf::MessageLite& message) {
  Bytes encoded = {kMessageVersion};
  append(encoded, proto::serialize(message));
  return encoded;
}

Result<> parse(std::string_view what, ByteView encoded, std::size_t trailer_size, Rule version_rule,
               const Guard& guard, google::protobuf::MessageLite& message) {
  if (encoded.size() > kMaxMessageSize) return fail(what, "too large");
  if (encoded.size() < 1 + trailer_size) return fail(what, "too short");
  if (!guard.holds(version_rule, encoded.front() == kMessageVersion)) {
    return fail(what, "not of version 3", 0);
  }
  if (!proto::parse(encoded.subspan(1, encoded.size() - 1 - trailer_size), message)) {
    return fail(what, "not a protobuf message of this kind", 1);
  }
  return {};
}

}  // namespace doublecheck::signal::message_format
