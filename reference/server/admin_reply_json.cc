#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reference/server/admin_json.h"
#include "reference/server/config_json.h"
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
          {"props", account.props},
          {"devices", account.devices}};
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
