#include <utility>

#include "spec/proto/access.h"
#include "spec/proto/keys.h"
#include "spec/proto/signal_record.pb.h"
#include "spec/signal/record_codec.h"
#include "spec/signal/session_record.h"

// Session records at rest.
namespace doublecheck::signal {
namespace {

using proto::read_array;

constexpr std::string_view kWhat = "session record";

void write(const Session& session, proto::SessionRecordState::Session& out) {
  out.mutable_local_identity()->assign(as_text(session.local_identity));
  out.mutable_remote_identity()->assign(as_text(session.remote_identity));
  out.set_local_registration_id(session.local_registration_id);
  out.set_remote_registration_id(session.remote_registration_id);
  out.mutable_base_key()->assign(as_text(session.base_key));
  out.mutable_root_key()->assign(as_text(session.root_key));
  out.mutable_ratchet_private_key()->assign(as_text(session.ratchet_key.private_key));
  record_codec::write(session.sending, *out.mutable_sending());
  out.set_previous_counter(session.previous_counter);
  for (const Session::PeerChain& chain : session.receiving) {
    proto::SessionRecordState::PeerChain& receiving = *out.add_receiving();
    receiving.mutable_ratchet_key()->assign(as_text(chain.ratchet_key));
    record_codec::write(chain.chain, *receiving.mutable_chain());
  }
  if (session.pending) {
    proto::SessionRecordState::Pending& pending = *out.mutable_pending();
    proto::set(pending, &proto::SessionRecordState::Pending::set_one_time_prekey_id,
               session.pending->one_time_prekey_id);
    pending.set_signed_prekey_id(session.pending->signed_prekey_id);
  }
}

std::optional<Session> read(const proto::SessionRecordState::Session& in) {
  if (in.receiving_size() > static_cast<int>(kMaxReceivingChains)) return std::nullopt;
  Session session;
  PrivateKey ratchet_private_key;
  if (!read_array(in.local_identity(), session.local_identity) ||
      !read_array(in.remote_identity(), session.remote_identity) ||
      !read_array(in.base_key(), session.base_key) ||
      !read_array(in.root_key(), session.root_key) ||
      !read_array(in.ratchet_private_key(), ratchet_private_key)) {
    return std::nullopt;
  }
  session.local_registration_id = in.local_registration_id();
  session.remote_registration_id = in.remote_registration_id();
  session.ratchet_key = KeyPair::from_private(ratchet_private_key);
  const std::optional<SendingChain> sending = record_codec::read(in.sending());
  if (!sending) return std::nullopt;
  session.sending = *sending;
  session.previous_counter = in.previous_counter();
  for (const proto::SessionRecordState::PeerChain& receiving : in.receiving()) {
    Session::PeerChain& peer_chain = session.receiving.emplace_back();
    std::optional<ReceivingChain> chain = record_codec::read(receiving.chain());
    if (!chain || !read_array(receiving.ratchet_key(), peer_chain.ratchet_key)) return std::nullopt;
    peer_chain.chain = *std::move(chain);
  }
  if (in.has_pending()) {
    using Pending = proto::SessionRecordState::Pending;
    session.pending = {
        .one_time_prekey_id = proto::get<std::uint32_t>(
            in.pending(), &Pending::has_one_time_prekey_id, &Pending::one_time_prekey_id),
        .signed_prekey_id = in.pending().signed_prekey_id()};
  }
  return session;
}

}  // namespace

Bytes SessionRecord::serialize() const {
  proto::SessionRecordState state;
  state.set_has_current(has_current_);
  for (const Session& session : sessions_) write(session, *state.add_sessions());
  return record_codec::with_version(state);
}

Result<SessionRecord> SessionRecord::restore(ByteView serialized) {
  proto::SessionRecordState state;
  if (Result<> parsed = record_codec::parse(kWhat, serialized, state); !parsed)
    return propagate(parsed);
  if (state.sessions_size() > static_cast<int>(kMaxSessions))
    return fail(kWhat, "too many sessions");
  if (state.has_current() && state.sessions_size() == 0) return fail(kWhat, "no current session");
  SessionRecord record;
  for (const proto::SessionRecordState::Session& in : state.sessions()) {
    std::optional<Session> session = read(in);
    if (!session) return fail(kWhat, "a session is inconsistent");
    record.sessions_.push_back(*std::move(session));
  }
  record.has_current_ = state.has_current();
  if (!equal(record.serialize(), serialized)) return fail(kWhat, "not in canonical form");
  return record;
}

}  // namespace doublecheck::signal
