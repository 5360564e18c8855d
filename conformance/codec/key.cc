#include "conformance/codec/steps.h"
#include "spec/base/crypto.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

struct SignedMessage {
  PublicKey key;
  Bytes message;
  Bytes signature;
};

SignedMessage signed_message(const Json& vector) {
  const Json& input = vector.at("input");
  return {key_of(input.at("public_key_u")), bytes_of_hex(input.at("message")),
          bytes_of_hex(input.at("signature"))};
}

bool verifies(CodecBench& bench, const Json& vector) {
  const SignedMessage given = signed_message(vector);
  return bench.verify(given.key, given.message, given.signature);
}

std::vector<const Json*> named_signatures(std::string_view part) {
  std::vector<const Json*> found;
  for (const Json& one : vectors(kXeddsa).at("cases")) {
    if (text(one.at("name")).find(part) != std::string::npos) found.push_back(&one);
  }
  return found;
}

void check_valid(CodecBench& bench, std::string_view part) {
  for (const Json* one : named_signatures(part))
    check(verifies(bench, *one), "verifies: " + text(one->at("name")));
}

// After a valid one, so that a verifier which confirms nothing refuses nothing either.
void check_invalid(CodecBench& bench, std::string_view part) {
  precondition("valid signatures verify", [&] { check_valid(bench, "randomised signer #0"); });
  const auto found = named_signatures(part);
  if (found.empty()) inconclusive("no such vector");
  for (const Json* one : found)
    check(!verifies(bench, *one), "does not verify: " + text(one->at("name")));
}

// Keys and a secret of the conversation that the vectors of sessions begin with.
struct Agreement {
  PrivateKey own;
  PublicKey own_public;
  PublicKey peer;
  Bytes secret;
};

Agreement vector_agreement() {
  const Json& vector = vector_case(kSessions, "with-one-time-prekey");
  const Json& input = vector.at("input");
  return {.own = private_key_of(input.at("alice").at("identity")),
          .own_public = public_key_of(input.at("alice").at("identity")),
          .peer = public_key_of(input.at("bob").at("signed_prekey")),
          .secret = bytes_of_hex(vector.at("output").at("x3dh").at("dh1_IKa_SPKb"))};
}

// The same scalar in a form that clamping undoes.
PrivateKey unclamped(PrivateKey key, unsigned low_bits, bool high_bit, bool second_bit) {
  key.front() = static_cast<std::uint8_t>((key.front() & 0xf8U) | low_bits);
  key.back() = static_cast<std::uint8_t>((key.back() & 0x3fU) | (high_bit ? 0x80U : 0) |
                                         (second_bit ? 0x40U : 0));
  return key;
}

}  // namespace

CODEC_CASE(key, agreement_is_x25519, "The secret of two keys is what X25519 gives, on both sides",
           .checks = {Rule::KEY_05, Rule::SESSION_01}) {
  for (const char* name : {"with-one-time-prekey", "without-one-time-prekey"}) {
    const Json& vector = vector_case(kSessions, name);
    const Json& alice = vector.at("input").at("alice");
    const Json& bob = vector.at("input").at("bob");
    const Json& x3dh = vector.at("output").at("x3dh");
    const auto agree = [&](const Json& own, const Json& peer) {
      return to_hex(accepted(bench.agree(private_key_of(own), public_key_of(peer)), "keys agree"));
    };
    check(agree(alice.at("identity"), bob.at("signed_prekey")) == text(x3dh.at("dh1_IKa_SPKb")),
          "the first secret is that of the vector");
    check(agree(bob.at("signed_prekey"), alice.at("identity")) == text(x3dh.at("dh1_IKa_SPKb")),
          "and so it is from the other side");
    check(agree(alice.at("base_key"), bob.at("identity")) == text(x3dh.at("dh2_EKa_IKb")),
          "the second secret is that of the vector");
    check(agree(alice.at("base_key"), bob.at("signed_prekey")) == text(x3dh.at("dh3_EKa_SPKb")),
          "the third secret is that of the vector");
  }
}

CODEC_CASE(key, public_keys_are_computed, "The public key of a private key is that of the vectors",
           .checks = {Rule::KEY_05}) {
  for (const char* owner : {"alice", "bob"}) {
    const Json& pair =
        vector_case(kSessions, "with-one-time-prekey").at("input").at(owner).at("identity");
    check(accepted(bench.public_key(private_key_of(pair)), "a public key is computed") ==
              to_bytes(public_key_of(pair)),
          "the public key is that of the vector");
  }
}

CODEC_CASE(
    key, scalars_are_clamped,
    "A private key that is not clamped gives the same secret and public key as its clamped form",
    .checks = {Rule::KEY_05}) {
  const Agreement known = vector_agreement();
  for (unsigned low_bits = 0; low_bits < 8; ++low_bits) {
    for (const bool high : {false, true}) {
      for (const bool second : {false, true}) {
        const PrivateKey key = unclamped(known.own, low_bits, high, second);
        check(accepted(bench.agree(key, known.peer), "keys agree") == known.secret,
              "the secret is that of the clamped key", to_hex(key));
        check(accepted(bench.public_key(key), "a public key is computed") ==
                  to_bytes(known.own_public),
              "the public key is that of the clamped key", to_hex(key));
      }
    }
  }
}

