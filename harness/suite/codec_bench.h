#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/iut/codec_description.h"
#include "harness/iut/codec_under_test.h"
#include "harness/report/result.h"
#include "harness/suite/verdict.h"
#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/pairing/key_index_list.h"
#include "spec/pairing/qr.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session.h"
#include "spec/wire/node.h"

namespace doublecheck::codec {
class Request;
class Response;
}  // namespace doublecheck::codec

// What a case against a codec gets: the operations of codec.proto as functions, in the types of
// spec/.
//
// An operation that the codec does not offer ends the case as unsupported. A codec that gives no
// answer, or none to the question, has failed the case.
namespace doublecheck::harness {

// Why a codec does not want an input, in its words.
struct Refusal {
  std::string reason;
};
template <typename T = void>
using Answer = std::expected<T, Refusal>;

// What an answer holds; fails the case if the input was refused. `sentence` says what must hold.
template <typename T>
T accepted(Answer<T> answer, std::string_view sentence) {
  if (!answer)
    fail_case(sentence, std::string(sentence), "refused: " + std::move(answer).error().reason);
  if constexpr (!std::is_void_v<T>) return *std::move(answer);
}

// Fails the case unless the input was refused.
template <typename T>
void check_refused(const Answer<T>& answer, std::string_view sentence) {
  check(!answer.has_value(), sentence, "accepted");
}

// Where codec.proto lets the suite choose the keys of a handshake.
struct HandshakeKeys {
  PrivateKey static_key{};
  PublicKey trust_root{};
  Bytes payload;
  std::optional<PrivateKey> ephemeral_key = {};
  std::optional<PublicKey> resume_with = {};  // the server's static key
  Bytes intro = {0x57, 0x41, 0x06, 0x03};
};

struct CodecPrekey {
  std::uint32_t id = 0;
  PrivateKey key{};
};

struct CodecDeviceKeys {
  PrivateKey identity_key{};
  std::uint32_t registration_id = 0;
  std::vector<CodecPrekey> signed_prekeys = {};
  std::vector<CodecPrekey> one_time_prekeys = {};
};

struct CodecAcceptedIdentity {
  Bytes device_identity;
  std::uint32_t key_index = 0;
};

class CodecBench {
 public:
  CodecBench(CodecUnderTest& codec, CodecDescription description,
             std::unique_ptr<RandomSource> random);
  ~CodecBench();

  RandomSource& random() { return *random_; }
  const CodecDescription& description() const { return description_; }
  // Unsupported unless the codec offers this operation: for cases that would fail before they get
  // to it.
  void need(std::string_view operation) const;

  // A number for a device or a handshake of this case.
  std::uint32_t new_handle() { return next_handle_++; }

  // ---- Frames. The chunks of a stream come back as the payloads that were complete after each.
  Answer<Bytes> encode_frame(ByteView payload);
  Answer<Bytes> encode_first_frame(ByteView payload, const std::optional<Bytes>& routing_info);
  Answer<std::vector<std::vector<Bytes>>> decode_frames(std::span<const Bytes> chunks);

  // ---- Nodes
  Answer<Bytes> encode_payload(const wire::Node& node);
  Answer<wire::Node> decode_payload(ByteView payload);
  // Whether it decodes, to whatever: also to what is nested deeper than the suite would want to
  // have in memory.
  Answer<> try_to_decode_payload(ByteView payload);
  // Whether a decoded node is that one, as far as the codec tells text, bytes and JIDs apart.
  bool is_same(const wire::Node& decoded, const wire::Node& expected) const;

  // ---- Keys
  Answer<Bytes> public_key(const PrivateKey& key);
  Answer<Bytes> agree(const PrivateKey& own, const PublicKey& peer);
  Answer<Bytes> derive_key(ByteView input, ByteView salt, ByteView info, std::uint32_t size);
  Answer<Bytes> sign(const PrivateKey& key, ByteView message);
  // A refusal is no confirmation either.
  bool verify(const PublicKey& key, ByteView message, ByteView signature);

  // ---- Noise
  Answer<Bytes> start_handshake(std::uint32_t handshake, const HandshakeKeys& keys);
  Answer<Bytes> finish_handshake(std::uint32_t handshake, ByteView server_hello);
  Answer<Bytes> seal(std::uint32_t handshake, ByteView plaintext);
  Answer<Bytes> open(std::uint32_t handshake, ByteView ciphertext);

  // ---- End-to-end encryption
  Answer<signal::PrekeyBundle> create_device(std::uint32_t device, const CodecDeviceKeys& keys);
  Answer<> start_session(std::uint32_t device, std::string_view peer,
                         const signal::PrekeyBundle& bundle);
  Answer<signal::Encrypted> encrypt(std::uint32_t device, std::string_view peer,
                                    ByteView plaintext);
  Answer<Bytes> decrypt(std::uint32_t device, std::string_view peer,
                        const signal::Encrypted& message);
  Answer<Bytes> create_sender_key(std::uint32_t device, std::string_view group,
                                  std::uint32_t key_id, const PrivateKey& chain_key,
                                  const PrivateKey& signing_key);
  Answer<> take_sender_key(std::uint32_t device, std::string_view group, std::string_view sender,
                           ByteView distribution);
  Answer<Bytes> encrypt_for_group(std::uint32_t device, std::string_view group, ByteView plaintext);
  Answer<Bytes> decrypt_from_group(std::uint32_t device, std::string_view group,
                                   std::string_view sender, ByteView message);

  // ---- What is encrypted
  Answer<Bytes> pad(ByteView data);
  Answer<Bytes> unpad(ByteView data);
  Answer<std::string> phash(std::span<const wire::Jid> devices);

  // ---- Pairing
  Answer<std::string> format_qr(const pairing::QrContent& content);
  // Without what a parser need not tell: prefix and platform.
  Answer<pairing::QrContent> parse_qr(std::string_view text);
  Answer<CodecAcceptedIdentity> accept_identity(ByteView container, const PrivateKey& adv_secret,
                                                const PrivateKey& identity_key);
  bool verify_identity(ByteView signed_identity, const PublicKey& account_key,
                       const PublicKey& companion_key);
  Answer<Bytes> unwrap_pairing_key(std::string_view code, ByteView wrapped);
  Answer<pairing::KeyIndexList> verify_key_index_list(ByteView signed_list,
                                                      const PublicKey& account_key);

  // How the codec stopped giving answers, if it has.
  const std::optional<std::string>& broken() const { return broken_; }
  std::vector<report::TranscriptLine> take_transcript();

 private:
  // A response that is neither a refusal nor for another question.
  Answer<codec::Response> ask(const codec::Request& request);
  Answer<Bytes> ask_for_data(const codec::Request& request);
  [[noreturn]] void give_up(std::string how);
  void note(std::string direction, std::string_view operation, ByteView message);

  CodecUnderTest& codec_;
  CodecDescription description_;
  std::unique_ptr<RandomSource> random_;
  std::uint32_t next_handle_ = 1;
  std::optional<std::string> broken_;
  std::vector<report::TranscriptLine> transcript_;
};

}  // namespace doublecheck::harness
