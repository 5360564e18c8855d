#pragma once

#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/base/time.h"
#include "spec/noise/limits.h"

// How a server proves that its static key is the service's: a leaf certificate for that key, signed
// by an intermediate, signed by a root that the client has built in.
namespace doublecheck::noise {

// What a certificate says. Presence is kept apart from value: a zero that is not on the wire is a
// defect (CERT-08).
struct CertificateDetails {
  std::optional<std::uint32_t> serial;
  std::optional<std::uint32_t> issuer_serial;
  std::optional<Bytes> key;                 // 32 bytes in a good one
  std::optional<std::uint64_t> not_before;  // Unix seconds, inclusive
  std::optional<std::uint64_t> not_after;   // likewise; absent means expired (CERT-06)

  bool operator==(const CertificateDetails&) const = default;
};

struct Certificate {
  std::optional<Bytes> details;    // encoded CertificateDetails: exactly the bytes that are signed
  std::optional<Bytes> signature;  // 64 bytes in a good one

  bool operator==(const Certificate&) const = default;
};

struct CertificateChain {
  std::optional<Certificate> leaf;
  std::optional<Certificate> intermediate;

  bool operator==(const CertificateChain&) const = default;
};

Bytes encode_certificate_details(const CertificateDetails& details);
Result<CertificateDetails> decode_certificate_details(ByteView bytes);

// At most kMaxCertificateChain bytes. Absent parts are not an error here but when the chain is
// verified.
Bytes encode_certificate_chain(const CertificateChain& chain);
Result<CertificateChain> decode_certificate_chain(ByteView bytes);

// Unix seconds, both inclusive.
struct Validity {
  std::uint64_t not_before = 0;
  std::uint64_t not_after = 0;

  bool contains(UnixTime time) const;
  bool operator==(const Validity&) const = default;
};

// The serial that certificates signed by the root name as their issuer's.
inline constexpr std::uint32_t kRootSerial = 0;

struct TrustRoot {
  PublicKey key{};
};

// What remains of a chain that was found good.
struct VerifiedChain {
  Validity leaf;
  Validity intermediate;

  bool operator==(const VerifiedChain&) const = default;
};

// Strict: CERT-01 … CERT-08, in the order in which a defect is cheapest to see. `server_static` is
// the key that the server has proved to hold in the handshake.
Result<VerifiedChain> verify_certificate_chain(const CertificateChain& chain, const TrustRoot& root,
                                               const PublicKey& server_static, const Now& now,
                                               const Guard& guard);

// A certificate with these details, signed by this key.
Certificate sign_certificate(const CertificateDetails& details, const PrivateKey& issuer,
                             RandomSource& random);

// Issues chains as the service does. A test that wants a defective one assembles it from the
// functions above.
struct CertificateAuthority {
  KeyPair root;
  KeyPair intermediate;
  std::uint32_t intermediate_serial = 1;
  std::uint32_t leaf_serial = 2;

  static CertificateAuthority generate(RandomSource& random);

  TrustRoot trust_root() const { return {root.public_key}; }
  CertificateDetails intermediate_details(const Validity& validity) const;
  CertificateDetails leaf_details(const PublicKey& server_static, const Validity& validity) const;
  CertificateChain issue(const PublicKey& server_static, const Validity& validity,
                         RandomSource& random) const;
};

}  // namespace doublecheck::noise
