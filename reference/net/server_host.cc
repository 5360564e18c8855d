#include "reference/net/server_host.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <variant>

#include "reference/net/http_connection.h"
#include "reference/net/listener.h"
#include "reference/net/store_writer.h"
#include "reference/net/tcp_transport.h"
#include "reference/net/tls_context.h"
#include "reference/net/tls_identity.h"
#include "reference/net/url.h"
#include "reference/server/admin_json.h"
#include "reference/server/server.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::net {

using boost::asio::ip::tcp;
using server::ConnectionId;

static_assert(kMaxRequestBody >= server::kMaxAdminBody);

namespace {

constexpr ConnectionId kHostItself = 0;
constexpr std::string_view kBearer = "Bearer ";

// What the host answers itself: the key that clients have to trust.
constexpr std::string_view kTrustRootTarget = "/admin/v1/trust-root";

std::string describe(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  return error ? "unknown" : peer.address().to_string() + ":" + std::to_string(peer.port());
}

HttpResponse json_response(server::AdminResponse response) {
  return {response.status, "application/json", std::move(response.body)};
}

HttpResponse refused(int status, std::string code, std::string message) {
  return json_response(server::encode_admin(
      std::unexpected(server::AdminError{status, std::move(code), std::move(message)})));
}

}  // namespace

class ServerHost::Implementation : public std::enable_shared_from_this<Implementation> {
 public:
  Implementation(boost::asio::io_context& io, server::Server& core, const Clock& clock,
                 ServerHostOptions options, Log log)
      : io_(io),
        timer_(io),
        server_(core),
        clock_(clock),
        options_(std::move(options)),
        log_(std::move(log)) {}

  Result<> keep_in(store::SqliteStore store) {
    auto records = store.load();
    if (!records) return propagate(records);
    auto effects = server_.restore(*records, clock_.now());
    if (!effects) return propagate(effects);
    // Nobody is told of a server that is not durable yet.
    for (server::Effect& effect : *effects) {
      const auto* persist = std::get_if<server::Persist>(&effect);
      if (persist == nullptr) continue;
      if (auto done = store.commit({&persist->transaction, 1}); !done) return done;
      carry_out(server_.persisted(persist->transaction.ticket, clock_.now()));
    }
    writer_.emplace(
        io_, std::move(store),
        StoreWriter::Handlers{.on_durable =
                                  [this](store::Ticket ticket) {
                                    carry_out(server_.persisted(ticket, clock_.now()));
                                  },
                              .on_failed = [this](const std::string& why) { store_failed(why); }});
    return {};
  }

  Result<> finish_store() { return writer_ ? writer_->finish() : Result<>{}; }

  Result<> listen() {
    auto identity = options_.certificate_file || options_.private_key_file
                        ? read_identity(options_.certificate_file.value_or(""),
                                        options_.private_key_file.value_or(""))
                        : make_self_signed_identity();
    if (!identity) return propagate(identity);
    auto context = server_tls_context(*identity);
    if (!context) return propagate(context);
    certificate_pem_ = std::move(identity->certificate_pem);
    tls_ = *std::move(context);

    auto http = Listener::open(io_, options_.address, options_.http_port,
                               [this](tcp::socket socket) { accept_http(std::move(socket)); });
    if (!http) return propagate(http);
    http_.emplace(*std::move(http));
    if (!options_.tcp_port) return {};
    auto raw = Listener::open(io_, options_.address, *options_.tcp_port,
                              [this](tcp::socket socket) { accept_tcp(std::move(socket)); });
    if (!raw) return propagate(raw);
    tcp_.emplace(*std::move(raw));
    return {};
  }

  std::uint16_t http_port() const { return http_->port(); }
  std::optional<std::uint16_t> tcp_port() const {
    return tcp_ ? std::optional(tcp_->port()) : std::nullopt;
  }
  const std::string& certificate_pem() const { return certificate_pem_; }
  std::size_t connections() const { return connections_.size(); }

  server::AdminReply admin(const server::AdminCommand& command) {
    server::Effects effects;
    server::AdminReply reply = server_.admin(command, clock_.now(), effects);
    carry_out(std::move(effects));
    return reply;
  }

