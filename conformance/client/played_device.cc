#include "conformance/client/played_device.h"

#include <algorithm>
#include <utility>

#include "spec/base/text_encoding.h"
#include "spec/base/writer.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/key_index_list.h"
#include "spec/payload/padding.h"
#include "spec/signal/session_cipher.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

constexpr std::uint32_t kPlayedSignedPrekey = 7;
constexpr std::uint32_t kPlayedOneTimePrekey = 42;

wire::Node node_of_bytes(std::string_view tag, ByteView content) {
  return {.tag = tag, .attributes = {}, .content = wire::Blob(content)};
}

Bytes number_of(std::uint32_t value, std::size_t size) {
  Writer writer;
  if (size == 3) {
    writer.u24(value);
  } else {
    writer.u32(value);
  }
  return writer.take();
}

Context context_of(ClientBench& bench) {
  return {.now = bench.driver().now(), .random = bench.random(), .guard = {}};
}

// What the client has published, as whoever writes to it gets it when no one-time key is left.
signal::PrekeyBundle keys_of_client(ClientBench& bench) {
  const DeviceNames own = bench.own_device();
  const server::Account* account =
      bench.server().state().directory.look_up(std::string(own.jid.user.view()));
  const auto device = account->devices.find(own.jid.device);
  if (device == account->devices.end()) inconclusive("the server does not know the client's keys");
  const server::KeyDirectory& keys = device->second.keys;
  return {.registration_id = keys.registration_id,
          .identity_key = keys.identity,
          .signed_prekey = {.id = keys.signed_prekey.id,
                            .key = keys.signed_prekey.value,
                            .signature = keys.signature},
          .one_time_prekey = {}};
}

bool is_of(const wire::Jid* named, const PlayedDevice& device) {
  return named != nullptr &&
         (named->account() == device.jid.account() || named->account() == device.lid.account());
}

wire::Node device_entry(const PlayedDevice& device) {
  wire::Node entry{.tag = "device",
                   .attributes = {{"id", wire::Text(std::to_string(device.jid.device))}},
                   .content = {}};
  if (device.jid.device != 0) entry.set("key-index", wire::Text(std::to_string(device.key_index)));
  return entry;
}

void add_to_devices(wire::Node& user, const Introduced& introduced) {
  std::vector<wire::Node>& answers = children_to_change(user);
  if (child_to_change(user, "devices") == nullptr)
    answers.push_back({.tag = "devices", .attributes = {}, .content = {}});
  wire::Node& devices = *child_to_change(user, "devices");
  if (child_to_change(devices, "device-list") == nullptr)
    children_to_change(devices).push_back({.tag = "device-list", .attributes = {}, .content = {}});
  children_to_change(*child_to_change(devices, "device-list"))
      .push_back(device_entry(*introduced.device));
  if (!introduced.list.empty()) {
    if (child_to_change(devices, "key-index-list") == nullptr) {
      children_to_change(devices).push_back(
          {.tag = "key-index-list", .attributes = {{"ts", "1750000000"}}, .content = {}});
    }
    child_to_change(devices, "key-index-list")->content = wire::Blob(ByteView(introduced.list));
  }
  wire::Node* lid = child_to_change(user, "lid");
  if (lid != nullptr && !lid->has("val")) lid->set("val", introduced.device->lid.account());
}

void change_answers(std::vector<wire::Node>& stanzas, const std::vector<Introduced>& introduced) {
  for (wire::Node& iq : stanzas) {
    if (iq.tag != "iq" || iq.text("type") != "result") continue;
    if (wire::Node* usync = child_to_change(iq, "usync")) {
      wire::Node* list = child_to_change(*usync, "list");
      if (list == nullptr) continue;
      for (wire::Node& user : children_to_change(*list)) {
        for (const Introduced& one : introduced) {
          if (is_of(user.jid("jid"), *one.device)) add_to_devices(user, one);
        }
      }
    } else if (wire::Node* list = child_to_change(iq, "list")) {
      for (wire::Node& user : children_to_change(*list)) {
        for (const Introduced& one : introduced) {
          const wire::Jid* named = user.jid("jid");
          if (user.tag != "user" || !one.device->is(named)) continue;
          user = one.device->bundle(wire::Jid(*named));
          if (one.change_bundle) one.change_bundle(user);
        }
      }
    }
  }
}

}  // namespace

// ---- The device

