#include "reference/phone/phone.h"

#include <algorithm>

#include "spec/base/writer.h"
#include "spec/pairing/key_index_list.h"
#include "spec/payload/padding.h"

namespace doublecheck::phone {
namespace {

// Enough for every companion of a test to start a session with its own key; without any left,
// sessions start without.
constexpr std::uint32_t kOneTimePrekeys = 30;

}  // namespace

Phone::Phone(RandomSource& random) {
  identity_ = signal::LocalIdentity::generate(random);
  raw_id_ = random.u32();
  signed_prekey_ = signal::SignedPrekey::generate(1, identity_.identity_key, random);
  for (std::uint32_t id = 1; id <= kOneTimePrekeys; ++id) {
    one_time_prekeys_.emplace(id, signal::OneTimePrekey::generate(id, random));
  }
  // Customarily two bytes of device index, here the phone's, and four of epoch.
  Writer key_id;
  key_id.u16(0);
  key_id.u32(1 + static_cast<std::uint32_t>(random.below(0xffff)));
  app_state_key_.key_id = key_id.take();
  app_state_key_.key_data = random.bytes(32);
  app_state_key_.fingerprint = payload::AppStateSyncKey::Fingerprint{
      .raw_id = raw_id_, .current_index = 0, .device_indexes = {0}};
}

Bytes Phone::sign_key_index_list(const std::vector<std::uint32_t>& valid_indexes,
                                 Context& context) const {
  pairing::KeyIndexList list{.raw_id = raw_id_,
                             .timestamp = static_cast<std::uint64_t>(context.now.wall.seconds()),
                             .current_index = 0,
                             .valid_indexes = valid_indexes,
                             .account_type = pairing::AccountType::kE2ee};
  if (!valid_indexes.empty()) list.current_index = *std::ranges::max_element(valid_indexes);
  return pairing::encode_signed_key_index_list(
      pairing::sign_key_index_list(list, identity_.identity_key, context.random));
}

const signal::SignedPrekey* Phone::signed_prekey(std::uint32_t id) const {
  return id == signed_prekey_.id ? &signed_prekey_ : nullptr;
}

const signal::OneTimePrekey* Phone::one_time_prekey(std::uint32_t id) const {
  const auto found = one_time_prekeys_.find(id);
  return found == one_time_prekeys_.end() ? nullptr : &found->second;
}

Result<signal::Encrypted> Phone::write(const Correspondent& to, const signal::PrekeyBundle& bundle,
                                       ByteView padded, Context& context) {
  signal::SessionRecord& record = sessions_[to];
  // A device of this number that was paired later is another one.
  if (record.current() != nullptr && record.current()->remote_identity != bundle.identity_key)
    record = {};
  if (record.current() == nullptr) {
    auto started = signal::initiate(record, identity_, bundle, context);
    if (!started) return propagate(started);
  }
  return signal::encrypt(record, padded);
}

Result<Bytes> Phone::read(const Correspondent& from, signal::MessageType type, ByteView ciphertext,
                          Context& context) {
  // What cannot be read leaves no session behind.
  const auto known = sessions_.find(from);
  signal::SessionRecord record = known == sessions_.end() ? signal::SessionRecord() : known->second;
  auto decrypted = signal::decrypt(record, *this, type, ciphertext, context);
  if (!decrypted) return std::unexpected(decrypted.error().error);
  sessions_[from] = std::move(record);
  if (decrypted->consumed_one_time_prekey)
    one_time_prekeys_.erase(*decrypted->consumed_one_time_prekey);
  auto unpadded = payload::unpad(decrypted->plaintext, context.guard);
  if (!unpadded) return propagate(unpadded);
  return to_bytes(*unpadded);
}

payload::AppStateSyncKeyShare Phone::share_keys() const { return {.keys = {app_state_key_}}; }

payload::AppStateSyncKeyShare Phone::answer(const payload::AppStateSyncKeyRequest& request) const {
  payload::AppStateSyncKeyShare share;
  for (const Bytes& id : request.key_ids) {
    share.keys.push_back(
        id == app_state_key_.key_id
            ? app_state_key_
            : payload::AppStateSyncKey{
                  .key_id = id, .key_data = {}, .fingerprint = {}, .timestamp = 0});
  }
  return share;
}

}  // namespace doublecheck::phone
