#include "harness/iut/remote_server.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "reference/net/connect.h"
#include "spec/base/bytes.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

constexpr Duration kControlTimeout = std::chrono::seconds(10);
constexpr std::size_t kMaxControlAnswer = std::size_t{1} << 20;

// A carrier as a link; what arrives after the link is gone goes nowhere.
class CarrierLink final : public Link {
 public:
  explicit CarrierLink(std::unique_ptr<net::Carrier> carrier) : carrier_(std::move(carrier)) {}
  void send(ByteView bytes) override { carrier_->send(to_bytes(bytes)); }
  void close() override { carrier_->close(); }
  void reset() override { carrier_->reset(); }

 private:
  std::unique_ptr<net::Carrier> carrier_;
};

// The body of a successful answer to an HTTP/1.0 request, which is not chunked and ends with the
// connection.
Result<std::string> body_of(const std::string& answer) {
  const std::size_t code_at = answer.find(' ');
  int status = 0;
  if (code_at != std::string::npos) {
    std::from_chars(answer.data() + code_at + 1, answer.data() + answer.size(), status);
  }
  const std::size_t head_end = answer.find("\r\n\r\n");
  if (status == 0 || head_end == std::string::npos)
    return fail("control", "an answer that is not HTTP");
  std::string body = answer.substr(head_end + 4);
  if (status / 100 != 2)
    return fail("control", "HTTP status " + std::to_string(status) + ": " + body);
  return body;
}

Result<net::Url> control_url(const RemoteServerOptions& options, const net::Url& url) {
  constexpr std::string_view kHttp = "http://";
  if (options.control_url) {
    if (!options.control_url->starts_with(kHttp))
      return fail("control URL", "must start with http://");
    return net::parse_url("ws://" + options.control_url->substr(kHttp.size()));
  }
  if (url.scheme == net::Scheme::kTcp)
    return fail("control URL", "has to be given for a tcp:// server");
  return url;
}

Result<PublicKey> to_trust_root(std::string_view hex) {
  const auto bytes = from_hex(hex);
  const auto key = bytes ? to_public_key(*bytes) : std::nullopt;
  if (!key) return fail("trust root", "must be 64 hexadecimal digits");
  return *key;
}

Result<server::PairedDevice> paired_device(const Result<std::string>& answer) {
  if (!answer) return std::unexpected(answer.error());
  const auto parsed = nlohmann::json::parse(*answer, nullptr, false);
  const auto account = parsed.is_object() ? parsed.find("account") : parsed.end();
  if (!parsed.is_object() || account == parsed.end() || !account->is_object()) {
    return fail("control", "the answer to a scan has no account");
  }
  return server::PairedDevice{.phone_number = account->value("pn", ""),
                              .lid = account->value("lid", ""),
                              .name = account->value("name", ""),
                              .device = parsed.value("device", std::uint16_t{0})};
}

// Names of accounts may hold anything.
std::string account_target(const std::string& account) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string target = "/admin/v1/accounts/";
  for (const std::uint8_t byte : as_bytes(account)) {
    target.push_back('%');
    target.push_back(kDigits[byte >> 4]);
    target.push_back(kDigits[byte & 0x0f]);
  }
  return target;
}

}  // namespace

RemoteServer::RemoteServer(net::Url url, std::optional<net::Url> control,
                           const RemoteServerOptions& options)
    : driver_(options.time_scale),
      url_(std::move(url)),
      control_(std::move(control)),
      allow_remote_host_(options.allow_remote_host) {}

RemoteServer::~RemoteServer() = default;

Result<std::unique_ptr<RemoteServer>> RemoteServer::open(const RemoteServerOptions& options) {
  auto url = net::parse_url(options.url);
  if (!url) return propagate(url);
  auto control = control_url(options, *url);
  if (!control) return propagate(control);
  std::unique_ptr<RemoteServer> server(
      new RemoteServer(std::move(*url), std::move(*control), options));
  auto hex =
      options.trust_root ? Result<std::string>(*options.trust_root) : server->ask_for_trust_root();
  if (!hex) return propagate(hex);
  const auto key = to_trust_root(*hex);
  if (!key) return std::unexpected(key.error());
  server->trust_root_ = *key;
  return server;
}

