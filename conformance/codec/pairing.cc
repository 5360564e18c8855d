#include "conformance/codec/steps.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/key_index_list.h"
#include "spec/pairing/qr.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

// What the vector `adv-e2ee` is about, taken apart.
struct VectorIdentity {
  Bytes container;
  PrivateKey adv_secret{};
  KeyPair companion;
  KeyPair account;

  pairing::SignedDeviceIdentity signed_identity() const {
    const auto outer = pairing::decode_device_identity_container(container).value();
    return pairing::decode_signed_device_identity(outer.details).value();
  }
  // As a phone would send it, with the HMAC that belongs to it.
  Bytes sealed(const pairing::SignedDeviceIdentity& identity) const {
    return pairing::encode_device_identity_container(
        pairing::seal_device_identity(identity, pairing::AccountType::kE2ee, adv_secret));
  }
};

VectorIdentity vector_identity(std::string_view name = "adv-e2ee") {
  const Json& vector = vector_case(kPairing, name);
  const Json& input = vector.at("input");
  return {.container = bytes_of_hex(vector.at("output").at("device_identity_element_content")),
          .adv_secret = key_of(input.at("adv_secret")),
          .companion = KeyPair::from_private(private_key_of(input.at("companion_identity_key"))),
          .account = KeyPair::from_private(private_key_of(input.at("account_identity_key")))};
}

Answer<CodecAcceptedIdentity> accept(CodecBench& bench, const VectorIdentity& given,
                                     ByteView container) {
  return bench.accept_identity(container, given.adv_secret, given.companion.private_key);
}

void genuine_identity_is_accepted(CodecBench& bench, const VectorIdentity& given) {
  precondition("the genuine identity is accepted", [&] {
    accepted(accept(bench, given, given.container), "a genuine identity is accepted");
  });
}

void refuse_negative_vectors(CodecBench& bench, std::string_view prefix) {
  genuine_identity_is_accepted(bench, vector_identity());
  std::size_t found = 0;
  for (const Json& one : vectors(kPairing).at("cases")) {
    const std::string name = text(one.at("name"));
    if (!name.starts_with(prefix)) continue;
    ++found;
    const Json& input = one.at("input");
    check_refused(bench.accept_identity(bytes_of_hex(input.at("device_identity_element_content")),
                                        key_of(input.at("adv_secret")),
                                        private_key_of(input.at("companion_identity_key"))),
                  "is refused: " + name);
  }
  if (found == 0) inconclusive("no such vector");
}

pairing::SignedDeviceIdentity returned_identity(const CodecAcceptedIdentity& answer) {
  auto identity = pairing::decode_signed_device_identity(answer.device_identity);
  check(identity.has_value(), "the answer is a signed device identity",
        to_hex(answer.device_identity));
  return *std::move(identity);
}

// An identity with both signatures, as others are shown it.
pairing::SignedDeviceIdentity complete_identity(const VectorIdentity& given) {
  pairing::SignedDeviceIdentity identity =
      pairing::decode_signed_device_identity(
          bytes_of_hex(vector_case(kPairing, "adv-e2ee")
                           .at("output")
                           .at("pair_device_sign_content_with_account_key")))
          .value();
  if (identity.account_signature_key != to_bytes(given.account.public_key))
    inconclusive("the vector has another account key");
  return identity;
}

bool is_believed(CodecBench& bench, const VectorIdentity& given,
                 const pairing::SignedDeviceIdentity& identity) {
  return bench.verify_identity(pairing::encode_signed_device_identity(identity),
                               given.account.public_key, given.companion.public_key);
}

void refuse_every_byte_of_identity(CodecBench& bench,
                                   Bytes& (*part)(pairing::SignedDeviceIdentity&),
                                   std::string_view sentence) {
  const VectorIdentity given = vector_identity();
  const pairing::SignedDeviceIdentity genuine = complete_identity(given);
  precondition("the genuine identity is believed", [&] {
    check(is_believed(bench, given, genuine), "a genuine identity is believed");
  });
  pairing::SignedDeviceIdentity forged = genuine;
  const std::size_t size = part(forged).size();
  for (std::size_t at = 0; at < size; ++at) {
    forged = genuine;
    part(forged) = flipped(part(forged), at);
    check(!is_believed(bench, given, forged), at_byte(sentence, at));
  }
}

pairing::QrContent vector_qr() {
  const Json& input = vector_case(kPairing, "qr-string").at("input");
  pairing::QrContent content;
  content.ref = text(input.at("ref"));
  content.noise_key = key_of(input.at("noise_public"));
  content.identity_key = key_of(input.at("identity_public"));
  content.adv_secret = key_of(input.at("adv_secret"));
  return content;
}

