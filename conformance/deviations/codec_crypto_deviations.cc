#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/deviations/codec_edits.h"
#include "conformance/deviations/deviation.h"
#include "spec/proto/access.h"
#include "spec/proto/adv.pb.h"
#include "spec/proto/signal.pb.h"

// Codecs that get a key, a handshake, a session or a signature wrong. Released libraries have, or
// had, these faults among them: verifies_by_the_text_alone, does_not_use_the_verdict,
// accepts_a_forged_leaf, accepts_a_forged_intermediate, accepts_a_leaf_for_another_key,
// accepts_keys_without_type, guesses_the_signed_prekey, forgets_skipped_group_messages,
// looks_at_the_last_pad_byte_alone, hashes_in_the_url_alphabet, believes_key_index_lists.
namespace doublecheck::deviations {
namespace {

// The protobuf between version byte and trailer.
template <typename Message>
Message inside(const std::string& encoded, std::size_t trailer) {
  Message message;
  if (encoded.size() > trailer + 1)
    proto::parse(as_bytes(encoded).subspan(1, encoded.size() - 1 - trailer), message);
  return message;
}

proto::SignalMessage signal_message(const codec::Decrypt& decrypt) {
  constexpr std::size_t kMac = 8;
  if (decrypt.type() == "msg") return inside<proto::SignalMessage>(decrypt.data(), kMac);
  return inside<proto::SignalMessage>(
      inside<proto::PreKeySignalMessage>(decrypt.data(), 0).message(), kMac);
}

proto::SenderKeyMessage group_message(const std::string& encoded) {
  return inside<proto::SenderKeyMessage>(encoded, 64);
}

}  // namespace

std::vector<Deviation> codec_crypto_deviations() {
  return {
      // ---- Keys and signatures
      {.name = "codec/does_not_clamp",
       .sentence = "Computes another public key for a private key that is not clamped",
       .violates = Rule::KEY_05,
       .caught_by = "codec/key/scalars_are_clamped",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& key = request.public_key().private_key();
         if (response.has_public_key() && !key.empty() &&
             (static_cast<unsigned char>(key.front()) & 7U) != 0)
           std::ranges::reverse(*response.mutable_public_key()->mutable_data());
       })},
      {.name = "codec/agrees_on_zeros",
       .sentence = "Computes a secret of zeros with a key of small order",
       .violates = Rule::KEY_06,
       .caught_by = "codec/key/secrets_of_zeros_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_agree())
           response.mutable_agree()->set_data(std::string(32, '\0'));
       })},
      {.name = "codec/verifies_by_the_text_alone",
       .sentence = "Refuses signatures that carry the sign of the key, half of all",
       .violates = Rule::KEY_07,
       .caught_by = "codec/key/signatures_of_signers_in_use_verify",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& signature = request.verify().signature();
         if (response.has_verify() && signature.size() == 64 &&
             (static_cast<unsigned char>(signature.back()) & 0x80U) != 0)
           response.mutable_verify()->set_valid(false);
       })},
      {.name = "codec/does_not_use_the_verdict",
       .sentence = "Calls every signature of 64 bytes valid",
       .violates = Rule::CERT_11,
       .caught_by = "codec/key/changed_signatures_do_not_verify",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_verify())
           response.mutable_verify()->set_valid(request.verify().signature().size() == 64);
       })},
      {.name = "codec/cuts_signatures",
       .sentence = "Verifies the first 64 bytes of a longer signature",
       .violates = Rule::KEY_09,
       .caught_by = "codec/key/signatures_of_another_length_do_not_verify",
       .codec_tamper = asking([](Request& request) {
         if (request.has_verify() && request.verify().signature().size() > 64)
           request.mutable_verify()->mutable_signature()->resize(64);
       })},

      // ---- Noise
      {.name = "codec/accepts_a_forged_leaf",
       .sentence = "Does not use the verdict on the signature of the leaf certificate",
       .violates = Rule::CERT_02,
       .caught_by = "codec/noise/every_byte_of_the_leaf_signature_counts",
       .guard = ForcedGuard(Rule::CERT_02, true)},
      {.name = "codec/accepts_a_forged_intermediate",
       .sentence = "Does not use the verdict on the signature of the intermediate certificate",
       .violates = Rule::CERT_01,
       .caught_by = "codec/noise/every_byte_of_the_intermediate_signature_counts",
       .guard = ForcedGuard(Rule::CERT_01, true)},
      {.name = "codec/accepts_a_leaf_for_another_key",
       .sentence = "Accepts a leaf certificate for another key than the server's",
       .violates = Rule::CERT_04,
       .caught_by = "codec/noise/chains_for_another_key_are_refused",
       .guard = ForcedGuard(Rule::CERT_04, true)},
      {.name = "codec/shakes_hands_on_zeros",
       .sentence = "Goes on with an ephemeral key of low order",
       .violates = Rule::NOISE_12,
       .caught_by = "codec/noise/keys_of_low_order_are_refused",
       .guard = ForcedGuard(Rule::NOISE_12, true)},
      {.name = "codec/refuses_unknown_fields",
       .sentence = "Refuses a ServerHello that has an unknown field",
       .violates = Rule::NOISE_18,
       .caught_by = "codec/noise/unknown_fields_are_ignored",
       .guard = ForcedGuard(Rule::NOISE_18, false)},
      {.name = "codec/opens_frames_again",
       .sentence = "Opens a frame that it has opened before",
       .violates = Rule::NOISE_07,
       .caught_by = "codec/noise/repeated_frames_are_refused",
       .codec_tamper = remembering<std::map<std::string, std::string>>(
           [](auto& opened, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_open()) return;
             const std::string& ciphertext = request.open().ciphertext();
             if (response.has_open()) opened[ciphertext] = response.open().data();
             if (response.has_refused() && opened.contains(ciphertext))
               response.mutable_open()->set_data(opened[ciphertext]);
           })},
      {.name = "codec/uses_one_ephemeral_key",
       .sentence = "Begins every handshake with the same ephemeral key",
       .violates = Rule::NOISE_09,
       .caught_by = "codec/noise/ephemeral_keys_are_fresh",
       .codec_tamper = asking([](Request& request) {
         if (request.has_start_handshake())
           request.mutable_start_handshake()->set_ephemeral_private_key(std::string(32, 'e'));
       })},

      // ---- Sessions
      {.name = "codec/accepts_keys_of_another_type",
       .sentence = "Accepts keys whose first byte is not 05",
       .violates = Rule::KEY_03,
       .caught_by = "codec/session/keys_of_another_type_are_refused",
       .guard = ForcedGuard(Rule::KEY_03, true)},
      {.name = "codec/accepts_keys_without_type",
       .sentence = "Accepts base and ratchet keys of 32 bytes",
       .violates = Rule::KEY_04,
       .caught_by = "codec/session/keys_without_type_are_refused",
       .guard = ForcedGuard(Rule::KEY_04, true)},
      {.name = "codec/ignores_macs",
       .sentence = "Decrypts whatever the MAC is",
       .violates = Rule::SESSION_08,
       .caught_by = "codec/session/version_is_under_the_mac",
       .codec_tamper = answering([](const Request& request, Response& response) {
         // As if it were: what is forged in this case is a version byte alone.
         if (response.has_refused() && request.has_decrypt() && !request.decrypt().data().empty() &&
             request.decrypt().data().front() == '\x33')
           response.mutable_decrypt()->set_data("whatever");
       })},
      {.name = "codec/jumps_without_bounds",
       .sentence = "Skips any number of messages",
       .violates = Rule::SESSION_21,
       .caught_by = "codec/session/jumps_of_25001_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         // Forced open, the guard would let the reference derive 4 thousand million keys.
         if (response.has_refused() && request.has_decrypt() &&
             signal_message(request.decrypt()).counter() == 25'001)
           response.mutable_decrypt()->set_data("from afar");
       })},
      {.name = "codec/jumps_a_thousand",
       .sentence = "Refuses a jump of more than a thousand messages",
       .violates = Rule::SESSION_20,
       .caught_by = "codec/session/jumps_of_1999_are_read",
       .codec_tamper = refusing([](const Request& request) {
         return request.has_decrypt() && signal_message(request.decrypt()).counter() > 1'000;
       })},
      {.name = "codec/does_not_verify_bundles",
       .sentence = "Starts a session from a bundle whose signature does not verify",
       .violates = Rule::SESSION_04,
       .caught_by = "codec/session/every_byte_of_a_prekey_signature_counts",
       .guard = ForcedGuard(Rule::SESSION_04, true)},
      {.name = "codec/loses_sessions_to_forgeries",
       .sentence = "Reads nothing more of a peer after a message that could not be decrypted",
       .violates = Rule::SESSION_26,
       .caught_by = "codec/session/every_byte_of_a_mac_counts",
       .codec_tamper = remembering<std::set<std::uint32_t>>(
           [](auto& lost, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_decrypt()) return;
             if (response.has_refused()) lost.insert(request.decrypt().device());
             if (lost.contains(request.decrypt().device()))
               response.mutable_refused()->set_reason("the session is broken");
           })},
      {.name = "codec/reads_messages_again",
       .sentence = "Decrypts a message again that it has decrypted before",
       .violates = Rule::SESSION_24,
       .caught_by = "codec/session/any_order_is_read",
       .codec_tamper = remembering<std::map<std::string, std::string>>(
           [](auto& read, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_decrypt()) return;
             const std::string& data = request.decrypt().data();
             if (response.has_decrypt()) read[data] = response.decrypt().data();
             if (response.has_refused() && read.contains(data))
               response.mutable_decrypt()->set_data(read[data]);
           })},
      {.name = "codec/guesses_the_signed_prekey",
       .sentence = "Uses the signed prekey that it has, whichever the message names",
       .violates = Rule::SESSION_18,
       .caught_by = "codec/session/prekey_ids_select_the_keys",
       .codec_tamper = insisting([](Request& request) {
         if (!request.has_decrypt() || request.decrypt().type() != "pkmsg") return;
         auto message = inside<proto::PreKeySignalMessage>(request.decrypt().data(), 0);
         message.set_signed_pre_key_id(7);
         request.mutable_decrypt()->set_data("\x33" + message.SerializeAsString());
       })},
      {.name = "codec/forgets_the_padding_of_blocks",
       .sentence = "Gives the plaintext although its padding is wrong",
       .violates = Rule::SESSION_30,
       .caught_by = "codec/session/wrong_padding_is_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_decrypt() &&
             signal_message(request.decrypt()).ciphertext().size() == 16)
           response.mutable_decrypt()->set_data("fifteen bytes..");
       })},
      {.name = "codec/writes_another_version",
       .sentence = "Writes the version byte 34",
       .violates = Rule::SESSION_06,
       .caught_by = "codec/session/version_byte_is_33",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_encrypt()) (*response.mutable_encrypt()->mutable_data())[0] = '\x34';
       })},
      {.name = "codec/writes_pkmsg_for_ever",
       .sentence = "Calls every message a pkmsg",
       .violates = Rule::SESSION_13,
       .caught_by = "codec/session/messages_are_pkmsg_until_an_answer",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_encrypt()) response.mutable_encrypt()->set_type("pkmsg");
       })},

      // ---- Sender keys
      {.name = "codec/does_not_verify_group_messages",
       .sentence = "Decrypts a group message whose signature does not verify",
       .violates = Rule::SENDERKEY_02,
       .caught_by = "codec/sender_key/every_byte_of_a_signature_counts",
       .guard = ForcedGuard(Rule::SENDERKEY_02, true)},
      {.name = "codec/takes_incomplete_sender_keys",
       .sentence = "Takes a distribution message without chain key",
       .violates = Rule::SENDERKEY_06,
       .caught_by = "codec/sender_key/malformed_distributions_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_take_sender_key() &&
             request.take_sender_key().data().size() == 40)
           response.mutable_take_sender_key();
       })},
      {.name = "codec/does_not_look_at_group_versions",
       .sentence = "Reads group messages of any version",
       .violates = Rule::SENDERKEY_03,
       .caught_by = "codec/sender_key/other_versions_are_refused",
       .guard = ForcedGuard(Rule::SENDERKEY_03, true)},
      {.name = "codec/wants_every_iteration",
       .sentence = "Refuses a group message that does not follow the one before",
       .violates = Rule::SENDERKEY_08,
       .caught_by = "codec/sender_key/gaps_are_read",
       .codec_tamper = remembering<std::uint32_t>([](std::uint32_t& next, const Request& request,
                                                     Response& response, const AskReference& ask) {
         if (request.has_take_sender_key()) next = 0;
         if (request.has_decrypt_from_group() &&
             group_message(request.decrypt_from_group().data()).iteration() != next++) {
           response.mutable_refused()->set_reason("out of order");
           return;
         }
         ask(request, response);
       })},
      {.name = "codec/forgets_skipped_group_messages",
       .sentence = "Refuses a group message older than the last one read",
       .violates = Rule::SENDERKEY_04,
       .caught_by = "codec/sender_key/any_order_is_read",
       .codec_tamper = remembering<std::uint32_t>([](std::uint32_t& last, const Request& request,
                                                     Response& response, const AskReference& ask) {
         if (request.has_take_sender_key()) last = 0;
         if (request.has_decrypt_from_group()) {
           const std::uint32_t iteration =
               group_message(request.decrypt_from_group().data()).iteration();
           if (iteration < last) {
             response.mutable_refused()->set_reason("old");
             return;
           }
           last = iteration;
         }
         ask(request, response);
       })},
      {.name = "codec/rewinds_sender_keys",
       .sentence = "Reads an old group message again after its distribution message came again",
       .violates = Rule::SENDERKEY_05,
       .caught_by = "codec/sender_key/repeated_distributions_do_not_rewind",
       .codec_tamper = remembering<std::map<std::string, std::string>>(
           [](auto& read, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_decrypt_from_group()) return;
             const std::string& data = request.decrypt_from_group().data();
             if (response.has_decrypt_from_group())
               read[data] = response.decrypt_from_group().data();
             if (response.has_refused() && read.contains(data))
               response.mutable_decrypt_from_group()->set_data(read[data]);
           })},
      {.name = "codec/keeps_one_sender_key",
       .sentence = "Keeps only the key of a sender that was distributed last",
       .violates = Rule::SENDERKEY_07,
       .caught_by = "codec/sender_key/five_key_ids_are_kept",
       .codec_tamper = remembering<std::uint32_t>([](std::uint32_t& kept, const Request& request,
                                                     Response& response, const AskReference& ask) {
         if (request.has_take_sender_key())
           kept = inside<proto::SenderKeyDistributionMessage>(request.take_sender_key().data(), 0)
                      .id();
         if (request.has_decrypt_from_group() &&
             group_message(request.decrypt_from_group().data()).id() != kept) {
           response.mutable_refused()->set_reason("no such key");
           return;
         }
         ask(request, response);
       })},

      // ---- What is encrypted
      {.name = "codec/looks_at_the_last_pad_byte_alone",
       .sentence = "Takes off as many bytes as the last one says, whatever they are",
       .violates = Rule::MESSAGE_03,
       .caught_by = "codec/message/every_pad_byte_counts",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& padded = request.unpad().data();
         if (!response.has_refused() || padded.empty()) return;
         const auto count = static_cast<unsigned char>(padded.back());
         if (count <= padded.size())
           response.mutable_unpad()->set_data(padded.substr(0, padded.size() - count));
       })},
      {.name = "codec/takes_off_what_is_there",
       .sentence = "Takes off the whole message if its padding claims more than that",
       .violates = Rule::MESSAGE_03,
       .caught_by = "codec/message/padding_longer_than_the_message_is_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& padded = request.unpad().data();
         if (response.has_refused() && !padded.empty() &&
             static_cast<unsigned char>(padded.back()) > padded.size())
           response.mutable_unpad()->set_data("");
       })},
      {.name = "codec/pads_with_zeros",
       .sentence = "Pads with zeros and their number",
       .violates = Rule::MESSAGE_01,
       .caught_by = "codec/message/padding_is_written",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (!response.has_pad()) return;
         std::string& padded = *response.mutable_pad()->mutable_data();
         for (std::size_t i = request.pad().data().size(); i + 1 < padded.size(); ++i)
           padded[i] = '\0';
       })},
      {.name = "codec/pads_always_alike",
       .sentence = "Pads every message by 16 bytes",
       .violates = Rule::MESSAGE_02,
       .caught_by = "codec/message/padding_is_random",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_pad())
           response.mutable_pad()->set_data(request.pad().data() + std::string(16, '\x10'));
       })},
      {.name = "codec/hashes_in_the_url_alphabet",
       .sentence = "Writes participant hashes in the URL-safe alphabet",
       .violates = Rule::MESSAGE_09,
       .caught_by = "codec/message/phash_has_the_standard_alphabet",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_phash()) return;
         std::string& text = *response.mutable_phash()->mutable_text();
         std::ranges::replace(text, '+', '-');
         std::ranges::replace(text, '/', '_');
       })},

      // ---- Pairing
      {.name = "codec/wants_the_prefix_of_qr_texts",
       .sentence = "Reads QR texts with a URL in front only",
       .violates = Rule::PAIR_06,
       .caught_by = "codec/pairing/qr_texts_are_read",
       .codec_tamper = refusing([](const Request& request) {
         return request.has_parse_qr() && !request.parse_qr().text().starts_with("https://");
       })},
      {.name = "codec/pairs_without_hmac",
       .sentence = "Signs an identity whose HMAC is wrong",
       .violates = Rule::PAIR_08,
       .caught_by = "codec/pairing/every_byte_of_an_hmac_counts",
       .guard = ForcedGuard(Rule::PAIR_08, true)},
      {.name = "codec/pairs_without_account_signature",
       .sentence = "Signs an identity whose account signature does not verify",
       .violates = Rule::PAIR_09,
       .caught_by = "codec/pairing/every_byte_of_an_account_signature_counts",
       .guard = ForcedGuard(Rule::PAIR_09, true)},
      {.name = "codec/signs_nothing",
       .sentence = "Returns the identity with a device signature of zeros",
       .violates = Rule::PAIR_12,
       .caught_by = "codec/pairing/device_signature_verifies",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_accept_identity()) return;
         proto::AdvSignedDeviceIdentity identity;
         std::string& bytes = *response.mutable_accept_identity()->mutable_device_identity();
         if (!proto::parse(as_bytes(bytes), identity)) return;
         identity.set_device_signature(std::string(64, '\0'));
         bytes = identity.SerializeAsString();
       })},
      {.name = "codec/returns_the_account_key",
       .sentence = "Returns the account's key with the identity",
       .violates = Rule::PAIR_14,
       .caught_by = "codec/pairing/account_key_is_left_out",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_accept_identity()) return;
         proto::AdvSignedDeviceIdentity identity;
         std::string& bytes = *response.mutable_accept_identity()->mutable_device_identity();
         if (!proto::parse(as_bytes(bytes), identity)) return;
         identity.set_account_signature_key(std::string(32, 'k'));
         bytes = identity.SerializeAsString();
       })},
      {.name = "codec/believes_identities",
       .sentence = "Believes any identity that can be decoded",
       .violates = Rule::DEVICE_07,
       .caught_by = "codec/pairing/every_byte_of_an_identitys_device_signature_counts",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_verify_identity()) response.mutable_verify_identity()->set_valid(true);
       })},
      {.name = "codec/believes_key_index_lists",
       .sentence = "Reads a list of key indexes whose signature does not verify",
       .violates = Rule::DEVICE_03,
       .caught_by = "codec/pairing/every_byte_of_a_key_index_list_counts",
       .guard = ForcedGuard(Rule::DEVICE_03, true)},
  };
}

}  // namespace doublecheck::deviations
