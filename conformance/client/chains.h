#pragma once

#include <cstdint>
#include <functional>

#include "harness/suite/client_bench.h"
#include "spec/noise/certificate.h"

// Certificate chains that a case makes up.
namespace doublecheck::harness {

inline constexpr std::uint64_t kDay = 24 * 60 * 60;  // seconds, as in certificates

// A chain as the server issues it, from parts that a case may change before they are signed and
// after.
struct Forge {
  std::function<void(noise::CertificateDetails&)> intermediate = [](noise::CertificateDetails&) {};
  std::function<void(noise::CertificateDetails&)> leaf = [](noise::CertificateDetails&) {};
  std::function<void(noise::CertificateChain&)> signed_chain = [](noise::CertificateChain&) {};
  bool foreign_root = false;
};

// For the server's present key, valid from a day ago until a day from now unless that is changed.
Bytes make_chain(ClientBench& bench, const Forge& forge);

}  // namespace doublecheck::harness
