#include "reference/server/admin_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "reference/server/account_settings_json.h"
#include "reference/server/config_json.h"
#include "reference/server/json_fields.h"
#include "reference/server/limits.h"
#include "reference/server/node_json.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::server {
namespace {

using Decoded = std::expected<AdminCommand, AdminError>;

std::unexpected<AdminError> refused_request(int status, std::string code, std::string message) {
  return std::unexpected(AdminError{status, std::move(code), std::move(message)});
}
std::unexpected<AdminError> malformed(std::string message) {
  return refused_request(400, "bad-request", std::move(message));
}

// ---- Targets

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Nothing for an incomplete or malformed escape, and for what is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (!is_utf8(as_bytes(decoded))) return std::nullopt;
  return decoded;
}

// Calls `use` with each part of a text between separators; stops when it returns false.
template <typename Use>
bool for_each_part(std::string_view text, char separator, Use use) {
  for (;;) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (!use(text.substr(0, end))) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> segments;
  const bool well_formed = for_each_part(path, '/', [&](std::string_view part) {
    auto segment = percent_decode(part);
    if (!segment) return false;
    segments.push_back(*std::move(segment));
    return true;
  });
  if (!well_formed) return std::nullopt;
  return segments;
}

// The parameters as an object of texts.
std::optional<Json> parse_query(std::string_view query) {
  Json parameters = Json::object();
  if (query.empty()) return parameters;
  const bool well_formed = for_each_part(query, '&', [&](std::string_view part) {
    const std::size_t equals = std::min(part.find('='), part.size());
    const auto name = percent_decode(part.substr(0, equals));
    const auto value = percent_decode(part.substr(std::min(equals + 1, part.size())));
    if (!name || !value || parameters.contains(*name)) return false;
    parameters[*name] = *value;
    return true;
  });
  if (!well_formed) return std::nullopt;
  return parameters;
}

