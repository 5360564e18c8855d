#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/base/context.h"
#include "spec/base/random.h"
#include "spec/base/test_vectors.h"
#include "spec/signal/session_cipher.h"
#include "spec/signal/session_record.h"

// Devices for tests of this layer, which may throw.
namespace doublecheck::signal::testing {

using test_vectors::bytes_of_hex;
using test_vectors::Json;

template <std::size_t kSize>
std::array<std::uint8_t, kSize> to_array(ByteView bytes) {
  if (bytes.size() != kSize) throw std::runtime_error("wrong size");
  std::array<std::uint8_t, kSize> out;
  std::ranges::copy(bytes, out.begin());
  return out;
}

// A key pair of the vectors, whose public key has the 33-byte form.
inline KeyPair key_pair(const Json& pair) {
  return KeyPair::from_private(to_array<32>(bytes_of_hex(pair.at("private"))));
}
inline PublicKey public_key(const Json& encoded) {
  return to_array<32>(ByteView(bytes_of_hex(encoded)).subspan(1));
}

// Gives out what was put in, and nothing else.
class ScriptedRandom final : public RandomSource {
 public:
  void add(Bytes next) { script_.push_back(std::move(next)); }
  bool used_up() const { return script_.empty(); }

  void fill(std::span<std::uint8_t> out) override {
    if (script_.empty() || script_.front().size() != out.size())
      throw std::runtime_error("unscripted draw");
    std::ranges::copy(script_.front(), out.begin());
    script_.pop_front();
  }
  std::unique_ptr<RandomSource> fork(std::string_view, std::uint64_t) const override {
    throw std::runtime_error("unscripted fork");
  }

 private:
  std::deque<Bytes> script_;
};

// A device with its published keys and its sessions with one peer.
class Device final : public PrekeyStore {
 public:
  static constexpr std::uint32_t kSignedPrekeyId = 7;
  static constexpr std::uint32_t kOneTimePrekeyId = 42;

  // With a signed and a one-time prekey.
  explicit Device(std::uint64_t seed) : random(std::make_unique<SeededRandom>(seed)) {
    local = LocalIdentity::generate(*random);
    add(SignedPrekey::generate(kSignedPrekeyId, local.identity_key, *random));
    add(OneTimePrekey::generate(kOneTimePrekeyId, *random));
  }

  // As the vectors describe it; one-time prekeys are optional there.
  Device(const Json& json, std::unique_ptr<RandomSource> source) : random(std::move(source)) {
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

  void add(const SignedPrekey& prekey) { signed_prekeys[prekey.id] = prekey; }
  void add(const OneTimePrekey& prekey) { one_time_prekeys[prekey.id] = prekey; }

  const LocalIdentity& identity() const override { return local; }
  const SignedPrekey* signed_prekey(std::uint32_t id) const override {
    return find(signed_prekeys, id);
  }
  const OneTimePrekey* one_time_prekey(std::uint32_t id) const override {
    return find(one_time_prekeys, id);
  }

  PrekeyBundle bundle(bool with_one_time_prekey = true) const {
    const OneTimePrekey* const one_time = with_one_time_prekey && !one_time_prekeys.empty()
                                              ? &one_time_prekeys.begin()->second
                                              : nullptr;
    return PrekeyBundle::of(local, signed_prekeys.begin()->second, one_time);
  }

  Context context() { return {.now = {}, .random = *random, .guard = guard}; }

  Result<> initiate(const PrekeyBundle& bundle) {
    return signal::initiate(record, local, bundle, context());
  }

  Encrypted encrypt(std::string_view text) {
    return signal::encrypt(record, as_bytes(text)).value();
  }

  // Deletes a one-time prekey that was consumed, as an owner should.
  DecryptResult<Decrypted> decrypt(MessageType type, ByteView bytes) {
    DecryptResult<Decrypted> decrypted = signal::decrypt(record, *this, type, bytes, context());
    if (decrypted && decrypted->consumed_one_time_prekey) {
      one_time_prekeys.erase(*decrypted->consumed_one_time_prekey);
    }
    return decrypted;
  }
  DecryptResult<Decrypted> decrypt(const Encrypted& encrypted) {
    return decrypt(encrypted.type, encrypted.bytes);
  }

  std::unique_ptr<RandomSource> random;
  Guard guard;
  LocalIdentity local;
  SessionRecord record;
  std::map<std::uint32_t, SignedPrekey> signed_prekeys;
  std::map<std::uint32_t, OneTimePrekey> one_time_prekeys;

 private:
  template <typename Prekey>
  static const Prekey* find(const std::map<std::uint32_t, Prekey>& prekeys, std::uint32_t id) {
    const auto found = prekeys.find(id);
    return found == prekeys.end() ? nullptr : &found->second;
  }
};

// The text of a message that must be right.
inline std::string text_of(const DecryptResult<Decrypted>& decrypted) {
  if (!decrypted) return "refused: " + decrypted.error().error.to_string();
  return to_text(decrypted->plaintext);
}

// Why a message was refused; nothing if it was not.
template <typename T>
std::optional<DecryptFailure> failure_of(const DecryptResult<T>& decrypted) {
  if (decrypted) return std::nullopt;
  return decrypted.error().failure;
}

// Two devices that have exchanged a message each way, so that neither repeats prekeys any more.
struct Pair {
  explicit Pair(std::uint64_t seed = 1) : alice(2 * seed), bob(2 * seed + 1) {
    if (!alice.initiate(bob.bundle())) throw std::runtime_error("no session");
    if (text_of(bob.decrypt(alice.encrypt("hello"))) != "hello")
      throw std::runtime_error("no hello");
    if (text_of(alice.decrypt(bob.encrypt("welcome"))) != "welcome")
      throw std::runtime_error("no answer");
  }

  Device alice;
  Device bob;
};

// Overrules the guard of one rule.
class Force final : public GuardObserver {
 public:
  Force(Rule rule, bool outcome) : rule_(rule), outcome_(outcome) {}

  bool decide(Rule rule, bool holds) override { return rule == rule_ ? outcome_ : holds; }

 private:
  Rule rule_;
  bool outcome_;
};

}  // namespace doublecheck::signal::testing
