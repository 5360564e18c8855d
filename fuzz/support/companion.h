#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "reference/server/effect.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/noise/client_handshake.h"
#include "spec/pairing/adv_secret.h"
#include "spec/session/client_stream.h"
#include "spec/wire/node.h"

// A companion device at its barest: its keys, who it is once paired, and its end of one connection.
// It says nothing by itself.
namespace doublecheck::fuzz {

struct Companion {
  std::string push_name;  // chooses the account
  KeyPair noise_key;
  KeyPair identity;
  std::uint32_t registration_id = 0;
  KeyPair signed_prekey;
  Signature signed_prekey_signature{};
  pairing::AdvSecret adv_secret{};
  std::uint32_t next_prekey_id = 2;
  std::uint64_t next_stanza_number = 1;

  // Once it is paired.
  std::optional<wire::Jid> jid;
  std::optional<wire::Jid> lid;
  std::optional<noise::ResumptionTicket> ticket;

  // While it is connected, and what came on that connection.
  std::optional<server::ConnectionId> connection;
  std::optional<session::ClientStream> stream;
  std::deque<wire::Node> inbox;

  static Companion generate(std::string push_name, RandomSource& random);

  // What it says of itself in a handshake: a registration, or a login once it is paired.
  Bytes payload(RandomSource& random) const;
  noise::ClientHandshakeConfig handshake(const PublicKey& trust_root, Bytes payload) const;

  // The text of its QR code, for a reference of the pair-device that it was sent; nothing if it was
  // sent none.
  std::optional<std::string> qr_text() const;
  // Its answer to a pair-success, which it takes its identity from; nothing if that does not
  // convince.
  std::optional<wire::Node> accept_pair_success(const wire::Node& success, const Context& context);

  std::string new_stanza_id() { return push_name + "-" + std::to_string(next_stanza_number++); }
  // Queries of a well-behaved companion.
  wire::Node ping();
  wire::Node activation();
  wire::Node prekey_upload(std::size_t count, RandomSource& random);
  wire::Node message_to(const wire::Jid& account, const wire::Jid& device, ByteView ciphertext);

  // The first stanza received and not yet forgotten with this tag; nullptr if there is none.
  const wire::Node* received(std::string_view tag) const;
};

}  // namespace doublecheck::fuzz