template <typename Number>
std::optional<Number> to_number(std::string_view digits) {
  Number number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// ---- Requests: a function for each endpoint

struct Call {
  std::vector<std::string> parameters;  // of the path
  Json body;                            // an object, if it is what it should be
  Json query;
  const Config& config;

  const std::string& account() const { return parameters[0]; }
  const std::string& group() const { return parameters[0]; }
  std::uint64_t number() const { return to_number<std::uint64_t>(parameters[0]).value_or(0); }
  // Where the path has a device, the router has seen to it that this is its number.
  std::uint16_t device() const { return to_number<std::uint16_t>(parameters[1]).value_or(0); }
};

Decoded finish(Fields& fields, AdminCommand command) {
  if (auto finished = fields.finish(); !finished) return malformed(finished.error().why);
  return command;
}

Decoded without_fields(const Call& call, AdminCommand command) {
  Fields fields(call.body);
  return finish(fields, std::move(command));
}

constexpr std::array<std::pair<std::string_view, PairFault>, 5> kFaults = {
    {{"wrong-hmac", PairFault::kWrongHmac},
     {"wrong-signature", PairFault::kWrongSignature},
     {"other-account-key", PairFault::kOtherAccountKey},
     {"missing-device", PairFault::kMissingDevice},
     {"wrong-key-index", PairFault::kWrongKeyIndex}}};

Decoded scan(const Call& call) {
  Fields fields(call.body);
  ScanQr command{.text = fields.required_text("qr"),
                 .account = fields.text("account"),
                 .fault = fields.choice("fault", kFaults).value_or(PairFault::kNone)};
  return finish(fields, std::move(command));
}

Decoded enter_code(const Call& call) {
  Fields fields(call.body);
  EnterCode command{.phone_number = fields.required_text("phone"),
                    .code = fields.required_text("code")};
  return finish(fields, std::move(command));
}

Decoded create_account(const Call& call) {
  Fields fields(call.body);
  CreateAccount command{.name = fields.text("name").value_or(""),
                        .phone_number = fields.text("pn"),
                        .lid = fields.text("lid"),
                        .settings = read_account_settings(fields)};
  return finish(fields, std::move(command));
}

Decoded get_account(const Call& call) { return without_fields(call, GetAccount{call.account()}); }

Decoded patch_account(const Call& call) {
  Fields fields(call.body);
  ChangeAccount command{.account = call.account(), .settings = read_account_settings(fields)};
  return finish(fields, std::move(command));
}

Decoded delete_account(const Call& call) {
  return without_fields(call, DeleteAccount{call.account()});
}

Decoded write_as_phone(const Call& call) {
  Fields fields(call.body);
  WriteAsPhone command{.account = call.account(),
                       .to = fields.required_text("to"),
                       .message = {},
                       .id = fields.text("id")};
  const auto text = fields.text("text");
  const auto encoded = fields.text("proto");
  if (text.has_value() == encoded.has_value())
    fields.refuse("text", "or \"proto\", one of the two");
  if (text) command.message = payload::Message::of_text(*text);
  if (encoded) {
    const auto bytes = from_base64(*encoded);
    auto message = bytes ? payload::decode_message(*bytes) : fail("base64", "is not base64");
    if (!message) fields.refuse("proto", "must be a message: " + message.error().to_string());
    if (message) command.message = *std::move(message);
  }
  if (command.id && (command.id->empty() || command.id->size() > kMaxMessageIdBytes))
    fields.refuse("id", "must have 1 to kMaxMessageIdBytes bytes");
  return finish(fields, std::move(command));
}

Decoded list_phone_messages(const Call& call) {
  return without_fields(call, ListPhoneMessages{call.account()});
}

Decoded replace_phone(const Call& call) {
  return without_fields(call, ReplacePhone{call.account()});
}

std::vector<std::string> text_list(Fields& fields, std::string_view name) {
  const Json* const list = fields.any(name);
  if (list == nullptr) return {};
  const bool texts = list->is_array() &&
                     std::ranges::all_of(*list, [](const Json& one) { return one.is_string(); });
  if (!texts) {
    fields.refuse(name, "must be a list of texts");
    return {};
  }
  return list->get<std::vector<std::string>>();
}

Decoded create_group(const Call& call) {
  constexpr auto kAddressing =
      std::to_array<std::pair<std::string_view, bool>>({{"lid", true}, {"pn", false}});
  Fields fields(call.body);
  CreateGroup command{{.subject = fields.required_text("subject"),
                       .members = text_list(fields, "members"),
                       .admins = text_list(fields, "admins"),
                       .by_lid = fields.choice("addressing", kAddressing),
                       .switches = text_list(fields, "settings")}};
  return finish(fields, std::move(command));
}

Decoded get_group(const Call& call) { return without_fields(call, GetGroup{call.group()}); }

Decoded list_devices(const Call& call) { return without_fields(call, ListDevices{call.account()}); }

Decoded unlink_device(const Call& call) {
  return without_fields(call, UnlinkDevice{.account = call.account(), .device = call.device()});
}

constexpr std::array<std::pair<std::string_view, DisconnectHow>, 3> kDisconnects = {
    {{"close", DisconnectHow::kClose},
     {"tcp-reset", DisconnectHow::kReset},
     {"stream-error", DisconnectHow::kStreamError}}};

Decoded disconnect(const Call& call) {
  Fields fields(call.body);
  DisconnectDevice command{
      .account = call.account(),
      .device = call.device(),
      .how = fields.choice("how", kDisconnects).value_or(DisconnectHow::kClose),
      .code = fields.text("code").value_or("")};
  if (fields.has("code") != (command.how == DisconnectHow::kStreamError)) {
    fields.refuse("code", R"(goes with "how": "stream-error", and only with it)");
  }
  return finish(fields, std::move(command));
}

Decoded send_stanza(const Call& call) {
  auto stanza = node_from_json(call.body);
  if (!stanza) return refused_request(422, "malformed-stanza", stanza.error().why);
  return SendStanza{
      .account = call.account(), .device = call.device(), .stanza = *std::move(stanza)};
}

Decoded get_config(const Call& call) { return without_fields(call, GetConfig{}); }

Decoded patch_config(const Call& call) {
  SetConfig command{call.config};
  if (auto applied = apply_config(call.body, command.config); !applied)
    return malformed(applied.error().why);
  return command;
}

Decoded rotate_noise_key(const Call& call) { return without_fields(call, RotateNoiseKey{}); }

Decoded advance_time(const Call& call) {
  Fields fields(call.body);
  const auto seconds =
      fields.number("advance_s", 0, static_cast<std::uint64_t>(kMaxTimeAdvance.count()));
  if (!fields.has("advance_s")) fields.refuse("advance_s", "is missing");
  return finish(fields, AdvanceTime{std::chrono::seconds(seconds.value_or(0))});
}

Decoded get_trace(const Call& call) {
  Fields fields(call.query, "query parameter");
  const auto since = to_number<std::uint64_t>(fields.text("since").value_or("0"));
  if (!since) fields.refuse("since", "must be a number");
  GetTrace command{.account = fields.text("account"), .since = since.value_or(0)};
  if (auto finished = fields.finish(); !finished) return malformed(finished.error().why);
  return without_fields(call, std::move(command));
}

Decoded get_state(const Call& call) { return without_fields(call, GetState{}); }

Decoded reset(const Call& call) {
  Fields fields(call.body);
  const Json* const keep = fields.any("keep");
  const bool nothing = keep == nullptr || *keep == Json::array();
  if (!nothing && *keep != Json::array({"accounts"}))
    fields.refuse("keep", R"(must be [] or ["accounts"])");
  return finish(fields, Reset{.keep_accounts = !nothing});
}

StanzaMatch read_match(Fields& fields) {
  const Json* const json = fields.any("match");
  if (json == nullptr) return {};
  Fields members(*json, "match");
  StanzaMatch match{.tag = members.text("tag"),
                    .xmlns = members.text("xmlns"),
                    .child = members.text("child"),
                    .attributes = members.texts("attrs").value_or(Props())};
  if (auto finished = members.finish(); !finished) fields.refuse("match", finished.error().why);
  return match;
}

Decoded add_fault(const Call& call) {
  Fields fields(call.body);
  AddFault command{
      .fault = {.where = fields.required_text("where"), .name = fields.required_text("fault")},
      .account = fields.text("account")};
  if (const auto device = fields.number("device", 0, UINT16_MAX))
    command.fault.device = static_cast<std::uint16_t>(*device);
  command.fault.match = read_match(fields);
  command.fault.count = fields.number("count", 1, kMaxFaultCount).value_or(1);
  if (const Json* const json = fields.any("params")) {
    Fields members(*json, "parameter");
    if (json->is_object()) {
      for (const auto& [name, value] : json->items()) {
        if (const auto number = members.number(name, 0, UINT32_MAX))
          command.fault.parameters[name] = *number;
      }
    }
    if (auto finished = members.finish(); !finished) fields.refuse("params", finished.error().why);
  }
  return finish(fields, std::move(command));
}

Decoded list_faults(const Call& call) { return without_fields(call, ListFaults{}); }

Decoded get_fault(const Call& call) { return without_fields(call, GetFault{call.number()}); }

Decoded remove_fault(const Call& call) { return without_fields(call, RemoveFault{call.number()}); }

Decoded list_fault_kinds(const Call& call) { return without_fields(call, ListFaultKinds{}); }

// ---- The router

constexpr std::string_view kDeviceSegment = ":device";
constexpr std::string_view kNumberSegment = ":number";

struct Endpoint {
  std::string_view method;
  std::string_view path;  // below kAdminPrefix
  Decoded (*decode)(const Call&);
  bool has_query = false;
  std::string_view bare_text = {};  // the field that a body is which is not JSON
};

constexpr std::array kEndpoints = {
    Endpoint{"POST", "phone/scan", scan, false, "qr"},
    Endpoint{"POST", "phone/code", enter_code},
    Endpoint{"POST", "accounts", create_account},
    Endpoint{"GET", "accounts/:account", get_account},
    Endpoint{"PATCH", "accounts/:account", patch_account},
    Endpoint{"DELETE", "accounts/:account", delete_account},
    Endpoint{"POST", "accounts/:account/message", write_as_phone},
    Endpoint{"GET", "accounts/:account/messages", list_phone_messages},
    Endpoint{"POST", "accounts/:account/phone/replace", replace_phone},
    Endpoint{"POST", "groups", create_group},
    Endpoint{"GET", "groups/:group", get_group},
    Endpoint{"GET", "accounts/:account/devices", list_devices},
    Endpoint{"DELETE", "accounts/:account/devices/:device", unlink_device},
    Endpoint{"POST", "accounts/:account/devices/:device/disconnect", disconnect},
    Endpoint{"POST", "accounts/:account/devices/:device/send", send_stanza},
    Endpoint{"GET", "config", get_config},
    Endpoint{"PATCH", "config", patch_config},
    Endpoint{"POST", "noise/rotate", rotate_noise_key},
    Endpoint{"POST", "time", advance_time},
    Endpoint{"GET", "trace", get_trace, true},
    Endpoint{"GET", "state", get_state},
    Endpoint{"POST", "reset", reset},
    Endpoint{"GET", "fault-kinds", list_fault_kinds},
    Endpoint{"POST", "faults", add_fault},
    Endpoint{"GET", "faults", list_faults},
    Endpoint{"GET", "faults/:number", get_fault},
    Endpoint{"DELETE", "faults/:number", remove_fault},
};

// The parameters of a path that has this pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& segments) {
  std::vector<std::string> parameters;
  std::size_t index = 0;
  const bool matched = for_each_part(pattern, '/', [&](std::string_view expected) {
    if (index == segments.size()) return false;
    const std::string& segment = segments[index++];
    if (!expected.starts_with(':')) return segment == expected;
    parameters.push_back(segment);
    if (expected == kDeviceSegment) return to_number<std::uint16_t>(segment).has_value();
    if (expected == kNumberSegment) return to_number<std::uint64_t>(segment).has_value();
    return !segment.empty();
  });
  if (!matched || index != segments.size()) return std::nullopt;
  return parameters;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<Json> parse_body(const Endpoint& endpoint, std::string_view body) {
  if (is_blank(body)) return Json::object();
  const bool is_object = body[body.find_first_not_of(" \t\r\n")] == '{';
  if (!endpoint.bare_text.empty() && !is_object) return Json{{endpoint.bare_text, body}};
  return parse_json(body);
}

Decoded decode(const Endpoint& endpoint, std::vector<std::string> parameters,
               std::string_view query, std::string_view body_text, const Config& config) {
  auto parsed_query = parse_query(query);
  if (!parsed_query) return malformed("the query is malformed");
  if (!endpoint.has_query && !parsed_query->empty())
    return malformed("no query parameter is known here");
  auto body = parse_body(endpoint, body_text);
  if (!body) return malformed("the body is not acceptable: " + body.error().why);
  return endpoint.decode(
      {std::move(parameters), *std::move(body), *std::move(parsed_query), config});
}

}  // namespace

