#include "conformance/client/chains.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/noise/certificate.h"

namespace doublecheck::harness {
namespace {

using noise::CertificateChain;
using noise::CertificateDetails;

// Whether the client goes on to log in when it is shown this chain: whether a second frame of the
// handshake comes.
bool accepts(ClientBench& bench, Bytes chain) {
  noise::ServerHandshakeFaults faults;
  faults.certificate_chain = std::move(chain);
  bench.script().set_handshake_faults(std::move(faults));
  const ConnectionId connection = bench.start_connecting();
  bench.driver().run_until(
      [&] {
        return bench.script().handshake_frames(connection) > 1 ||
               bench.script().current() != connection || bench.client().ended();
      },
      seconds(5));
  return bench.script().handshake_frames(connection) > 1;
}

// The same chain, unforged, is accepted; forged, it is not.
void refuses(ClientBench& bench, const Forge& forge, std::string_view sentence) {
  precondition("the client accepts a chain without a defect", [&] {
    check(accepts(bench, make_chain(bench, {})), "ClientFinish follows a good chain");
  });
  bench.disconnect();
  check(!accepts(bench, make_chain(bench, forge)), sentence,
        "ClientFinish, with the login payload");
  bench.expect_alive();
}

}  // namespace

CLIENT_CASE(certificates, intermediate_of_a_foreign_root_is_refused,
            "An intermediate certificate that another root has signed is refused",
            .checks = {Rule::CERT_01, Rule::CERT_09}, .capabilities = {"trust_root"}) {
  refuses(bench, {.foreign_root = true}, "no ClientFinish follows a chain of a foreign root");
}

CLIENT_CASE(certificates, damaged_intermediate_signature_is_refused,
            "A chain whose intermediate signature has one wrong bit is refused",
            .checks = {Rule::CERT_01}, .capabilities = {"trust_root"}) {
  refuses(bench,
          {.signed_chain =
               [](CertificateChain& chain) { chain.intermediate->signature->front() ^= 0x01; }},
          "no ClientFinish follows a damaged intermediate signature");
}

CLIENT_CASE(certificates, damaged_leaf_signature_is_refused,
            "A chain whose leaf signature has one wrong bit is refused",
            .checks = {Rule::CERT_02, Rule::CERT_09}, .capabilities = {"trust_root"}) {
  refuses(bench,
          {.signed_chain = [](CertificateChain& chain) { chain.leaf->signature->front() ^= 0x01; }},
          "no ClientFinish follows a damaged leaf signature");
}

CLIENT_CASE(certificates, short_leaf_signature_is_refused,
            "A leaf signature of 63 bytes is refused", .checks = {Rule::CERT_03},
            .capabilities = {"trust_root"}) {
  refuses(bench,
          {.signed_chain = [](CertificateChain& chain) { chain.leaf->signature->pop_back(); }},
          "no ClientFinish follows a leaf signature of 63 bytes");
}

CLIENT_CASE(certificates, short_intermediate_signature_is_refused,
            "An intermediate signature of 63 bytes is refused", .checks = {Rule::CERT_03},
            .capabilities = {"trust_root"}) {
  refuses(
      bench,
      {.signed_chain = [](CertificateChain& chain) { chain.intermediate->signature->pop_back(); }},
      "no ClientFinish follows an intermediate signature of 63 bytes");
}

CLIENT_CASE(certificates, leaf_for_another_key_is_refused,
            "A leaf certificate for a key that is not the server's static key is refused",
            .checks = {Rule::CERT_04, Rule::CERT_09}) {
  const KeyPair other = KeyPair::generate(bench.random());
  refuses(bench, {.leaf = [&](CertificateDetails& leaf) { leaf.key = to_bytes(other.public_key); }},
          "no ClientFinish follows a leaf for another key");
}

CLIENT_CASE(certificates, intermediate_with_another_issuer_is_refused,
            "An intermediate whose issuerSerial is not that of the root is refused",
            .checks = {Rule::CERT_05}) {
  refuses(bench, {.intermediate = [](CertificateDetails& details) { details.issuer_serial = 1; }},
          "no ClientFinish follows an intermediate of issuer 1");
}

CLIENT_CASE(certificates, leaf_with_another_issuer_is_refused,
            "A leaf whose issuerSerial is not the serial of the intermediate is refused",
            .checks = {Rule::CERT_05}) {
  refuses(bench, {.leaf = [](CertificateDetails& details) { details.issuer_serial = 99; }},
          "no ClientFinish follows a leaf of another issuer");
}

CLIENT_CASE(certificates, expired_leaf_is_refused, "A leaf that has expired is refused",
            .checks = {Rule::CERT_06, Rule::CERT_09}) {
  refuses(bench, {.leaf = [](CertificateDetails& details) { *details.not_after -= kDay + 60; }},
          "no ClientFinish follows an expired leaf");
}

CLIENT_CASE(certificates, expired_intermediate_is_refused,
            "An intermediate that has expired is refused", .checks = {Rule::CERT_06}) {
  refuses(bench,
          {.intermediate = [](CertificateDetails& details) { *details.not_after -= kDay + 60; }},
          "no ClientFinish follows an expired intermediate");
}

CLIENT_CASE(certificates, leaf_not_yet_valid_is_refused, "A leaf that is not valid yet is refused",
            .checks = {Rule::CERT_06}) {
  refuses(bench, {.leaf = [](CertificateDetails& details) { *details.not_before += kDay + 60; }},
          "no ClientFinish follows a leaf of the future");
}

CLIENT_CASE(certificates, chain_without_leaf_is_refused, "A chain without a leaf is refused",
            .checks = {Rule::CERT_07}) {
  refuses(bench, {.signed_chain = [](CertificateChain& chain) { chain.leaf.reset(); }},
          "no ClientFinish follows a chain without leaf");
}

CLIENT_CASE(certificates, chain_without_intermediate_is_refused,
            "A chain without an intermediate is refused", .checks = {Rule::CERT_07}) {
  refuses(bench, {.signed_chain = [](CertificateChain& chain) { chain.intermediate.reset(); }},
          "no ClientFinish follows a chain without intermediate");
}

CLIENT_CASE(certificates, undecodable_chain_is_refused,
            "A chain that is no protobuf message is refused", .checks = {Rule::CERT_07}) {
  precondition("the client accepts a chain without a defect", [&] {
    check(accepts(bench, make_chain(bench, {})), "ClientFinish follows a good chain");
  });
  bench.disconnect();
  check(!accepts(bench, Bytes{0x0a, 0xff}), "no ClientFinish follows an undecodable chain",
        "ClientFinish, with the login payload");
  bench.expect_alive();
}

}  // namespace doublecheck::harness
