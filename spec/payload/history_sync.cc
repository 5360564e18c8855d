#include "spec/payload/history_sync.h"

#include <string_view>
#include <utility>

#include "spec/payload/compression.h"
#include "spec/payload/message_fields.h"
#include "spec/proto/access.h"
#include "spec/proto/history.pb.h"

namespace doublecheck::payload {
namespace {

constexpr std::string_view kWhat = "history";

void write(const HistoryConversation& conversation, proto::Conversation& out) {
  out.set_id(conversation.id);
  std::uint64_t order = conversation.messages.size();
  for (const HistoryMessage& message : conversation.messages) {
    proto::HistorySyncMsg& entry = *out.add_messages();
    proto::WebMessageInfo& info = *entry.mutable_message();
    proto::MessageKey& key = *info.mutable_key();
    key.set_remote_jid(conversation.id);
    key.set_from_me(message.from_me);
    key.set_id(message.id);
    proto::set(key, &proto::MessageKey::mutable_participant, message.participant);
    write_fields(message.content, *info.mutable_message());
    info.set_message_timestamp(message.timestamp);
    proto::set(info, &proto::WebMessageInfo::mutable_push_name, message.push_name);
    entry.set_msg_order_id(order--);
  }
  out.set_unread_count(conversation.unread_count);
  out.set_conversation_timestamp(conversation.timestamp);
  proto::set(out, &proto::Conversation::mutable_name, conversation.name);
}

Result<HistoryMessage> read(const proto::WebMessageInfo& in) {
  if (!in.key().has_id()) return fail(kWhat, "a message without an id");
  HistoryMessage message;
  message.id = in.key().id();
  message.from_me = in.key().from_me();
  message.participant = proto::get<std::string>(in.key(), &proto::MessageKey::has_participant,
                                                &proto::MessageKey::participant);
  message.push_name = proto::get<std::string>(in, &proto::WebMessageInfo::has_push_name,
                                              &proto::WebMessageInfo::push_name);
  message.timestamp = in.message_timestamp();
  if (Result<Message> content = read_fields(in.message())) message.content = *std::move(content);
  return message;
}

Result<HistoryConversation> read(const proto::Conversation& in) {
  if (!in.has_id()) return fail(kWhat, "a conversation without an id");
  HistoryConversation conversation;
  conversation.id = in.id();
  conversation.name =
      proto::get<std::string>(in, &proto::Conversation::has_name, &proto::Conversation::name);
  conversation.unread_count = in.unread_count();
  conversation.timestamp = in.conversation_timestamp();
  for (const proto::HistorySyncMsg& entry : in.messages()) {
    Result<HistoryMessage> message = read(entry.message());
    if (!message) return propagate(message);
    conversation.messages.push_back(*std::move(message));
  }
  return conversation;
}

}  // namespace

Bytes encode_history_sync(const HistorySync& history) {
  proto::HistorySync out;
  out.set_sync_type(std::to_underlying(history.type));
  for (const HistoryConversation& conversation : history.conversations) {
    write(conversation, *out.add_conversations());
  }
  proto::set(out, &proto::HistorySync::set_chunk_order, history.chunk_order);
  proto::set(out, &proto::HistorySync::set_progress, history.progress);
  for (const PushName& push_name : history.push_names) {
    proto::Pushname& written = *out.add_pushnames();
    written.set_id(push_name.id);
    written.set_pushname(push_name.name);
  }
  if (history.first_contact_salt)
    out.mutable_nct_salt()->assign(as_text(*history.first_contact_salt));
  for (const LidMapping& mapping : history.lid_mappings) {
    proto::PhoneNumberToLidMapping& written = *out.add_phone_number_to_lid_mappings();
    written.set_pn_jid(mapping.phone_number);
    written.set_lid_jid(mapping.lid);
  }
  return compress(proto::serialize(out));
}

Result<HistorySync> decode_history_sync(ByteView compressed) {
  Result<Bytes> plain = decompress(compressed, kMaxInflatedHistory);
  if (!plain) return propagate(plain);
  proto::HistorySync in;
  if (!proto::parse(*plain, in)) return fail(kWhat, "not a protobuf message of this kind");
  if (!in.has_sync_type()) return fail(kWhat, "no type");
  HistorySync history;
  history.type = static_cast<HistorySyncType>(in.sync_type());
  for (const proto::Conversation& read_conversation : in.conversations()) {
    Result<HistoryConversation> conversation = read(read_conversation);
    if (!conversation) return propagate(conversation);
    history.conversations.push_back(*std::move(conversation));
  }
  using Wire = proto::HistorySync;
  history.chunk_order = proto::get<std::uint32_t>(in, &Wire::has_chunk_order, &Wire::chunk_order);
  history.progress = proto::get<std::uint32_t>(in, &Wire::has_progress, &Wire::progress);
  for (const proto::Pushname& push_name : in.pushnames()) {
    history.push_names.push_back({.id = push_name.id(), .name = push_name.pushname()});
  }
  if (in.has_nct_salt()) history.first_contact_salt = to_bytes(in.nct_salt());
  for (const proto::PhoneNumberToLidMapping& mapping : in.phone_number_to_lid_mappings()) {
    history.lid_mappings.push_back({.phone_number = mapping.pn_jid(), .lid = mapping.lid_jid()});
  }
  return history;
}

HistorySyncNotification inline_notification(const HistorySync& history) {
  HistorySyncNotification notification;
  notification.type = history.type;
  notification.chunk_order = history.chunk_order;
  notification.progress = history.progress;
  notification.inline_payload = encode_history_sync(history);
  return notification;
}

}  // namespace doublecheck::payload
