#include "spec/signal/record_codec.h"

#include "spec/proto/access.h"
#include "spec/proto/keys.h"
#include "spec/proto/signal_record.pb.h"
#include "spec/signal/limits.h"

namespace doublecheck::signal::record_codec {

Bytes with_version(const google::protobuf::MessageLite& message) {
  Bytes serialized = {kVersion};
  append(serialized, proto::serialize(message));
  return serialized;
}

Result<> parse(std::string_view what, ByteView serialized, google::protobuf::MessageLite& message) {
  if (serialized.size() > kMaxRecordSize) return fail(what, "too large");
  if (serialized.empty() || serialized.front() != kVersion)
    return fail(what, "not of version 1", 0);
  if (!proto::parse(serialized.subspan(1), message)) {
    return fail(what, "not a protobuf message of this kind", 1);
  }
  return {};
}

void write(const SendingChain& chain, proto::SendingChainRecord& out) {
  out.mutable_key()->assign(as_text(chain.key));
  out.set_next(chain.next);
}

void write(const ReceivingChain& chain, proto::ReceivingChainRecord& out) {
  out.mutable_key()->assign(as_text(chain.key));
  out.set_next(chain.next);
  out.set_oldest(chain.oldest);
  for (const NumberedSeed& seed : chain.skipped) {
    proto::ReceivingChainRecord::SkippedKey& skipped = *out.add_skipped();
    skipped.set_counter(seed.counter);
    skipped.mutable_seed()->assign(as_text(seed.seed));
  }
}

std::optional<SendingChain> read(const proto::SendingChainRecord& in) {
  SendingChain chain;
  if (!proto::read_array(in.key(), chain.key)) return std::nullopt;
  chain.next = in.next();
  return chain;
}

std::optional<ReceivingChain> read(const proto::ReceivingChainRecord& in) {
  if (in.skipped_size() > static_cast<int>(kMaxSkippedKeys) || in.oldest() > in.next())
    return std::nullopt;
  ReceivingChain chain;
  if (!proto::read_array(in.key(), chain.key)) return std::nullopt;
  chain.next = in.next();
  chain.oldest = in.oldest();
  std::uint64_t lowest = chain.oldest;
  for (const proto::ReceivingChainRecord::SkippedKey& skipped : in.skipped()) {
    NumberedSeed seed{.counter = skipped.counter()};
    if (seed.counter < lowest || seed.counter >= chain.next) return std::nullopt;
    if (!proto::read_array(skipped.seed(), seed.seed)) return std::nullopt;
    lowest = std::uint64_t{seed.counter} + 1;
    chain.skipped.push_back(seed);
  }
  return chain;
}

}  // namespace doublecheck::signal::record_codec
