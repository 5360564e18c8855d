#include "spec/pairing/key_index_list.h"

#include <algorithm>
#include <array>

#include "spec/proto/access.h"
#include "spec/proto/adv.pb.h"

namespace doublecheck::pairing {
namespace {

Bytes signed_message(ByteView details) {
  static constexpr std::array<std::uint8_t, 2> kPrefix = {6, 2};
  return concat({kPrefix, details});
}

}  // namespace

bool KeyIndexList::admits(std::uint32_t key_index) const {
  return key_index > current_index ||
         std::ranges::find(valid_indexes, key_index) != valid_indexes.end();
}

Bytes encode_key_index_list(const KeyIndexList& list) {
  proto::AdvKeyIndexList message;
  message.set_raw_id(list.raw_id);
  message.set_timestamp(list.timestamp);
  message.set_current_index(list.current_index);
  message.mutable_valid_indexes()->Add(list.valid_indexes.begin(), list.valid_indexes.end());
  message.set_account_type(static_cast<std::int32_t>(list.account_type));
  return proto::serialize(message);
}

Result<KeyIndexList> decode_key_index_list(ByteView bytes) {
  proto::AdvKeyIndexList message;
  if (bytes.size() > kMaxAdvStructure) return fail("key index list", "too large");
  if (!proto::parse(bytes, message)) {
    return fail("key index list", "not a protobuf message of this kind");
  }
  return KeyIndexList{
      .raw_id = message.raw_id(),
      .timestamp = message.timestamp(),
      .current_index = message.current_index(),
      .valid_indexes = {message.valid_indexes().begin(), message.valid_indexes().end()},
      .account_type = static_cast<AccountType>(message.account_type())};
}

Bytes encode_signed_key_index_list(const SignedKeyIndexList& list) {
  proto::AdvSignedKeyIndexList message;
  message.mutable_details()->assign(as_text(list.details));
  message.mutable_account_signature()->assign(as_text(list.account_signature));
  message.mutable_account_signature_key()->assign(as_text(list.account_signature_key));
  return proto::serialize(message);
}

Result<SignedKeyIndexList> decode_signed_key_index_list(ByteView bytes) {
  proto::AdvSignedKeyIndexList message;
  if (bytes.size() > kMaxAdvStructure) return fail("signed key index list", "too large");
  if (!proto::parse(bytes, message)) {
    return fail("signed key index list", "not a protobuf message of this kind");
  }
  return SignedKeyIndexList{.details = to_bytes(message.details()),
                            .account_signature = to_bytes(message.account_signature()),
                            .account_signature_key = to_bytes(message.account_signature_key())};
}

SignedKeyIndexList sign_key_index_list(const KeyIndexList& list, const KeyPair& account_identity,
                                       RandomSource& random) {
  SignedKeyIndexList signed_list;
  signed_list.details = encode_key_index_list(list);
  signed_list.account_signature = to_bytes(
      xeddsa_sign(account_identity.private_key, signed_message(signed_list.details), random));
  signed_list.account_signature_key = to_bytes(account_identity.public_key);
  return signed_list;
}

Result<KeyIndexList> verify_key_index_list(const SignedKeyIndexList& list,
                                           const PublicKey& account_key, const Guard& guard) {
  if (!guard.holds(Rule::DEVICE_03, xeddsa_verify(account_key, signed_message(list.details),
                                                  list.account_signature))) {
    return fail("key index list", "the account signature does not verify");
  }
  return decode_key_index_list(list.details);
}

}  // namespace doublecheck::pairing