  // After every call of the server.
  void carry_out(server::Effects effects) {
    for (server::Effect& effect : effects) {
      std::visit([this](auto& wanted) { carry_out_one(wanted); }, effect);
    }
    for (const server::LogLine& line : server_.take_log()) log(line.connection, line.text);
    arm_timer();
  }

  // Time has passed, or the clock was moved.
  void look_at_clock() {
    const std::optional<Instant> next = server_.next_deadline();
    if (next && *next <= clock_.now().steady) {
      carry_out(server_.tick(clock_.now()));
    } else {
      arm_timer();
    }
  }

 private:
  // First it speaks HTTP, or nothing; then it may be a carrier, which the server knows once it is
  // open.
  struct Connection {
    std::string peer;
    std::unique_ptr<HttpConnection> http = {};
    std::unique_ptr<Carrier> carrier = {};
    bool known_to_server = false;
  };

  void accept_http(tcp::socket socket) {
    const std::optional<ConnectionId> admitted = admit(socket);
    if (!admitted) return;
    const ConnectionId id = *admitted;
    HttpHandlers handlers{
        .respond = [this](const HttpRequest& request) { return respond(request); },
        .is_websocket = [](std::string_view path) { return path == kChatPath; },
        .upgrade =
            [this, id](std::string_view carrier, const HttpHandlers::Accept& accept) {
              Connection& connection = connections_.at(id);
              connection.carrier = accept(carrier_handlers(id, std::string(carrier)));
              connection.http.reset();
            },
        .on_closed = [this, id] { connections_.erase(id); },
    };
    connections_.at(id).http =
        std::make_unique<HttpConnection>(io_, std::move(socket), tls_, std::move(handlers));
  }

  void accept_tcp(tcp::socket socket) {
    const std::optional<ConnectionId> id = admit(socket);
    if (!id) return;
    connections_.at(*id).carrier =
        start_carrier(tcp_server(io_, std::move(socket), carrier_handlers(*id, "tcp")));
  }

  std::optional<ConnectionId> admit(const tcp::socket& socket) {
    if (connections_.size() >= options_.max_connections) {
      log(kHostItself, "dropped a connection of " + describe(socket) + ": too many are open");
      return std::nullopt;
    }
    const ConnectionId id = next_id_++;
    connections_[id].peer = describe(socket);
    return id;
  }

  CarrierHandlers carrier_handlers(ConnectionId id, std::string carrier) {
    return {
        .on_open =
            [this, id, carrier = std::move(carrier)] {
              Connection& connection = connections_.at(id);
              connection.known_to_server = true;
              log(id, "connected from " + connection.peer + " over " + carrier);
              carry_out(server_.opened(id, carrier, clock_.now()));
            },
        .on_bytes = [this,
                     id](ByteView bytes) { carry_out(server_.received(id, bytes, clock_.now())); },
        .on_closed =
            [this, id](CloseReason reason, const std::string& details) {
              const bool known = connections_.at(id).known_to_server;
              connections_.erase(id);
              if (!known) return;
              log(id, std::string(to_string(reason)) + (details.empty() ? "" : ": " + details));
              carry_out(server_.closed(id, clock_.now()));
            },
    };
  }

  void carry_out_one(server::Send& send) {
    const auto connection = connections_.find(send.connection);
    if (connection != connections_.end() && connection->second.carrier) {
      connection->second.carrier->send(std::move(send.frame));
    }
  }

  void carry_out_one(server::Close& close) {
    const auto connection = connections_.find(close.connection);
    if (connection == connections_.end() || !connection->second.carrier) return;
    log(close.connection, "closing: " + close.reason);
    if (close.abrupt) {
      connection->second.carrier->reset();
    } else {
      connection->second.carrier->close();
    }
  }

  void carry_out_one(server::Persist& persist) { writer_->write(std::move(persist.transaction)); }

  void store_failed(const std::string& why) {
    log(kHostItself, "refusing service, the store failed: " + why);
    carry_out(server_.store_failed(why, clock_.now()));
    if (options_.on_store_failed) options_.on_store_failed(why);
  }

