#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/noise/client_handshake.h"
#include "spec/noise/client_payload.h"
#include "spec/pairing/adv_secret.h"
#include "spec/wire/jid.h"

// What makes a scripted companion that companion: its keys, and, once paired, who it is.
namespace doublecheck::harness {

struct Paired {
  wire::Jid jid;  // with its device
  wire::Jid lid;
  Bytes signed_identity;  // ADVSignedDeviceIdentity, complete
};

struct Credentials {
  std::string push_name;
  KeyPair noise_key;
  KeyPair identity;
  std::uint32_t registration_id = 0;
  std::uint32_t signed_prekey_id = 1;
  KeyPair signed_prekey;
  Signature signed_prekey_signature{};
  pairing::AdvSecret adv_secret{};
  std::optional<Paired> paired;
  std::optional<noise::ResumptionTicket> ticket;  // of the last handshake

  static Credentials generate(std::string push_name, RandomSource& random);

  // What a well-behaved companion says of itself: a registration, or a login once it is paired.
  noise::ClientPayload registration_payload(RandomSource& random) const;
  noise::ClientPayload login_payload() const;
};

}  // namespace doublecheck::harness
