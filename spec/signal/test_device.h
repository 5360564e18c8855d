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
KeyPair key_pair(const Json& pair);
PublicKey public_key(const Json& encoded);

// Gives out what was put in, and nothing else.
class ScriptedRandom final : public RandomSource {
 public:
  void add(Bytes next) { script_.push_back(std::move(next)); }
  bool used_up() const { return script_.empty(); }

  void fill(std::span<std::uint8_t> out) override;
  std::unique_ptr<RandomSource> fork(std::string_view, std::uint64_t) const override;

 private:
  std::deque<Bytes> script_;
};

// A device with its published keys and its sessions with one peer.
class Device final : public PrekeyStore {
 public:
  static constexpr std::uint32_t kSignedPrekeyId = 7;
  static constexpr std::uint32_t kOneTimePrekeyId = 42;

  // With a signed and a one-time prekey.
  explicit Device(std::uint64_t seed);

  // As the vectors describe it; one-time prekeys are optional there.
  Device(const Json& json, std::unique_ptr<RandomSource> source);

  void add(const SignedPrekey& prekey) { signed_prekeys[prekey.id] = prekey; }
  void add(const OneTimePrekey& prekey) { one_time_prekeys[prekey.id] = prekey; }

  const LocalIdentity& identity() const override { return local; }
  const SignedPrekey* signed_prekey(std::uint32_t id) const override {
    return find(signed_prekeys, id);
  }
  const OneTimePrekey* one_time_prekey(std::uint32_t id) const override {
    return find(one_time_prekeys, id);
  }

  PrekeyBundle bundle(bool with_one_time_prekey = true) const;

  Context context() { return {.now = {}, .random = *random, .guard = guard}; }

  Result<> initiate(const PrekeyBundle& bundle);
  Encrypted encrypt(std::string_view text);
  // Deletes a one-time prekey that was consumed, as an owner should.
  DecryptResult<Decrypted> decrypt(MessageType type, ByteView bytes);
  DecryptResult<Decrypted> decrypt(const Encrypted& encrypted);

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
std::string text_of(const DecryptResult<Decrypted>& decrypted);

// Why a message was refused; nothing if it was not.
template <typename T>
std::optional<DecryptFailure> failure_of(const DecryptResult<T>& decrypted) {
  if (decrypted) return std::nullopt;
  return decrypted.error().failure;
}

// Two devices that have exchanged a message each way, so that neither repeats prekeys any more.
struct Pair {
  explicit Pair(std::uint64_t seed = 1);

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
