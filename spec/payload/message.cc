#include "spec/payload/message.h"

#include <utility>

#include "spec/payload/message_fields.h"
#include "spec/proto/access.h"
#include "spec/proto/message.pb.h"

namespace doublecheck::payload {
namespace {

constexpr std::string_view kWhat = "message";

// ProtocolMessage.type
constexpr std::int32_t kHistorySyncNotification = 5;
constexpr std::int32_t kAppStateSyncKeyShare = 6;
constexpr std::int32_t kAppStateSyncKeyRequest = 7;

std::string text_of(ByteView bytes) { return to_text(bytes); }
Bytes bytes_of(const std::string& field) { return to_bytes(std::string_view(field)); }

void write(const AppStateSyncKeyShare& share, proto::ProtocolMessage& out) {
  out.set_type(kAppStateSyncKeyShare);
  proto::AppStateSyncKeyShare& keys = *out.mutable_app_state_sync_key_share();
  for (const AppStateSyncKey& key : share.keys) {
    proto::AppStateSyncKey& written = *keys.add_keys();
    written.mutable_key_id()->set_key_id(text_of(key.key_id));
    if (key.key_data.empty()) continue;
    proto::AppStateSyncKeyData& data = *written.mutable_key_data();
    data.set_key_data(text_of(key.key_data));
    if (key.fingerprint) {
      proto::AppStateSyncKeyFingerprint& fingerprint = *data.mutable_fingerprint();
      fingerprint.set_raw_id(key.fingerprint->raw_id);
      fingerprint.set_current_index(key.fingerprint->current_index);
      for (const std::uint32_t index : key.fingerprint->device_indexes) {
        fingerprint.add_device_indexes(index);
      }
    }
    data.set_timestamp(key.timestamp);
  }
}

void write(const AppStateSyncKeyRequest& request, proto::ProtocolMessage& out) {
  out.set_type(kAppStateSyncKeyRequest);
  proto::AppStateSyncKeyRequest& ids = *out.mutable_app_state_sync_key_request();
  for (const Bytes& id : request.key_ids) ids.add_key_ids()->set_key_id(text_of(id));
}

void write(const HistorySyncNotification& notification, proto::ProtocolMessage& out) {
  out.set_type(kHistorySyncNotification);
  proto::HistorySyncNotification& written = *out.mutable_history_sync_notification();
  if (const auto& download = notification.download) {
    written.set_file_sha256(text_of(download->file_sha256));
    written.set_file_length(download->file_length);
    written.set_media_key(text_of(download->media_key));
    written.set_file_enc_sha256(text_of(download->file_enc_sha256));
    written.set_direct_path(download->direct_path);
  }
  written.set_sync_type(std::to_underlying(notification.type));
  using Wire = proto::HistorySyncNotification;
  proto::set(written, &Wire::set_chunk_order, notification.chunk_order);
  proto::set(written, &Wire::set_progress, notification.progress);
  proto::set(written, &Wire::mutable_initial_hist_bootstrap_inline_payload,
             notification.inline_payload);
  proto::set(written, &Wire::mutable_peer_data_request_session_id,
             notification.peer_data_request_session_id);
}

void write(const OtherProtocolMessage& message, proto::ProtocolMessage& out) {
  out.set_type(message.type);
}

AppStateSyncKeyShare read(const proto::AppStateSyncKeyShare& in) {
  AppStateSyncKeyShare share;
  for (const proto::AppStateSyncKey& read : in.keys()) {
    AppStateSyncKey& key = share.keys.emplace_back();
    key.key_id = bytes_of(read.key_id().key_id());
    key.key_data = bytes_of(read.key_data().key_data());
    if (read.key_data().has_fingerprint()) {
      const proto::AppStateSyncKeyFingerprint& fingerprint = read.key_data().fingerprint();
      key.fingerprint = {.raw_id = fingerprint.raw_id(),
                         .current_index = fingerprint.current_index(),
                         .device_indexes = {fingerprint.device_indexes().begin(),
                                            fingerprint.device_indexes().end()}};
    }
    key.timestamp = read.key_data().timestamp();
  }
  return share;
}

AppStateSyncKeyRequest read(const proto::AppStateSyncKeyRequest& in) {
  AppStateSyncKeyRequest request;
  for (const proto::AppStateSyncKeyId& id : in.key_ids())
    request.key_ids.push_back(bytes_of(id.key_id()));
  return request;
}

HistorySyncNotification read(const proto::HistorySyncNotification& in) {
  using Wire = proto::HistorySyncNotification;
  HistorySyncNotification notification;
  notification.type = static_cast<HistorySyncType>(in.sync_type());
  notification.chunk_order =
      proto::get<std::uint32_t>(in, &Wire::has_chunk_order, &Wire::chunk_order);
  notification.progress = proto::get<std::uint32_t>(in, &Wire::has_progress, &Wire::progress);
  if (in.has_direct_path()) {
    notification.download = {.file_sha256 = bytes_of(in.file_sha256()),
                             .file_length = in.file_length(),
                             .media_key = bytes_of(in.media_key()),
                             .file_enc_sha256 = bytes_of(in.file_enc_sha256()),
                             .direct_path = in.direct_path()};
  }
  notification.inline_payload =
      proto::get<Bytes>(in, &Wire::has_initial_hist_bootstrap_inline_payload,
                        &Wire::initial_hist_bootstrap_inline_payload);
  notification.peer_data_request_session_id = proto::get<std::string>(
      in, &Wire::has_peer_data_request_session_id, &Wire::peer_data_request_session_id);
  return notification;
}

// Nothing for a message without what its type announces.
std::optional<ProtocolMessage> read(const proto::ProtocolMessage& in) {
  switch (in.type()) {
    case kHistorySyncNotification:
      if (!in.has_history_sync_notification()) return std::nullopt;
      return read(in.history_sync_notification());
    case kAppStateSyncKeyShare:
      if (!in.has_app_state_sync_key_share()) return std::nullopt;
      return read(in.app_state_sync_key_share());
    case kAppStateSyncKeyRequest:
      if (!in.has_app_state_sync_key_request()) return std::nullopt;
      return read(in.app_state_sync_key_request());
    default:
      return OtherProtocolMessage{.type = in.type()};
  }
}

}  // namespace

void write_fields(const Message& message, proto::Message& out) {
  proto::set(out, &proto::Message::mutable_conversation, message.conversation);
  if (message.extended_text) out.mutable_extended_text_message()->set_text(*message.extended_text);
  if (const auto& distribution = message.sender_key_distribution) {
    proto::Message::SenderKeyDistributionMessage& written =
        *out.mutable_sender_key_distribution_message();
    written.set_group_id(distribution->group_id);
    written.set_axolotl_sender_key_distribution_message(text_of(distribution->message));
  }
  if (message.protocol_message) {
    std::visit([&](const auto& protocol) { write(protocol, *out.mutable_protocol_message()); },
               *message.protocol_message);
  }
  if (message.message_secret) {
    out.mutable_message_context_info()->set_message_secret(text_of(*message.message_secret));
  }
}

Result<Message> read_fields(const proto::Message& in) {
  Message message;
  message.conversation =
      proto::get<std::string>(in, &proto::Message::has_conversation, &proto::Message::conversation);
  if (in.has_extended_text_message()) message.extended_text = in.extended_text_message().text();
  if (in.has_sender_key_distribution_message()) {
    const proto::Message::SenderKeyDistributionMessage& read = in.sender_key_distribution_message();
    message.sender_key_distribution = {
        .group_id = read.group_id(),
        .message = bytes_of(read.axolotl_sender_key_distribution_message())};
  }
  if (in.has_protocol_message()) {
    message.protocol_message = read(in.protocol_message());
    if (!message.protocol_message) return fail(kWhat, "a protocol message without its content");
  }
  if (in.message_context_info().has_message_secret()) {
    message.message_secret = bytes_of(in.message_context_info().message_secret());
  }
  return message;
}

Bytes encode_message(const Message& message) {
  proto::Message out;
  if (!message.device_sent) {
    write_fields(message, out);
    return proto::serialize(out);
  }
  proto::Message::DeviceSentMessage& wrapper = *out.mutable_device_sent_message();
  wrapper.set_destination_jid(message.device_sent->destination_jid);
  write_fields(message, *wrapper.mutable_message());
  proto::set(wrapper, &proto::Message::DeviceSentMessage::mutable_phash,
             message.device_sent->phash);
  if (message.message_secret) {
    out.mutable_message_context_info()->set_message_secret(text_of(*message.message_secret));
  }
  return proto::serialize(out);
}

Result<Message> decode_message(ByteView encoded) {
  if (encoded.size() > kMaxMessageSize) return fail(kWhat, "too large");
  proto::Message in;
  if (!proto::parse(encoded, in)) return fail(kWhat, "not a protobuf message of this kind");
  Result<Message> outside = read_fields(in);
  if (!outside || !in.has_device_sent_message()) return outside;

  const proto::Message::DeviceSentMessage& wrapper = in.device_sent_message();
  if (!wrapper.has_message()) return fail(kWhat, "a device-sent message without a message");
  if (wrapper.message().has_device_sent_message()) {
    return fail(kWhat, "a device-sent message inside another");
  }
  Result<Message> message = read_fields(wrapper.message());
  if (!message) return message;
  message->device_sent = {
      .destination_jid = wrapper.destination_jid(),
      .phash = proto::get<std::string>(wrapper, &proto::Message::DeviceSentMessage::has_phash,
                                       &proto::Message::DeviceSentMessage::phash)};
  if (!message->sender_key_distribution) {
    message->sender_key_distribution = std::move(outside->sender_key_distribution);
  }
  if (!message->message_secret) message->message_secret = std::move(outside->message_secret);
  return message;
}

}  // namespace doublecheck::payload
