#pragma once

#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/signal/failure.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session_record.h"

// Encrypting to and decrypting from one peer device. Whatever fails leaves the record as it was,
// byte for byte (SESSION-14, SESSION-26).
//
//   initiate(record, identity, bundle, context);              if there is no current session
//   encrypted = encrypt(record, plaintext);                   <enc type=to_string(encrypted.type)>
//
//   decrypted = decrypt(record, store, type, bytes, context);
//
// A one-time prekey that was consumed is to be deleted together with storing the record.
namespace doublecheck::signal {

// Starts a session, which becomes the current one. Refuses what `Session::initiate` refuses.
Result<> initiate(SessionRecord& record, const LocalIdentity& local, const PrekeyBundle& bundle,
                  const Context& context);

// On the current session, which must exist. Fails as `Session::encrypt` does.
Result<Encrypted> encrypt(SessionRecord& record, ByteView plaintext);

struct Decrypted {
  Bytes plaintext;
  PublicKey remote_identity{};               // whoever pins identities compares it
  std::uint32_t remote_registration_id = 0;  // 0 if the peer never told
  bool new_session = false;                  // started by this message

  // To be deleted (SESSION-15). Only a message that started a session and was right consumes one.
  std::optional<std::uint32_t> consumed_one_time_prekey;

  bool operator==(const Decrypted&) const = default;
};

// A `msg` is tried on the current session, then on the archived ones. A `pkmsg` belongs to the
// session with its base key (SESSION-16); if there is none, it starts one, which becomes current
// while the one before is archived. The session that decrypted is current afterwards (SESSION-28),
// so that two sides that started at the same time lose nothing (SESSION-27). Other than
// kBadSignature, every failure can come.
DecryptResult<Decrypted> decrypt(SessionRecord& record, const PrekeyStore& store, MessageType type,
                                 ByteView encoded, const Context& context);

}  // namespace doublecheck::signal
