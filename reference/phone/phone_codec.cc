#include <limits>
#include <string>
#include <utility>

#include "reference/phone/phone.h"
#include "reference/phone/phone.pb.h"
#include "spec/proto/access.h"
#include "spec/proto/keys.h"

// A phone at rest.
namespace doublecheck::phone {
namespace {

using doublecheck::proto::read_array;
using doublecheck::proto::read_key_pair;

}  // namespace

Bytes Phone::serialize() const {
  proto::PhoneState state;
  state.mutable_identity_private_key()->assign(as_text(identity_.identity_key.private_key));
  state.set_registration_id(identity_.registration_id);
  state.set_raw_id(raw_id_);
  state.set_signed_prekey_id(signed_prekey_.id);
  state.mutable_signed_prekey_private_key()->assign(as_text(signed_prekey_.key.private_key));
  state.mutable_signed_prekey_signature()->assign(as_text(signed_prekey_.signature));
  for (const auto& [id, prekey] : one_time_prekeys_) {
    proto::PhoneState::OneTimePrekey& out = *state.add_one_time_prekeys();
    out.set_id(id);
    out.mutable_private_key()->assign(as_text(prekey.key.private_key));
  }
  for (const auto& [correspondent, record] : sessions_) {
    proto::PhoneState::Session& out = *state.add_sessions();
    out.set_device(correspondent.device);
    if (!correspondent.phone_number.empty()) out.set_phone_number(correspondent.phone_number);
    out.mutable_record()->assign(as_text(record.serialize()));
  }
  state.mutable_app_state_key_id()->assign(as_text(app_state_key_.key_id));
  state.mutable_app_state_key_data()->assign(as_text(app_state_key_.key_data));
  return doublecheck::proto::serialize(state);
}

Result<Phone> Phone::restore(ByteView serialized) {
  const auto refused = [](std::string why) { return fail("phone", std::move(why)); };
  proto::PhoneState state;
  if (!doublecheck::proto::parse(serialized, state)) return refused("is not a PhoneState");
  Phone phone;
  if (!read_key_pair(state.identity_private_key(), phone.identity_.identity_key) ||
      !read_key_pair(state.signed_prekey_private_key(), phone.signed_prekey_.key) ||
      !read_array(state.signed_prekey_signature(), phone.signed_prekey_.signature)) {
    return refused("a key or signature has another size");
  }
  phone.identity_.registration_id = state.registration_id();
  phone.raw_id_ = state.raw_id();
  phone.signed_prekey_.id = state.signed_prekey_id();
  for (const proto::PhoneState::OneTimePrekey& in : state.one_time_prekeys()) {
    signal::OneTimePrekey prekey{.id = in.id(), .key = {}};
    if (!read_key_pair(in.private_key(), prekey.key)) return refused("a key has another size");
    phone.one_time_prekeys_.emplace(prekey.id, prekey);
  }
  for (const proto::PhoneState::Session& in : state.sessions()) {
    auto record = signal::SessionRecord::restore(as_bytes(in.record()));
    if (!record) return std::unexpected(record.error());
    if (in.device() > std::numeric_limits<std::uint16_t>::max())
      return refused("a device's number is too great");
    phone.sessions_.emplace(
        Correspondent{in.phone_number(), static_cast<std::uint16_t>(in.device())},
        std::move(*record));
  }
  phone.app_state_key_ = {
      .key_id = to_bytes(state.app_state_key_id()),
      .key_data = to_bytes(state.app_state_key_data()),
      .fingerprint =
          payload::AppStateSyncKey::Fingerprint{
              .raw_id = phone.raw_id_, .current_index = 0, .device_indexes = {0}},
      .timestamp = 0};
  return phone;
}

}  // namespace doublecheck::phone
