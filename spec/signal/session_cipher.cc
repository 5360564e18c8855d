#include "spec/signal/session_cipher.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace doublecheck::signal {
namespace {

constexpr std::string_view kWhat = "signal message";

Decrypted report(const Session& session, Bytes plaintext) {
  return {.plaintext = std::move(plaintext),
          .remote_identity = session.remote_identity,
          .remote_registration_id = session.remote_registration_id,
          .new_session = false,
          .consumed_one_time_prekey = std::nullopt};
}

// A session has decrypted: what is sent next is sent on it.
Decrypted take_advance(SessionRecord& record, std::size_t index, Advanced advanced,
                       const Guard& guard) {
  Decrypted decrypted = report(advanced.session, std::move(advanced.plaintext));
  record.replace(index, std::move(advanced.session));
  if (guard.holds(Rule::SESSION_28, true)) record.promote(index);
  return decrypted;
}

DecryptResult<Decrypted> decrypt_signal_message(SessionRecord& record, ByteView encoded,
                                                const Context& context) {
  const Result<SignalMessage> message = decode_signal_message(encoded, context.guard);
  if (!message) return refuse_malformed(message.error());

  std::optional<DecryptError> failure;
  const std::span<const Session> sessions = record.sessions();
  for (std::size_t index = 0; index < sessions.size(); ++index) {
    DecryptResult<Advanced> advanced = sessions[index].decrypt(encoded, *message, context);
    if (advanced) {
      return take_advance(record, index, *std::move(advanced), context.guard);
    }
    // The session that the message belongs to knows best why it failed; failing that, the current
    // one.
    if (!failure || sessions[index].knows(message->ratchet_key))
      failure = std::move(advanced).error();
  }
  if (!failure) return refuse(kWhat, DecryptFailure::kNoSession);
  return std::unexpected(*std::move(failure));
}

// Where the session is that an earlier message with this base key started.
std::optional<std::size_t> find_started(const SessionRecord& record,
                                        const PrekeySignalMessage& message, const Guard& guard) {
  const std::span<const Session> sessions = record.sessions();
  for (std::size_t index = 0; index < sessions.size(); ++index) {
    const Session& session = sessions[index];
    if (session.base_key == message.base_key && session.remote_identity == message.identity_key &&
        guard.holds(Rule::SESSION_16, true)) {
      return index;
    }
  }
  return std::nullopt;
}

DecryptResult<Decrypted> decrypt_prekey_message(SessionRecord& record, const PrekeyStore& store,
                                                ByteView encoded, const Context& context) {
  const Result<PrekeySignalMessage> outer = decode_prekey_signal_message(encoded, context.guard);
  if (!outer) return refuse_malformed(outer.error());
  const Result<SignalMessage> inner = decode_signal_message(outer->message, context.guard);
  if (!inner) return refuse_malformed(inner.error());

  // Its one-time prekey may be gone already.
  if (const std::optional<std::size_t> index = find_started(record, *outer, context.guard)) {
    DecryptResult<Advanced> advanced =
        record.sessions()[*index].decrypt(outer->message, *inner, context);
    if (!advanced) return std::unexpected(std::move(advanced).error());
    return take_advance(record, *index, *std::move(advanced), context.guard);
  }

  const DecryptResult<Session> session = Session::respond(store, *outer, context.guard);
  if (!session) return std::unexpected(session.error());
  DecryptResult<Advanced> advanced = session->decrypt(outer->message, *inner, context);
  if (!advanced) return std::unexpected(std::move(advanced).error());
  Decrypted decrypted = report(advanced->session, std::move(advanced->plaintext));
  decrypted.new_session = true;
  decrypted.consumed_one_time_prekey = outer->one_time_prekey_id;
  record.add(std::move(advanced->session));
  return decrypted;
}

}  // namespace

Result<> initiate(SessionRecord& record, const LocalIdentity& local, const PrekeyBundle& bundle,
                  const Context& context) {
  Result<Session> session = Session::initiate(local, bundle, context);
  if (!session) return propagate(session);
  record.add(*std::move(session));
  return {};
}

Result<Encrypted> encrypt(SessionRecord& record, ByteView plaintext) {
  Session* const current = record.current();
  if (current == nullptr) return fail("session", "there is none to encrypt with");
  return current->encrypt(plaintext);
}

DecryptResult<Decrypted> decrypt(SessionRecord& record, const PrekeyStore& store, MessageType type,
                                 ByteView encoded, const Context& context) {
  return type == MessageType::kPrekey ? decrypt_prekey_message(record, store, encoded, context)
                                      : decrypt_signal_message(record, encoded, context);
}

}  // namespace doublecheck::signal
