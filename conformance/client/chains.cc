#include "conformance/client/chains.h"

#include "spec/base/crypto.h"

namespace doublecheck::harness {

Bytes make_chain(ClientBench& bench, const Forge& forge) {
  const noise::CertificateAuthority& authority = bench.server().certificate_authority();
  const auto now = static_cast<std::uint64_t>(bench.driver().now().wall.seconds());
  const noise::Validity validity{.not_before = now - kDay, .not_after = now + kDay};
  noise::CertificateDetails intermediate = authority.intermediate_details(validity);
  noise::CertificateDetails leaf = authority.leaf_details(bench.server().noise_key(), validity);
  forge.intermediate(intermediate);
  forge.leaf(leaf);
  const KeyPair foreign = KeyPair::generate(bench.random());
  const PrivateKey& root = forge.foreign_root ? foreign.private_key : authority.root.private_key;
  noise::CertificateChain chain;
  chain.intermediate = noise::sign_certificate(intermediate, root, bench.random());
  chain.leaf = noise::sign_certificate(leaf, authority.intermediate.private_key, bench.random());
  forge.signed_chain(chain);
  return noise::encode_certificate_chain(chain);
}

}  // namespace doublecheck::harness