CODEC_CASE(key, secrets_of_zeros_are_refused,
           "An agreement with a key of small order, whose secret would be all zeros, is refused",
           .checks = {Rule::KEY_06}) {
  const Agreement known = vector_agreement();
  precondition("keys agree", [&] {
    check(accepted(bench.agree(known.own, known.peer), "keys agree") == known.secret,
          "the secret is right");
  });
  for (const Json* one : named_signatures("small-order public key")) {
    const PublicKey small = key_of(one->at("input").at("public_key_u"));
    check_refused(bench.agree(known.own, small),
                  "an agreement is refused: " + text(one->at("name")));
  }
}

CODEC_CASE(key, signatures_of_signers_in_use_verify,
           "Signatures with the sign of the Edwards key in bit 7 of byte 63 verify",
           .checks = {Rule::KEY_07, Rule::CERT_10}) {
  check_valid(bench, "valid: sign-bit variant");
  check_valid(bench, "valid: deterministic signer");
  check_valid(bench, "valid: randomised signer");
}

CODEC_CASE(key, published_signatures_verify, "Signatures made as the XEdDSA text says verify",
           .checks = {Rule::KEY_08}) {
  check_valid(bench, "valid: strict XEdDSA");
}

CODEC_CASE(key, pairing_signatures_verify, "Signatures over short and long messages verify",
           .checks = {Rule::CERT_10, Rule::KEY_07}) {
  for (const Json& one : vectors(kPairing).at("cases")) {
    const std::string name = text(one.at("name"));
    if (!name.starts_with("xeddsa-valid-")) continue;
    const Json& input = one.at("input");
    check(bench.verify(key_of(input.at("public")), bytes_of_hex(input.at("message")),
                       bytes_of_hex(input.at("signature"))),
          "verifies: " + name);
  }
}

CODEC_CASE(key, changed_messages_do_not_verify,
           "A signature over another message, or another form of the key in it, does not verify",
           .checks = {Rule::KEY_09, Rule::CERT_11}) {
  check_invalid(bench, "invalid: message");
}

CODEC_CASE(key, changed_signatures_do_not_verify,
           "A signature with a changed bit of R, of s, or of the sign does not verify",
           .checks = {Rule::KEY_09, Rule::CERT_11}) {
  check_invalid(bench, "bit flipped");
  check_invalid(bench, "sign bit toggled");
}

CODEC_CASE(key, signatures_by_others_do_not_verify,
           "A signature by another key, and one of zeros, does not verify",
           .checks = {Rule::KEY_09, Rule::CERT_11}) {
  check_invalid(bench, "wrong key");
  check_invalid(bench, "all-zero signature");
}

CODEC_CASE(key, signatures_of_another_length_do_not_verify,
           "A signature of 0, 63 or 65 bytes does not verify, and harms nobody",
           .checks = {Rule::KEY_09, Rule::CERT_11}) {
  check_invalid(bench, "-byte signature");
  const SignedMessage genuine = signed_message(*named_signatures("randomised signer #0").front());
  for (const std::size_t size : {0U, 1U, 32U, 63U, 65U, 128U, 4096U}) {
    Bytes signature = genuine.signature;
    signature.resize(size);
    check(!bench.verify(genuine.key, genuine.message, signature),
          "does not verify: " + std::to_string(size) + " bytes");
  }
}

CODEC_CASE(key, every_byte_of_a_signature_counts,
           "A signature does not verify with any one of its bytes changed",
           .checks = {Rule::KEY_09, Rule::CERT_11}) {
  for (const Json* one : named_signatures("valid: randomised signer")) {
    const SignedMessage genuine = signed_message(*one);
    precondition("the genuine signature verifies", [&] {
      check(bench.verify(genuine.key, genuine.message, genuine.signature), "a signature verifies");
    });
    for (std::size_t at = 0; at < genuine.signature.size(); ++at) {
      check(!bench.verify(genuine.key, genuine.message, flipped(genuine.signature, at)),
            at_byte("a changed signature does not verify", at));
    }
  }
}

CODEC_CASE(key, every_byte_of_a_message_counts,
           "A signature does not verify with any one byte of the message changed",
           .checks = {Rule::KEY_09}) {
  const SignedMessage genuine = signed_message(*named_signatures("randomised signer #0").front());
  precondition("the genuine signature verifies", [&] {
    check(bench.verify(genuine.key, genuine.message, genuine.signature), "a signature verifies");
  });
  for (std::size_t at = 0; at < genuine.message.size(); ++at) {
    check(!bench.verify(genuine.key, flipped(genuine.message, at), genuine.signature),
          at_byte("a signature of another message does not verify", at));
  }
}

CODEC_CASE(key, large_scalars_do_not_verify, "A signature whose s is 2^253 or more does not verify",
           .checks = {Rule::KEY_10}) {
  check_invalid(bench, "s+2L");
  check_invalid(bench, "s+3L");
  check_invalid(bench, "s+7L");
}

CODEC_CASE(
    key, small_orders_do_not_verify,
    "A signature that was forged without a private key, for a key of small order or not in canonical form, does not verify",
    .checks = {Rule::KEY_11}) {
  check_invalid(bench, "small-order public key");
}

CODEC_CASE(key, own_signatures_verify,
           "What the codec signs verifies, for keys of both signs, and is 64 bytes long",
           .checks = {Rule::KEY_09, Rule::CERT_10}) {
  for (const Json* one : named_signatures("deterministic signer")) {
    const PrivateKey key = key_of(one->at("input").at("private_key"));
    const SignedMessage known = signed_message(*one);
    const Bytes signature = accepted(bench.sign(key, known.message), "a message is signed");
    check(signature.size() == 64, "a signature has 64 bytes", std::to_string(signature.size()));
    check(xeddsa_verify(known.key, known.message, signature), "what is signed verifies",
          to_hex(signature));
  }
}

}  // namespace doublecheck::harness
