#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/pairing/adv_secret.h"
#include "spec/pairing/limits.h"

// Device identities ("ADV"): how a phone vouches for a companion's identity key, and the companion
// for the phone's.
//
//   phone      account signature over 06 00 ‖ details ‖ companion identity,
//              HMAC over both under the adv secret              → pair-success
//   companion  checks both, device signature over
//              06 01 ‖ details ‖ companion identity ‖ account key → pair-device-sign
//   server     checks that what comes back is what went out, and the device signature
//
// Hosted accounts use 06 05, also in front of what the HMAC covers, and 06 06.
namespace doublecheck::pairing {

enum class AccountType : std::int32_t { kE2ee = 0, kHosted = 1 };

// The details that are signed. All fields are written, zeros too.
struct DeviceIdentity {
  std::uint32_t raw_id = 0;
  std::uint64_t timestamp = 0;  // Unix seconds
  std::uint32_t key_index = 0;
  AccountType account_type = AccountType::kE2ee;
  AccountType device_type = AccountType::kE2ee;

  bool operator==(const DeviceIdentity&) const = default;
};

struct SignedDeviceIdentity {
  Bytes details;  // encoded DeviceIdentity: exactly the bytes that are signed
  std::optional<Bytes> account_signature_key;  // the phone's identity key, 32 bytes
  std::optional<Bytes> account_signature;      // 64 bytes
  std::optional<Bytes> device_signature;       // 64 bytes

  bool operator==(const SignedDeviceIdentity&) const = default;
};

struct DeviceIdentityContainer {
  Bytes details;  // encoded SignedDeviceIdentity
  Bytes hmac;     // 32 bytes
  AccountType account_type = AccountType::kE2ee;

  bool operator==(const DeviceIdentityContainer&) const = default;
};

// Decoders take at most kMaxAdvStructure bytes; absent fields have their default values, unknown
// ones are ignored.
Bytes encode_device_identity(const DeviceIdentity& identity);
Result<DeviceIdentity> decode_device_identity(ByteView bytes);
Bytes encode_signed_device_identity(const SignedDeviceIdentity& identity);
Result<SignedDeviceIdentity> decode_signed_device_identity(ByteView bytes);
Bytes encode_device_identity_container(const DeviceIdentityContainer& container);
Result<DeviceIdentityContainer> decode_device_identity_container(ByteView bytes);

// What is signed, and what is authenticated. `hosted` chooses the prefix.
Bytes account_signature_message(bool hosted, ByteView details, const PublicKey& companion_identity);
Bytes device_signature_message(bool hosted, ByteView details, const PublicKey& companion_identity,
                               const PublicKey& account_key);
std::array<std::uint8_t, 32> container_hmac(AccountType type, ByteView signed_identity,
                                            const AdvSecret& secret);

// The phone signs the details of a companion; the device signature is still missing.
SignedDeviceIdentity sign_as_phone(const DeviceIdentity& identity, const KeyPair& account_identity,
                                   const PublicKey& companion_identity, RandomSource& random);

// … and wraps it for the companion: the content of `device-identity` in pair-success, once encoded.
DeviceIdentityContainer seal_device_identity(const SignedDeviceIdentity& identity, AccountType type,
                                             const AdvSecret& secret);

// Why a companion refuses a pair-success, and the error that it answers with (PAIR-10):
// 401 hmac-mismatch, 401 signature-mismatch, 500 internal-error.
enum class PairingRefusal { kHmacMismatch, kSignatureMismatch, kInternalError };
int error_code(PairingRefusal refusal);
std::string_view error_text(PairingRefusal refusal);

struct AcceptedIdentity {
  DeviceIdentity identity;               // its key index is the attribute of the answer (PAIR-11)
  SignedDeviceIdentity signed_identity;  // complete, as a client stores it
  PublicKey account_key{};
};

// The companion checks the content of `device-identity` in pair-success (PAIR-08, PAIR-09) and
// signs it.
std::expected<AcceptedIdentity, PairingRefusal> accept_device_identity(
    ByteView container, const AdvSecret& secret, const KeyPair& companion_identity,
    const Context& context);

// The companion's answer: the content of `device-identity` in pair-device-sign, which leaves the
// account key out unless told otherwise (PAIR-14).
Bytes pair_device_sign_content(const AcceptedIdentity& accepted, bool with_account_key = false);

// The prefix of a device signature. Libraries disagree for hosted accounts (PAIR-20).
enum class DeviceSignaturePrefix { kE2ee, kHosted };

// The server checks what the companion returned against what the phone had signed: PAIR-12, PAIR-13
// and PAIR-15. Returns the prefix that the device signature verified with; hosted accounts may use
// either.
Result<DeviceSignaturePrefix> verify_returned_identity(const SignedDeviceIdentity& returned,
                                                       const SignedDeviceIdentity& issued,
                                                       const PublicKey& companion_identity,
                                                       const Guard& guard);

// Anybody checks a companion's identity before trusting a session with it (DEVICE-07): both
// signatures, by the account key that is known for that user.
Result<DeviceIdentity> verify_device_identity(const SignedDeviceIdentity& signed_identity,
                                              const PublicKey& account_key,
                                              const PublicKey& companion_identity,
                                              const Guard& guard);

}  // namespace doublecheck::pairing
