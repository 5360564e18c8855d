#include "reference/server/record_codec.h"

#include <map>
#include <string>
#include <utility>

#include "reference/server/records.pb.h"
#include "spec/proto/access.h"
#include "spec/proto/keys.h"

namespace doublecheck::server {
namespace {

using doublecheck::proto::read_array;
using doublecheck::proto::read_key_pair;

std::unexpected<Error> refused(std::string why) { return fail("record", std::move(why)); }

void write(const PublicPrekey& prekey, proto::KeysRecord::Prekey& out) {
  out.set_id(prekey.id);
  out.mutable_value()->assign(as_text(prekey.value));
}

using Settings = google::protobuf::RepeatedPtrField<proto::AccountRecord::Setting>;

void write(const std::map<std::string, std::string>& settings, Settings& out) {
  for (const auto& [name, value] : settings) {
    proto::AccountRecord::Setting& setting = *out.Add();
    setting.set_name(name);
    setting.set_value(value);
  }
}

void read(const Settings& in, std::map<std::string, std::string>& out) {
  for (const proto::AccountRecord::Setting& setting : in) out[setting.name()] = setting.value();
}

bool read(const proto::KeysRecord::Prekey& in, PublicPrekey& out) {
  out.id = in.id();
  return read_array(in.value(), out.value);
}

}  // namespace

Bytes encode_identity(const ServerIdentity& identity) {
  proto::ServerRecord record;
  record.mutable_root_private_key()->assign(as_text(identity.authority.root.private_key));
  record.mutable_intermediate_private_key()->assign(
      as_text(identity.authority.intermediate.private_key));
  record.set_intermediate_serial(identity.authority.intermediate_serial);
  record.set_leaf_serial(identity.authority.leaf_serial);
  record.mutable_static_private_key()->assign(as_text(identity.static_key.private_key));
  record.set_next_stanza_number(identity.next_stanza_number);
  record.set_unnamed_accounts(identity.unnamed_accounts);
  return doublecheck::proto::serialize(record);
}

Result<ServerIdentity> decode_identity(ByteView bytes) {
  proto::ServerRecord record;
  ServerIdentity identity;
  if (!doublecheck::proto::parse(bytes, record) ||
      !read_key_pair(record.root_private_key(), identity.authority.root) ||
      !read_key_pair(record.intermediate_private_key(), identity.authority.intermediate) ||
      !read_key_pair(record.static_private_key(), identity.static_key)) {
    return refused("is not a ServerRecord");
  }
  identity.authority.intermediate_serial = record.intermediate_serial();
  identity.authority.leaf_serial = record.leaf_serial();
  identity.next_stanza_number = record.next_stanza_number();
  identity.unnamed_accounts = record.unnamed_accounts();
  return identity;
}

Bytes encode_account(const Account& account) {
  proto::AccountRecord record;
  record.set_lid(account.lid);
  record.set_name(account.name);
  record.set_push_name(account.push_name);
  record.set_next_key_index(account.next_key_index);
  write(account.props, *record.mutable_props());
  write(account.privacy, *record.mutable_privacy());
  for (const std::string& lid : account.blocklist) record.add_blocklist(lid);
  return doublecheck::proto::serialize(record);
}

Result<Account> decode_account(std::string phone_number, ByteView bytes, phone::Phone phone) {
  proto::AccountRecord record;
  if (!doublecheck::proto::parse(bytes, record)) return refused("is not an AccountRecord");
  Account account{.phone_number = std::move(phone_number),
                  .lid = record.lid(),
                  .name = record.name(),
                  .push_name = record.push_name(),
                  .phone = std::move(phone),
                  .phone_keys = {},
                  .next_key_index = record.next_key_index(),
                  .devices = {},
                  .props = {},
                  .privacy = {},
                  .blocklist = {record.blocklist().begin(), record.blocklist().end()},
                  .app_state = {},
                  .accepted = {}};
  read(record.props(), account.props);
  read(record.privacy(), account.privacy);
  return account;
}

Bytes encode_device(const Device& device) {
  proto::DeviceRecord record;
  record.set_key_index(device.key_index);
  record.mutable_noise_key()->assign(as_text(device.noise_key));
  record.mutable_signed_identity()->assign(as_text(device.signed_identity));
  record.set_greeted(device.greeted);
  return doublecheck::proto::serialize(record);
}

Result<Device> decode_device(std::uint16_t number, ByteView bytes) {
  proto::DeviceRecord record;
  Device device;
  if (!doublecheck::proto::parse(bytes, record) ||
      !read_array(record.noise_key(), device.noise_key)) {
    return refused("is not a DeviceRecord");
  }
  device.number = number;
  device.key_index = record.key_index();
  device.signed_identity = to_bytes(record.signed_identity());
  device.greeted = record.greeted();
  return device;
}

Bytes encode_keys(const KeyDirectory& keys) {
  proto::KeysRecord record;
  record.set_registration_id(keys.registration_id);
  record.mutable_identity()->assign(as_text(keys.identity));
  write(keys.signed_prekey, *record.mutable_signed_prekey());
  record.mutable_signature()->assign(as_text(keys.signature));
  for (const PublicPrekey& prekey : keys.one_time) write(prekey, *record.add_one_time());
  return doublecheck::proto::serialize(record);
}

Result<KeyDirectory> decode_keys(ByteView bytes) {
  proto::KeysRecord record;
  KeyDirectory keys;
  if (!doublecheck::proto::parse(bytes, record) || !read_array(record.identity(), keys.identity) ||
      !read(record.signed_prekey(), keys.signed_prekey) ||
      !read_array(record.signature(), keys.signature)) {
    return refused("is not a KeysRecord");
  }
  keys.registration_id = record.registration_id();
  for (const proto::KeysRecord::Prekey& in : record.one_time()) {
    if (!read(in, keys.one_time.emplace_back())) return refused("a prekey has another size");
  }
  return keys;
}

Bytes encode_accepted(const AcceptedMessages::Message& message) {
  proto::AcceptedRecord record;
  record.set_chat(message.first);
  record.set_id(message.second);
  return doublecheck::proto::serialize(record);
}

Result<AcceptedMessages::Message> decode_accepted(ByteView bytes) {
  proto::AcceptedRecord record;
  if (!doublecheck::proto::parse(bytes, record)) return refused("is not an AcceptedRecord");
  return AcceptedMessages::Message{record.chat(), record.id()};
}

}  // namespace doublecheck::server
