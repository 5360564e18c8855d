#include "harness/iut/in_process_codec.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/iut/codec.pb.h"
#include "harness/iut/codec_node.h"
#include "harness/iut/codec_operations.h"
#include "spec/noise/client_handshake.h"
#include "spec/pairing/code.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/key_index_list.h"
#include "spec/pairing/qr.h"
#include "spec/payload/padding.h"
#include "spec/payload/phash.h"
#include "spec/proto/access.h"
#include "spec/signal/public_key.h"
#include "spec/signal/sender_key.h"
#include "spec/signal/session_cipher.h"
#include "spec/wire/frame.h"
#include "spec/wire/intro.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::harness {
namespace {

using codec::Request;
using codec::Response;

// What an operation comes to: nothing, or why it is refused. Its result is in the response by then.
using Outcome = Result<>;

std::unexpected<Error> no_handle(std::string_view kind) {
  return fail("codec", "no " + std::string(kind) + " has this number");
}

Outcome put(codec::Data& to, ByteView data) {
  to.set_data(std::string(as_text(data)));
  return {};
}

Outcome put(codec::Data& to, Result<Bytes> data) {
  if (!data) return propagate(data);
  return put(to, ByteView(*data));
}

template <std::size_t kSize>
Result<std::array<std::uint8_t, kSize>> exactly(const std::string& bytes, std::string_view what) {
  std::array<std::uint8_t, kSize> out;
  if (bytes.size() != kSize) return fail(what, "not " + std::to_string(kSize) + " bytes");
  std::ranges::copy(as_bytes(bytes), out.begin());
  return out;
}

Result<KeyPair> key_pair_of(const std::string& private_key) {
  auto key = exactly<32>(private_key, "private key");
  if (!key) return propagate(key);
  return KeyPair::from_private(*key);
}

void write_prekey(std::uint32_t id, const KeyPair& key, codec::Bundle::Prekey& to) {
  to.set_id(id);
  to.set_public_key(std::string(as_text(key.public_key)));
}

Result<signal::PrekeyBundle> read_bundle(const codec::Bundle& from) {
  const auto identity = exactly<32>(from.identity_key(), "identity key");
  const auto signed_key = exactly<32>(from.signed_prekey().public_key(), "signed prekey");
  const auto signature = exactly<64>(from.signed_prekey().signature(), "signature");
  if (!identity || !signed_key || !signature) return fail("bundle", "a key of the wrong size");
  signal::PrekeyBundle bundle;
  bundle.registration_id = from.registration_id();
  bundle.identity_key = *identity;
  bundle.signed_prekey = {from.signed_prekey().id(), *signed_key, *signature};
  if (from.has_one_time_prekey()) {
    const auto key = exactly<32>(from.one_time_prekey().public_key(), "one-time prekey");
    if (!key) return fail("bundle", "a key of the wrong size");
    bundle.one_time_prekey = {{from.one_time_prekey().id(), *key}};
  }
  return bundle;
}

constexpr std::size_t kMaxDerivedKey = std::size_t{255} * 32;

// Those that libraries expect of anybody: valid for ever.
constexpr noise::Validity kAlways = {.not_before = 0, .not_after = 0xffffffff};

}  // namespace

class InProcessCodec::Implementation {
 private:
  // A device with its keys, sessions and sender keys.
  struct Device final : signal::PrekeyStore {
    signal::LocalIdentity local;
    std::vector<signal::SignedPrekey> signed_prekeys;
    std::vector<signal::OneTimePrekey> one_time_prekeys;
    std::map<std::string, signal::SessionRecord> sessions;                             // by peer
    std::map<std::string, signal::OwnSenderKey> own_keys;                              // by group
    std::map<std::pair<std::string, std::string>, signal::SenderKeyRecord> peer_keys;  // and sender

    const signal::LocalIdentity& identity() const override { return local; }
    const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override {
      return find(signed_prekeys, id);
    }
    const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override {
      return find(one_time_prekeys, id);
    }