bool is_same_qr(const pairing::QrContent& left, const pairing::QrContent& right) {
  return left.ref == right.ref && left.noise_key == right.noise_key &&
         left.identity_key == right.identity_key && left.adv_secret == right.adv_secret;
}

std::string joined(const std::vector<std::string>& fields) {
  std::string out;
  for (std::size_t i = 0; i < fields.size(); ++i) out += (i == 0 ? "" : ",") + fields[i];
  return out;
}

}  // namespace

// ---- QR texts

CODEC_CASE(pairing, qr_texts_are_read,
           "QR texts are read with and without URL prefix, with four and with five fields",
           .checks = {Rule::PAIR_06}) {
  const Json& output = vector_case(kPairing, "qr-string").at("output");
  for (const char* form : {"with_prefix", "without_prefix", "legacy_four_fields"}) {
    const auto content = accepted(bench.parse_qr(text(output.at(form))), "a QR text is read");
    check(is_same_qr(content, vector_qr()), std::string("is read as what it says: ") + form);
  }
}

CODEC_CASE(
    pairing, bad_qr_texts_are_refused,
    "QR texts with too few or empty fields, bad base64, or keys of other than 32 bytes are refused",
    .checks = {Rule::PAIR_06}) {
  const pairing::QrContent content = vector_qr();
  const std::vector<std::string> good = {content.ref, to_base64(content.noise_key),
                                         to_base64(content.identity_key),
                                         to_base64(content.adv_secret)};
  precondition("a good text is read", [&] {
    check(is_same_qr(accepted(bench.parse_qr(joined(good)), "a QR text is read"), content),
          "it is read as what it says");
  });
  check_refused(bench.parse_qr(""), "an empty text is refused");
  for (std::size_t count = 1; count < good.size(); ++count) {
    check_refused(
        bench.parse_qr(joined({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(count)})),
        std::to_string(count) + " fields are refused");
  }
  for (std::size_t field = 0; field < good.size(); ++field) {
    const auto refuse = [&](std::string_view value, std::string_view sentence) {
      std::vector<std::string> fields = good;
      fields[field] = value;
      check_refused(bench.parse_qr(joined(fields)),
                    std::string(sentence) + " in field " + std::to_string(field));
    };
    refuse("", "nothing is refused");
    if (field == 0) continue;
    refuse(to_base64(Bytes(31, 7)), "31 bytes are refused");
    refuse(to_base64(Bytes(33, 7)), "33 bytes are refused");
    refuse("!!!!" + good[field].substr(4), "bad base64 is refused");
  }
}

CODEC_CASE(
    pairing, qr_texts_are_written,
    "A QR text has ref, Noise key, identity key and secret in this order, the keys in padded standard base64",
    .checks = {Rule::PAIR_03}) {
  const pairing::QrContent content = vector_qr();
  const std::string text = accepted(bench.format_qr(content), "a QR text is written");
  const auto read = pairing::parse_qr(text);
  check(read.has_value(), "what is written is a QR text", text);
  check(is_same_qr(*read, content), "it says what it was given", text);
}

// ---- Accepting an identity

CODEC_CASE(pairing, genuine_identities_are_accepted,
           "The identity of the vector is accepted, and its key index is told",
           .checks = {Rule::PAIR_08, Rule::PAIR_09, Rule::PAIR_11}) {
  const VectorIdentity given = vector_identity();
  const auto answer =
      accepted(accept(bench, given, given.container), "a genuine identity is accepted");
  check(answer.key_index == 3, "the key index is that of the identity",
        std::to_string(answer.key_index));
}

CODEC_CASE(
    pairing, device_signature_verifies,
    "The device signature verifies over 06 01, the details, the identity key and the account key",
    .checks = {Rule::PAIR_12}) {
  const VectorIdentity given = vector_identity();
  const auto identity = returned_identity(
      accepted(accept(bench, given, given.container), "a genuine identity is accepted"));
  check(identity.device_signature.has_value(), "the answer has a device signature");
  check(xeddsa_verify(
            given.companion.public_key,
            pairing::device_signature_message(false, identity.details, given.companion.public_key,
                                              given.account.public_key),
            *identity.device_signature),
        "the device signature verifies", to_hex(*identity.device_signature));
}

CODEC_CASE(pairing, identity_is_returned_as_received,
           "Details and account signature are returned byte for byte", .checks = {Rule::PAIR_13}) {
  const VectorIdentity given = vector_identity();
  const auto identity = returned_identity(
      accepted(accept(bench, given, given.container), "a genuine identity is accepted"));
  const auto received = given.signed_identity();
  check(identity.details == received.details, "the details are as received");
  check(identity.account_signature == received.account_signature,
        "the account signature is as received");
}

