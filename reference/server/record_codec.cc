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

template <typename Compare>
void write(const std::map<std::string, std::string, Compare>& settings, Settings& out) {
  for (const auto& [name, value] : settings) {
    proto::AccountRecord::Setting& setting = *out.Add();
    setting.set_name(name);
    setting.set_value(value);
  }
}

template <typename Compare>
void read(const Settings& in, std::map<std::string, std::string, Compare>& out) {
  for (const proto::AccountRecord::Setting& setting : in) out[setting.name()] = setting.value();
}

void write(const GroupText& text, proto::GroupRecord::Text& out) {
  out.set_text(text.text);
  out.set_author(text.author);
  out.set_at(text.at.seconds());
}

GroupText read(const proto::GroupRecord::Text& in) {
  return {in.text(), in.author(), UnixTime::from_seconds(in.at())};
}

void write(const Picture& picture, proto::AccountRecord::Picture& out) {
  out.set_id(picture.id);
  out.set_hash(picture.hash);
}

Picture read(const proto::AccountRecord::Picture& in) { return {.id = in.id(), .hash = in.hash()}; }

void write(const ContactPolicy& policy, proto::AccountRecord::ContactPolicy& out) {
  out.set_token_required(policy.token_required);
  out.set_accept_tctoken(policy.accept_tctoken);
  out.set_accept_cstoken(policy.accept_cstoken);
}

ContactPolicy read(const proto::AccountRecord::ContactPolicy& in) {
  return {.token_required = in.token_required(),
          .accept_tctoken = in.accept_tctoken(),
          .accept_cstoken = in.accept_cstoken()};
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
  record.set_status(account.status);
  if (account.status_at) record.set_status_at(account.status_at->seconds());
  record.set_disappearing_seconds(account.disappearing_seconds);
  if (account.disappearing_at) record.set_disappearing_at(account.disappearing_at->seconds());
  if (account.last_seen) record.set_last_seen(account.last_seen->seconds());
  for (const std::string& watcher : account.watchers) record.add_watchers(watcher);
  if (account.picture) write(*account.picture, *record.mutable_picture());
  if (account.contact_policy != ContactPolicy{})
    write(account.contact_policy, *record.mutable_contact_policy());
  if (account.salt) {
    record.mutable_salt()->mutable_value()->assign(as_text(account.salt->value));
    record.mutable_salt()->set_in_history(account.salt->in_history);
  }
  for (const std::string& phone_number : account.contacted) record.add_contacted(phone_number);
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
                  .status = record.status(),
                  .status_at = {},
                  .disappearing_seconds = record.disappearing_seconds(),
                  .disappearing_at = {},
                  .last_seen = {},
                  .picture = {},
                  .watchers = {record.watchers().begin(), record.watchers().end()},
                  .contact_policy = {},
                  .salt = {},
                  .contacted = {record.contacted().begin(), record.contacted().end()},
                  .phone_messages = {},
                  .accepted = {}};
  if (record.has_status_at()) account.status_at = UnixTime::from_seconds(record.status_at());
  if (record.has_disappearing_at())
    account.disappearing_at = UnixTime::from_seconds(record.disappearing_at());
  if (record.has_last_seen()) account.last_seen = UnixTime::from_seconds(record.last_seen());
  if (record.has_picture()) account.picture = read(record.picture());
  if (record.has_contact_policy()) account.contact_policy = read(record.contact_policy());
  if (record.has_salt())
    account.salt = {.value = to_bytes(record.salt().value()),
                    .in_history = record.salt().in_history()};
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

Bytes encode_group(const Group& group) {
  proto::GroupRecord record;
  record.set_creator(group.creator);
  record.set_created(group.created.seconds());
  record.set_by_lid(group.by_lid);
  write(group.subject, *record.mutable_subject());
  if (group.description) write(*group.description, *record.mutable_description());
  record.set_description_id(group.description_id);
  for (const auto& [account, rank] : group.members) {
    proto::GroupRecord::Member& member = *record.add_members();
    member.set_account(account);
    member.set_rank(static_cast<proto::GroupRecord::Rank>(rank));
  }
  for (const std::string& account : group.former) record.add_former(account);
  for (const std::string& account : group.removed) record.add_removed(account);
  for (const auto& [account, request] : group.requests) {
    proto::GroupRecord::Request& out = *record.add_requests();
    out.set_account(account);
    out.set_at(request.at.seconds());
    out.set_method(request.method);
  }
  for (const auto& [account, invitation] : group.invitations) {
    proto::GroupRecord::Invitation& out = *record.add_invitations();
    out.set_account(account);
    out.set_code(invitation.code);
    out.set_admin(invitation.admin);
    out.set_expires(invitation.expires.seconds());
  }
  for (const std::string& name : group.switches) record.add_switches(name);
  write(group.modes, *record.mutable_modes());
  record.set_needs_approval(group.needs_approval);
  record.set_ephemeral_seconds(group.ephemeral_seconds);
  record.set_invite_code(group.invite_code);
  for (const std::string& code : group.old_invite_codes) record.add_old_invite_codes(code);
  record.set_participant_version(group.participant_version);
  record.set_admin_version(group.admin_version);
  record.set_is_parent(group.is_parent);
  record.set_is_default_sub_group(group.is_default_sub_group);
  record.set_parent(group.parent);
  if (group.picture) write(*group.picture, *record.mutable_picture());
  return doublecheck::proto::serialize(record);
}