   private:
    template <typename Prekey>
    static const Prekey* find(const std::vector<Prekey>& prekeys, std::uint32_t id) {
      const auto found = std::ranges::find(prekeys, id, &Prekey::id);
      return found == prekeys.end() ? nullptr : &*found;
    }
  };

  struct Handshake {
    std::optional<noise::ClientHandshake> handshake;
    std::optional<noise::TransportCipher> cipher;  // once it is finished
  };

 public:
  Implementation(const RandomSource& random, UnixTime wall, Guard guard)
      : random_(random.fork("codec", 0)), wall_(wall), guard_(guard) {}

  Response answer(const Request& request) {
    Response response;
    if (request.operation_case() == Request::OPERATION_NOT_SET) {
      response.mutable_unsupported()->set_reason("no operation that is known here");
    } else if (const Outcome done = carry_out(request, response); !done) {
      response.mutable_refused()->set_reason(done.error().to_string());
    }
    return response;
  }

 private:
  Context context() {
    return {.now = {.steady = {}, .wall = wall_}, .random = *random_, .guard = guard_};
  }

  Outcome carry_out(const Request& request, Response& response) {
    switch (request.operation_case()) {
      case Request::kDescribe:
        return describe(*response.mutable_describe());
      case Request::kEncodeFrame:
        return put(*response.mutable_encode_frame(), encode_frame(request.encode_frame()));
      case Request::kDecodeFrames:
        return decode_frames(request.decode_frames(), *response.mutable_decode_frames());
      case Request::kEncodePayload:
        return put(*response.mutable_encode_payload(), encode_payload(request.encode_payload()));
      case Request::kDecodePayload:
        return decode_payload(request.decode_payload(), *response.mutable_decode_payload());
      case Request::kPublicKey: {
        const auto key = key_pair_of(request.public_key().private_key());
        if (!key) return std::unexpected(key.error());
        return put(*response.mutable_public_key(), ByteView(key->public_key));
      }
      case Request::kAgree:
        return put(*response.mutable_agree(), agree(request.agree()));
      case Request::kSign: {
        const auto key = exactly<32>(request.sign().private_key(), "private key");
        if (!key) return std::unexpected(key.error());
        return put(*response.mutable_sign(),
                   ByteView(xeddsa_sign(*key, as_bytes(request.sign().message()), *random_)));
      }
      case Request::kVerify: {
        const auto key = exactly<32>(request.verify().public_key(), "public key");
        response.mutable_verify()->set_valid(
            key && xeddsa_verify(*key, as_bytes(request.verify().message()),
                                 as_bytes(request.verify().signature())));
        return {};
      }
      case Request::kStartHandshake:
        return put(*response.mutable_start_handshake(), start(request.start_handshake()));
      case Request::kFinishHandshake:
        return put(*response.mutable_finish_handshake(), finish(request.finish_handshake()));
      case Request::kSeal: {
        noise::TransportCipher* const cipher = cipher_of(request.seal().handshake());
        if (cipher == nullptr) return no_handle("finished handshake");
        return put(*response.mutable_seal(),
                   cipher->seal(as_bytes(request.seal().plaintext()), guard_));
      }
      case Request::kOpen: {
        noise::TransportCipher* const cipher = cipher_of(request.open().handshake());
        if (cipher == nullptr) return no_handle("finished handshake");
        return put(*response.mutable_open(),
                   cipher->open(as_bytes(request.open().ciphertext()), guard_));
      }
      case Request::kPad:
        return put(*response.mutable_pad(),
                   ByteView(payload::pad(as_bytes(request.pad().data()), *random_)));
      case Request::kUnpad: {
        const auto data = payload::unpad(as_bytes(request.unpad().data()), guard_);
        if (!data) return std::unexpected(data.error());
        return put(*response.mutable_unpad(), *data);
      }
      case Request::kPhash:
        return phash(request.phash(), *response.mutable_phash());
      case Request::kFormatQr:
        return format_qr(request.format_qr().qr(), *response.mutable_format_qr());
      case Request::kParseQr:
        return parse_qr(request.parse_qr(), *response.mutable_parse_qr());
      case Request::kAcceptIdentity:
        return accept(request.accept_identity(), *response.mutable_accept_identity());
      case Request::kVerifyIdentity:
        return verify(request.verify_identity(), *response.mutable_verify_identity());
      case Request::kVerifyKeyIndexList:
        return verify(request.verify_key_index_list(), *response.mutable_verify_key_index_list());
      case Request::kUnwrapPairingKey: {
        const codec::UnwrapPairingKey& unwrap = request.unwrap_pairing_key();
        const auto key = pairing::unwrap_ephemeral_key(unwrap.code(), as_bytes(unwrap.wrapped()));
        if (!key) return std::unexpected(key.error());
        return put(*response.mutable_unwrap_pairing_key(), ByteView(*key));
      }
      case Request::kDeriveKey: {
        const codec::DeriveKey& derive = request.derive_key();
        if (derive.size() > kMaxDerivedKey) return fail("derived key", "more than HKDF gives");
        return put(*response.mutable_derive_key(),
                   ByteView(hkdf_sha256(as_bytes(derive.input()), as_bytes(derive.salt()),
                                        as_bytes(derive.info()), derive.size())));
      }
      default:
        return carry_out_with_device(request, response);
    }
  }

