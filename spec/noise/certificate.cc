#include "spec/noise/certificate.h"

#include <utility>

#include "spec/proto/access.h"
#include "spec/proto/certificate.pb.h"

namespace doublecheck::noise {
namespace {

constexpr std::string_view kWhat = "certificate chain";

void encode(const std::optional<Certificate>& certificate,
            proto::NoiseCertificate* (proto::CertChain::*field)(), proto::CertChain& chain) {
  if (!certificate) return;
  proto::NoiseCertificate& message = *(chain.*field)();
  proto::set(message, &proto::NoiseCertificate::mutable_details, certificate->details);
  proto::set(message, &proto::NoiseCertificate::mutable_signature, certificate->signature);
}

Certificate decode(const proto::NoiseCertificate& message) {
  return {.details = proto::get<Bytes>(message, &proto::NoiseCertificate::has_details,
                                       &proto::NoiseCertificate::details),
          .signature = proto::get<Bytes>(message, &proto::NoiseCertificate::has_signature,
                                         &proto::NoiseCertificate::signature)};
}

// A certificate to verify: absent parts are empty, details that cannot be decoded say nothing.
struct Candidate {
  explicit Candidate(const std::optional<Certificate>& certificate) {
    if (!certificate) return;
    details = certificate->details.value_or(Bytes{});
    signature = certificate->signature.value_or(Bytes{});
    Result<CertificateDetails> decoded = decode_certificate_details(details);
    if (decoded) says = *std::move(decoded);
    complete = certificate->details && certificate->signature && says.key;
  }

  Validity validity() const { return {says.not_before.value_or(0), says.not_after.value_or(0)}; }

  bool signed_by(const std::optional<PublicKey>& issuer) const {
    return issuer && xeddsa_verify(*issuer, details, signature);
  }

