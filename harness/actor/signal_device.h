#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "reference/client/credentials.h"
#include "spec/base/bytes.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/payload/message.h"
#include "spec/signal/message.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session_cipher.h"
#include "spec/wire/node.h"

// A scripted device at one end of the end-to-end encryption, and what can be done to its messages
// on their way.
namespace doublecheck::harness {

// Keys of a device, and its sessions with one peer: the implementation that is judged. It writes
// what a case tells it to and reads what comes back; nothing happens by itself.
//
// It is a value. A copy is the device as it is now, so that a case can let it speak from the past,
// write one message twice in two ways, or have two of one kind:
//
//   const SignalDevice before = bob;
//   bob.write(…);                      // and before.write(…) is another message under the same key
class SignalDevice final : public signal::PrekeyStore {
 public:
  // In the place of a reference client, which says nothing more from now on. It starts without
  // sessions.
  explicit SignalDevice(const client::Credentials& credentials);
  // With keys that nobody has published or vouched for.
  explicit SignalDevice(RandomSource& random);

  // ---- Messages

  // What `enc` is made of: padded, and encrypted on the current session. Fails without one.
  Result<signal::Encrypted> write(const payload::Message& message, RandomSource& random);
  // Messages that are never sent: the next one comes after so many that are missing.
  void skip(std::uint32_t count);
  // Reads an `enc` of type `pkmsg` or `msg`, on whichever session it fits. A one-time prekey that
  // was consumed is kept: a case may want it to be used again.
  Result<payload::Message> read(const wire::Node& encrypted, RandomSource& random);

  // ---- Sessions

  // Starts one, which becomes the current one. Fails as `signal::initiate` does.
  Result<> start_session(const signal::PrekeyBundle& peer, RandomSource& random);

  // ---- Keys

  // What it publishes, with a one-time prekey that it has not shown before.
  signal::PrekeyBundle show_bundle(RandomSource& random);
  const signal::LocalIdentity& identity() const override { return local; }
  const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override;
  const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override;

  signal::LocalIdentity local;
  std::map<std::uint32_t, signal::SignedPrekey> signed_prekeys;
  std::map<std::uint32_t, signal::OneTimePrekey> one_time_prekeys;
  std::optional<Bytes> device_identity;  // by which its account vouches for it
  signal::SessionRecord sessions;
};

// ---- Forgeries. Each leaves everything else as it was, authentication included, which is then
// wrong.

// One bit of the last byte: of the MAC, for the message that is inside a prekey message too.
signal::Encrypted with_wrong_mac(signal::Encrypted message);
// Other fields under the old MAC.
signal::Encrypted with_fields(signal::Encrypted message,
                              const std::function<void(signal::SignalMessage&)>& change);
// The bytes of the message; of the one inside a prekey message.
signal::Encrypted with_bytes(signal::Encrypted message, const std::function<void(Bytes&)>& change);
// Other fields around the message inside a prekey message.
signal::Encrypted with_prekey_fields(
    signal::Encrypted message, const std::function<void(signal::PrekeySignalMessage&)>& change);
// As a message that starts no session.
signal::Encrypted unwrapped(signal::Encrypted message);

// What an `enc` says of itself; nothing when it cannot be decoded, or is of another type.
std::optional<signal::PrekeySignalMessage> read_prekey_message(const wire::Node& encrypted);
std::optional<signal::SignalMessage> read_signal_message(const wire::Node& encrypted);

}  // namespace doublecheck::harness