  // What needs a device.
  Outcome carry_out_with_device(const Request& request, Response& response) {
    switch (request.operation_case()) {
      case Request::kCreateDevice:
        return create(request.create_device(), *response.mutable_create_device());
      case Request::kStartSession: {
        const codec::StartSession& start = request.start_session();
        Device* const device = find_device(start.device());
        if (device == nullptr) return no_handle("device");
        const auto bundle = read_bundle(start.bundle());
        if (!bundle) return std::unexpected(bundle.error());
        response.mutable_start_session();
        return signal::initiate(device->sessions[start.peer()], device->local, *bundle, context());
      }
      case Request::kEncrypt: {
        const codec::Encrypt& encrypt = request.encrypt();
        Device* const device = find_device(encrypt.device());
        if (device == nullptr) return no_handle("device");
        const auto encrypted =
            signal::encrypt(device->sessions[encrypt.peer()], as_bytes(encrypt.plaintext()));
        if (!encrypted) return std::unexpected(encrypted.error());
        response.mutable_encrypt()->set_type(std::string(to_string(encrypted->type)));
        response.mutable_encrypt()->set_data(std::string(as_text(encrypted->bytes)));
        return {};
      }
      case Request::kDecrypt:
        return decrypt(request.decrypt(), *response.mutable_decrypt());
      case Request::kCreateSenderKey:
        return put(*response.mutable_create_sender_key(), create(request.create_sender_key()));
      case Request::kTakeSenderKey: {
        const codec::TakeSenderKey& take = request.take_sender_key();
        Device* const device = find_device(take.device());
        if (device == nullptr) return no_handle("device");
        const auto distribution =
            signal::decode_sender_key_distribution_message(as_bytes(take.data()), guard_);
        if (!distribution) return std::unexpected(distribution.error());
        device->peer_keys[{take.group(), take.sender()}].process(*distribution);
        response.mutable_take_sender_key();
        return {};
      }
      case Request::kEncryptForGroup: {
        const codec::EncryptForGroup& encrypt = request.encrypt_for_group();
        Device* const device = find_device(encrypt.device());
        if (device == nullptr || !device->own_keys.contains(encrypt.group()))
          return no_handle("device with a sender key");
        return put(
            *response.mutable_encrypt_for_group(),
            device->own_keys[encrypt.group()].encrypt(as_bytes(encrypt.plaintext()), context()));
      }
      case Request::kDecryptFromGroup: {
        const codec::DecryptFromGroup& decrypt = request.decrypt_from_group();
        Device* const device = find_device(decrypt.device());
        if (device == nullptr) return no_handle("device");
        const auto plaintext = device->peer_keys[{decrypt.group(), decrypt.sender()}].decrypt(
            as_bytes(decrypt.data()), guard_);
        if (!plaintext) return std::unexpected(plaintext.error().error);
        return put(*response.mutable_decrypt_from_group(), ByteView(*plaintext));
      }
      default:
        return fail("codec", "no such operation");
    }
  }

