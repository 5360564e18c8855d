#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/noise/certificate.h"

// The certificate chain that the server presents. A chain that does not lead to the trust root
// already fails the handshake; these cases say which part of it is wrong.
namespace doublecheck::harness {
namespace {

struct Chain {
  noise::Certificate leaf;
  noise::Certificate intermediate;
  noise::CertificateDetails leaf_details;
  noise::CertificateDetails intermediate_details;
  PublicKey server_static{};
};

Chain presented_chain(ServerBench& bench) {
  Peer& alice = bench.peer("alice");
  alice.connect();
  const noise::CertificateChain& chain = alice.authenticated()->certificate_chain;
  check(chain.leaf && chain.leaf->details && chain.leaf->signature,
        "the chain has a leaf with details and signature");
  check(chain.intermediate && chain.intermediate->details && chain.intermediate->signature,
        "the chain has an intermediate with details and signature");
  const auto leaf = noise::decode_certificate_details(*chain.leaf->details);
  const auto intermediate = noise::decode_certificate_details(*chain.intermediate->details);
  check(leaf && intermediate, "the details of both certificates can be decoded");
  return {*chain.leaf, *chain.intermediate, *leaf, *intermediate,
          alice.authenticated()->server_static};
}

}  // namespace

SERVER_CASE(certificates, signatures_verify,
            "The root has signed the intermediate, and the intermediate the leaf",
            .checks = {Rule::CERT_14}) {
  const Chain chain = presented_chain(bench);
  check(xeddsa_verify(bench.server().trust_root(), *chain.intermediate.details,
                      *chain.intermediate.signature),
        "the trust root's signature of the intermediate verifies");
  const auto issuer = to_public_key(chain.intermediate_details.key.value_or(Bytes{}));
  check(issuer && xeddsa_verify(*issuer, *chain.leaf.details, *chain.leaf.signature),
        "the intermediate's signature of the leaf verifies");
}

SERVER_CASE(certificates, leaf_is_for_the_static_key,
            "The leaf is for the static key of the handshake", .checks = {Rule::CERT_14}) {
  const Chain chain = presented_chain(bench);
  check(chain.leaf_details.key == to_bytes(chain.server_static),
        "the leaf's key is the server's static key");
}

SERVER_CASE(certificates, serials_are_linked,
            "The leaf names the serial of the intermediate as its issuer's",
            .checks = {Rule::CERT_14}) {
  const Chain chain = presented_chain(bench);
  check(chain.leaf_details.issuer_serial.has_value() &&
            chain.leaf_details.issuer_serial == chain.intermediate_details.serial,
        "issuerSerial of the leaf is the serial of the intermediate");
}

SERVER_CASE(certificates, issuer_serial_zero_is_written,
            "The issuerSerial of the intermediate is on the wire although it is 0",
            .checks = {Rule::CERT_08}) {
  const Chain chain = presented_chain(bench);
  check(chain.intermediate_details.issuer_serial.has_value(),
        "issuerSerial of the intermediate is present");
  check(*chain.intermediate_details.issuer_serial == noise::kRootSerial,
        "issuerSerial of the intermediate is the root's, 0");
}

SERVER_CASE(certificates, validity_covers_the_present, "Both certificates are valid now",
            .checks = {Rule::CERT_14}) {
  const Chain chain = presented_chain(bench);
  for (const noise::CertificateDetails& details :
       {chain.leaf_details, chain.intermediate_details}) {
    check(details.not_before && details.not_after,
          "a certificate says from when and until when it is valid");
    check(noise::Validity{*details.not_before, *details.not_after}.contains(
              bench.driver().now().wall),
          "a certificate is valid now");
  }
}

SERVER_CASE(certificates, chain_of_resumption,
            "A server that accepts IK presents a chain again that verifies",
            .checks = {Rule::CERT_14}) {
  Peer& alice = bench.paired_peer("alice");
  precondition("alice logs in by XX", [&] { alice.log_in(); });
  alice.close();
  alice.connect({.resume = true});
  if (alice.authenticated()->pattern != noise::Pattern::kIk)
    unsupported("the server does not accept resumption");
  const noise::CertificateChain& chain = alice.authenticated()->certificate_chain;
  Context context{.now = bench.driver().now(), .random = bench.random(), .guard = {}};
  const auto verified = noise::verify_certificate_chain(chain, {bench.server().trust_root()},
                                                        alice.authenticated()->server_static,
                                                        context.now, context.guard);
  check(verified.has_value(), "the chain satisfies every check",
        verified ? "" : verified.error().to_string());
}

}  // namespace doublecheck::harness
