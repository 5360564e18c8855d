#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/signal/chain.h"

// What the records of this layer have in common at rest: a version byte in front of protobuf, and
// chains.
namespace google::protobuf {
class MessageLite;
}
namespace doublecheck::proto {
class ReceivingChainRecord;
class SendingChainRecord;
}  // namespace doublecheck::proto

namespace doublecheck::signal::record_codec {

inline constexpr std::uint8_t kVersion = 1;

Bytes with_version(const google::protobuf::MessageLite& message);

// Reads what `with_version` wrote, at most kMaxRecordSize bytes.
Result<> parse(std::string_view what, ByteView serialized, google::protobuf::MessageLite& message);

void write(const SendingChain& chain, proto::SendingChainRecord& out);
void write(const ReceivingChain& chain, proto::ReceivingChainRecord& out);

// Nothing for what no chain can be.
std::optional<SendingChain> read(const proto::SendingChainRecord& in);
std::optional<ReceivingChain> read(const proto::ReceivingChainRecord& in);

}  // namespace doublecheck::signal::record_codec