  static Outcome describe(codec::Description& to) {
    to.set_library("Doublecheck reference");
    for (const CodecOperation& operation : codec_operations())
      to.add_operations(std::string(operation.name));
    return {};
  }

  // ---- Frames and nodes

  static Result<Bytes> encode_frame(const codec::EncodeFrame& request) {
    auto frame = wire::encode_frame(as_bytes(request.payload()));
    if (!frame || !request.first()) return frame;
    wire::Intro intro;
    if (request.has_routing_info()) intro.routing_info = to_bytes(request.routing_info());
    const auto encoded = wire::encode_intro(intro);
    if (!encoded) return std::unexpected(encoded.error());
    return concat({*encoded, *frame});
  }

  static Outcome decode_frames(const codec::DecodeFrames& request, codec::Frames& to) {
    wire::FrameReader reader;
    for (const std::string& chunk : request.chunks()) {
      codec::Frames::Chunk& complete = *to.add_chunks();
      reader.feed(as_bytes(chunk));
      for (;;) {
        auto frame = reader.next();
        if (!frame) return propagate(frame);
        if (!*frame) break;
        complete.add_frames(std::string(as_text(**frame)));
      }
    }
    return {};
  }

  static Result<Bytes> encode_payload(const codec::EncodePayload& request) {
    const auto node = read_node(request.node());
    if (!node) return std::unexpected(node.error());
    return wire::encode_payload(*node);
  }

  static Outcome decode_payload(const codec::DecodePayload& request, codec::Node& to) {
    const auto stanza = wire::Stanza::decode(to_bytes(request.payload()));
    if (!stanza) return std::unexpected(stanza.error());
    write_node(stanza->root(), to);
    return {};
  }

  // ---- Keys

  Result<Bytes> agree(const codec::Agree& request) const {
    const auto own = exactly<32>(request.private_key(), "private key");
    const auto peer = exactly<32>(request.public_key(), "public key");
    if (!own || !peer) return fail("agreement", "a key that is not 32 bytes");
    const auto secret = signal::agree(*own, *peer, guard_);
    if (!secret) return fail("agreement", "a public key of low order");
    return to_bytes(ByteView(*secret));
  }

  // ---- Noise

  Result<Bytes> start(const codec::StartHandshake& request) {
    const auto static_key = key_pair_of(request.static_private_key());
    const auto trust_root = exactly<32>(request.trust_root(), "trust root");
    const auto intro = exactly<4>(request.intro(), "intro header");
    if (!static_key || !trust_root || !intro) return fail("handshake", "a key of the wrong size");
    noise::ClientHandshakeConfig config;
    config.static_key = *static_key;
    config.trust_root = {*trust_root};
    config.prologue = *intro;
    config.payload = to_bytes(request.payload());
    if (request.has_ephemeral_private_key()) {
      const auto ephemeral = key_pair_of(request.ephemeral_private_key());
      if (!ephemeral) return std::unexpected(ephemeral.error());
      config.faults.ephemeral_key_pair = *ephemeral;
    }
    if (request.has_server_static_key()) {
      const auto server = exactly<32>(request.server_static_key(), "static key");
      if (!server) return std::unexpected(server.error());
      config.registered = true;
      config.ticket = noise::ResumptionTicket{
          .server_static = *server, .validity = {.leaf = kAlways, .intermediate = kAlways}};
    }
    Handshake& made = handshakes_[request.handshake()] = {};
    made.handshake.emplace(std::move(config));
    return made.handshake->start(context());
  }