CODEC_CASE(pairing, account_key_is_left_out, "The answer leaves out the account's key",
           .checks = {Rule::PAIR_14}) {
  const VectorIdentity given = vector_identity();
  const auto identity = returned_identity(
      accepted(accept(bench, given, given.container), "a genuine identity is accepted"));
  check(identity.details == given.signed_identity().details, "the details are as received");
  check(!identity.account_signature_key || identity.account_signature_key->empty(),
        "the account's key is not in the answer");
}

CODEC_CASE(pairing, hosted_identities_are_accepted,
           "The hosted identity of the vector, whose HMAC covers 06 05 too, is accepted",
           .checks = {Rule::PAIR_08}) {
  const VectorIdentity given = vector_identity("adv-hosted");
  const auto answer =
      accepted(accept(bench, given, given.container), "a hosted identity is accepted");
  check(answer.key_index == 3, "the key index is that of the identity",
        std::to_string(answer.key_index));
  check(returned_identity(answer).details == given.signed_identity().details,
        "the details are as received");
}

CODEC_CASE(
    pairing, wrong_hmacs_are_refused,
    "An identity whose HMAC is by another secret, changed, short or with a hosted prefix is refused",
    .checks = {Rule::PAIR_08}) {
  refuse_negative_vectors(bench, "adv-neg-hmac");
}

CODEC_CASE(pairing, every_byte_of_an_hmac_counts,
           "An identity is refused with any one byte of its HMAC changed",
           .checks = {Rule::PAIR_08}) {
  const VectorIdentity given = vector_identity();
  genuine_identity_is_accepted(bench, given);
  const auto genuine = pairing::decode_device_identity_container(given.container).value();
  for (std::size_t at = 0; at < genuine.hmac.size(); ++at) {
    pairing::DeviceIdentityContainer forged = genuine;
    forged.hmac = flipped(genuine.hmac, at);
    check_refused(accept(bench, given, pairing::encode_device_identity_container(forged)),
                  at_byte("a changed HMAC is refused", at));
  }
}

CODEC_CASE(pairing, every_byte_under_an_hmac_counts,
           "An identity is refused with any one byte changed that its HMAC covers",
           .checks = {Rule::PAIR_08}) {
  const VectorIdentity given = vector_identity();
  genuine_identity_is_accepted(bench, given);
  const auto genuine = pairing::decode_device_identity_container(given.container).value();
  for (std::size_t at = 0; at < genuine.details.size(); ++at) {
    pairing::DeviceIdentityContainer forged = genuine;
    forged.details = flipped(genuine.details, at);
    check_refused(accept(bench, given, pairing::encode_device_identity_container(forged)),
                  at_byte("changed details are refused", at));
  }
}

CODEC_CASE(pairing, wrong_account_signatures_are_refused,
           "An identity with a right HMAC and a wrong account signature is refused",
           .checks = {Rule::PAIR_09, Rule::CERT_11}) {
  refuse_negative_vectors(bench, "adv-neg-account-signature");
}

CODEC_CASE(
    pairing, every_byte_of_an_account_signature_counts,
    "An identity with a right HMAC is refused with any one byte of its account signature changed",
    .checks = {Rule::PAIR_09, Rule::CERT_11}) {
  const VectorIdentity given = vector_identity();
  genuine_identity_is_accepted(bench, given);
  const auto genuine = given.signed_identity();
  precondition("an identity that was sealed again is accepted", [&] {
    accepted(accept(bench, given, given.sealed(genuine)), "a genuine identity is accepted");
  });
  for (std::size_t at = 0; at < genuine.account_signature->size(); ++at) {
    pairing::SignedDeviceIdentity forged = genuine;
    forged.account_signature = flipped(*genuine.account_signature, at);
    check_refused(accept(bench, given, given.sealed(forged)),
                  at_byte("a changed account signature is refused", at));
  }
}

CODEC_CASE(pairing, cut_identities_are_refused, "An identity that is cut anywhere is refused",
           .checks = {Rule::PAIR_18, Rule::PAIR_08}) {
  const VectorIdentity given = vector_identity();
  genuine_identity_is_accepted(bench, given);
  // Behind the HMAC stands the type of the account, whose absence means the same.
  constexpr std::size_t kAccountType = 2;
  for (std::size_t size = 0; size + kAccountType < given.container.size(); ++size) {
    check_refused(accept(bench, given, ByteView(given.container).first(size)),
                  at_byte("an identity is refused that ends before", size));
  }
}

