#pragma once

#include <cstdint>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/limits.h"

// The list of a user's companions that the phone signs, so that a server cannot add one of its own.
namespace doublecheck::pairing {

struct KeyIndexList {
  std::uint32_t raw_id = 0;
  std::uint64_t timestamp = 0;  // Unix seconds
  std::uint32_t current_index = 0;
  std::vector<std::uint32_t> valid_indexes;
  AccountType account_type = AccountType::kE2ee;

  // Whether a companion with this key index is to be believed: listed, or newer than the list
  // (DEVICE-04).
  bool admits(std::uint32_t key_index) const;

  bool operator==(const KeyIndexList&) const = default;
};

struct SignedKeyIndexList {
  Bytes details;            // encoded KeyIndexList: exactly the bytes that are signed
  Bytes account_signature;  // 64 bytes, over 06 02 ‖ details
  Bytes account_signature_key;

  bool operator==(const SignedKeyIndexList&) const = default;
};

// Decoders take at most kMaxAdvStructure bytes.
Bytes encode_key_index_list(const KeyIndexList& list);
Result<KeyIndexList> decode_key_index_list(ByteView bytes);
Bytes encode_signed_key_index_list(const SignedKeyIndexList& list);
Result<SignedKeyIndexList> decode_signed_key_index_list(ByteView bytes);

// The phone's part: the content of `key-index-list`, once encoded.
SignedKeyIndexList sign_key_index_list(const KeyIndexList& list, const KeyPair& account_identity,
                                       RandomSource& random);

// A receiver's part, with the account key that it knows for that user (DEVICE-03).
Result<KeyIndexList> verify_key_index_list(const SignedKeyIndexList& list,
                                           const PublicKey& account_key, const Guard& guard);

}  // namespace doublecheck::pairing
