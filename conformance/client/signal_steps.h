#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance/client/steps.h"
#include "harness/actor/signal_device.h"
#include "harness/suite/client_bench.h"
#include "spec/pairing/device_identity.h"
#include "spec/payload/message.h"
#include "spec/signal/sender_key.h"

// Cases about sessions: the client exchanges messages with devices whose every ciphertext the case
// writes itself.
namespace doublecheck::harness {

// A contact in whose place a scripted device has come: the server knows it as any other, what it
// says is injected, and what the client says to it is taken from the client's stanzas.
struct ScriptedContact : DeviceNames {
  ScriptedContact(const DeviceNames& names, SignalDevice its_device)
      : DeviceNames(names), device(std::move(its_device)) {}

  SignalDevice device;
};

struct DeliveryOptions {
  std::string id = {};  // a fresh one unless given
  // What vouches for the author beside a prekey message, in the place of his own document; empty
  // bytes: nothing.
  std::optional<Bytes> device_identity = {};
};

class Conversation {
 public:
  // The client is online.
  explicit Conversation(ClientBench& bench);

  // A new account or, of a name that there is, another device of it.
  ScriptedContact& join(const std::string& name) { return take_over(bench_.contact(name)); }
  // The contact goes offline.
  ScriptedContact& take_over(Contact& contact);
  // Both hear from each other, so that neither repeats what starts a session. The contact is the
  // one that starts it.
  void acquaint(ScriptedContact& contact);
  // One that has been acquainted.
  ScriptedContact& friend_of_the_client(const std::string& name);

  // ---- Keys of the client

  // What the client has published, as the server has it, with a one-time prekey that is used by
  // nobody else.
  signal::PrekeyBundle take_bundle();
  signal::PrekeyBundle bundle_without_one_time_prekey();

  // ---- To the client

  // Text, padded and encrypted, on a new session if there is none.
  signal::Encrypted write(ScriptedContact& author, const std::string& text);
  signal::Encrypted write(ScriptedContact& author, const payload::Message& message);
  void start_session(ScriptedContact& author, const signal::PrekeyBundle& bundle);
  // As the server hands it on.
  wire::Node delivered(const ScriptedContact& author, const signal::Encrypted& message,
                       const DeliveryOptions& options = {});
  // Sends it. The id of the message.
  std::string deliver(const ScriptedContact& author, const signal::Encrypted& message,
                      const DeliveryOptions& options = {});
  std::string say(ScriptedContact& author, const std::string& text) {
    return deliver(author, write(author, text));
  }
  std::string new_id();

  // ---- What the client makes of it

  void expect_read(const std::string& id);
  // The retry receipt.
  wire::Node expect_asked_again(const std::string& id);
  // … and it is not confirmed.
  wire::Node expect_unreadable(const std::string& id);
  // Now, and for a while.
  void expect_not_read(const std::string& id);
  // The texts that the client has told its application of, so far and in a while.
  std::vector<std::string> texts_shown();

  // ---- From the client

  // What it sends for a text to this user.
  wire::Node to(const ScriptedContact& contact, const std::string& text);
  // … if it sends anything at all.
  std::optional<wire::Node> attempt_to(const ScriptedContact& contact, const std::string& text);
  // What the message holds for this device; fails the case when it is nothing or cannot be read.
  const wire::Node& enc_for(const wire::Node& message, const ScriptedContact& contact);
  payload::Message read(const wire::Node& message, ScriptedContact& contact);
  void expect_text(const wire::Node& message, ScriptedContact& contact, const std::string& text);

  ClientBench& bench() { return bench_; }

 private:
  const server::Device& device_of_client();

  ClientBench& bench_;
  std::vector<std::unique_ptr<ScriptedContact>> contacts_;
  std::size_t taken_prekeys_ = 0;
  std::uint64_t next_id_ = 1;
};

// A receipt that confirms a message, however the client sees itself.
Matcher confirmation_of(const std::string& id);
// Time in which something would have come.
void give_time(ClientBench& bench, Duration duration = std::chrono::seconds(1));

// Changes what the client is told of this device's keys, when it asks for them.
void edit_bundle(ClientBench& bench, const DeviceNames& contact,
                 const std::function<void(wire::Node& user)>& change);
// The element at the end of a path of tags; fails the case without one.
wire::Node& child_at(wire::Node& node, std::initializer_list<std::string_view> tags);
// Flips a bit of the bytes of an element.
void flip(wire::Node& element, std::size_t byte = 0);

// Changes the document by which an account vouches for a device.
Bytes with_identity(ByteView document,
                    const std::function<void(pairing::SignedDeviceIdentity&)>& change);

// A retry receipt of a device, as the server hands it on; with keys, if there are any.
wire::Node retry_of(const ScriptedContact& contact, const std::string& id, int count);
// The keys of a retry receipt of the client's; fails the case when there are none.
signal::PrekeyBundle bundle_in(const wire::Node& receipt);
wire::Node with_keys(wire::Node receipt, const signal::PrekeyBundle& bundle,
                     const std::optional<Bytes>& device_identity);

// ---- Groups

// A group of the client's with scripted members, who write to it under keys of their own.
struct ScriptedGroup {
  explicit ScriptedGroup(Conversation& at);

  // The author's key, as it stands, in a pairwise message beside which an skmsg may come.
  signal::Encrypted distribution(ScriptedContact& author, const signal::OwnSenderKey& key,
                                 const std::string& group_id);
  Bytes write(signal::OwnSenderKey& key, const std::string& text);
  // A delivered stanza with these; the id of the message.
  std::string deliver(const ScriptedContact& author,
                      const std::optional<signal::Encrypted>& pairwise,
                      const std::optional<Bytes>& shared);
  // Gives the key, with a first message that is read.
  void introduce(ScriptedContact& author, signal::OwnSenderKey& key);

  Conversation& talk;
  ScriptedContact* bob = nullptr;
  ScriptedContact* carol = nullptr;
  wire::Jid jid;
};

}  // namespace doublecheck::harness
