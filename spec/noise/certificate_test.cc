#include "spec/noise/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "spec/noise/test_guard.h"
#include "spec/noise/test_parties.h"
#include "spec/noise/test_transcripts.h"

namespace doublecheck::noise {
namespace {

using namespace test_vectors;
using testing::ElementsAre;
using testing::IsEmpty;

// A chain in the making: each part can be spoilt before what covers it is signed.
struct Forge : TestParties {
  CertificateDetails intermediate = authority.intermediate_details(kValidity);
  CertificateDetails leaf = authority.leaf_details(server_static.public_key, kValidity);
  PrivateKey root_signer = authority.root.private_key;
  PrivateKey intermediate_signer = authority.intermediate.private_key;

  CertificateChain sign() {
    CertificateChain forged;
    forged.intermediate = sign_certificate(intermediate, root_signer, random);
    forged.leaf = sign_certificate(leaf, intermediate_signer, random);
    return forged;
  }

  Result<VerifiedChain> verify(const CertificateChain& chain_to_verify,
                               const Guard& guard = {}) const {
    return verify_certificate_chain(chain_to_verify, authority.trust_root(),
                                    server_static.public_key, now, guard);
  }
};

struct Defect {
  const char* name;
  Rule rule;
  std::function<void(Forge&)> before_signing = [](Forge&) {};
  std::function<void(CertificateChain&)> after_signing = [](CertificateChain&) {};
};

KeyPair stranger() {
  SeededRandom random(99);
  return KeyPair::generate(random);
}

const std::vector<Defect>& defects() {
  using F = Forge;
  using C = CertificateChain;
  constexpr std::uint64_t kNow = TestParties::kNow;
  static const auto nothing = [](C&) {};
  static const std::vector<Defect> all = {
      {"foreign root", Rule::CERT_01, [](F& f) { f.root_signer = stranger().private_key; },
       nothing},
      {"intermediate details changed", Rule::CERT_01, [](F&) {},
       [](C& c) { append(*c.intermediate->details, Bytes{0xc2, 0x3e, 0x01, 0x00}); }},
      {"intermediate signature garbage", Rule::CERT_01, [](F&) {},
       [](C& c) { c.intermediate->signature = Bytes(64, 7); }},
      {"leaf signed by another", Rule::CERT_02,
       [](F& f) { f.intermediate_signer = stranger().private_key; }, nothing},
      {"leaf signed by the root", Rule::CERT_02,
       [](F& f) { f.intermediate_signer = f.root_signer; }, nothing},
      {"leaf details changed", Rule::CERT_02, [](F&) {},
       [](C& c) { append(*c.leaf->details, Bytes{0xc2, 0x3e, 0x01, 0x00}); }},
      {"leaf signature garbage", Rule::CERT_02, [](F&) {},
       [](C& c) { c.leaf->signature = Bytes(64, 7); }},
      {"intermediate key of 31 bytes", Rule::CERT_02, [](F& f) { f.intermediate.key->pop_back(); },
       nothing},
      {"intermediate key empty", Rule::CERT_02, [](F& f) { f.intermediate.key = Bytes{}; },
       nothing},
      {"leaf signature of 63 bytes", Rule::CERT_03, [](F&) {},
       [](C& c) { c.leaf->signature->pop_back(); }},
      {"leaf signature of 65 bytes", Rule::CERT_03, [](F&) {},
       [](C& c) { c.leaf->signature->push_back(0); }},
      {"intermediate signature of 63 bytes", Rule::CERT_03, [](F&) {},
       [](C& c) { c.intermediate->signature->pop_back(); }},
      {"intermediate signature empty", Rule::CERT_03, [](F&) {},
       [](C& c) { c.intermediate->signature = Bytes{}; }},
      {"leaf for another key", Rule::CERT_04,
       [](F& f) { f.leaf.key = to_bytes(stranger().public_key); }, nothing},
      {"leaf key of 33 bytes", Rule::CERT_04, [](F& f) { f.leaf.key->push_back(0); }, nothing},
      {"leaf key empty", Rule::CERT_04, [](F& f) { f.leaf.key = Bytes{}; }, nothing},
      {"intermediate of issuer 1", Rule::CERT_05, [](F& f) { f.intermediate.issuer_serial = 1; },
       nothing},
      {"leaf of issuer 0", Rule::CERT_05, [](F& f) { f.leaf.issuer_serial = 0; }, nothing},
      {"leaf of another issuer", Rule::CERT_05, [](F& f) { f.leaf.issuer_serial = 3; }, nothing},
      {"leaf expired", Rule::CERT_06, [](F& f) { f.leaf.not_after = kNow - 1; }, nothing},
      {"leaf not yet valid", Rule::CERT_06, [](F& f) { f.leaf.not_before = kNow + 1; }, nothing},
      {"leaf without end", Rule::CERT_06, [](F& f) { f.leaf.not_after.reset(); }, nothing},
      {"leaf ends at 0", Rule::CERT_06, [](F& f) { f.leaf.not_after = 0; }, nothing},
      {"intermediate expired", Rule::CERT_06, [](F& f) { f.intermediate.not_after = kNow - 1; },
       nothing},
      {"intermediate not yet valid", Rule::CERT_06,
       [](F& f) { f.intermediate.not_before = kNow + 1; }, nothing},
      {"intermediate without end", Rule::CERT_06, [](F& f) { f.intermediate.not_after.reset(); },
       nothing},
      {"no leaf", Rule::CERT_07, [](F&) {}, [](C& c) { c.leaf.reset(); }},
      {"no intermediate", Rule::CERT_07, [](F&) {}, [](C& c) { c.intermediate.reset(); }},
      {"empty chain", Rule::CERT_07, [](F&) {}, [](C& c) { c = {}; }},
      {"no leaf details", Rule::CERT_07, [](F&) {}, [](C& c) { c.leaf->details.reset(); }},
      {"no leaf signature", Rule::CERT_07, [](F&) {}, [](C& c) { c.leaf->signature.reset(); }},
      {"no intermediate details", Rule::CERT_07, [](F&) {},
       [](C& c) { c.intermediate->details.reset(); }},
      {"no intermediate signature", Rule::CERT_07, [](F&) {},
       [](C& c) { c.intermediate->signature.reset(); }},
      {"no leaf key", Rule::CERT_07, [](F& f) { f.leaf.key.reset(); }, nothing},
      {"no intermediate key", Rule::CERT_07, [](F& f) { f.intermediate.key.reset(); }, nothing},
      {"undecodable leaf details", Rule::CERT_07, [](F&) {},
       [](C& c) { c.leaf->details = Bytes{0xff}; }},
      {"undecodable intermediate details", Rule::CERT_07, [](F&) {},
       [](C& c) { c.intermediate->details = Bytes{0xff}; }},
      {"intermediate issuer not written", Rule::CERT_08,
       [](F& f) { f.intermediate.issuer_serial.reset(); }, nothing},
      {"leaf issuer not written", Rule::CERT_08,
       [](F& f) {
         f.intermediate.serial = 0;
         f.leaf.issuer_serial.reset();
       },
       nothing},
  };
  return all;
}

TEST(CertificateChain, AGoodOneIsAcceptedWithItsValidity) {
  Forge forge;
  forge.leaf.not_before = 5;
  TestGuard observer;
  const auto verified = forge.verify(forge.sign(), observer.guard());
  ASSERT_TRUE(verified) << verified.error().to_string();
  EXPECT_EQ(verified->leaf, (Validity{5, TestParties::kNow + 100}));
  EXPECT_EQ(verified->intermediate, TestParties::kValidity);
  EXPECT_THAT(observer.violated(), IsEmpty());
}

TEST(CertificateChain, EachDefectViolatesItsRuleAndNoOther) {
  for (const Defect& defect : defects()) {
    SCOPED_TRACE(defect.name);
    Forge forge;
    defect.before_signing(forge);
    CertificateChain chain = forge.sign();
    defect.after_signing(chain);
    TestGuard observer;
    EXPECT_FALSE(forge.verify(chain, observer.guard()));
    EXPECT_THAT(observer.violated(), ElementsAre(defect.rule));
  }
}

// With every rule forced open the verifier stays total: it accepts anything and reads nothing
// beyond it.
TEST(CertificateChain, ForcedOpenAnythingIsAccepted) {
  for (const Defect& defect : defects()) {
    SCOPED_TRACE(defect.name);
    Forge forge;
    defect.before_signing(forge);
    CertificateChain chain = forge.sign();
    defect.after_signing(chain);
    TestGuard observer;
    for (const Rule rule : {Rule::CERT_01, Rule::CERT_02, Rule::CERT_03, Rule::CERT_04,
                            Rule::CERT_05, Rule::CERT_06, Rule::CERT_07, Rule::CERT_08}) {
      observer.force(rule, true);
    }
    EXPECT_TRUE(forge.verify(chain, observer.guard()));
  }
}

TEST(CertificateChain, ValidityIncludesItsBounds) {
  constexpr Validity kValidity = {.not_before = 100, .not_after = 200};
  EXPECT_FALSE(kValidity.contains(UnixTime::from_seconds(99)));
  EXPECT_TRUE(kValidity.contains(UnixTime::from_seconds(100)));
  EXPECT_TRUE(kValidity.contains(UnixTime::from_seconds(200)));
  EXPECT_TRUE(kValidity.contains(UnixTime{std::chrono::milliseconds(200'999)}));
  EXPECT_FALSE(kValidity.contains(UnixTime::from_seconds(201)));
  EXPECT_FALSE((Validity{.not_before = 0, .not_after = 0}).contains(UnixTime::from_seconds(1)));
  EXPECT_FALSE((Validity{.not_before = 0, .not_after = 5}).contains(UnixTime::from_seconds(-1)));
  EXPECT_TRUE(
      (Validity{.not_before = 0, .not_after = UINT64_MAX}).contains(UnixTime::from_seconds(1)));
}

TEST(CertificateChain, TheVectorVerifiesAndEncodesToItself) {
  const Json input = load_case("noise-xx")["input"];
  const Bytes encoded = bytes_of_hex(input["cert_chain"]);
  const auto chain = decode_certificate_chain(encoded);
  ASSERT_TRUE(chain);
  EXPECT_EQ(encode_certificate_chain(*chain), encoded);
  EXPECT_EQ(chain->leaf->details, bytes_of_hex(input["leaf_details"]));
  EXPECT_EQ(chain->leaf->signature, bytes_of_hex(input["leaf_signature"]));
  EXPECT_EQ(chain->intermediate->details, bytes_of_hex(input["intermediate_details"]));
  EXPECT_EQ(chain->intermediate->signature, bytes_of_hex(input["intermediate_signature"]));
  const Now now{.steady = {}, .wall = UnixTime::from_seconds(test_vectors::kNow)};
  EXPECT_TRUE(verify_certificate_chain(*chain, {key_pair(input["root_ca"]).public_key},
                                       key_pair(input["server_static"]).public_key, now, {}));
}

// The details that the authority writes are those of the vector, byte for byte; CERT-08 in
// particular.
TEST(CertificateChain, TheAuthorityWritesTheDetailsOfTheVector) {
  const Json input = load_case("noise-xx")["input"];
  CertificateAuthority authority;
  authority.root = key_pair(input["root_ca"]);
  authority.intermediate = key_pair(input["intermediate_ca"]);
  const auto intermediate = decode_certificate_details(bytes_of_hex(input["intermediate_details"]));
  ASSERT_TRUE(intermediate);
  const Validity validity = {*intermediate->not_before, *intermediate->not_after};
  EXPECT_EQ(to_hex(encode_certificate_details(authority.intermediate_details(validity))),
            text(input["intermediate_details"]));
  EXPECT_EQ(to_hex(encode_certificate_details(
                authority.leaf_details(key_pair(input["server_static"]).public_key, validity))),
            text(input["leaf_details"]));
}

TEST(CertificateChain, PresenceSurvivesEncoding) {
  for (const CertificateDetails& details :
       {CertificateDetails{},
        CertificateDetails{
            .serial = 0, .issuer_serial = 0, .key = Bytes{}, .not_before = 0, .not_after = 0},
        CertificateDetails{.serial = UINT32_MAX,
                           .issuer_serial = {},
                           .key = Bytes(32, 1),
                           .not_before = {},
                           .not_after = UINT64_MAX}}) {
    EXPECT_EQ(decode_certificate_details(encode_certificate_details(details)), details);
  }
  for (const CertificateChain& chain :
       {CertificateChain{}, CertificateChain{.leaf = Certificate{}, .intermediate = {}},
        CertificateChain{.leaf = {},
                         .intermediate = Certificate{.details = Bytes{}, .signature = Bytes{1}}}}) {
    EXPECT_EQ(decode_certificate_chain(encode_certificate_chain(chain)), chain);
  }
}

TEST(CertificateChain, RefusesWhatIsNotOneAndWhatIsTooLarge) {
  EXPECT_FALSE(decode_certificate_chain(Bytes{0xff}));
  EXPECT_FALSE(decode_certificate_details(Bytes{0x08}));
  CertificateChain chain{.leaf = Certificate{}, .intermediate = {}};
  chain.leaf->details = Bytes(kMaxCertificateChain - 8);
  const Bytes largest = encode_certificate_chain(chain);
  ASSERT_EQ(largest.size(), kMaxCertificateChain);
  EXPECT_TRUE(decode_certificate_chain(largest));
  chain.leaf->details->push_back(0);
  EXPECT_FALSE(decode_certificate_chain(encode_certificate_chain(chain)));
}

}  // namespace
}  // namespace doublecheck::noise
