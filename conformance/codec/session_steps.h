#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "conformance/codec/steps.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session_cipher.h"

// What cases about end-to-end encryption share: the codec's device, and one of the suite's that it
// writes to.
namespace doublecheck::conformance {

inline constexpr std::string_view kPeerName = "15550001112:3@s.whatsapp.net";
inline constexpr std::string_view kGroupName = "120363000000000001@g.us";

// A device of the suite's with its sessions with one other: the functions of spec/, which the
// vectors confirm.
class SuiteDevice final : public signal::PrekeyStore {
 public:
  explicit SuiteDevice(RandomSource& random);
  SuiteDevice(const SuiteDevice&) = delete;
  SuiteDevice& operator=(const SuiteDevice&) = delete;

  const signal::LocalIdentity& identity() const override { return local; }
  const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override {
    return id == signed_key.id ? &signed_key : nullptr;
  }
  const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override {
    return id == one_time_key.id ? &one_time_key : nullptr;
  }

  signal::PrekeyBundle bundle(bool with_one_time_prekey = true) const {
    return signal::PrekeyBundle::of(local, signed_key,
                                    with_one_time_prekey ? &one_time_key : nullptr);
  }
  Context context() { return {.now = {}, .random = random}; }
  void initiate(const signal::PrekeyBundle& bundle);
  signal::Encrypted encrypt(std::string_view text);
  // Fails the case for a message that is not right.
  std::string decrypt(const signal::Encrypted& message);

  RandomSource& random;
  signal::LocalIdentity local;
  signal::SignedPrekey signed_key;
  signal::OneTimePrekey one_time_key;
  signal::SessionRecord record;
};

// The keys of a device of the codec's, drawn.
harness::CodecDeviceKeys draw_device_keys(RandomSource& random);

// A session between the codec's device and one of the suite's, begun by either.
class Conversation {
 public:
  explicit Conversation(harness::CodecBench& bench);

  // The suite's device begins; a message each way has been read, so that neither repeats prekeys
  // any more.
  void begin_from_suite();
  // The codec begins, likewise.
  void begin_from_codec();

  harness::Answer<Bytes> try_to_decrypt(const signal::Encrypted& message) {
    return bench.decrypt(device, kPeerName, message);
  }
  // Fails the case unless the codec reads it as that.
  void expect_read(const signal::Encrypted& message, std::string_view text);
  // What the codec encrypts; and it is read by the suite's device.
  signal::Encrypted encrypt(std::string_view text);
  void say(std::string_view text);

  harness::CodecBench& bench;
  harness::CodecDeviceKeys keys;
  std::uint32_t device;
  signal::PrekeyBundle bundle;  // of the codec's device
  SuiteDevice suite;
};

// ---- Messages of the vectors

// The device of the vectors called bob, in the codec. Its handle.
std::uint32_t create_vector_device(harness::CodecBench& bench, const Json& bob);
signal::Encrypted vector_message(const Json& message);
// A device of its own gets these messages in order, and does with each what is expected.
void expect_messages(harness::CodecBench& bench, const Json& bob, const Json& messages,
                     const Json& expected, const std::string& name);

// Rows of the acceptance table of x3dh-ratchet.json or sender-key.json: each whose name contains
// one of the texts. What has to be refused is refused, all else is read; before a row that refuses,
// another has been read.
void run_session_rows(harness::CodecBench& bench, std::initializer_list<std::string_view> names);
void run_sender_key_rows(harness::CodecBench& bench, std::initializer_list<std::string_view> names);

// ---- Forgery

// The message with its last bytes replaced by the MAC that belongs to it.
Bytes with_mac(ByteView without_mac, ByteView mac_key, const PublicKey& sender,
               const PublicKey& receiver);

}  // namespace doublecheck::conformance