Result<Group> decode_group(std::string id, ByteView bytes) {
  proto::GroupRecord record;
  if (!doublecheck::proto::parse(bytes, record)) return refused("is not a GroupRecord");
  Group group;
  group.id = std::move(id);
  group.creator = record.creator();
  group.created = UnixTime::from_seconds(record.created());
  group.by_lid = record.by_lid();
  group.subject = read(record.subject());
  if (record.has_description()) group.description = read(record.description());
  group.description_id = record.description_id();
  for (const proto::GroupRecord::Member& in : record.members())
    group.members[in.account()] = static_cast<Rank>(in.rank());
  group.former = {record.former().begin(), record.former().end()};
  group.removed = {record.removed().begin(), record.removed().end()};
  for (const proto::GroupRecord::Request& in : record.requests())
    group.requests[in.account()] = {UnixTime::from_seconds(in.at()), in.method()};
  for (const proto::GroupRecord::Invitation& in : record.invitations())
    group.invitations[in.account()] = {in.code(), in.admin(), UnixTime::from_seconds(in.expires())};
  group.switches = {record.switches().begin(), record.switches().end()};
  read(record.modes(), group.modes);
  group.needs_approval = record.needs_approval();
  group.ephemeral_seconds = record.ephemeral_seconds();
  group.invite_code = record.invite_code();
  group.old_invite_codes = {record.old_invite_codes().begin(), record.old_invite_codes().end()};
  group.participant_version = record.participant_version();
  group.admin_version = record.admin_version();
  group.is_parent = record.is_parent();
  group.is_default_sub_group = record.is_default_sub_group();
  group.parent = record.parent();
  if (record.has_picture()) group.picture = read(record.picture());
  return group;
}

Bytes encode_newsletter(const Newsletter& newsletter) {
  proto::NewsletterRecord record;
  record.set_created(newsletter.created.seconds());
  record.set_invite_code(newsletter.invite_code);
  record.set_name(newsletter.name);
  record.set_description(newsletter.description);
  record.set_picture(newsletter.picture);
  for (const auto& [account, follower] : newsletter.followers) {
    proto::NewsletterRecord::Follower& out = *record.add_followers();
    out.set_account(account);
    out.set_role(static_cast<proto::NewsletterRecord::Role>(follower.role));
    out.set_since(follower.since.seconds());
    out.set_muted(follower.muted);
    out.set_admin_muted(follower.admin_muted);
  }
  record.set_next_server_id(newsletter.history.next_server_id());
  return doublecheck::proto::serialize(record);
}

Result<Newsletter> decode_newsletter(std::string id, ByteView bytes) {
  proto::NewsletterRecord record;
  Newsletter newsletter;
  if (!doublecheck::proto::parse(bytes, record) ||
      !newsletter.history.restore_next(record.next_server_id())) {
    return refused("is not a NewsletterRecord");
  }
  newsletter.id = std::move(id);
  newsletter.created = UnixTime::from_seconds(record.created());
  newsletter.invite_code = record.invite_code();
  newsletter.name = record.name();
  newsletter.description = record.description();
  newsletter.picture = record.picture();
  for (const proto::NewsletterRecord::Follower& in : record.followers()) {
    newsletter.followers[in.account()] = {.role = static_cast<NewsletterRole>(in.role()),
                                          .since = UnixTime::from_seconds(in.since()),
                                          .muted = in.muted(),
                                          .admin_muted = in.admin_muted()};
  }
  return newsletter;
}

Bytes encode_post(const NewsletterPost& post) {
  proto::PostRecord record;
  record.set_id(post.id);
  record.set_author(post.author);
  record.set_type(post.type);
  record.set_media_type(post.media_type);
  record.mutable_plaintext()->assign(as_text(post.plaintext));
  record.set_at(post.at.seconds());
  record.set_changed_at(post.changed_at.seconds());
  record.set_revoked(post.revoked);
  for (const auto& [account, code] : post.reactions) {
    proto::PostRecord::Reaction& out = *record.add_reactions();
    out.set_account(account);
    out.set_code(code);
  }
  return doublecheck::proto::serialize(record);
}

Result<NewsletterPost> decode_post(std::uint64_t server_id, ByteView bytes) {
  proto::PostRecord record;
  if (!doublecheck::proto::parse(bytes, record)) return refused("is not a PostRecord");
  NewsletterPost post;
  post.server_id = server_id;
  post.id = record.id();
  post.author = record.author();
  post.type = record.type();
  post.media_type = record.media_type();
  post.plaintext = to_bytes(record.plaintext());
  post.at = UnixTime::from_seconds(record.at());
  post.changed_at = UnixTime::from_seconds(record.changed_at());
  post.revoked = record.revoked();
  for (const proto::PostRecord::Reaction& in : record.reactions())
    post.reactions[in.account()] = in.code();
  return post;
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