  Result<Bytes> finish(const codec::FinishHandshake& request) {
    const auto found = handshakes_.find(request.handshake());
    if (found == handshakes_.end()) return no_handle("handshake");
    auto result = found->second.handshake->on_message(as_bytes(request.server_hello()), context());
    if (!result) return propagate(result);
    found->second.cipher = result->cipher;
    return result->client_finish.value_or(Bytes{});
  }

  noise::TransportCipher* cipher_of(std::uint32_t handshake) {
    const auto found = handshakes_.find(handshake);
    return found == handshakes_.end() || !found->second.cipher ? nullptr : &*found->second.cipher;
  }

  // ---- End-to-end encryption

  Device* find_device(std::uint32_t handle) {
    const auto found = devices_.find(handle);
    return found == devices_.end() ? nullptr : &found->second;
  }

  Outcome create(const codec::CreateDevice& request, codec::Bundle& to) {
    const auto identity = key_pair_of(request.identity_private_key());
    if (!identity) return std::unexpected(identity.error());
    Device& device = devices_[request.device()] = {};
    device.local = {.identity_key = *identity, .registration_id = request.registration_id()};
    to.set_registration_id(request.registration_id());
    to.set_identity_key(std::string(as_text(identity->public_key)));
    for (const codec::Prekey& prekey : request.signed_prekeys()) {
      const auto key = key_pair_of(prekey.private_key());
      if (!key) return std::unexpected(key.error());
      device.signed_prekeys.push_back(
          {.id = prekey.id(),
           .key = *key,
           .signature = xeddsa_sign(identity->private_key,
                                    signal::encode_public_key(key->public_key), *random_)});
    }
    for (const codec::Prekey& prekey : request.one_time_prekeys()) {
      const auto key = key_pair_of(prekey.private_key());
      if (!key) return std::unexpected(key.error());
      device.one_time_prekeys.push_back({.id = prekey.id(), .key = *key});
    }
    if (!device.signed_prekeys.empty()) {
      const signal::SignedPrekey& first = device.signed_prekeys.front();
      write_prekey(first.id, first.key, *to.mutable_signed_prekey());
      to.mutable_signed_prekey()->set_signature(std::string(as_text(first.signature)));
    }
    if (!device.one_time_prekeys.empty()) {
      const signal::OneTimePrekey& first = device.one_time_prekeys.front();
      write_prekey(first.id, first.key, *to.mutable_one_time_prekey());
    }
    return {};
  }

  Outcome decrypt(const codec::Decrypt& request, codec::Data& to) {
    Device* const device = find_device(request.device());
    if (device == nullptr) return no_handle("device");
    if (request.type() != "pkmsg" && request.type() != "msg")
      return fail("decryption", "no such type of message");
    const auto decrypted = signal::decrypt(
        device->sessions[request.peer()], *device,
        request.type() == "pkmsg" ? signal::MessageType::kPrekey : signal::MessageType::kSignal,
        as_bytes(request.data()), context());
    if (!decrypted) return std::unexpected(decrypted.error().error);
    if (decrypted->consumed_one_time_prekey) {
      std::erase_if(device->one_time_prekeys, [&](const signal::OneTimePrekey& prekey) {
        return prekey.id == *decrypted->consumed_one_time_prekey;
      });
    }
    return put(to, ByteView(decrypted->plaintext));
  }

  Result<Bytes> create(const codec::CreateSenderKey& request) {
    Device* const device = find_device(request.device());
    if (device == nullptr) return no_handle("device");
    const auto chain_key = exactly<32>(request.chain_key(), "chain key");
    const auto signing_key = key_pair_of(request.signing_private_key());
    if (!chain_key || !signing_key) return fail("sender key", "a key of the wrong size");
    signal::OwnSenderKey own;
    own.key_id = request.key_id();
    own.signing_key = *signing_key;
    own.chain.key = *chain_key;
    device->own_keys[request.group()] = own;
    return signal::encode_sender_key_distribution_message(own.distribution());
  }

  // ---- What is encrypted; pairing

