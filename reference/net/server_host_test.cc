#include "reference/net/server_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <thread>
#include <variant>

#include "reference/net/connect.h"
#include "reference/net/test_support.h"
#include "reference/net/tls_context.h"
#include "reference/net/url.h"
#include "reference/server/limits.h"
#include "reference/server/server.h"
#include "spec/base/random.h"
#include "spec/base/text_encoding.h"
#include "spec/noise/client_payload.h"
#include "spec/session/client_stream.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::net {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A clock that stands still unless it is moved.
class ManualClock final : public Clock {
 public:
  Now now() const override { return now_; }
  void advance(Duration by) { now_ = {now_.steady + by, now_.wall + by}; }

 private:
  Now now_{.steady = {std::chrono::seconds(1000)}, .wall = UnixTime::from_seconds(1'800'000'000)};
};

// A companion without an account, as far as its handshake.
class Companion {
 public:
  Companion(const server::Server& server, const Clock& clock) : clock_(clock) {
    const noise::AppVersion version{
        .primary = 2, .secondary = 3000, .tertiary = 1, .quaternary = {}, .quinary = {}};
    noise::ClientPayload payload;
    payload.user_agent = noise::UserAgent{};
    payload.user_agent->platform = noise::Platform::kWeb;
    payload.user_agent->app_version = version;
    payload.push_name = "Alice";
    payload.device_pairing_data =
        noise::make_device_pairing_data({.registration_id = 1234,
                                         .identity = KeyPair::generate(random_),
                                         .signed_prekey_id = 1,
                                         .signed_prekey = KeyPair::generate(random_)},
                                        version, {}, random_);
    noise::ClientHandshakeConfig config{.static_key = KeyPair::generate(random_),
                                        .trust_root = {server.trust_root()},
                                        .payload = noise::encode_client_payload(payload),
                                        .ticket = {},
                                        .faults = {}};
    stream_.emplace(std::move(config), std::nullopt, server::kMaxHandshakeFrame);
  }

  // Every piece of the connection's bytes is sent as messages of this size.
  void connect_to(boost::asio::io_context& io, const Url& url, std::size_t piece_size) {
    piece_size_ = piece_size;
    carrier_ =
        connect(io, url, {},
                {.on_open = [this] { take(stream_->start(context())); },
                 .on_bytes = [this](ByteView bytes) { take(stream_->receive(bytes, context())); },
                 .on_closed = [this](CloseReason reason, const std::string&) { closed = reason; }});
  }

  std::vector<Bytes> stanzas;  // plaintexts
  std::optional<std::string> failure;
  std::optional<CloseReason> closed;

 private:
  Context context() { return {.now = clock_.now(), .random = random_}; }

  void take(session::ClientStream::Output output) {
    for (const Bytes& frame : output.frames) {
      for (ByteView rest = frame; !rest.empty();) {
        const ByteView piece = rest.first(std::min(piece_size_, rest.size()));
        carrier_->send(to_bytes(piece));
        rest = rest.subspan(piece.size());
      }
    }
    for (auto& event : output.events) {
      if (auto* stanza = std::get_if<session::PlaintextReceived>(&event))
        stanzas.push_back(stanza->plaintext);
    }
    if (output.failure) failure = output.failure->error.to_string();
  }

  SeededRandom random_{7};
  const Clock& clock_;
  std::optional<session::ClientStream> stream_;
  std::size_t piece_size_ = 0;
  std::unique_ptr<Carrier> carrier_;
};

class ServerHostTest : public ::testing::Test {
 protected:
  void start(ServerHostOptions options = {}) {
    options.tcp_port = 0;
    auto started = ServerHost::start(
        io_, server_, clock_, std::move(options),
        [this](server::ConnectionId, std::string_view line) { log_.emplace_back(line); });
    ASSERT_TRUE(started) << started.error().to_string();
    host_ = *std::move(started);
  }

  Url url(Scheme scheme) const {
    return scheme == Scheme::kTcp
               ? Url{scheme, "127.0.0.1", host_->tcp_port().value(), ""}
               : Url{scheme, "127.0.0.1", host_->http_port(), std::string(kChatPath)};
  }
  bool run(const std::function<bool()>& done) { return run_until(io_, done); }
  std::size_t sessions() const { return server_.state().sessions.size(); }

  // The answer to one request on a connection of its own.
  std::string http(const std::string& request) {
    Recorded client;
    client.carrier =
        connect(io_, {Scheme::kTcp, "127.0.0.1", host_->http_port(), ""}, {}, client.handlers());
    client.carrier->send(to_bytes(request));
    EXPECT_TRUE(run([&] { return client.closed.has_value(); }));
    return to_text(client.bytes);
  }
  std::string get(const std::string& target, const std::string& header = "") {
    return http("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + header +
                "\r\n");
  }
  std::string post(const std::string& target, const std::string& body) {
    return http("POST " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  boost::asio::io_context io_;
  ManualClock clock_;
  SeededRandom random_{1};
  server::Server server_{server::Config(), random_, clock_.now()};
  std::vector<std::string> log_;
  std::unique_ptr<ServerHost> host_;
};

TEST_F(ServerHostTest, ACompanionGetsItsFirstStanzaOverEveryCarrierInAnyPieces) {
  start();
  for (const Scheme scheme : {Scheme::kTcp, Scheme::kWs, Scheme::kWss}) {
    for (const std::size_t piece_size : {std::size_t{1}, std::size_t{50}, std::size_t{1} << 20}) {
      Companion companion(server_, clock_);
      companion.connect_to(io_, url(scheme), piece_size);
      ASSERT_TRUE(
          run([&] { return !companion.stanzas.empty() || companion.failure || companion.closed; }));
      ASSERT_FALSE(companion.stanzas.empty()) << to_string(scheme) << " in pieces of " << piece_size
                                              << ": " << companion.failure.value_or("closed");
      const auto stanza = wire::Stanza::decode(companion.stanzas.front());
      ASSERT_TRUE(stanza);
      EXPECT_NE(stanza->root().child("pair-device"), nullptr);
    }
  }
  // Destroyed companions are forgotten as soon as their connections are.
  EXPECT_TRUE(run([&] { return sessions() == 0 && host_->connections() == 0; }));
}

TEST_F(ServerHostTest, TheServerIsToldWhatCarriesAConnectionAndWhenItEnds) {
  start();
  for (const auto& [scheme, name] :
       {std::pair(Scheme::kTcp, "tcp"), {Scheme::kWs, "ws"}, {Scheme::kWss, "wss"}}) {
    Recorded client;
    client.carrier = connect(io_, url(scheme), {}, client.handlers());
    ASSERT_TRUE(run([&] { return client.open && sessions() == 1; }));
    EXPECT_EQ(server_.state().sessions.begin()->second.carrier, name);
    client.carrier->reset();
    EXPECT_TRUE(run([&] { return sessions() == 0; }));
    EXPECT_THAT(log_, Contains(StartsWith("connected from 127.0.0.1:")));
    EXPECT_THAT(log_, Contains(StartsWith("connection lost")));
    log_.clear();
  }
}

TEST_F(ServerHostTest, ABadPeerHarmsNoOther) {
  start();
  Companion good(server_, clock_);
  good.connect_to(io_, url(Scheme::kWs), 1 << 20);
  ASSERT_TRUE(run([&] { return !good.stanzas.empty(); }));

  for (const Scheme scheme : {Scheme::kTcp, Scheme::kWs, Scheme::kWss}) {
    Recorded junk;
    junk.carrier = connect(io_, url(scheme), {}, junk.handlers());
    junk.carrier->send(to_bytes("GET / HTTP/1.1\r\n\r\n"));
    ASSERT_TRUE(run([&] { return junk.closed.has_value(); }));
    EXPECT_EQ(junk.closed, CloseReason::kPeer);
    EXPECT_TRUE(junk.bytes.empty());
  }
  Recorded text;
  text.carrier = connect(io_, url(Scheme::kWs), {}, text.handlers());
  text.carrier->send_text("hello");
  ASSERT_TRUE(run([&] { return text.closed.has_value(); }));

  EXPECT_TRUE(run([&] { return sessions() == 1; }));
  EXPECT_FALSE(good.closed);
}

TEST_F(ServerHostTest, DeadlinesAreKeptByTheGivenClock) {
  start();
  Recorded client;
  client.carrier = connect(io_, url(Scheme::kWs), {}, client.handlers());
  ASSERT_TRUE(run([&] { return client.open && sessions() == 1; }));
  clock_.advance(server::kHandshakeTimeout - std::chrono::microseconds(1));
  host_->clock_changed();
  io_.poll();
  EXPECT_FALSE(client.closed);
  clock_.advance(std::chrono::microseconds(1));
  host_->clock_changed();
  ASSERT_TRUE(run([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed, CloseReason::kPeer);
}

TEST_F(ServerHostTest, AnAdministratorsClockIsKeptToo) {
  start();
  Recorded client;
  client.carrier = connect(io_, url(Scheme::kWs), {}, client.handlers());
  ASSERT_TRUE(run([&] { return client.open && sessions() == 1; }));
  EXPECT_THAT(post("/admin/v1/time", R"({"advance_s": 3600})"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(run([&] { return client.closed.has_value(); }));
}

TEST_F(ServerHostTest, IsReadyWhenItAnswers) {
  start();
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(post("/", ""), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(get("/elsewhere"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(std::string(kChatPath)), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ServerHostTest, TheAdminApiReachesTheServer) {
  start();
  EXPECT_THAT(post("/admin/v1/accounts", R"({"name": "Alice", "pn": "15550001111"})"),
              HasSubstr("15550001111"));
  EXPECT_NE(server_.state().directory.all().find("15550001111"),
            server_.state().directory.all().end());
  EXPECT_THAT(get("/admin/v1/accounts/Alice"), HasSubstr(R"("pn":"15550001111")"));
  EXPECT_THAT(get("/admin/v1/accounts/Bob"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(post("/admin/v1/accounts", "{"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(get("/admin/v1/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get("/admin/v1/trust-root"), HasSubstr(to_hex(server_.trust_root())));
}

TEST_F(ServerHostTest, AResetOfTheServerClosesItsConnections) {
  start();
  Companion companion(server_, clock_);
  companion.connect_to(io_, url(Scheme::kWss), 1 << 20);
  ASSERT_TRUE(run([&] { return !companion.stanzas.empty(); }));
  EXPECT_THAT(post("/admin/v1/reset", ""), StartsWith("HTTP/1.1 200 "));
  ASSERT_TRUE(run([&] { return companion.closed.has_value(); }));
  EXPECT_EQ(companion.closed, CloseReason::kPeer);
  EXPECT_TRUE(run([&] { return sessions() == 0; }));
}

TEST_F(ServerHostTest, TheAdminApiCanBeOff) {
  start({.admin = false});
  EXPECT_THAT(get("/admin/v1/state"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerHostTest, TheAdminApiCanNeedAToken) {
  start({.admin_token = "secret"});
  EXPECT_THAT(get("/admin/v1/state"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get("/admin/v1/trust-root"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get("/admin/v1/state", "Authorization: Bearer secre\r\n"),
              StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get("/admin/v1/state", "Authorization: secret\r\n"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get("/admin/v1/state", "Authorization: Bearer secret\r\n"),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerHostTest, RoutesAreOtherPathsOfTheAdminApi) {
  start({.routes = {{"/status", "/admin/v1/state"}, {"/log", "/admin/v1/trace"}}});
  EXPECT_THAT(get("/status"), HasSubstr(R"("accounts":0)"));
  EXPECT_THAT(get("/log?since=0"), HasSubstr(R"("stanzas":[])"));
  EXPECT_THAT(get("/status/more"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ServerHostTest, ConnectionsAreLimited) {
  start({.max_connections = 2});
  Recorded first;
  first.carrier = connect(io_, url(Scheme::kTcp), {}, first.handlers());
  Recorded second;
  second.carrier = connect(io_, url(Scheme::kTcp), {}, second.handlers());
  ASSERT_TRUE(run([&] { return sessions() == 2; }));

  Recorded third;
  third.carrier = connect(io_, url(Scheme::kTcp), {}, third.handlers());
  ASSERT_TRUE(run([&] { return third.closed.has_value(); }));
  EXPECT_FALSE(first.closed);
  EXPECT_FALSE(second.closed);
  EXPECT_THAT(log_, Contains(HasSubstr("too many")));

  first.carrier.reset();
  ASSERT_TRUE(run([&] { return sessions() == 1; }));
  Recorded fourth;
  fourth.carrier = connect(io_, url(Scheme::kTcp), {}, fourth.handlers());
  EXPECT_TRUE(run([&] { return sessions() == 2; }));
}

TEST_F(ServerHostTest, DestroyingItDropsEverything) {
  start();
  Recorded client;
  client.carrier = connect(io_, url(Scheme::kWss), {}, client.handlers());
  ASSERT_TRUE(run([&] { return client.open; }));
  const Url gone = url(Scheme::kWs);
  host_.reset();
  ASSERT_TRUE(run([&] { return client.closed.has_value(); }));
  Recorded late;
  late.carrier = connect(io_, gone, {}, late.handlers());
  ASSERT_TRUE(run([&] { return late.closed.has_value(); }));
  EXPECT_EQ(late.closed, CloseReason::kNotConnected);
}

TEST_F(ServerHostTest, SaysWhyItCannotStart) {
  start();
  const auto why = [&](ServerHostOptions options) {
    const auto started = ServerHost::start(io_, server_, clock_, std::move(options));
    return started ? "started" : started.error().to_string();
  };
  EXPECT_THAT(why({.http_port = host_->http_port()}), HasSubstr("listening"));
  EXPECT_THAT(why({.address = "example.com"}), HasSubstr("not an IP address"));
  EXPECT_THAT(why({.certificate_file = "/nonexistent.pem", .private_key_file = "/nonexistent.pem"}),
              HasSubstr("/nonexistent.pem"));
}

// HTTPS by a blocking client on a thread of its own, once for each version of TLS; the certificate
// is checked.
TEST_F(ServerHostTest, SpeaksHttpOverBothVersionsOfTls) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    std::string answer;
    std::string protocol;
    std::atomic<bool> done = false;
    std::thread client([&, port = host_->http_port()] {
      namespace ssl = boost::asio::ssl;
      boost::asio::io_context io;
      const TlsContext context = client_tls_context(true, host_->certificate_pem()).value();
      ssl::stream<boost::asio::ip::tcp::socket> stream(io, *context);
      SSL_set_min_proto_version(stream.native_handle(), version);
      SSL_set_max_proto_version(stream.native_handle(), version);
      boost::system::error_code error;
      stream.next_layer().connect({boost::asio::ip::address_v4::loopback(), port}, error);
      if (!error) stream.handshake(ssl::stream_base::client, error);
      const unsigned char* chosen = nullptr;
      unsigned int size = 0;
      SSL_get0_alpn_selected(stream.native_handle(), &chosen, &size);
      protocol.assign(chosen, chosen + size);
      const std::string request =
          "GET /admin/v1/state HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      if (!error) boost::asio::write(stream, boost::asio::buffer(request), error);
      if (!error) boost::asio::read(stream, boost::asio::dynamic_buffer(answer), error);
      done = true;
    });
    EXPECT_TRUE(run_until(io_, [&] {
      io_.poll();
      return done.load();
    }));
    client.join();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(protocol, "http/1.1");
  }
}

}  // namespace
}  // namespace doublecheck::net
