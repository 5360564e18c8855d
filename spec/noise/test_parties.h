#pragma once

#include "spec/base/context.h"
#include "spec/base/random.h"
#include "spec/noise/certificate.h"
#include "spec/noise/client_handshake.h"
#include "spec/noise/server_handshake.h"

// For tests: a client and a server that trust each other, with a clock and randomness.
namespace doublecheck::noise {

struct TestParties {
  static constexpr std::int64_t kNow = 1'700'000'000;
  static constexpr Validity kValidity = {.not_before = kNow - 100, .not_after = kNow + 100};

  SeededRandom random{1};
  Now now{.steady = {}, .wall = UnixTime::from_seconds(kNow)};
  CertificateAuthority authority = CertificateAuthority::generate(random);
  KeyPair server_static = KeyPair::generate(random);
  KeyPair client_static = KeyPair::generate(random);
  CertificateChain chain = authority.issue(server_static.public_key, kValidity, random);
  Bytes payload = to_bytes("what the client says of itself");

  Context context(const Guard& guard = {}) {
    return {.now = now, .random = random, .guard = guard};
  }

  ResumptionTicket ticket() const {
    return {.server_static = server_static.public_key,
            .validity = {.leaf = kValidity, .intermediate = kValidity}};
  }

  ClientHandshakeConfig client_config() const {
    ClientHandshakeConfig config;
    config.static_key = client_static;
    config.trust_root = authority.trust_root();
    config.payload = payload;
    return config;
  }
  ClientHandshakeConfig resuming_client_config() const {
    ClientHandshakeConfig config = client_config();
    config.ticket = ticket();
    config.registered = true;
    return config;
  }
  ServerHandshakeConfig server_config() const {
    ServerHandshakeConfig config;
    config.static_key = server_static;
    config.certificate_chain = encode_certificate_chain(chain);
    return config;
  }
};

}  // namespace doublecheck::noise
