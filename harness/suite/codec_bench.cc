#include "harness/suite/codec_bench.h"

#include <algorithm>

#include "harness/iut/codec.pb.h"
#include "harness/iut/codec_node.h"
#include "harness/iut/codec_operations.h"
#include "spec/base/text_encoding.h"
#include "spec/proto/access.h"

namespace doublecheck::harness {
namespace {

using codec::Request;
using codec::Response;

// The last messages, shortened: a family of forgeries asks hundreds of questions.
constexpr std::size_t kMaxTranscriptLines = 100;
constexpr std::size_t kMaxTranscriptBytes = 256;

std::string string_of(ByteView bytes) { return std::string(as_text(bytes)); }

// The bytes of an answer that has one field of bytes, whichever operation it answers.
const std::string& data_of(const Response& response) {
  switch (response.answer_case()) {
    case Response::kEncodeFrame:
      return response.encode_frame().data();
    case Response::kEncodePayload:
      return response.encode_payload().data();
    case Response::kPublicKey:
      return response.public_key().data();
    case Response::kAgree:
      return response.agree().data();
    case Response::kSign:
      return response.sign().data();
    case Response::kStartHandshake:
      return response.start_handshake().data();
    case Response::kFinishHandshake:
      return response.finish_handshake().data();
    case Response::kSeal:
      return response.seal().data();
    case Response::kOpen:
      return response.open().data();
    case Response::kDecrypt:
      return response.decrypt().data();
    case Response::kCreateSenderKey:
      return response.create_sender_key().data();
    case Response::kEncryptForGroup:
      return response.encrypt_for_group().data();
    case Response::kDecryptFromGroup:
      return response.decrypt_from_group().data();
    case Response::kPad:
      return response.pad().data();
    case Response::kUnpad:
      return response.unpad().data();
    case Response::kUnwrapPairingKey:
      return response.unwrap_pairing_key().data();
    case Response::kDeriveKey:
      return response.derive_key().data();
    default:
      inconclusive("the case takes for bytes what is none");
  }
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> sized(const std::string& bytes, std::string_view what) {
  std::array<std::uint8_t, kSize> out{};
  check(bytes.size() == kSize, std::string(what) + " has " + std::to_string(kSize) + " bytes",
        std::to_string(bytes.size()) + " bytes");
  std::ranges::copy(as_bytes(bytes), out.begin());
  return out;
}

void write_prekeys(const std::vector<CodecPrekey>& prekeys,
                   google::protobuf::RepeatedPtrField<codec::Prekey>& to) {
  for (const CodecPrekey& prekey : prekeys) {
    codec::Prekey& written = *to.Add();
    written.set_id(prekey.id);
    written.set_private_key(string_of(prekey.key));
  }
}

// ---- Nodes, less exactly

wire::Value without_type(const wire::Value& value) {
  const auto* jid = std::get_if<wire::Jid>(&value);
  if (jid == nullptr) return value;
  return wire::Text(jid->is_server() ? "@" + jid->to_string() : jid->to_string());
}

// Text and bytes are one, since a library may give either for a content that has a token; and so
// are text and JIDs, if the library does not tell them apart.
wire::Node blurred(const wire::Node& node, bool jids_are_text) {
  wire::Node out{.tag = node.tag};
  for (const wire::Attribute& attribute : node.attributes) {
    out.attributes.push_back(
        {attribute.name, jids_are_text ? without_type(attribute.value) : attribute.value});
  }
  if (const auto* jid = std::get_if<wire::Jid>(&node.content); jid != nullptr && !jids_are_text) {
    out.content = *jid;
  } else if (jid != nullptr) {
    const wire::Value text = without_type(*jid);
    out.content = wire::Blob(to_bytes(std::get<wire::Text>(text).view()));
  } else if (const auto* text = std::get_if<wire::Text>(&node.content)) {
    out.content = wire::Blob(to_bytes(text->view()));
  } else if (const auto* blob = std::get_if<wire::Blob>(&node.content)) {
    out.content = *blob;
  } else if (const auto* children = std::get_if<std::vector<wire::Node>>(&node.content)) {
    auto& copies = out.content.emplace<std::vector<wire::Node>>();
    for (const wire::Node& child : *children) copies.push_back(blurred(child, jids_are_text));
  }
  return out;
}

}  // namespace

CodecBench::CodecBench(CodecUnderTest& codec, CodecDescription description,
                       std::unique_ptr<RandomSource> random)
    : codec_(codec), description_(std::move(description)), random_(std::move(random)) {}

CodecBench::~CodecBench() = default;

void CodecBench::need(std::string_view operation) const {
  if (!description_.operations.contains(operation))
    unsupported("the codec does not offer " + std::string(operation));
}

// ---- Asking

Answer<Response> CodecBench::ask(const Request& request) {
  const std::string_view operation = codec_operation_name(request.operation_case());
  need(operation);
  const Bytes question = proto::serialize(request);
  note("sent", operation, question);
  const auto answer = codec_.answer(question);
  if (!answer) give_up(std::string(operation) + ": " + answer.error().why);
  note("received", operation, *answer);
  Response response;
  if (!proto::parse(*answer, response)) give_up(std::string(operation) + ": not a response");
  if (response.has_unsupported())
    unsupported(std::string(operation) + ": " + response.unsupported().reason());
  if (response.has_refused()) return std::unexpected(Refusal{response.refused().reason()});
  if (static_cast<int>(response.answer_case()) != static_cast<int>(request.operation_case()))
    give_up(std::string(operation) + ": the answer to something else");
  return response;
}

Answer<Bytes> CodecBench::ask_for_data(const Request& request) {
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  return to_bytes(data_of(*response));
}

void CodecBench::give_up(std::string how) {
  broken_ = how;
  fail_case("every request is answered", "a response to the request", std::move(how));
}

void CodecBench::note(std::string direction, std::string_view operation, ByteView message) {
  if (transcript_.size() >= kMaxTranscriptLines) transcript_.erase(transcript_.begin());
  std::string text = std::string(operation) + " " +
                     to_hex(message.first(std::min(message.size(), kMaxTranscriptBytes)));
  if (message.size() > kMaxTranscriptBytes)
    text += "…(" + std::to_string(message.size()) + " bytes)";
  transcript_.push_back({.seconds = 0,
                         .endpoint = "codec",
                         .direction = std::move(direction),
                         .kind = "message",
                         .text = std::move(text)});
}

std::vector<report::TranscriptLine> CodecBench::take_transcript() {
  return std::exchange(transcript_, {});
}

// ---- Frames

Answer<Bytes> CodecBench::encode_frame(ByteView payload) {
  Request request;
  request.mutable_encode_frame()->set_payload(string_of(payload));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::encode_first_frame(ByteView payload,
                                             const std::optional<Bytes>& routing_info) {
  Request request;
  request.mutable_encode_frame()->set_payload(string_of(payload));
  request.mutable_encode_frame()->set_first(true);
  if (routing_info) request.mutable_encode_frame()->set_routing_info(string_of(*routing_info));
  return ask_for_data(request);
}

Answer<std::vector<std::vector<Bytes>>> CodecBench::decode_frames(std::span<const Bytes> chunks) {
  Request request;
  request.mutable_decode_frames();
  for (const Bytes& chunk : chunks) request.mutable_decode_frames()->add_chunks(string_of(chunk));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  std::vector<std::vector<Bytes>> complete;
  for (const codec::Frames::Chunk& chunk : response->decode_frames().chunks()) {
    std::vector<Bytes>& frames = complete.emplace_back();
    for (const std::string& frame : chunk.frames()) frames.push_back(to_bytes(frame));
  }
  return complete;
}

// ---- Nodes

Answer<Bytes> CodecBench::encode_payload(const wire::Node& node) {
  Request request;
  write_node(node, *request.mutable_encode_payload()->mutable_node());
  return ask_for_data(request);
}

Answer<wire::Node> CodecBench::decode_payload(ByteView payload) {
  Request request;
  request.mutable_decode_payload()->set_payload(string_of(payload));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  auto node = read_node(response->decode_payload());
  if (!node) give_up("decode_payload: " + node.error().to_string());
  return *std::move(node);
}

Answer<> CodecBench::try_to_decode_payload(ByteView payload) {
  Request request;
  request.mutable_decode_payload()->set_payload(string_of(payload));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  if (response->decode_payload().elements().empty()) give_up("decode_payload: a node of nothing");
  return {};
}

bool CodecBench::is_same(const wire::Node& decoded, const wire::Node& expected) const {
  return blurred(decoded, description_.jids_are_text) ==
         blurred(expected, description_.jids_are_text);
}

// ---- Keys

Answer<Bytes> CodecBench::public_key(const PrivateKey& key) {
  Request request;
  request.mutable_public_key()->set_private_key(string_of(key));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::agree(const PrivateKey& own, const PublicKey& peer) {
  Request request;
  request.mutable_agree()->set_private_key(string_of(own));
  request.mutable_agree()->set_public_key(string_of(peer));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::sign(const PrivateKey& key, ByteView message) {
  Request request;
  request.mutable_sign()->set_private_key(string_of(key));
  request.mutable_sign()->set_message(string_of(message));
  return ask_for_data(request);
}

bool CodecBench::verify(const PublicKey& key, ByteView message, ByteView signature) {
  Request request;
  request.mutable_verify()->set_public_key(string_of(key));
  request.mutable_verify()->set_message(string_of(message));
  request.mutable_verify()->set_signature(string_of(signature));
  const auto response = ask(request);
  return response && response->verify().valid();
}

// ---- Noise

Answer<Bytes> CodecBench::start_handshake(std::uint32_t handshake, const HandshakeKeys& keys) {
  Request request;
  codec::StartHandshake& start = *request.mutable_start_handshake();
  start.set_handshake(handshake);
  start.set_static_private_key(string_of(keys.static_key));
  start.set_trust_root(string_of(keys.trust_root));
  start.set_payload(string_of(keys.payload));
  start.set_intro(string_of(keys.intro));
  if (keys.ephemeral_key) start.set_ephemeral_private_key(string_of(*keys.ephemeral_key));
  if (keys.resume_with) start.set_server_static_key(string_of(*keys.resume_with));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::finish_handshake(std::uint32_t handshake, ByteView server_hello) {
  Request request;
  request.mutable_finish_handshake()->set_handshake(handshake);
  request.mutable_finish_handshake()->set_server_hello(string_of(server_hello));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::seal(std::uint32_t handshake, ByteView plaintext) {
  Request request;
  request.mutable_seal()->set_handshake(handshake);
  request.mutable_seal()->set_plaintext(string_of(plaintext));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::open(std::uint32_t handshake, ByteView ciphertext) {
  Request request;
  request.mutable_open()->set_handshake(handshake);
  request.mutable_open()->set_ciphertext(string_of(ciphertext));
  return ask_for_data(request);
}

// ---- End-to-end encryption

Answer<signal::PrekeyBundle> CodecBench::create_device(std::uint32_t device,
                                                       const CodecDeviceKeys& keys) {
  Request request;
  codec::CreateDevice& create = *request.mutable_create_device();
  create.set_device(device);
  create.set_identity_private_key(string_of(keys.identity_key));
  create.set_registration_id(keys.registration_id);
  write_prekeys(keys.signed_prekeys, *create.mutable_signed_prekeys());
  write_prekeys(keys.one_time_prekeys, *create.mutable_one_time_prekeys());
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  const codec::Bundle& from = response->create_device();
  signal::PrekeyBundle bundle;
  bundle.registration_id = from.registration_id();
  bundle.identity_key = sized<32>(from.identity_key(), "an identity key");
  if (from.has_signed_prekey()) {
    bundle.signed_prekey = {from.signed_prekey().id(),
                            sized<32>(from.signed_prekey().public_key(), "a signed prekey"),
                            sized<64>(from.signed_prekey().signature(), "a signature")};
  }
  if (from.has_one_time_prekey()) {
    bundle.one_time_prekey = {
        {from.one_time_prekey().id(), sized<32>(from.one_time_prekey().public_key(), "a prekey")}};
  }
  return bundle;
}

Answer<> CodecBench::start_session(std::uint32_t device, std::string_view peer,
                                   const signal::PrekeyBundle& bundle) {
  Request request;
  codec::StartSession& start = *request.mutable_start_session();
  start.set_device(device);
  start.set_peer(std::string(peer));
  codec::Bundle& to = *start.mutable_bundle();
  to.set_registration_id(bundle.registration_id);
  to.set_identity_key(string_of(bundle.identity_key));
  to.mutable_signed_prekey()->set_id(bundle.signed_prekey.id);
  to.mutable_signed_prekey()->set_public_key(string_of(bundle.signed_prekey.key));
  to.mutable_signed_prekey()->set_signature(string_of(bundle.signed_prekey.signature));
  if (bundle.one_time_prekey) {
    to.mutable_one_time_prekey()->set_id(bundle.one_time_prekey->id);
    to.mutable_one_time_prekey()->set_public_key(string_of(bundle.one_time_prekey->key));
  }
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  return {};
}

Answer<signal::Encrypted> CodecBench::encrypt(std::uint32_t device, std::string_view peer,
                                              ByteView plaintext) {
  Request request;
  request.mutable_encrypt()->set_device(device);
  request.mutable_encrypt()->set_peer(std::string(peer));
  request.mutable_encrypt()->set_plaintext(string_of(plaintext));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  const codec::Encrypted& encrypted = response->encrypt();
  check(encrypted.type() == "pkmsg" || encrypted.type() == "msg", "a message is a pkmsg or a msg",
        encrypted.type());
  return signal::Encrypted{
      encrypted.type() == "pkmsg" ? signal::MessageType::kPrekey : signal::MessageType::kSignal,
      to_bytes(encrypted.data())};
}

Answer<Bytes> CodecBench::decrypt(std::uint32_t device, std::string_view peer,
                                  const signal::Encrypted& message) {
  Request request;
  request.mutable_decrypt()->set_device(device);
  request.mutable_decrypt()->set_peer(std::string(peer));
  request.mutable_decrypt()->set_type(std::string(signal::to_string(message.type)));
  request.mutable_decrypt()->set_data(string_of(message.bytes));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::create_sender_key(std::uint32_t device, std::string_view group,
                                            std::uint32_t key_id, const PrivateKey& chain_key,
                                            const PrivateKey& signing_key) {
  Request request;
  codec::CreateSenderKey& create = *request.mutable_create_sender_key();
  create.set_device(device);
  create.set_group(std::string(group));
  create.set_key_id(key_id);
  create.set_chain_key(string_of(chain_key));
  create.set_signing_private_key(string_of(signing_key));
  return ask_for_data(request);
}

Answer<> CodecBench::take_sender_key(std::uint32_t device, std::string_view group,
                                     std::string_view sender, ByteView distribution) {
  Request request;
  codec::TakeSenderKey& take = *request.mutable_take_sender_key();
  take.set_device(device);
  take.set_group(std::string(group));
  take.set_sender(std::string(sender));
  take.set_data(string_of(distribution));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  return {};
}

Answer<Bytes> CodecBench::encrypt_for_group(std::uint32_t device, std::string_view group,
                                            ByteView plaintext) {
  Request request;
  request.mutable_encrypt_for_group()->set_device(device);
  request.mutable_encrypt_for_group()->set_group(std::string(group));
  request.mutable_encrypt_for_group()->set_plaintext(string_of(plaintext));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::decrypt_from_group(std::uint32_t device, std::string_view group,
                                             std::string_view sender, ByteView message) {
  Request request;
  codec::DecryptFromGroup& decrypt = *request.mutable_decrypt_from_group();
  decrypt.set_device(device);
  decrypt.set_group(std::string(group));
  decrypt.set_sender(std::string(sender));
  decrypt.set_data(string_of(message));
  return ask_for_data(request);
}

// ---- What is encrypted

Answer<Bytes> CodecBench::pad(ByteView data) {
  Request request;
  request.mutable_pad()->set_data(string_of(data));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::unwrap_pairing_key(std::string_view code, ByteView wrapped) {
  Request request;
  request.mutable_unwrap_pairing_key()->set_code(std::string(code));
  request.mutable_unwrap_pairing_key()->set_wrapped(string_of(wrapped));
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::derive_key(ByteView input, ByteView salt, ByteView info,
                                     std::uint32_t size) {
  Request request;
  codec::DeriveKey& derive = *request.mutable_derive_key();
  derive.set_input(string_of(input));
  derive.set_salt(string_of(salt));
  derive.set_info(string_of(info));
  derive.set_size(size);
  return ask_for_data(request);
}

Answer<Bytes> CodecBench::unpad(ByteView data) {
  Request request;
  request.mutable_unpad()->set_data(string_of(data));
  return ask_for_data(request);
}

Answer<std::string> CodecBench::phash(std::span<const wire::Jid> devices) {
  Request request;
  request.mutable_phash();
  for (const wire::Jid& device : devices)
    write_jid(device, *request.mutable_phash()->add_devices());
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  return response->phash().text();
}

// ---- Pairing

Answer<std::string> CodecBench::format_qr(const pairing::QrContent& content) {
  Request request;
  codec::Qr& qr = *request.mutable_format_qr()->mutable_qr();
  qr.set_ref(content.ref);
  qr.set_noise_key(string_of(content.noise_key));
  qr.set_identity_key(string_of(content.identity_key));
  qr.set_adv_secret(string_of(content.adv_secret));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  return response->format_qr().text();
}

Answer<pairing::QrContent> CodecBench::parse_qr(std::string_view text) {
  Request request;
  request.mutable_parse_qr()->set_text(std::string(text));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  pairing::QrContent content;
  content.ref = response->parse_qr().ref();
  content.noise_key = sized<32>(response->parse_qr().noise_key(), "a Noise key");
  content.identity_key = sized<32>(response->parse_qr().identity_key(), "an identity key");
  content.adv_secret = sized<32>(response->parse_qr().adv_secret(), "an adv secret");
  return content;
}

Answer<CodecAcceptedIdentity> CodecBench::accept_identity(ByteView container,
                                                          const PrivateKey& adv_secret,
                                                          const PrivateKey& identity_key) {
  Request request;
  request.mutable_accept_identity()->set_container(string_of(container));
  request.mutable_accept_identity()->set_adv_secret(string_of(adv_secret));
  request.mutable_accept_identity()->set_identity_private_key(string_of(identity_key));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  return CodecAcceptedIdentity{to_bytes(response->accept_identity().device_identity()),
                               response->accept_identity().key_index()};
}

bool CodecBench::verify_identity(ByteView signed_identity, const PublicKey& account_key,
                                 const PublicKey& companion_key) {
  Request request;
  request.mutable_verify_identity()->set_signed_identity(string_of(signed_identity));
  request.mutable_verify_identity()->set_account_key(string_of(account_key));
  request.mutable_verify_identity()->set_companion_key(string_of(companion_key));
  const auto response = ask(request);
  return response && response->verify_identity().valid();
}

Answer<pairing::KeyIndexList> CodecBench::verify_key_index_list(ByteView signed_list,
                                                                const PublicKey& account_key) {
  Request request;
  request.mutable_verify_key_index_list()->set_signed_list(string_of(signed_list));
  request.mutable_verify_key_index_list()->set_account_key(string_of(account_key));
  const auto response = ask(request);
  if (!response) return std::unexpected(response.error());
  const codec::KeyIndexList& from = response->verify_key_index_list();
  pairing::KeyIndexList list;
  list.raw_id = from.raw_id();
  list.timestamp = from.timestamp();
  list.current_index = from.current_index();
  list.valid_indexes = {from.valid_indexes().begin(), from.valid_indexes().end()};
  return list;
}

}  // namespace doublecheck::harness
