#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/suite/client_bench.h"
#include "reference/server/account.h"
#include "spec/payload/message.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session_record.h"
#include "spec/wire/node.h"

// A device that the case plays itself, right or forged: it has keys and a document that vouches for
// them, the server speaks of it as the case wants, and it reads what is encrypted for it. The
// server itself knows nothing of it.
namespace doublecheck::harness {

class PlayedDevice final : public DeviceNames, public signal::PrekeyStore {
 public:
  // A companion of this account, vouched for by its phone.
  static std::shared_ptr<PlayedDevice> companion(ClientBench& bench, const server::Account& account,
                                                 std::uint16_t device, std::uint32_t key_index);
  // The phone of somebody that the server has never heard of.
  static std::shared_ptr<PlayedDevice> stranger(ClientBench& bench, std::string_view phone_number,
                                                std::string_view lid);

  // Has `account_key`, whoever that is, vouch for it.
  void have_vouched(ClientBench& bench, const server::Account& account, const KeyPair& account_key);

  std::uint32_t key_index = 0;
  Bytes document;              // ADVSignedDeviceIdentity; empty: none
  bool shares_session = true;  // one session with the client under both of its names

  // The `<user>` of an answer about its keys.
  wire::Node bundle(const wire::Jid& as_asked) const;

  // A message to the client, under this name of the device: an `<enc>`, and the document if it
  // starts a session. Starts one, without a one-time prekey, if there is none.
  wire::Node message(ClientBench& bench, const wire::Jid& from, const std::string& id,
                     const payload::Message& content);
  // … with this plaintext as it is, padding and all.
  wire::Node message_of(ClientBench& bench, const wire::Jid& from, const std::string& id,
                        ByteView plaintext);

  // What a ciphertext for this device, under this name of it, says: padded, or the text. Fails the
  // case when it cannot be read.
  Bytes decrypt(ClientBench& bench, const wire::Node& encrypted, const wire::Jid& name);
  std::string read(ClientBench& bench, const wire::Node& encrypted, const wire::Jid& name);
  std::string read(ClientBench& bench, const wire::Node& encrypted) {
    return read(bench, encrypted, jid);
  }

  const signal::LocalIdentity& identity() const override { return identity_; }
  const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override {
    return id == signed_prekey_.id ? &signed_prekey_ : nullptr;
  }
  const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override {
    return id == one_time_prekey_.id ? &one_time_prekey_ : nullptr;
  }

 private:
  PlayedDevice(DeviceNames names, RandomSource& random);

  signal::LocalIdentity identity_;
  signal::SignedPrekey signed_prekey_;
  signal::OneTimePrekey one_time_prekey_;
  std::map<std::string, signal::SessionRecord> records_;  // one for each name that it goes by
  signal::SessionRecord& record(const wire::Jid& name) {
    return records_[std::string(shares_session ? "" : name.server.view())];
  }
};

// The list by which an account says which companions are its own: those that the server knows, and
// these. Signed by its phone, or by another.
Bytes key_index_list(ClientBench& bench, const server::Account& account,
                     const std::vector<std::uint32_t>& others, std::uint32_t current_index = 0);
Bytes key_index_list(ClientBench& bench, const server::Account& account,
                     const std::vector<std::uint32_t>& others, std::uint32_t current_index,
                     const KeyPair& signer);

// How the server speaks of a played device.
struct Introduced {
  std::shared_ptr<PlayedDevice> device;
  Bytes list;  // its account's, in place of the genuine one
  std::function<void(wire::Node& user)> change_bundle = {};  // before its keys are handed out
};

// From now on the server names these devices when it is asked for the devices of their accounts,
// and hands out their keys. Takes the place of what was said before.
void speak_of(ClientBench& bench, std::vector<Introduced> introduced);
// Tells the client that the device is new, as the server does, and waits until the client has
// acknowledged it.
void announce(ClientBench& bench, const Introduced& introduced);
// Both, for one.
void introduce(ClientBench& bench, Introduced introduced);

// ---- Parts of stanzas that a case changes

// The child of that tag; nullptr when there is none.
wire::Node* child_to_change(wire::Node& node, std::string_view tag);
// The children, made when there are none.
std::vector<wire::Node>& children_to_change(wire::Node& node);

}  // namespace doublecheck::harness
