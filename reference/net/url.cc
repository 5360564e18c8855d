#include "reference/net/url.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

namespace doublecheck::net {
namespace {

struct SchemeRule {
  Scheme scheme;
  std::string_view name;
  std::uint16_t default_port;  // 0: it has to be written
};
constexpr std::array kSchemes = {SchemeRule{Scheme::kTcp, "tcp", 0},
                                 SchemeRule{Scheme::kWs, "ws", 80},
                                 SchemeRule{Scheme::kWss, "wss", 443}};

const SchemeRule& rule_of(Scheme scheme) {
  return *std::ranges::find(kSchemes, scheme, &SchemeRule::scheme);
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(std::string(host), error);
  return !error && host.find('%') == std::string_view::npos;
}

std::optional<std::uint16_t> to_port(std::string_view digits) {
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string_view to_string(Scheme scheme) { return rule_of(scheme).name; }

std::string Url::authority() const {
  const bool needs_brackets = host.find(':') != std::string::npos;
  return (needs_brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::to_string() const {
  return std::string(net::to_string(scheme)) + "://" + authority() + path;
}

Result<Url> parse_url(std::string_view text) {
  const auto refused = [](std::string why) { return fail("URL", std::move(why)); };
  if (text.size() > kMaxUrlBytes) return refused("is longer than kMaxUrlBytes");
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return refused("has a character that is not visible ASCII");
  }

  const std::size_t colon = text.find("://");
  const auto rule = std::ranges::find(kSchemes, text.substr(0, colon), &SchemeRule::name);
  if (colon == std::string_view::npos || rule == kSchemes.end()) {
    return refused("does not begin with ws://, wss:// or tcp://");
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return refused("has a fragment");

  Url url{.scheme = rule->scheme, .host = {}, .port = rule->default_port, .path = {}};
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  url.path = rest.substr(slash);
  if (authority.find('@') != std::string_view::npos) return refused("has user information");

  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos || !is_ipv6(authority.substr(1, bracket - 1))) {
      return refused("has brackets without an IPv6 address");
    }
    url.host = authority.substr(1, bracket - 1);
    authority.remove_prefix(bracket + 1);
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, end);
    authority.remove_prefix(end);
    if (!is_host_name(url.host)) return refused("has no valid host");
  }

  if (!authority.empty()) {
    const auto port = authority.front() == ':' ? to_port(authority.substr(1)) : std::nullopt;
    if (!port) return refused("has no valid port");
    url.port = *port;
  }
  if (url.port == 0) return refused("has no port");

  if (url.scheme == Scheme::kTcp) {
    if (!url.path.empty()) return refused("has a path, which TCP does not");
  } else if (url.path.empty()) {
    url.path = kChatPath;
  } else if (url.path.front() != '/') {
    return refused("has a query without a path");
  }
  return url;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

}  // namespace doublecheck::net
