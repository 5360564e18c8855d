#pragma once

#include <string>
#include <string_view>

#include "spec/base/crypto.h"
#include "spec/base/test_vectors.h"
#include "spec/noise/client_handshake.h"
#include "spec/noise/server_handshake.h"

// For tests: the transcripts of corpus/vectors/noise-xx.json.
namespace doublecheck::noise::test_vectors {

using namespace doublecheck::test_vectors;

inline std::string text(const Json& value) { return value.get<std::string>(); }

inline constexpr std::int64_t kNow = 1'700'000'000;  // within the validity of the certificates

inline Json load_case(std::string_view name) {
  const Json file = load("noise-xx");
  for (const Json& test_case : file["cases"]) {
    if (test_case["name"] == name) return test_case;
  }
  throw std::runtime_error("no case " + std::string(name));
}

inline KeyPair key_pair(const Json& keys) {
  PrivateKey private_key = *to_public_key(bytes_of_hex(keys["private"]));
  return {.private_key = private_key, .public_key = *to_public_key(bytes_of_hex(keys["public"]))};
}

inline wire::IntroHeader prologue(const Json& input) {
  const Bytes bytes = bytes_of_hex(input["prologue"]);
  return {bytes.at(0), bytes.at(1), bytes.at(2), bytes.at(3)};
}

inline ClientHandshakeConfig client_config(const Json& input) {
  ClientHandshakeConfig config;
  config.static_key = key_pair(input["client_static"]);
  config.trust_root = {key_pair(input["root_ca"]).public_key};
  config.prologue = prologue(input);
  config.payload = bytes_of_hex(input["client_payload"]);
  config.faults.ephemeral_key_pair = key_pair(input["client_ephemeral"]);
  return config;
}

// A client that holds the ticket of an earlier handshake with the same server.
inline ClientHandshakeConfig resuming_client_config(const Json& input) {
  constexpr Validity kValidity = {.not_before = 0, .not_after = kNow + 1};
  ClientHandshakeConfig config = client_config(input);
  config.registered = true;
  config.ticket = ResumptionTicket{.server_static = key_pair(input["server_static"]).public_key,
                                   .validity = {.leaf = kValidity, .intermediate = kValidity}};
  return config;
}

inline ServerHandshakeConfig server_config(const Json& input) {
  ServerHandshakeConfig config;
  config.static_key = key_pair(input["server_static"]);
  config.certificate_chain = bytes_of_hex(input["cert_chain"]);
  config.prologue = prologue(input);
  config.faults.ephemeral_key_pair = key_pair(input["server_ephemeral"]);
  return config;
}

}  // namespace doublecheck::noise::test_vectors
