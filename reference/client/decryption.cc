#include "reference/client/decryption.h"

#include <utility>

#include "reference/client/trust.h"
#include "spec/signal/message.h"
#include "spec/signal/session_cipher.h"

namespace doublecheck::client {
namespace {

std::unexpected<Unreadable> unreadable(const Error& error) {
  return std::unexpected(Unreadable{.is_duplicate = false, .reason = error.to_string()});
}

// What the sender of a prekey message claims to be.
Result<BelievedKey> check_sender(const Turn& turn, const Envelope& envelope,
                                 const wire::Node& message, ByteView prekey_message) {
  auto decoded = signal::decode_prekey_signal_message(prekey_message, turn.guard());
  if (!decoded) return propagate(decoded);
  const wire::Node* document = message.child("device-identity");
  return check_identity(turn.state.credentials, envelope.sender, decoded->identity_key,
                        document == nullptr ? std::nullopt : document->bytes(), turn.guard());
}

}  // namespace

std::expected<Bytes, Unreadable> decrypt(Turn& turn, const Envelope& envelope,
                                         const wire::Node& message, const wire::Node& encrypted) {
  const bool is_prekey_message = encrypted.text("type") == "pkmsg";
  const ByteView bytes = encrypted.bytes().value_or(ByteView{});
  Credentials& credentials = turn.state.credentials;

  std::optional<BelievedKey> believed;
  if (is_prekey_message) {
    auto checked = check_sender(turn, envelope, message, bytes);
    if (!checked) return unreadable(checked.error());
    believed = *checked;
  }

  // A record is kept only once a message has proved that there is somebody behind it.
  const auto known = credentials.peers.sessions.find(envelope.sender);
  signal::SessionRecord fresh;
  signal::SessionRecord& record = known == credentials.peers.sessions.end() ? fresh : known->second;
  auto decrypted = signal::decrypt(
      record, credentials.keys,
      is_prekey_message ? signal::MessageType::kPrekey : signal::MessageType::kSignal, bytes,
      turn.context);
  if (!decrypted) {
    return std::unexpected(
        Unreadable{.is_duplicate = decrypted.error().failure == signal::DecryptFailure::kDuplicate,
                   .reason = decrypted.error().error.to_string()});
  }
  if (&record == &fresh) {
    signal::SessionRecord* kept = credentials.peers.session(envelope.sender);
    if (kept == nullptr) return unreadable({"session", "kMaxSessions are kept already", {}});
    *kept = std::move(fresh);
  }
  if (decrypted->consumed_one_time_prekey && turn.guard().holds(Rule::SESSION_15, true))
    credentials.keys.consume(*decrypted->consumed_one_time_prekey);
  if (believed) believe(credentials.peers, envelope.sender, *believed);
  turn.changed();
  return std::move(decrypted->plaintext);
}

std::expected<Bytes, Unreadable> decrypt_shared(Turn& turn, const Envelope& envelope,
                                                const wire::Node& encrypted) {
  auto& records = turn.state.credentials.peers.groups.others;
  const auto record = records.find({envelope.chat.to_string(), envelope.sender});
  if (record == records.end())
    return unreadable({"sender key", "the sender has given us none", {}});
  auto decrypted = record->second.decrypt(encrypted.bytes().value_or(ByteView{}), turn.guard());
  if (!decrypted) {
    return std::unexpected(
        Unreadable{.is_duplicate = decrypted.error().failure == signal::DecryptFailure::kDuplicate,
                   .reason = decrypted.error().error.to_string()});
  }
  turn.changed();
  return *std::move(decrypted);
}

}  // namespace doublecheck::client