  static Outcome phash(const codec::Phash& request, codec::Text& to) {
    std::vector<payload::DeviceAddress> devices;
    for (const codec::Jid& device : request.devices()) {
      const auto jid = read_jid(device);
      if (!jid) return std::unexpected(jid.error());
      devices.push_back({device.user(), device.server(), jid->device});
    }
    to.set_text(payload::phash(devices));
    return {};
  }

  static Outcome format_qr(const codec::Qr& qr, codec::Text& to) {
    const auto noise_key = exactly<32>(qr.noise_key(), "key");
    const auto identity_key = exactly<32>(qr.identity_key(), "key");
    const auto secret = exactly<32>(qr.adv_secret(), "secret");
    if (!noise_key || !identity_key || !secret) return fail("QR text", "a key of the wrong size");
    pairing::QrContent content;
    content.ref = qr.ref();
    content.noise_key = *noise_key;
    content.identity_key = *identity_key;
    content.adv_secret = *secret;
    to.set_text(pairing::format_qr(content));
    return {};
  }

  static Outcome parse_qr(const codec::ParseQr& request, codec::Qr& to) {
    const auto content = pairing::parse_qr(request.text());
    if (!content) return std::unexpected(content.error());
    to.set_ref(content->ref);
    to.set_noise_key(std::string(as_text(content->noise_key)));
    to.set_identity_key(std::string(as_text(content->identity_key)));
    to.set_adv_secret(std::string(as_text(content->adv_secret)));
    return {};
  }

  Outcome accept(const codec::AcceptIdentity& request, codec::AcceptedIdentity& to) {
    const auto secret = exactly<32>(request.adv_secret(), "secret");
    const auto identity = key_pair_of(request.identity_private_key());
    if (!secret || !identity) return fail("device identity", "a key of the wrong size");
    const auto accepted = pairing::accept_device_identity(as_bytes(request.container()), *secret,
                                                          *identity, context());
    if (!accepted)
      return fail("device identity", std::string(pairing::error_text(accepted.error())));
    to.set_device_identity(std::string(as_text(pairing::pair_device_sign_content(*accepted))));
    to.set_key_index(accepted->identity.key_index);
    return {};
  }

  Outcome verify(const codec::VerifyIdentity& request, codec::Validity& to) const {
    const auto account = exactly<32>(request.account_key(), "key");
    const auto companion = exactly<32>(request.companion_key(), "key");
    const auto identity =
        pairing::decode_signed_device_identity(as_bytes(request.signed_identity()));
    to.set_valid(account && companion && identity &&
                 pairing::verify_device_identity(*identity, *account, *companion, guard_));
    return {};
  }

  Outcome verify(const codec::VerifyKeyIndexList& request, codec::KeyIndexList& to) const {
    const auto account = exactly<32>(request.account_key(), "key");
    if (!account) return std::unexpected(account.error());
    const auto signed_list = pairing::decode_signed_key_index_list(as_bytes(request.signed_list()));
    if (!signed_list) return std::unexpected(signed_list.error());
    const auto list = pairing::verify_key_index_list(*signed_list, *account, guard_);
    if (!list) return std::unexpected(list.error());
    to.set_raw_id(list->raw_id);
    to.set_timestamp(list->timestamp);
    to.set_current_index(list->current_index);
    to.mutable_valid_indexes()->Add(list->valid_indexes.begin(), list->valid_indexes.end());
    return {};
  }

  std::unique_ptr<RandomSource> random_;
  UnixTime wall_;
  Guard guard_;
  std::map<std::uint32_t, Device> devices_;
  std::map<std::uint32_t, Handshake> handshakes_;
};

InProcessCodec::InProcessCodec(const RandomSource& random, UnixTime wall, Guard guard)
    : implementation_(std::make_unique<Implementation>(random, wall, guard)) {}

InProcessCodec::~InProcessCodec() = default;

Result<Bytes> InProcessCodec::answer(ByteView request) {
  Request parsed;
  if (!proto::parse(request, parsed)) parsed.Clear();
  return proto::serialize(implementation_->answer(parsed));
}

}  // namespace doublecheck::harness
