#include "harness/actor/signal_device.h"

#include <algorithm>
#include <utility>

#include "spec/payload/padding.h"

namespace doublecheck::harness {
namespace {

// One-time prekeys that are shown beside those that the device uploaded when it was a client.
constexpr std::uint32_t kFirstShownPrekey = 0x700000;

template <typename Prekey>
const Prekey* find_prekey(const std::map<std::uint32_t, Prekey>& prekeys, std::uint32_t id) {
  const auto found = prekeys.find(id);
  return found == prekeys.end() ? nullptr : &found->second;
}

std::optional<signal::PrekeySignalMessage> decode_prekey(ByteView bytes) {
  auto decoded = signal::decode_prekey_signal_message(bytes, Guard{});
  return decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

}  // namespace

SignalDevice::SignalDevice(const client::Credentials& credentials)
    : local(credentials.keys.local),
      signed_prekeys(credentials.keys.signed_prekeys),
      one_time_prekeys(credentials.keys.one_time_prekeys) {
  if (credentials.account) device_identity = credentials.account->signed_identity;
}

SignalDevice::SignalDevice(RandomSource& random) : local(signal::LocalIdentity::generate(random)) {
  signed_prekeys.emplace(
      signal::kMinPrekeyId,
      signal::SignedPrekey::generate(signal::kMinPrekeyId, local.identity_key, random));
}

const signal::SignedPrekey* SignalDevice::signed_prekey(std::uint32_t id) const {
  return find_prekey(signed_prekeys, id);
}

const signal::OneTimePrekey* SignalDevice::one_time_prekey(std::uint32_t id) const {
  return find_prekey(one_time_prekeys, id);
}

signal::PrekeyBundle SignalDevice::show_bundle(RandomSource& random) {
  const std::uint32_t highest = one_time_prekeys.empty() ? 0 : one_time_prekeys.rbegin()->first + 1;
  const std::uint32_t id = std::max(kFirstShownPrekey, highest);
  const auto shown = one_time_prekeys.emplace(id, signal::OneTimePrekey::generate(id, random));
  return signal::PrekeyBundle::of(local, signed_prekeys.rbegin()->second, &shown.first->second);
}

Result<> SignalDevice::start_session(const signal::PrekeyBundle& peer, RandomSource& random) {
  return signal::initiate(sessions, local, peer, {.now = {}, .random = random, .guard = {}});
}

Result<signal::Encrypted> SignalDevice::write(const payload::Message& message,
                                              RandomSource& random) {
  return signal::encrypt(sessions, payload::pad(payload::encode_message(message), random));
}

void SignalDevice::skip(std::uint32_t count) {
  signal::Session* current = sessions.current();
  for (std::uint32_t i = 0; current != nullptr && i < count; ++i) current->sending.take();
}

Result<payload::Message> SignalDevice::read(const wire::Node& encrypted, RandomSource& random) {
  const auto type = encrypted.text("type") == "pkmsg" ? signal::MessageType::kPrekey
                                                      : signal::MessageType::kSignal;
  const auto decrypted =
      signal::decrypt(sessions, *this, type, encrypted.bytes().value_or(ByteView{}),
                      {.now = {}, .random = random, .guard = {}});
  if (!decrypted) return std::unexpected(decrypted.error().error);
  auto content = payload::unpad(decrypted->plaintext, Guard{});
  if (!content) return propagate(content);
  return payload::decode_message(*content);
}

signal::Encrypted with_bytes(signal::Encrypted message, const std::function<void(Bytes&)>& change) {
  if (message.type == signal::MessageType::kSignal) {
    change(message.bytes);
    return message;
  }
  return with_prekey_fields(std::move(message),
                            [&](signal::PrekeySignalMessage& outer) { change(outer.message); });
}

signal::Encrypted with_wrong_mac(signal::Encrypted message) {
  return with_bytes(std::move(message), [](Bytes& bytes) { bytes.back() ^= 0x01; });
}

signal::Encrypted with_fields(signal::Encrypted message,
                              const std::function<void(signal::SignalMessage&)>& change) {
  return with_bytes(std::move(message), [&](Bytes& bytes) {
    auto fields = signal::decode_signal_message(bytes, Guard{});
    if (!fields) return;
    change(*fields);
    const Bytes mac(bytes.end() - signal::kMacSize, bytes.end());
    bytes = signal::encode_signal_message(*fields, Bytes(32), {});
    std::ranges::copy(mac, bytes.end() - signal::kMacSize);
  });
}

signal::Encrypted with_prekey_fields(
    signal::Encrypted message, const std::function<void(signal::PrekeySignalMessage&)>& change) {
  auto fields = decode_prekey(message.bytes);
  if (message.type != signal::MessageType::kPrekey || !fields) return message;
  change(*fields);
  message.bytes = signal::encode_prekey_signal_message(*fields);
  return message;
}

signal::Encrypted unwrapped(signal::Encrypted message) {
  if (message.type == signal::MessageType::kSignal) return message;
  auto fields = decode_prekey(message.bytes);
  if (!fields) return message;
  return {.type = signal::MessageType::kSignal, .bytes = std::move(fields->message)};
}

std::optional<signal::PrekeySignalMessage> read_prekey_message(const wire::Node& encrypted) {
  if (encrypted.text("type") != "pkmsg") return std::nullopt;
  return decode_prekey(encrypted.bytes().value_or(ByteView{}));
}

std::optional<signal::SignalMessage> read_signal_message(const wire::Node& encrypted) {
  Bytes inner = to_bytes(encrypted.bytes().value_or(ByteView{}));
  if (encrypted.text("type") == "pkmsg") {
    auto outer = decode_prekey(inner);
    if (!outer) return std::nullopt;
    inner = std::move(outer->message);
  }
  auto decoded = signal::decode_signal_message(inner, Guard{});
  return decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

}  // namespace doublecheck::harness
