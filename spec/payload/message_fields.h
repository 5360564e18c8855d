#pragma once

#include "spec/base/result.h"
#include "spec/payload/message.h"

// Messages as part of other protobuf messages.
namespace doublecheck::proto {
class Message;
}

namespace doublecheck::payload {

// All but `device_sent`.
void write_fields(const Message& message, proto::Message& out);
Result<Message> read_fields(const proto::Message& in);

}  // namespace doublecheck::payload