  HttpResponse respond(const HttpRequest& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (path == "/") {
      if (request.method == "GET" || request.method == "HEAD")
        return {200, "text/plain", "ready\n"};
      return refused(405, "method-not-allowed", "use GET");
    }
    const auto route = options_.routes.find(path);
    const std::string target = route == options_.routes.end()
                                   ? request.target
                                   : route->second + request.target.substr(path.size());
    if (!options_.admin || !target.starts_with(server::kAdminPrefix)) {
      return refused(404, "not-found", "there is nothing at " + path);
    }
    if (!is_authorized(request)) return refused(401, "unauthorized", "a bearer token is required");
    if (target == kTrustRootTarget) return trust_root(request);
    const auto command =
        server::decode_admin({request.method, target, request.body}, server_.state().config);
    if (!command) return json_response(server::encode_admin(std::unexpected(command.error())));
    return json_response(server::encode_admin(admin(*command)));
  }

  HttpResponse trust_root(const HttpRequest& request) const {
    if (request.method != "GET") return refused(405, "method-not-allowed", "use GET");
    return {200, "application/json", R"({"trust_root":")" + to_hex(server_.trust_root()) + "\"}"};
  }

  bool is_authorized(const HttpRequest& request) const {
    if (!options_.admin_token) return true;
    const std::string_view given = request.authorization;
    return given.starts_with(kBearer) &&
           equal_in_constant_time(as_bytes(given.substr(kBearer.size())),
                                  as_bytes(*options_.admin_token));
  }

  void arm_timer() {
    const std::optional<Instant> next = server_.next_deadline();
    if (next == armed_for_) return;
    armed_for_ = next;
    timer_.cancel();
    if (!next) return;
    timer_.expires_after(std::max(*next - clock_.now().steady, Duration{0}));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error) return;
      self->armed_for_.reset();
      self->look_at_clock();
    });
  }

  void log(ConnectionId id, std::string_view line) {
    if (log_) log_(id, line);
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::optional<Instant> armed_for_;  // what `timer_` waits for
  server::Server& server_;
  const Clock& clock_;
  ServerHostOptions options_;
  Log log_;

  std::string certificate_pem_;
  TlsContext tls_;
  ConnectionId next_id_ = kHostItself + 1;
  std::map<ConnectionId, Connection> connections_;
  std::optional<Listener> http_;
  std::optional<Listener> tcp_;
  std::optional<StoreWriter> writer_;
};

Result<std::unique_ptr<ServerHost>> ServerHost::start(boost::asio::io_context& io,
                                                      server::Server& server, const Clock& clock,
                                                      ServerHostOptions options, Log log,
                                                      std::optional<store::SqliteStore> store) {
  auto implementation =
      std::make_shared<Implementation>(io, server, clock, std::move(options), std::move(log));
  if (store) {
    if (auto kept = implementation->keep_in(std::move(*store)); !kept) return propagate(kept);
  }
  if (auto listening = implementation->listen(); !listening) return propagate(listening);
  implementation->look_at_clock();
  return std::unique_ptr<ServerHost>(new ServerHost(std::move(implementation)));
}

ServerHost::ServerHost(std::shared_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
ServerHost::~ServerHost() = default;

std::uint16_t ServerHost::http_port() const { return implementation_->http_port(); }
std::optional<std::uint16_t> ServerHost::tcp_port() const { return implementation_->tcp_port(); }
const std::string& ServerHost::certificate_pem() const {
  return implementation_->certificate_pem();
}
std::size_t ServerHost::connections() const { return implementation_->connections(); }
server::AdminReply ServerHost::admin(const server::AdminCommand& command) {
  return implementation_->admin(command);
}
void ServerHost::carry_out(server::Effects effects) {
  implementation_->carry_out(std::move(effects));
}
Result<> ServerHost::finish_store() { return implementation_->finish_store(); }
void ServerHost::clock_changed() { implementation_->look_at_clock(); }

}  // namespace doublecheck::net