PlayedDevice::PlayedDevice(DeviceNames names, RandomSource& random)
    : DeviceNames(std::move(names)),
      identity_(signal::LocalIdentity::generate(random)),
      signed_prekey_(
          signal::SignedPrekey::generate(kPlayedSignedPrekey, identity_.identity_key, random)),
      one_time_prekey_(signal::OneTimePrekey::generate(kPlayedOneTimePrekey, random)) {}

std::shared_ptr<PlayedDevice> PlayedDevice::companion(ClientBench& bench,
                                                      const server::Account& account,
                                                      std::uint16_t device,
                                                      std::uint32_t key_index) {
  DeviceNames names;
  names.jid = account.pn(device);
  names.lid = account.lid_jid(device);
  std::shared_ptr<PlayedDevice> played(new PlayedDevice(names, bench.random()));
  played->key_index = key_index;
  played->have_vouched(bench, account, account.phone.identity_key());
  return played;
}

std::shared_ptr<PlayedDevice> PlayedDevice::stranger(ClientBench& bench,
                                                     std::string_view phone_number,
                                                     std::string_view lid) {
  DeviceNames names;
  names.jid = wire::Jid::of_user(phone_number);
  names.lid = wire::Jid::of_lid(lid);
  return std::shared_ptr<PlayedDevice>(new PlayedDevice(names, bench.random()));
}

void PlayedDevice::have_vouched(ClientBench& bench, const server::Account& account,
                                const KeyPair& account_key) {
  const pairing::DeviceIdentity details{
      .raw_id = account.phone.raw_id(),
      .timestamp = static_cast<std::uint64_t>(bench.driver().now().wall.seconds()),
      .key_index = key_index,
      .account_type = pairing::AccountType::kE2ee,
      .device_type = pairing::AccountType::kE2ee};
  const PublicKey& own = identity_.identity_key.public_key;
  pairing::SignedDeviceIdentity signed_identity =
      pairing::sign_as_phone(details, account_key, own, bench.random());
  signed_identity.account_signature_key = to_bytes(account_key.public_key);
  signed_identity.device_signature =
      to_bytes(xeddsa_sign(identity_.identity_key.private_key,
                           pairing::device_signature_message(false, signed_identity.details, own,
                                                             account_key.public_key),
                           bench.random()));
  document = pairing::encode_signed_device_identity(signed_identity);
}

wire::Node PlayedDevice::bundle(const wire::Jid& as_asked) const {
  const std::uint8_t type[] = {0x05};
  std::vector<wire::Node> children{
      node_of_bytes("registration", number_of(identity_.registration_id, 4)),
      node_of_bytes("type", type),
      node_of_bytes("identity", identity_.identity_key.public_key),
      {.tag = "skey",
       .attributes = {},
       .content = std::vector<wire::Node>{node_of_bytes("id", number_of(signed_prekey_.id, 3)),
                                          node_of_bytes("value", signed_prekey_.key.public_key),
                                          node_of_bytes("signature", signed_prekey_.signature)}},
      {.tag = "key",
       .attributes = {},
       .content =
           std::vector<wire::Node>{node_of_bytes("id", number_of(one_time_prekey_.id, 3)),
                                   node_of_bytes("value", one_time_prekey_.key.public_key)}}};
  if (!document.empty()) children.push_back(node_of_bytes("device-identity", document));
  return {.tag = "user", .attributes = {{"jid", as_asked}}, .content = std::move(children)};
}

wire::Node PlayedDevice::message(ClientBench& bench, const wire::Jid& from, const std::string& id,
                                 const payload::Message& content) {
  return message_of(bench, from, id,
                    payload::pad(payload::encode_message(content), bench.random()));
}

wire::Node PlayedDevice::message_of(ClientBench& bench, const wire::Jid& from,
                                    const std::string& id, ByteView plaintext) {
  signal::SessionRecord& sessions = record(from);
  const Context context = context_of(bench);
  if (sessions.current() == nullptr) {
    const auto started = signal::initiate(sessions, identity_, keys_of_client(bench), context);
    if (!started) inconclusive("no session with the client: " + started.error().to_string());
  }
  const auto encrypted = signal::encrypt(sessions, plaintext);
  if (!encrypted) inconclusive("the message cannot be encrypted: " + encrypted.error().to_string());
  std::vector<wire::Node> children{
      {.tag = "enc",
       .attributes = {{"v", "2"}, {"type", wire::Text(signal::to_string(encrypted->type))}},
       .content = wire::Blob(ByteView(encrypted->bytes))}};
  if (encrypted->type == signal::MessageType::kPrekey && !document.empty())
    children.push_back(node_of_bytes("device-identity", document));
  return {.tag = "message",
          .attributes = {{"from", from},
                         {"id", wire::Text(id)},
                         {"t", wire::Text(std::to_string(bench.driver().now().wall.seconds()))},
                         {"type", "text"},
                         {"notify", "played"}},
          .content = std::move(children)};
}