  bool complete = false;
  Bytes details;
  Bytes signature;
  CertificateDetails says;
};

}  // namespace

Bytes encode_certificate_details(const CertificateDetails& details) {
  using Message = proto::NoiseCertificate::Details;
  Message message;
  proto::set(message, &Message::set_serial, details.serial);
  proto::set(message, &Message::set_issuer_serial, details.issuer_serial);
  proto::set(message, &Message::mutable_key, details.key);
  proto::set(message, &Message::set_not_before, details.not_before);
  proto::set(message, &Message::set_not_after, details.not_after);
  return proto::serialize(message);
}

Result<CertificateDetails> decode_certificate_details(ByteView bytes) {
  using Message = proto::NoiseCertificate::Details;
  if (bytes.size() > kMaxCertificateChain) return fail("certificate details", "too large");
  Message message;
  if (!proto::parse(bytes, message)) {
    return fail("certificate details", "not a protobuf message of this kind");
  }
  return CertificateDetails{
      .serial = proto::get<std::uint32_t>(message, &Message::has_serial, &Message::serial),
      .issuer_serial =
          proto::get<std::uint32_t>(message, &Message::has_issuer_serial, &Message::issuer_serial),
      .key = proto::get<Bytes>(message, &Message::has_key, &Message::key),
      .not_before =
          proto::get<std::uint64_t>(message, &Message::has_not_before, &Message::not_before),
      .not_after =
          proto::get<std::uint64_t>(message, &Message::has_not_after, &Message::not_after)};
}

Bytes encode_certificate_chain(const CertificateChain& chain) {
  proto::CertChain message;
  encode(chain.leaf, &proto::CertChain::mutable_leaf, message);
  encode(chain.intermediate, &proto::CertChain::mutable_intermediate, message);
  return proto::serialize(message);
}

Result<CertificateChain> decode_certificate_chain(ByteView bytes) {
  if (bytes.size() > kMaxCertificateChain) return fail(kWhat, "too large");
  proto::CertChain message;
  if (!proto::parse(bytes, message)) return fail(kWhat, "not a protobuf message of this kind");
  CertificateChain chain;
  if (message.has_leaf()) chain.leaf = decode(message.leaf());
  if (message.has_intermediate()) chain.intermediate = decode(message.intermediate());
  return chain;
}

bool Validity::contains(UnixTime time) const {
  const std::int64_t seconds = time.seconds();
  return std::cmp_less_equal(not_before, seconds) && std::cmp_less_equal(seconds, not_after);
}

Result<VerifiedChain> verify_certificate_chain(const CertificateChain& chain, const TrustRoot& root,
                                               const PublicKey& server_static, const Now& now,
                                               const Guard& guard) {
  const Candidate leaf(chain.leaf);
  const Candidate intermediate(chain.intermediate);
  if (!guard.holds(Rule::CERT_07, leaf.complete && intermediate.complete)) {
    return fail(kWhat, "a certificate, its details, its key or its signature is missing");
  }
  if (!guard.holds(Rule::CERT_03, leaf.signature.size() == Signature{}.size() &&
                                      intermediate.signature.size() == Signature{}.size())) {
    return fail(kWhat, "a signature is not 64 bytes long");
  }
  if (!guard.holds(Rule::CERT_08, leaf.says.issuer_serial && intermediate.says.issuer_serial)) {
    return fail(kWhat, "an issuer serial is not written");
  }
  if (!guard.holds(Rule::CERT_05, intermediate.says.issuer_serial.value_or(0) == kRootSerial &&
                                      leaf.says.issuer_serial.value_or(0) ==
                                          intermediate.says.serial.value_or(0))) {
    return fail(kWhat, "an issuer serial is not the serial of the issuer");
  }
  if (!guard.holds(Rule::CERT_06, leaf.validity().contains(now.wall) &&
                                      intermediate.validity().contains(now.wall))) {
    return fail(kWhat, "a certificate is not valid now");
  }
  if (!guard.holds(Rule::CERT_04, equal(leaf.says.key.value_or(Bytes{}), server_static))) {
    return fail(kWhat, "the leaf is for another key than the server's");
  }
  if (!guard.holds(Rule::CERT_01, intermediate.signed_by(root.key))) {
    return fail(kWhat, "the intermediate is not signed by the root");
  }
  if (!guard.holds(Rule::CERT_02,
                   leaf.signed_by(to_public_key(intermediate.says.key.value_or(Bytes{}))))) {
    return fail(kWhat, "the leaf is not signed by the intermediate");
  }
  return VerifiedChain{.leaf = leaf.validity(), .intermediate = intermediate.validity()};
}

Certificate sign_certificate(const CertificateDetails& details, const PrivateKey& issuer,
                             RandomSource& random) {
  Certificate certificate;
  certificate.details = encode_certificate_details(details);
  const Signature signature = xeddsa_sign(issuer, *certificate.details, random);
  certificate.signature = to_bytes(signature);
  return certificate;
}

CertificateAuthority CertificateAuthority::generate(RandomSource& random) {
  CertificateAuthority authority;
  authority.root = KeyPair::generate(random);
  authority.intermediate = KeyPair::generate(random);
  return authority;
}

CertificateDetails CertificateAuthority::intermediate_details(const Validity& validity) const {
  return {.serial = intermediate_serial,
          .issuer_serial = kRootSerial,
          .key = to_bytes(intermediate.public_key),
          .not_before = validity.not_before,
          .not_after = validity.not_after};
}

CertificateDetails CertificateAuthority::leaf_details(const PublicKey& server_static,
                                                      const Validity& validity) const {
  return {.serial = leaf_serial,
          .issuer_serial = intermediate_serial,
          .key = to_bytes(server_static),
          .not_before = validity.not_before,
          .not_after = validity.not_after};
}

CertificateChain CertificateAuthority::issue(const PublicKey& server_static,
                                             const Validity& validity, RandomSource& random) const {
  CertificateChain chain;
  chain.intermediate = sign_certificate(intermediate_details(validity), root.private_key, random);
  chain.leaf =
      sign_certificate(leaf_details(server_static, validity), intermediate.private_key, random);
  return chain;
}

}  // namespace doublecheck::noise
