#include <utility>

#include "spec/proto/access.h"
#include "spec/proto/keys.h"
#include "spec/proto/signal_record.pb.h"
#include "spec/signal/record_codec.h"
#include "spec/signal/sender_key.h"

// Sender keys at rest.
namespace doublecheck::signal {
namespace {

constexpr std::string_view kOwnKey = "own sender key";
constexpr std::string_view kRecord = "sender key record";

}  // namespace

Bytes OwnSenderKey::serialize() const {
  proto::OwnSenderKeyState out;
  out.set_key_id(key_id);
  out.mutable_signing_private_key()->assign(as_text(signing_key.private_key));
  record_codec::write(chain, *out.mutable_chain());
  return record_codec::with_version(out);
}

Result<OwnSenderKey> OwnSenderKey::restore(ByteView serialized) {
  proto::OwnSenderKeyState in;
  if (Result<> parsed = record_codec::parse(kOwnKey, serialized, in); !parsed)
    return propagate(parsed);
  OwnSenderKey own;
  PrivateKey signing_private_key;
  const std::optional<SendingChain> chain = record_codec::read(in.chain());
  if (!chain || !proto::read_array(in.signing_private_key(), signing_private_key)) {
    return fail(kOwnKey, "a key is not 32 bytes long");
  }
  own.key_id = in.key_id();
  own.signing_key = KeyPair::from_private(signing_private_key);
  own.chain = *chain;
  if (!equal(own.serialize(), serialized)) return fail(kOwnKey, "not in canonical form");
  return own;
}

Bytes SenderKeyRecord::serialize() const {
  proto::SenderKeyRecordState out;
  for (const State& state : states_) {
    proto::SenderKeyRecordState::State& written = *out.add_states();
    written.set_key_id(state.key_id);
    written.mutable_signing_key()->assign(as_text(state.signing_key));
    record_codec::write(state.chain, *written.mutable_chain());
  }
  return record_codec::with_version(out);
}

Result<SenderKeyRecord> SenderKeyRecord::restore(ByteView serialized) {
  proto::SenderKeyRecordState in;
  if (Result<> parsed = record_codec::parse(kRecord, serialized, in); !parsed)
    return propagate(parsed);
  if (in.states_size() > static_cast<int>(kMaxSenderKeys)) return fail(kRecord, "too many keys");
  SenderKeyRecord record;
  for (const proto::SenderKeyRecordState::State& read : in.states()) {
    State& state = record.states_.emplace_back();
    state.key_id = read.key_id();
    std::optional<ReceivingChain> chain = record_codec::read(read.chain());
    if (!chain || !proto::read_array(read.signing_key(), state.signing_key)) {
      return fail(kRecord, "a key is inconsistent");
    }
    state.chain = *std::move(chain);
  }
  if (!equal(record.serialize(), serialized)) return fail(kRecord, "not in canonical form");
  return record;
}

}  // namespace doublecheck::signal
