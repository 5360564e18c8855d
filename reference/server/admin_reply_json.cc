#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reference/server/account_settings_json.h"
#include "reference/server/admin_json.h"
#include "reference/server/config_json.h"
#include "reference/server/fault_kind.h"
#include "reference/server/json_fields.h"
#include "reference/server/node_json.h"
#include "spec/base/text_encoding.h"
#include "spec/wire/node_codec.h"

// The answers of the admin API.
namespace doublecheck::server {
namespace {

Json to_json(const Done&) { return Json::object(); }

Json to_json(const PairedDevice& paired) {
  return {{"account", {{"pn", paired.phone_number}, {"lid", paired.lid}, {"name", paired.name}}},
          {"device", paired.device}};
}

Json to_json(const AccountView& account) {
  return {{"pn", account.phone_number},
          {"lid", account.lid},
          {"name", account.name},
          {"props", account.settings.props},
          {"policy", policy_to_json(account.settings.contact_policy.value_or(ContactPolicy{}))},
          {"salt", account.settings.salt ? salt_to_json(*account.settings.salt) : Json()},
          {"devices", account.devices}};
}

Json to_json(const SentMessage& sent) { return {{"id", sent.id}}; }

Json to_json(const std::vector<PhoneMessage>& messages) {
  Json list = Json::array();
  for (const PhoneMessage& message : messages) {
    Json entry = {{"from", {{"pn", message.from.phone_number}, {"device", message.from.device}}},
                  {"id", message.id},
                  {"time_ms", message.at.milliseconds()},
                  {"proto", to_base64(message.content)}};
    const auto content = payload::decode_message(message.content);
    if (content && content->text()) entry["text"] = *content->text();
    list.push_back(std::move(entry));
  }
  return {{"messages", std::move(list)}};
}

Json to_json(const GroupView& group) {
  return {{"id", group.id},
          {"subject", group.subject},
          {"addressing", group.by_lid ? "lid" : "pn"},
          {"members", group.members},
          {"admins", group.admins}};
}

Json to_json(const std::vector<DeviceView>& devices) {
  Json list = Json::array();
  for (const DeviceView& device : devices) {
    list.push_back({{"device", device.device},
                    {"key_index", device.key_index},
                    {"online", device.online},
                    {"ready", device.ready},
                    {"queued", device.queued},
                    {"one_time_prekeys", device.one_time_prekeys},
                    {"registration_id", device.registration_id}});
  }
  return {{"devices", std::move(list)}};
}

Json to_json(const Config& config) { return config_to_json(config); }

Json to_json(const TracedStanza& traced) {
  Json json = {
      {"number", traced.number},
      {"time_ms", traced.at.milliseconds()},
      {"connection", traced.connection},
      {"direction", traced.direction == trace::Direction::kReceived ? "received" : "sent"}};
  if (traced.device)
    json["device"] = {{"pn", traced.device->phone_number}, {"device", traced.device->device}};
  const auto stanza = wire::Stanza::decode(traced.plaintext);
  if (stanza) {
    json["stanza"] = node_to_json(stanza->root());
  } else {
    json["undecodable"] = to_base64(traced.plaintext);
  }
  return json;
}

Json to_json(const std::vector<TracedStanza>& trace) {
  Json stanzas = Json::array();
  std::size_t size = 0;
  for (const TracedStanza& traced : trace) {
    size += traced.plaintext.size();
    if (size > kMaxTraceAnswer && !stanzas.empty()) break;
    stanzas.push_back(to_json(traced));
  }
  const bool more = stanzas.size() < trace.size();
  return {{"stanzas", std::move(stanzas)}, {"more", more}};
}

Json to_json(const StateView& state) {
  return {{"accounts", state.accounts},
          {"connections", state.connections},
          {"counters", state.counters}};
}

std::string_view name_of(FaultEvent::Kind kind) {
  switch (kind) {
    case FaultEvent::Kind::kStanza:
      return "stanza";
    case FaultEvent::Kind::kHandshakeFinished:
      return "handshake-finished";
    case FaultEvent::Kind::kClosedByClient:
      return "closed-by-client";
    case FaultEvent::Kind::kClosedByServer:
      return "closed-by-server";
    case FaultEvent::Kind::kLoggedInAgain:
      return "logged-in-again";
  }
  return "unknown";
}

Json to_json(const FaultResult& result) {
  Json events = Json::array();
  for (const FaultEvent& event : result.events) {
    Json entry = {
        {"after_ms", std::chrono::duration_cast<std::chrono::milliseconds>(event.after).count()},
        {"event", name_of(event.kind)}};
    if (event.stanza) entry["stanza"] = node_to_json(*event.stanza);
    events.push_back(std::move(entry));
  }
  Json json = {{"triggered", result.triggered}, {"closed", result.closed}};
  if (result.first_at_time) {
    json["time_ms"] = result.first_at_time->milliseconds();
    json["connection"] = result.connection;
  }
  json["events"] = std::move(events);
  return json;
}

Json to_json(const FaultView& view) {
  const Fault& fault = view.fault;
  Json json = {{"id", view.number}, {"where", fault.where}, {"fault", fault.name}};
  if (fault.phone_number) json["account"] = *fault.phone_number;
  if (fault.device) json["device"] = *fault.device;
  json["count"] = fault.count;
  if (!fault.parameters.empty()) json["params"] = fault.parameters;
  json["result"] = to_json(view.result);
  return json;
}

Json to_json(const std::vector<FaultView>& views) {
  Json list = Json::array();
  for (const FaultView& view : views) list.push_back(to_json(view));
  return {{"faults", std::move(list)}};
}

Json to_json(const FaultKinds&) {
  Json list = Json::array();
  for (const FaultKind& kind : fault_kinds()) {
    Json entry = {{"where", kind.where},
                  {"fault", kind.name},
                  {"what", kind.what},
                  {"careful_client", kind.careful}};
    if (!kind.parameter.empty()) entry["params"] = {{std::string(kind.parameter), kind.initial}};
    list.push_back(std::move(entry));
  }
  return {{"fault_kinds", std::move(list)}};
}

// Names may be any bytes, and counters are named after what peers sent.
std::string print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

AdminResponse encode_admin(const AdminReply& reply) {
  if (!reply) {
    const AdminError& error = reply.error();
    return {error.status, print({{"error", {{"code", error.code}, {"message", error.message}}}})};
  }
  return {200, print(std::visit([](const auto& result) { return to_json(result); }, *reply))};
}

}  // namespace doublecheck::server