std::unique_ptr<Link> RemoteServer::connect(LinkHandlers handlers) {
  net::ConnectOptions options;
  options.allow_remote_host = allow_remote_host_;
  options.origin = "https://web.whatsapp.com";
  auto shared = std::make_shared<LinkHandlers>(std::move(handlers));
  // Holds connecting_ until it is open, has failed, or is gone.
  auto connecting = std::make_shared<std::shared_ptr<void>>(connecting_);
  return std::make_unique<CarrierLink>(
      net::connect(driver_.io(), url_, options,
                   {.on_open = [connecting] { connecting->reset(); },
                    .on_bytes = [shared](ByteView bytes) { shared->on_bytes(bytes); },
                    .on_closed =
                        [shared, connecting](net::CloseReason reason, const std::string& details) {
                          connecting->reset();
                          shared->on_closed(std::string(net::to_string(reason)) + ": " + details);
                        }}));
}

Result<std::string> RemoteServer::request(const std::string& method, const std::string& target,
                                          const std::string& body) {
  net::Url url = *control_;
  const std::string authority = url.authority();
  url.scheme = net::Scheme::kTcp;
  url.path.clear();
  net::ConnectOptions options;
  options.allow_remote_host = allow_remote_host_;
  std::string answer;
  bool ended = false;
  const auto carrier =
      net::connect(driver_.io(), url, options,
                   {.on_open = {},
                    .on_bytes =
                        [&](ByteView bytes) {
                          if (answer.size() < kMaxControlAnswer) answer += as_text(bytes);
                        },
                    .on_closed = [&](net::CloseReason, const std::string&) { ended = true; }});
  carrier->send(
      to_bytes(method + " " + target + " HTTP/1.0\r\nHost: " + authority +
               "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body));
  if (!driver_.run_until([&] { return ended; }, kControlTimeout))
    return fail("control", "no answer within 10 s");
  return body_of(answer);
}

Result<std::string> RemoteServer::ask_for_trust_root() {
  const auto answer = request("GET", "/admin/v1/trust-root", {});
  if (!answer) return std::unexpected(answer.error());
  const auto parsed = nlohmann::json::parse(*answer, nullptr, false);
  if (!parsed.is_object()) return fail("trust root", "the answer is not a JSON object");
  return parsed.value("trust_root", "");
}

Result<server::PairedDevice> RemoteServer::scan(const std::string& qr_text) {
  return paired_device(
      request("POST", "/admin/v1/phone/scan", nlohmann::json{{"qr", qr_text}}.dump()));
}

Result<server::PairedDevice> RemoteServer::enter_code(const std::string& phone_number,
                                                      const std::string& code) {
  return paired_device(request("POST", "/admin/v1/phone/code",
                               nlohmann::json{{"phone", phone_number}, {"code", code}}.dump()));
}

bool RemoteServer::advance_clock(Duration by) {
  // The server must know of every connection before its clock moves: ours are open, and what it
  // accepted before an answer it has seen before the next request.
  driver_.run_until([&] { return connecting_.use_count() == 1; }, kControlTimeout);
  if (!request("GET", "/", {})) return false;
  const auto whole_seconds = std::chrono::ceil<std::chrono::seconds>(by).count();
  return request("POST", "/admin/v1/time", nlohmann::json{{"advance_s", whole_seconds}}.dump())
      .has_value();
}

Result<> RemoteServer::change_account(const std::string& account,
                                      const server::AccountSettings& settings) {
  nlohmann::json body;
  if (!settings.props.empty()) body["props"] = settings.props;
  if (settings.contact_policy) {
    body["policy"] = {
        {"contact", settings.contact_policy->token_required ? "token-required" : "open"},
        {"accept_tctoken", settings.contact_policy->accept_tctoken},
        {"accept_cstoken", settings.contact_policy->accept_cstoken}};
  }
  if (settings.salt) {
    body["salt"] = {{"value", to_base64(settings.salt->value)},
                    {"in_history", settings.salt->in_history}};
  }
  const auto answer = request("PATCH", account_target(account), body.dump());
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Result<> RemoteServer::replace_phone(const std::string& account) {
  const auto answer = request("POST", account_target(account) + "/phone/replace", "{}");
  if (!answer) return std::unexpected(answer.error());
  return {};
}

}  // namespace doublecheck::harness