Decoded decode_admin(const AdminRequest& request, const Config& config) {
  if (request.target.size() > kMaxAdminTarget) {
    return refused_request(414, "too-long", "the target is longer than kMaxAdminTarget");
  }
  if (request.body.size() > kMaxAdminBody)
    return refused_request(413, "too-long", "the body is longer than kMaxAdminBody");

  const std::size_t question_mark = std::min(request.target.find('?'), request.target.size());
  std::string_view path = request.target.substr(0, question_mark);
  const std::string_view query =
      request.target.substr(std::min(question_mark + 1, request.target.size()));
  if (!path.starts_with(kAdminPrefix))
    return refused_request(404, "not-found", "not below " + std::string(kAdminPrefix));
  const auto segments = split_path(path.substr(kAdminPrefix.size()));
  if (!segments) return malformed("the path is malformed");

  std::string methods;
  for (const Endpoint& endpoint : kEndpoints) {
    auto parameters = match(endpoint.path, *segments);
    if (!parameters) continue;
    if (endpoint.method == request.method)
      return decode(endpoint, *std::move(parameters), query, request.body, config);
    methods.append(methods.empty() ? "" : ", ").append(endpoint.method);
  }
  if (methods.empty()) return refused_request(404, "not-found", "there is no such endpoint");
  return refused_request(405, "method-not-allowed", "use " + methods);
}

}  // namespace doublecheck::server
