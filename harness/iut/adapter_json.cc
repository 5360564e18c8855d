#include "harness/iut/adapter_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "spec/wire/jid.h"

namespace doublecheck::harness {
namespace {

using nlohmann::json;

constexpr int kProtocol = 1;

std::string line(std::uint64_t id, std::string_view name, json fields) {
  json command{{"id", id}};
  command[std::string(name)] = std::move(fields);
  // Text that came from a peer may be anything; what is not UTF-8 is replaced.
  return command.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

// A field with its default value when it is left out or of another type: the proto3 JSON mapping
// knows no absence.
template <typename T>
T field(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if constexpr (std::is_same_v<T, std::string>)
    return found->is_string() ? found->get<std::string>() : T{};
  if constexpr (std::is_same_v<T, bool>) return found->is_boolean() && found->get<bool>();
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return found->is_number_integer() ? found->get<T>() : T{};
}

// Libraries name JIDs in their own ways; what does not parse is kept as a user without meaning, for
// the transcript.
wire::Jid jid(const json& object, const char* name) {
  const auto text = field<std::string>(object, name);
  auto parsed = wire::parse_jid(text);
  return parsed ? std::move(*parsed) : wire::Jid{.user = text, .server = "invalid"};
}

std::optional<wire::Jid> optional_jid(const json& object, const char* name) {
  if (field<std::string>(object, name).empty()) return std::nullopt;
  return jid(object, name);
}

client::ReceiptType receipt_type(const std::string& text) {
  if (text == "server") return client::ReceiptType::kServer;
  if (text == "read") return client::ReceiptType::kRead;
  if (text == "played") return client::ReceiptType::kPlayed;
  return client::ReceiptType::kDelivered;
}

client::Activity activity(const std::string& text) {
  if (text == "composing") return client::Activity::kComposing;
  if (text == "recording") return client::Activity::kRecording;
  return client::Activity::kPaused;
}

json names(const std::vector<wire::Jid>& jids) {
  json list = json::array();
  for (const wire::Jid& one : jids) list.push_back(one.to_string());
  return list;
}

std::string event_text(std::string_view kind, json fields) {
  json event;
  event[std::string(kind)] = std::move(fields);
  return event.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string name(const std::optional<wire::Jid>& one) { return one ? one->to_string() : ""; }

std::string text_of(const client::QrShown& e) { return event_text("qr", {{"text", e.text}}); }
std::string text_of(const client::PairingCodeShown& e) {
  return event_text("pairing_code", {{"code", e.code}});
}
std::string text_of(const client::Paired& e) {
  return event_text("paired", {{"jid", e.jid.to_string()}, {"lid", name(e.lid)}});
}
std::string text_of(const client::Opened& e) {
  return event_text("open", {{"jid", e.jid.to_string()}, {"lid", name(e.lid)}});
}
std::string text_of(const client::Closed& e) {
  return event_text(
      "closed", {{"status", e.status}, {"reason", e.reason}, {"will_reconnect", e.will_reconnect}});
}
std::string text_of(const client::MessageReceived& e) {
  return event_text("message", {{"chat", e.chat.to_string()},
                                {"sender", e.sender.to_string()},
                                {"id", e.id},
                                {"text", e.text},
                                {"push_name", e.push_name},
                                {"from_me", e.from_me},
                                {"offline", e.offline},
                                {"chat_alt", name(e.chat_alt)}});
}
std::string text_of(const client::MessageUndecryptable& e) {
  return event_text("undecryptable", {{"chat", e.chat.to_string()},
                                      {"sender", e.sender.to_string()},
                                      {"id", e.id},
                                      {"reason", e.reason}});
}
std::string text_of(const client::ReceiptReceived& e) {
  return event_text("receipt", {{"chat", e.chat.to_string()},
                                {"id", e.id},
                                {"type", client::to_string(e.type)},
                                {"from", e.from.to_string()}});
}
std::string text_of(const client::MessageRejected& e) {
  return event_text("rejected", {{"chat", e.chat.to_string()}, {"id", e.id}, {"reason", e.reason}});
}
std::string text_of(const client::PresenceChanged& e) {
  return event_text("presence", {{"user", e.user.to_string()},
                                 {"available", e.available},
                                 {"last_seen", e.last_seen ? e.last_seen->seconds() : 0}});
}
std::string text_of(const client::ChatStateChanged& e) {
  return event_text("chat_state", {{"chat", e.chat.to_string()},
                                   {"sender", e.sender.to_string()},
                                   {"state", client::to_string(e.activity)}});
}
std::string text_of(const client::GroupChanged& e) {
  return event_text("group_changed", {{"group", e.group.to_string()},
                                      {"change", e.change},
                                      {"actor", e.actor.user.empty() ? "" : e.actor.to_string()},
                                      {"participants", names(e.participants)}});
}
std::string text_of(const client::CommandDone& e) {
  json done{{"id", e.command}, {"message_id", e.message_id}};
  if (e.group) done["group"] = e.group->to_string();
  return event_text("done", std::move(done));
}
std::string text_of(const client::CommandFailed& e) {
  return event_text("failed",
                    {{"id", e.command}, {"reason", e.reason}, {"unsupported", e.unsupported}});
}
std::string log_text(const std::string& text) { return event_text("log", {{"text", text}}); }
std::string text_of(const client::StatusChanged& e) {
  return log_text(e.user.to_string() + " has another status text");
}
std::string text_of(const client::PushNameChanged& e) {
  return log_text("the account has another push name: " + e.name);
}
std::string text_of(const client::BlockListChanged&) {
  return log_text("the block list has changed");
}
std::string text_of(const client::BlockListFetched&) { return log_text("the block list is here"); }
std::string text_of(const client::PrivacyChanged&) {
  return log_text("the privacy settings have changed");
}
std::string text_of(const client::PrivacyFetched&) {
  return log_text("the privacy settings are here");
}
std::string text_of(const client::Remark& e) { return log_text(e.text); }

AdapterMessage event(const std::string& kind, const json& e) {
  using namespace client;
  if (kind == "done")
    return Event(CommandDone{field<CommandId>(e, "id"), field<std::string>(e, "message_id"),
                             optional_jid(e, "group")});
  if (kind == "failed") {
    return Event(CommandFailed{field<CommandId>(e, "id"), field<std::string>(e, "reason"),
                               field<bool>(e, "unsupported")});
  }
  if (kind == "qr") return Event(QrShown{field<std::string>(e, "text")});
  if (kind == "pairing_code") return Event(PairingCodeShown{field<std::string>(e, "code")});
  if (kind == "paired") return Event(Paired{jid(e, "jid"), optional_jid(e, "lid")});
  if (kind == "open") return Event(Opened{jid(e, "jid"), optional_jid(e, "lid")});
  if (kind == "closed") {
    return Event(Closed{field<int>(e, "status"), field<std::string>(e, "reason"),
                        field<bool>(e, "will_reconnect")});
  }
  if (kind == "message") {
    return Event(MessageReceived{.chat = jid(e, "chat"),
                                 .sender = jid(e, "sender"),
                                 .id = field<std::string>(e, "id"),
                                 .text = field<std::string>(e, "text"),
                                 .push_name = field<std::string>(e, "push_name"),
                                 .from_me = field<bool>(e, "from_me"),
                                 .offline = field<bool>(e, "offline"),
                                 .chat_alt = optional_jid(e, "chat_alt")});
  }
  if (kind == "undecryptable") {
    return Event(MessageUndecryptable{jid(e, "chat"), jid(e, "sender"), field<std::string>(e, "id"),
                                      field<std::string>(e, "reason")});
  }
  if (kind == "receipt") {
    return Event(ReceiptReceived{jid(e, "chat"), field<std::string>(e, "id"),
                                 receipt_type(field<std::string>(e, "type")), jid(e, "from")});
  }
  if (kind == "rejected") {
    return Event(MessageRejected{jid(e, "chat"), field<std::string>(e, "id"),
                                 field<std::string>(e, "reason")});
  }
  if (kind == "presence") {
    PresenceChanged presence{jid(e, "user"), field<bool>(e, "available"), {}};
    if (const auto seen = field<std::int64_t>(e, "last_seen"); seen > 0)
      presence.last_seen = UnixTime::from_seconds(seen);
    return Event(std::move(presence));
  }
  if (kind == "chat_state") {
    return Event(ChatStateChanged{jid(e, "chat"), jid(e, "sender"),
                                  activity(field<std::string>(e, "state"))});
  }
  if (kind == "group_changed") {
    GroupChanged changed{jid(e, "group"), field<std::string>(e, "change"), jid(e, "actor"), {}};
    if (const auto list = e.find("participants"); list != e.end() && list->is_array()) {
      for (const json& one : *list) changed.participants.push_back(jid({{"jid", one}}, "jid"));
    }
    return Event(std::move(changed));
  }
  if (kind == "ready") {
    AdapterReady ready{field<int>(e, "protocol"),
                       field<std::string>(e, "library"),
                       field<std::string>(e, "version"),
                       {}};
    if (const auto list = e.find("capabilities"); list != e.end() && list->is_array()) {
      for (const json& one : *list) {
        if (one.is_string()) ready.capabilities.push_back(one.get<std::string>());
      }
    }
    return ready;
  }
  return Event(Remark{kind + ": " + e.dump(-1, ' ', false, json::error_handler_t::replace)});
}

}  // namespace

std::string hello_line(std::uint64_t id) { return line(id, "hello", {{"protocol", kProtocol}}); }

std::string configure_line(std::uint64_t id, const AdapterConfiguration& c) {
  return line(id, "configure",
              {{"url", c.url},
               {"trust_root_hex", c.trust_root_hex},
               {"state_dir", c.state_dir},
               {"push_name", c.push_name},
               {"connect_timeout_ms", c.connect_timeout_ms},
               {"keepalive_ms", c.keepalive_ms},
               {"insecure_tls", c.insecure_tls}});
}

std::string exit_line(std::uint64_t id) { return line(id, "exit", json::object()); }

std::string advance_clock_line(std::uint64_t id, std::chrono::milliseconds by) {
  return line(id, "advance_clock", {{"ms", by.count()}});
}

std::optional<std::string> command_line(std::uint64_t id, const client::Command& command) {
  return std::visit(
      [&](const auto& c) -> std::optional<std::string> {
        using C = std::decay_t<decltype(c)>;
        if constexpr (std::is_same_v<C, client::Connect>)
          return line(id, "connect", json::object());
        if constexpr (std::is_same_v<C, client::Disconnect>)
          return line(id, "disconnect", json::object());
        if constexpr (std::is_same_v<C, client::Logout>) return line(id, "logout", json::object());
        if constexpr (std::is_same_v<C, client::PairCode>)
          return line(id, "pair_code", {{"phone", c.phone}});
        if constexpr (std::is_same_v<C, client::SendText>) {
          return line(id, "send_text",
                      {{"to", c.to.to_string()}, {"text", c.text}, {"message_id", c.message_id}});
        }
        if constexpr (std::is_same_v<C, client::MarkRead>) {
          return line(id, "mark_read",
                      {{"chat", c.chat.to_string()}, {"sender", c.sender}, {"ids", c.ids}});
        }
        if constexpr (std::is_same_v<C, client::CreateGroup>) {
          return line(id, "create_group",
                      {{"subject", c.subject}, {"participants", names(c.participants)}});
        }
        if constexpr (std::is_same_v<C, client::UpdateGroup>) {
          return line(id, "update_group",
                      {{"group", c.group.to_string()},
                       {"action", c.action},
                       {"participants", names(c.participants)}});
        }
        if constexpr (std::is_same_v<C, client::LeaveGroup>)
          return line(id, "leave_group", {{"group", c.group.to_string()}});
        if constexpr (std::is_same_v<C, client::SubscribePresence>)
          return line(id, "subscribe_presence", {{"user", c.user.to_string()}});
        if constexpr (std::is_same_v<C, client::SendChatState>) {
          return line(id, "send_chat_state",
                      {{"chat", c.chat.to_string()}, {"state", client::to_string(c.activity)}});
        }
        if constexpr (std::is_same_v<C, client::SendPresence>) {
          return line(id, "send_presence", {{"type", c.available ? "available" : "unavailable"}});
        }
        return std::nullopt;
      },
      command);
}

// ---- As an adapter reads and writes

Result<AdapterCommand> read_command_line(std::string_view text) {
  using namespace client;
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return fail("command", "is no JSON object");
  AdapterCommand read{.id = field<std::uint64_t>(parsed, "id"), .command = {}};
  if (read.id == 0) return fail("command", "has no id");
  std::string name;
  json c;
  for (const auto& [key, fields] : parsed.items()) {
    if (!fields.is_object()) continue;
    name = key;
    c = fields;
  }
  const auto jids = [&](const char* list) {
    std::vector<wire::Jid> found;
    if (const auto values = c.find(list); values != c.end() && values->is_array()) {
      for (const json& one : *values) found.push_back(jid({{"jid", one}}, "jid"));
    }
    return found;
  };
  if (name == "hello") {
    read.command = AdapterHello{field<int>(c, "protocol")};
  } else if (name == "configure") {
    read.command =
        AdapterConfiguration{.url = field<std::string>(c, "url"),
                             .trust_root_hex = field<std::string>(c, "trust_root_hex"),
                             .state_dir = field<std::string>(c, "state_dir"),
                             .push_name = field<std::string>(c, "push_name"),
                             .connect_timeout_ms = field<std::uint32_t>(c, "connect_timeout_ms"),
                             .keepalive_ms = field<std::uint32_t>(c, "keepalive_ms"),
                             .insecure_tls = field<bool>(c, "insecure_tls")};
  } else if (name == "exit") {
    read.command = AdapterExit{};
  } else if (name == "advance_clock") {
    read.command = AdapterAdvanceClock{std::chrono::milliseconds(field<std::uint32_t>(c, "ms"))};
  } else if (name == "connect") {
    read.command = Command(Connect{});
  } else if (name == "disconnect") {
    read.command = Command(Disconnect{});
  } else if (name == "logout") {
    read.command = Command(Logout{});
  } else if (name == "pair_code") {
    read.command = Command(PairCode{field<std::string>(c, "phone")});
  } else if (name == "send_text") {
    read.command = Command(
        SendText{jid(c, "to"), field<std::string>(c, "text"), field<std::string>(c, "message_id")});
  } else if (name == "create_group") {
    read.command = Command(CreateGroup{field<std::string>(c, "subject"), jids("participants")});
  } else if (name == "update_group") {
    read.command = Command(
        UpdateGroup{jid(c, "group"), field<std::string>(c, "action"), jids("participants")});
  } else if (name == "leave_group") {
    read.command = Command(LeaveGroup{jid(c, "group")});
  } else if (name == "mark_read") {
    MarkRead mark{.chat = jid(c, "chat"), .sender = field<std::string>(c, "sender"), .ids = {}};
    if (const auto ids = c.find("ids"); ids != c.end() && ids->is_array()) {
      for (const json& id : *ids) {
        if (id.is_string()) mark.ids.push_back(id.get<std::string>());
      }
    }
    read.command = Command(std::move(mark));
  } else if (name == "send_presence") {
    read.command = Command(SendPresence{field<std::string>(c, "type") != "unavailable"});
  } else if (name == "subscribe_presence") {
    read.command = Command(SubscribePresence{jid(c, "user")});
  } else if (name == "send_chat_state") {
    read.command = Command(SendChatState{jid(c, "chat"), activity(field<std::string>(c, "state"))});
  }
  return read;
}

std::string ready_line(const AdapterReady& ready) {
  return event_text("ready", {{"protocol", ready.protocol},
                              {"library", ready.library},
                              {"version", ready.version},
                              {"capabilities", ready.capabilities}});
}

std::string error_line(std::string_view what) { return event_text("error", {{"what", what}}); }

std::string event_line(const client::Event& event) {
  return std::visit([](const auto& e) { return text_of(e); }, event);
}

Result<AdapterMessage> read_adapter_line(std::string_view text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object())
    return fail("adapter", "wrote something that is no event: " + std::string(text.substr(0, 200)));
  for (const auto& [kind, fields] : parsed.items()) {
    if (fields.is_object()) return event(kind, fields);
  }
  return fail("adapter", "wrote an object that is no event: " + std::string(text.substr(0, 200)));
}

}  // namespace doublecheck::harness
