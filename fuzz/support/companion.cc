#include "fuzz/support/companion.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "spec/base/writer.h"
#include "spec/noise/client_payload.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"

namespace doublecheck::fuzz {
namespace {

constexpr std::uint8_t kCurve25519Type = 0x05;
constexpr std::uint32_t kSignedPrekeyId = 1;
constexpr std::uint32_t kPrekeyIds = 0x1000000;  // 24 bits
constexpr noise::AppVersion kVersion = {
    .primary = 2, .secondary = 3000, .tertiary = 1, .quaternary = {}, .quinary = {}};

wire::Node element(std::string_view tag, std::vector<wire::Attribute> attributes = {},
                   wire::Content content = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(content)};
}

wire::Node parent(std::string_view tag, std::vector<wire::Node> children,
                  std::vector<wire::Attribute> attributes = {}) {
  return element(tag, std::move(attributes), std::move(children));
}

wire::Node octets(std::string_view tag, ByteView content) {
  return element(tag, {}, wire::Blob(content));
}

wire::Node query(std::string_view id, std::string_view type, std::string_view xmlns,
                 std::vector<wire::Node> children) {
  return parent("iq", std::move(children),
                {{"id", wire::Text(id)},
                 {"to", wire::Jid::of_server()},
                 {"type", wire::Text(type)},
                 {"xmlns", wire::Text(xmlns)}});
}

std::vector<wire::Node> prekey(std::uint32_t id, const PublicKey& value) {
  Writer writer;
  writer.u24(id);
  return {octets("id", writer.take()), octets("value", to_bytes(value))};
}

}  // namespace

Companion Companion::generate(std::string push_name, RandomSource& random) {
  Companion companion;
  companion.push_name = std::move(push_name);
  companion.noise_key = KeyPair::generate(random);
  companion.identity = KeyPair::generate(random);
  companion.registration_id = 1 + static_cast<std::uint32_t>(random.below(16380));
  companion.signed_prekey = KeyPair::generate(random);
  const std::uint8_t type[] = {kCurve25519Type};
  companion.signed_prekey_signature = xeddsa_sign(
      companion.identity.private_key, concat({type, companion.signed_prekey.public_key}), random);
  random.fill(companion.adv_secret);
  return companion;
}

Bytes Companion::payload(RandomSource& random) const {
  noise::ClientPayload payload;
  payload.user_agent = noise::UserAgent{};
  payload.user_agent->platform = noise::Platform::kWeb;
  payload.user_agent->app_version = kVersion;
  payload.web_info = noise::WebInfo{.sub_platform = noise::WebSubPlatform::kWebBrowser};
  payload.connect_type = noise::ConnectType::kWifiUnknown;
  payload.connect_reason = noise::ConnectReason::kUserActivated;
  payload.passive = jid.has_value();
  payload.pull = jid.has_value();
  if (jid) {
    const std::string_view digits = jid->user;
    std::uint64_t username = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), username);
    payload.username = username;
    payload.device = jid->device;
  } else {
    payload.push_name = push_name;
    payload.device_pairing_data =
        noise::make_device_pairing_data({.registration_id = registration_id,
                                         .identity = identity,
                                         .signed_prekey_id = kSignedPrekeyId,
                                         .signed_prekey = signed_prekey},
                                        kVersion, {}, random);
  }
  return noise::encode_client_payload(payload);
}

noise::ClientHandshakeConfig Companion::handshake(const PublicKey& trust_root,
                                                  Bytes client_payload) const {
  noise::ClientHandshakeConfig config;
  config.static_key = noise_key;
  config.trust_root = {trust_root};
  config.payload = std::move(client_payload);
  return config;
}

std::optional<std::string> Companion::qr_text() const {
  const auto pair_device = std::ranges::find_if(
      inbox, [](const wire::Node& node) { return node.child("pair-device") != nullptr; });
  if (pair_device == inbox.end()) return std::nullopt;
  const wire::Node* reference = pair_device->child("pair-device")->child("ref");
  const auto text = reference == nullptr ? std::nullopt : reference->bytes();
  if (!text) return std::nullopt;
  return pairing::format_qr({.ref = to_text(*text),
                             .noise_key = noise_key.public_key,
                             .identity_key = identity.public_key,
                             .adv_secret = adv_secret,
                             .platform_id = "1",
                             .has_prefix = true});
}

std::optional<wire::Node> Companion::accept_pair_success(const wire::Node& success,
                                                         const Context& context) {
  const wire::Node* body = success.child("pair-success");
  const wire::Node* container = body == nullptr ? nullptr : body->child("device-identity");
  const wire::Node* device = body == nullptr ? nullptr : body->child("device");
  const wire::Value* id = success.attribute("id");
  if (container == nullptr || device == nullptr || id == nullptr || device->jid("jid") == nullptr ||
      device->jid("lid") == nullptr) {
    return std::nullopt;
  }
  const auto accepted = pairing::accept_device_identity(container->bytes().value_or(ByteView{}),
                                                        adv_secret, identity, context);
  if (!accepted) return std::nullopt;
  jid = *device->jid("jid");
  lid = *device->jid("lid");
  return parent(
      "iq",
      {parent("pair-device-sign",
              {element("device-identity",
                       {{"key-index", wire::Text(std::to_string(accepted->identity.key_index))}},
                       wire::Blob(pairing::pair_device_sign_content(*accepted)))})},
      {{"id", *id}, {"to", wire::Jid::of_server()}, {"type", "result"}});
}

wire::Node Companion::ping() { return query(new_stanza_id(), "get", "w:p", {element("ping")}); }

wire::Node Companion::activation() {
  return query(new_stanza_id(), "set", "passive", {element("active")});
}

wire::Node Companion::prekey_upload(std::size_t count, RandomSource& random) {
  std::vector<wire::Node> keys;
  for (std::size_t i = 0; i < count; ++i) {
    const PublicKey key = KeyPair::generate(random).public_key;
    keys.push_back(parent("key", prekey(next_prekey_id++ % kPrekeyIds, key)));
  }
  std::vector<wire::Node> signed_key = prekey(kSignedPrekeyId, signed_prekey.public_key);
  signed_key.push_back(octets("signature", to_bytes(signed_prekey_signature)));
  Writer registration;
  registration.u32(registration_id);
  return query(new_stanza_id(), "set", "encrypt",
               {octets("registration", registration.take()), octets("type", Bytes{kCurve25519Type}),
                octets("identity", to_bytes(identity.public_key)), parent("list", std::move(keys)),
                parent("skey", std::move(signed_key))});
}

wire::Node Companion::message_to(const wire::Jid& account, const wire::Jid& device,
                                 ByteView ciphertext) {
  wire::Node encrypted = element("enc", {{"v", "2"}, {"type", "msg"}}, wire::Blob(ciphertext));
  return parent("message",
                {parent("participants", {parent("to", {std::move(encrypted)}, {{"jid", device}})})},
                {{"id", wire::Text(new_stanza_id())}, {"to", account}, {"type", "text"}});
}

const wire::Node* Companion::received(std::string_view tag) const {
  const auto found =
      std::ranges::find_if(inbox, [&](const wire::Node& node) { return node.tag == tag; });
  return found == inbox.end() ? nullptr : &*found;
}

}  // namespace doublecheck::fuzz