// ---- Identities and lists of others

CODEC_CASE(
    pairing, genuine_identities_of_others_are_believed,
    "An identity of the vector with both signatures is believed, for its account and companion alone",
    .checks = {Rule::DEVICE_07, Rule::CERT_10}) {
  const VectorIdentity given = vector_identity();
  const auto identity = complete_identity(given);
  check(is_believed(bench, given, identity), "a genuine identity is believed");
  const Bytes encoded = pairing::encode_signed_device_identity(identity);
  const PublicKey other = KeyPair::generate(bench.random()).public_key;
  check(!bench.verify_identity(encoded, other, given.companion.public_key),
        "an identity of another account is not believed");
  check(!bench.verify_identity(encoded, given.account.public_key, other),
        "an identity of another companion is not believed");
}

CODEC_CASE(pairing, every_byte_of_an_identitys_account_signature_counts,
           "An identity is not believed with any one byte of its account signature changed",
           .checks = {Rule::DEVICE_07, Rule::CERT_11}) {
  refuse_every_byte_of_identity(
      bench,
      [](pairing::SignedDeviceIdentity& identity) -> Bytes& { return *identity.account_signature; },
      "a changed account signature is not believed");
}

CODEC_CASE(pairing, every_byte_of_an_identitys_device_signature_counts,
           "An identity is not believed with any one byte of its device signature changed",
           .checks = {Rule::DEVICE_07, Rule::CERT_11}) {
  refuse_every_byte_of_identity(
      bench,
      [](pairing::SignedDeviceIdentity& identity) -> Bytes& { return *identity.device_signature; },
      "a changed device signature is not believed");
}

CODEC_CASE(pairing, every_byte_of_an_identitys_details_counts,
           "An identity is not believed with any one byte of its details changed",
           .checks = {Rule::DEVICE_07, Rule::CERT_11}) {
  refuse_every_byte_of_identity(
      bench, [](pairing::SignedDeviceIdentity& identity) -> Bytes& { return identity.details; },
      "changed details are not believed");
}

CODEC_CASE(pairing, genuine_key_index_lists_are_believed,
           "A list of key indexes that the account has signed is read",
           .checks = {Rule::DEVICE_03}) {
  const KeyPair account = KeyPair::generate(bench.random());
  pairing::KeyIndexList list;
  list.raw_id = 305'419'896;
  list.timestamp = 1'700'000'000;
  list.current_index = 7;
  list.valid_indexes = {0, 3, 7};
  const auto signed_list = pairing::sign_key_index_list(list, account, bench.random());
  const auto read =
      accepted(bench.verify_key_index_list(pairing::encode_signed_key_index_list(signed_list),
                                           account.public_key),
               "a genuine list is believed");
  check(read.raw_id == list.raw_id && read.timestamp == list.timestamp &&
            read.current_index == list.current_index && read.valid_indexes == list.valid_indexes,
        "it is read as what it says");
}

CODEC_CASE(
    pairing, every_byte_of_a_key_index_list_counts,
    "A list is refused with any one byte of its signature or its details changed, or by another account",
    .checks = {Rule::DEVICE_03, Rule::CERT_11}) {
  const KeyPair account = KeyPair::generate(bench.random());
  pairing::KeyIndexList list;
  list.raw_id = 1;
  list.timestamp = 1'700'000'000;
  list.current_index = 2;
  list.valid_indexes = {0, 1, 2};
  const auto genuine = pairing::sign_key_index_list(list, account, bench.random());
  const auto verify = [&](const pairing::SignedKeyIndexList& one, const PublicKey& key) {
    return bench.verify_key_index_list(pairing::encode_signed_key_index_list(one), key);
  };
  precondition("the genuine list is believed", [&] {
    accepted(verify(genuine, account.public_key), "a genuine list is believed");
  });
  for (std::size_t at = 0; at < genuine.account_signature.size(); ++at) {
    pairing::SignedKeyIndexList forged = genuine;
    forged.account_signature = flipped(genuine.account_signature, at);
    check_refused(verify(forged, account.public_key),
                  at_byte("a changed signature is refused", at));
  }
  for (std::size_t at = 0; at < genuine.details.size(); ++at) {
    pairing::SignedKeyIndexList forged = genuine;
    forged.details = flipped(genuine.details, at);
    check_refused(verify(forged, account.public_key), at_byte("changed details are refused", at));
  }
  const KeyPair other = KeyPair::generate(bench.random());
  check_refused(
      verify(pairing::sign_key_index_list(list, other, bench.random()), account.public_key),
      "a list that another account has signed is refused, though it names its key");
}

}  // namespace doublecheck::harness