Bytes PlayedDevice::decrypt(ClientBench& bench, const wire::Node& encrypted,
                            const wire::Jid& name) {
  const auto type = encrypted.text("type") == "pkmsg" ? signal::MessageType::kPrekey
                                                      : signal::MessageType::kSignal;
  auto decrypted = signal::decrypt(record(name), *this, type,
                                   encrypted.bytes().value_or(ByteView{}), context_of(bench));
  if (!decrypted) {
    fail_case("the device that it is for can read the ciphertext", "a readable ciphertext",
              decrypted.error().error.to_string());
  }
  return std::move(decrypted->plaintext);
}

std::string PlayedDevice::read(ClientBench& bench, const wire::Node& encrypted,
                               const wire::Jid& name) {
  const Bytes padded = decrypt(bench, encrypted, name);
  const auto encoded = payload::unpad(padded, Guard{});
  const auto content =
      encoded ? payload::decode_message(*encoded) : std::unexpected(encoded.error());
  if (!content) fail_case("the plaintext is a message", "a message", content.error().to_string());
  return content->text().value_or("");
}

// ---- What the server says

Bytes key_index_list(ClientBench& bench, const server::Account& account,
                     const std::vector<std::uint32_t>& others, std::uint32_t current_index) {
  return key_index_list(bench, account, others, current_index, account.phone.identity_key());
}

Bytes key_index_list(ClientBench& bench, const server::Account& account,
                     const std::vector<std::uint32_t>& others, std::uint32_t current_index,
                     const KeyPair& signer) {
  pairing::KeyIndexList list{
      .raw_id = account.phone.raw_id(),
      .timestamp = static_cast<std::uint64_t>(bench.driver().now().wall.seconds()),
      .current_index = current_index,
      .valid_indexes = others,
      .account_type = pairing::AccountType::kE2ee};
  for (const auto& [number, device] : account.devices)
    list.valid_indexes.push_back(device.key_index);
  for (const std::uint32_t index : list.valid_indexes)
    list.current_index = std::max(list.current_index, index);
  return pairing::encode_signed_key_index_list(
      pairing::sign_key_index_list(list, signer, bench.random()));
}

void speak_of(ClientBench& bench, std::vector<Introduced> introduced) {
  bench.script().edit([introduced = std::move(introduced)](std::vector<wire::Node>& stanzas) {
    change_answers(stanzas, introduced);
  });
}

void announce(ClientBench& bench, const Introduced& introduced) {
  const PlayedDevice& device = *introduced.device;
  const wire::Text now(std::to_string(bench.driver().now().wall.seconds()));
  // By both names: there are clients that keep a list for each.
  for (const wire::Jid& name : {device.jid, device.lid}) {
    wire::Node entry{
        .tag = "device", .attributes = {{"jid", name}, {"lid", device.lid}}, .content = {}};
    entry.set("key-index", wire::Text(std::to_string(device.key_index)));
    wire::Node list = node_of_bytes("key-index-list", introduced.list);
    list.set("ts", now);
    wire::Node add{.tag = "add",
                   .attributes = {{"device_hash", "2:AAAAAAAA"}, {"device_lid_hash", "2:AAAAAAAA"}},
                   .content = std::vector<wire::Node>{std::move(entry), std::move(list)}};
    bench.send({.tag = "notification",
                .attributes = {{"from", name.account()},
                               {"lid", device.lid.account()},
                               {"type", "devices"},
                               {"id", wire::Text("new-" + name.to_string())},
                               {"t", now}},
                .content = std::vector<wire::Node>{std::move(add)}});
  }
  bench.barrier();
}

void introduce(ClientBench& bench, Introduced introduced) {
  speak_of(bench, {introduced});
  announce(bench, introduced);
}

// ---- Parts of stanzas

wire::Node* child_to_change(wire::Node& node, std::string_view tag) {
  auto* children = std::get_if<std::vector<wire::Node>>(&node.content);
  if (children == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(*children, [tag](const wire::Node& child) { return child.tag == tag; });
  return found == children->end() ? nullptr : &*found;
}

std::vector<wire::Node>& children_to_change(wire::Node& node) {
  if (!std::holds_alternative<std::vector<wire::Node>>(node.content))
    node.content = std::vector<wire::Node>{};
  return std::get<std::vector<wire::Node>>(node.content);
}

}  // namespace doublecheck::harness
