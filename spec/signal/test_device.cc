#include "spec/signal/test_device.h"

namespace doublecheck::signal::testing {

KeyPair key_pair(const Json& pair) {
  return KeyPair::from_private(to_array<32>(bytes_of_hex(pair.at("private"))));
}

PublicKey public_key(const Json& encoded) {
  return to_array<32>(ByteView(bytes_of_hex(encoded)).subspan(1));
}

void ScriptedRandom::fill(std::span<std::uint8_t> out) {
  if (script_.empty() || script_.front().size() != out.size())
    throw std::runtime_error("unscripted draw");
  std::ranges::copy(script_.front(), out.begin());
  script_.pop_front();
}

std::unique_ptr<RandomSource> ScriptedRandom::fork(std::string_view, std::uint64_t) const {
  throw std::runtime_error("unscripted fork");
}

Device::Device(std::uint64_t seed) : random(std::make_unique<SeededRandom>(seed)) {
  local = LocalIdentity::generate(*random);
  add(SignedPrekey::generate(kSignedPrekeyId, local.identity_key, *random));
  add(OneTimePrekey::generate(kOneTimePrekeyId, *random));
}

Device::Device(const Json& json, std::unique_ptr<RandomSource> source) : random(std::move(source)) {
  local.identity_key = key_pair(json.at("identity"));
  local.registration_id = json.value("registration_id", 0U);
  if (const auto prekey = json.find("signed_prekey"); prekey != json.end()) {
    SignedPrekey signed_prekey{.id = prekey->at("id"), .key = key_pair(*prekey)};
    if (prekey->contains("signature")) {
      signed_prekey.signature = to_array<64>(bytes_of_hex(prekey->at("signature")));
    }
    add(signed_prekey);
  }
  if (const auto prekey = json.find("one_time_prekey");
      prekey != json.end() && !prekey->is_null()) {
    add(OneTimePrekey{.id = prekey->at("id"), .key = key_pair(*prekey)});
  }
}

PrekeyBundle Device::bundle(bool with_one_time_prekey) const {
  const OneTimePrekey* const one_time = with_one_time_prekey && !one_time_prekeys.empty()
                                            ? &one_time_prekeys.begin()->second
                                            : nullptr;
  return PrekeyBundle::of(local, signed_prekeys.begin()->second, one_time);
}

Result<> Device::initiate(const PrekeyBundle& bundle) {
  return signal::initiate(record, local, bundle, context());
}

Encrypted Device::encrypt(std::string_view text) {
  return signal::encrypt(record, as_bytes(text)).value();
}

DecryptResult<Decrypted> Device::decrypt(MessageType type, ByteView bytes) {
  DecryptResult<Decrypted> decrypted = signal::decrypt(record, *this, type, bytes, context());
  if (decrypted && decrypted->consumed_one_time_prekey) {
    one_time_prekeys.erase(*decrypted->consumed_one_time_prekey);
  }
  return decrypted;
}

DecryptResult<Decrypted> Device::decrypt(const Encrypted& encrypted) {
  return decrypt(encrypted.type, encrypted.bytes);
}

std::string text_of(const DecryptResult<Decrypted>& decrypted) {
  if (!decrypted) return "refused: " + decrypted.error().error.to_string();
  return to_text(decrypted->plaintext);
}

Pair::Pair(std::uint64_t seed) : alice(2 * seed), bob(2 * seed + 1) {
  if (!alice.initiate(bob.bundle())) throw std::runtime_error("no session");
  if (text_of(bob.decrypt(alice.encrypt("hello"))) != "hello") throw std::runtime_error("no hello");
  if (text_of(alice.decrypt(bob.encrypt("welcome"))) != "welcome")
    throw std::runtime_error("no answer");
}

}  // namespace doublecheck::signal::testing
