#include "reference/net/carrier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>

#include "reference/net/connect.h"
#include "reference/net/http_connection.h"
#include "reference/net/listener.h"
#include "reference/net/tcp_transport.h"
#include "reference/net/test_support.h"
#include "reference/net/tls_context.h"
#include "reference/net/tls_identity.h"
#include "reference/net/url.h"

namespace doublecheck::net {
namespace {

using boost::asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// A listening port whose connections become carriers of one kind; the last of them is at hand.
class Endpoint {
 public:
  Endpoint(boost::asio::io_context& io, Scheme scheme, std::string address = "127.0.0.1")
      : io_(io), scheme_(scheme), address_(std::move(address)) {
    identity_ = make_self_signed_identity().value();
    tls_ = server_tls_context(identity_).value();
    listener_.emplace(Listener::open(io, address_, 0, [this](tcp::socket socket) {
                        accept(std::move(socket));
                      }).value());
  }

  Url url() const {
    return {scheme_, address_, listener_->port(),
            scheme_ == Scheme::kTcp ? "" : std::string(kChatPath)};
  }
  const std::string& certificate() const { return identity_.certificate_pem; }

  Recorded accepted;
  std::string carrier;

 private:
  void accept(tcp::socket socket) {
    if (scheme_ == Scheme::kTcp) {
      accepted.carrier = start_carrier(tcp_server(io_, std::move(socket), accepted.handlers()));
      return;
    }
    http_ = std::make_unique<HttpConnection>(
        io_, std::move(socket), tls_,
        HttpHandlers{.respond =
                         [](const HttpRequest&) {
                           return HttpResponse{404, "text/plain", "nothing here\n"};
                         },
                     .is_websocket = [](std::string_view path) { return path == kChatPath; },
                     .upgrade =
                         [this](std::string_view name, const HttpHandlers::Accept& accept_upgrade) {
                           carrier = name;
                           accepted.carrier = accept_upgrade(accepted.handlers());
                         },
                     .on_closed = [] {}});
  }

  boost::asio::io_context& io_;
  Scheme scheme_;
  std::string address_;
  TlsIdentity identity_;
  TlsContext tls_;
  std::unique_ptr<HttpConnection> http_;
  std::optional<Listener> listener_;
};

class CarrierTest : public ::testing::TestWithParam<Scheme> {
 protected:
  bool is_websocket() const { return GetParam() != Scheme::kTcp; }

  bool run(const std::function<bool()>& done) { return run_until(io, done); }

  void connect_client(ConnectOptions options = {}) {
    client.carrier = connect(io, server.url(), options, client.handlers());
  }
  void connect_both() {
    connect_client();
    ASSERT_TRUE(run([&] { return client.open && server.accepted.open; })) << client.details;
  }

  boost::asio::io_context io;
  Endpoint server{io, GetParam()};
  Recorded client;
};

TEST_P(CarrierTest, CarriesBytesBothWaysInOrder) {
  connect_both();
  Bytes sent;
  for (std::size_t i = 0; i < 200; ++i) {
    const Bytes piece(i * 97 % 5000 + 1, static_cast<std::uint8_t>(i));
    append(sent, piece);
    client.carrier->send(piece);
    server.accepted.carrier->send(piece);
  }
  ASSERT_TRUE(run([&] {
    return client.bytes.size() >= sent.size() && server.accepted.bytes.size() >= sent.size();
  }));
  EXPECT_EQ(client.bytes, sent);
  EXPECT_EQ(server.accepted.bytes, sent);
  EXPECT_TRUE(run([&] { return client.carrier->queued_bytes() == 0; }));
}

TEST_P(CarrierTest, AMessageArrivesAsOnePieceOverWebSocket) {
  if (!is_websocket()) GTEST_SKIP() << "TCP has no messages";
  connect_both();
  const Bytes large(300'000, 7);
  client.carrier->send({1, 2});
  client.carrier->send(large);
  client.carrier->send({});
  client.carrier->send({3});
  ASSERT_TRUE(run([&] { return server.accepted.pieces.size() >= 4; }));
  EXPECT_THAT(server.accepted.pieces, ElementsAre(Bytes{1, 2}, large, Bytes{}, Bytes{3}));
}

TEST_P(CarrierTest, WhatIsSentBeforeItIsOpenWaits) {
  connect_client();
  client.carrier->send({1});
  client.carrier->send({2});
  EXPECT_EQ(client.carrier->queued_bytes(), 2U);
  ASSERT_TRUE(run([&] { return server.accepted.bytes.size() >= 2; }));
  EXPECT_EQ(server.accepted.bytes, (Bytes{1, 2}));
}

TEST_P(CarrierTest, CloseComesAfterEverythingSentBefore) {
  connect_both();
  const Bytes message(3'000'000, 9);
  client.carrier->send(message);
  client.carrier->send(message);
  client.carrier->close();
  client.carrier->send({1});
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(client.closed, CloseReason::kLocal);
  EXPECT_EQ(server.accepted.closed, CloseReason::kPeer);
  EXPECT_EQ(server.accepted.bytes.size(), 2 * message.size());
}

TEST_P(CarrierTest, EitherEndMayCloseAndBothMay) {
  connect_both();
  server.accepted.carrier->close();
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(server.accepted.closed, CloseReason::kLocal);
  EXPECT_EQ(client.closed, CloseReason::kPeer);

  client.open = false;
  client.closed.reset();
  server.accepted.open = false;
  server.accepted.closed.reset();
  connect_both();
  client.carrier->close();
  server.accepted.carrier->close();
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(client.closed, CloseReason::kLocal);
  EXPECT_EQ(server.accepted.closed, CloseReason::kLocal);
}

TEST_P(CarrierTest, CloseBeforeItIsOpenStillSendsWhatWasQueued) {
  connect_client();
  client.carrier->send({1, 2, 3});
  client.carrier->close();
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(client.closed, CloseReason::kLocal);
  EXPECT_FALSE(client.open);
  EXPECT_EQ(server.accepted.bytes, (Bytes{1, 2, 3}));
}

TEST_P(CarrierTest, AfterItsCloseAnEndHearsNothing) {
  connect_both();
  client.carrier->close();
  server.accepted.carrier->send({1});
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_THAT(client.pieces, IsEmpty());
}

TEST_P(CarrierTest, AResetIsALostConnectionForThePeer) {
  connect_both();
  client.carrier->reset();
  EXPECT_FALSE(client.closed) << "reported from within the call";
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(client.closed, CloseReason::kLocal);
  EXPECT_EQ(server.accepted.closed, CloseReason::kLost) << server.accepted.details;
}

TEST_P(CarrierTest, DestroyingTheCarrierDropsTheConnection) {
  connect_both();
  client.carrier.reset();
  ASSERT_TRUE(run([&] { return server.accepted.closed.has_value(); }));
  EXPECT_EQ(server.accepted.closed, CloseReason::kPeer);
  EXPECT_FALSE(client.closed);
}

TEST_P(CarrierTest, AHandlerMayDestroyItsCarrier) {
  CarrierHandlers handlers = client.handlers();
  handlers.on_open = [&] { client.carrier.reset(); };
  client.carrier = connect(io, server.url(), {}, handlers);
  ASSERT_TRUE(run([&] { return server.accepted.closed.has_value(); }));

  server.accepted.open = false;
  handlers = client.handlers();
  handlers.on_bytes = [&](ByteView) { client.carrier.reset(); };
  client.carrier = connect(io, server.url(), {}, handlers);
  ASSERT_TRUE(run([&] { return server.accepted.open; }));
  server.accepted.closed.reset();
  server.accepted.carrier->send({1});
  server.accepted.carrier->send({2});
  ASSERT_TRUE(run([&] { return server.accepted.closed.has_value(); }));
}

TEST_P(CarrierTest, AHandlerOfTheEndMayDestroyItsCarrierToo) {
  connect_both();
  bool told = false;
  Recorded second;
  CarrierHandlers handlers = second.handlers();
  handlers.on_closed = [&](CloseReason, const std::string&) {
    told = true;
    second.carrier.reset();
  };
  server.accepted.open = false;
  second.carrier = connect(io, server.url(), {}, handlers);
  ASSERT_TRUE(run([&] { return second.open && server.accepted.open; }));
  server.accepted.closed.reset();
  server.accepted.carrier->close();
  ASSERT_TRUE(run([&] { return told && server.accepted.closed; }));
  EXPECT_EQ(server.accepted.closed, CloseReason::kLocal);
  EXPECT_EQ(server.accepted.details, "closed") << "the peer's close did not come";
}

TEST_P(CarrierTest, TheQueueIsLimited) {
  constexpr std::size_t kMessages = 8;
  static_assert(kMaxQueuedBytes % kMessages == 0);
  const auto fill = [](Carrier& carrier) {
    for (std::size_t i = 0; i < kMessages; ++i) carrier.send(Bytes(kMaxQueuedBytes / kMessages));
  };
  connect_client();  // nothing leaves before the io_context runs
  fill(*client.carrier);
  EXPECT_EQ(client.carrier->queued_bytes(), kMaxQueuedBytes);
  ASSERT_TRUE(run([&] { return client.closed || client.carrier->queued_bytes() == 0; }));
  EXPECT_FALSE(client.closed) << client.details;

  Recorded other;
  other.carrier = connect(io, server.url(), {}, other.handlers());
  fill(*other.carrier);
  other.carrier->send({1});
  EXPECT_FALSE(other.closed) << "reported from within the call";
  ASSERT_TRUE(run([&] { return other.closed.has_value(); }));
  EXPECT_EQ(other.closed, CloseReason::kQueueFull);
}

TEST_P(CarrierTest, ATextMessageEndsTheConnectionAndIsNeverInTheStream) {
  if (!is_websocket()) GTEST_SKIP() << "TCP has no text messages";
  connect_both();
  client.carrier->send({1});
  client.carrier->send_text("hello text");
  client.carrier->send({2});
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(server.accepted.closed, CloseReason::kTextMessage);
  EXPECT_EQ(server.accepted.bytes, Bytes{1});
  EXPECT_EQ(client.closed, CloseReason::kPeer);
  EXPECT_THAT(client.details, HasSubstr("1003"));
}

TEST_P(CarrierTest, ATextMessageDoesNotCutAClosingEndShort) {
  if (!is_websocket()) GTEST_SKIP() << "TCP has no text messages";
  connect_both();
  const Bytes message(8'000'000, 9);
  server.accepted.carrier->send_text("hello text");
  client.carrier->send(message);
  client.carrier->close();
  ASSERT_TRUE(run([&] { return client.closed && server.accepted.closed; }));
  EXPECT_EQ(client.closed, CloseReason::kLocal);
  EXPECT_EQ(server.accepted.bytes.size(), message.size());
}

TEST_P(CarrierTest, TheLargestMessageIsTakenAndNoneLarger) {
  if (!is_websocket()) GTEST_SKIP() << "TCP has no messages";
  connect_both();
  client.carrier->send(Bytes(kMaxWebSocketMessage));
  ASSERT_TRUE(run([&] { return !server.accepted.pieces.empty(); }));
  EXPECT_EQ(server.accepted.bytes.size(), kMaxWebSocketMessage);
  client.carrier->send(Bytes(kMaxWebSocketMessage + 1));
  ASSERT_TRUE(run([&] { return server.accepted.closed.has_value(); }));
  EXPECT_EQ(server.accepted.closed, CloseReason::kProtocolError) << server.accepted.details;
  EXPECT_EQ(server.accepted.bytes.size(), kMaxWebSocketMessage);
}

TEST_P(CarrierTest, AClosedPortIsNotConnected) {
  Url nowhere = server.url();
  {
    Endpoint gone(io, GetParam());
    nowhere.port = gone.url().port;
  }
  client.carrier = connect(io, nowhere, {}, client.handlers());
  ASSERT_TRUE(run([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed, CloseReason::kNotConnected);
  EXPECT_FALSE(client.open);
}

TEST_P(CarrierTest, AnotherMachineIsOnlyReachedWhenItIsAllowedByName) {
  Url elsewhere = server.url();
  elsewhere.host = "192.0.2.1";  // a documentation address, where nobody is
  ConnectOptions options{.timeout = std::chrono::milliseconds(50)};
  for (const auto& allowed :
       {std::optional<std::string>(), std::optional<std::string>("192.0.2.2")}) {
    options.allow_remote_host = allowed;
    client = Recorded();
    client.carrier = connect(io, elsewhere, options, client.handlers());
    ASSERT_TRUE(run([&] { return client.closed.has_value(); }));
    EXPECT_EQ(client.closed, CloseReason::kNotConnected);
    EXPECT_THAT(client.details, HasSubstr("not allowed"));
  }
  // The network may refuse it at once or not answer at all; either way it was tried.
  options.allow_remote_host = "192.0.2.1";
  client = Recorded();
  client.carrier = connect(io, elsewhere, options, client.handlers());
  ASSERT_TRUE(run([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed, CloseReason::kNotConnected);
  EXPECT_THAT(client.details, ::testing::Not(HasSubstr("not allowed")));
}

TEST_P(CarrierTest, LocalhostIsThisMachine) {
  Url url = server.url();
  url.host = "localhost";
  client.carrier = connect(io, url, {}, client.handlers());
  EXPECT_TRUE(run([&] { return client.open; })) << client.details;
}

INSTANTIATE_TEST_SUITE_P(Carriers, CarrierTest,
                         ::testing::Values(Scheme::kTcp, Scheme::kWs, Scheme::kWss),
                         [](const auto& scheme) { return std::string(to_string(scheme.param)); });

// A port that accepts, and then does what a test says with the bare socket.
class RawPeer {
 public:
  explicit RawPeer(boost::asio::io_context& io)
      : listener_(Listener::open(io, "127.0.0.1", 0, [this](tcp::socket accepted) {
                    socket = std::move(accepted);
                  }).value()) {}

  Url url(Scheme scheme) const {
    return {scheme, "127.0.0.1", listener_.port(),
            scheme == Scheme::kTcp ? "" : std::string(kChatPath)};
  }

  std::optional<tcp::socket> socket;

 private:
  Listener listener_;
};

TEST(ConnectTest, AServerThatDoesNotAnswerIsNotConnected) {
  for (const Scheme scheme : {Scheme::kWs, Scheme::kWss}) {
    boost::asio::io_context io;
    RawPeer peer(io);
    Recorded client;
    client.carrier = connect(io, peer.url(scheme), {.timeout = std::chrono::milliseconds(50)},
                             client.handlers());
    ASSERT_TRUE(run_until(io, [&] { return client.closed.has_value(); }));
    EXPECT_EQ(client.closed, CloseReason::kNotConnected);
    EXPECT_THAT(client.details, HasSubstr("50 ms"));
  }
}

TEST(ConnectTest, AnAnswerOtherThanAnUpgradeIsNotConnected) {
  boost::asio::io_context io;
  Endpoint server(io, Scheme::kWs);
  Url url = server.url();
  url.path = "/elsewhere";
  Recorded client;
  client.carrier = connect(io, url, {}, client.handlers());
  ASSERT_TRUE(run_until(io, [&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed, CloseReason::kNotConnected);
  EXPECT_THAT(client.details, HasSubstr("404"));
}

TEST(ConnectTest, TheUpgradeRequestHasWhatWasAskedForAndNoMore) {
  boost::asio::io_context io;
  RawPeer peer(io);
  Recorded client;
  client.carrier =
      connect(io, peer.url(Scheme::kWs),
              {.origin = "https://web.example", .headers = {{"X-Test", "one"}}}, client.handlers());
  ASSERT_TRUE(run_until(io, [&] { return peer.socket && peer.socket->available() > 0; }));
  std::string request(peer.socket->available(), '\0');
  peer.socket->read_some(boost::asio::buffer(request));
  EXPECT_THAT(request, StartsWith("GET /ws/chat HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nOrigin: https://web.example\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nX-Test: one\r\n"));
  EXPECT_THAT(request, ::testing::Not(HasSubstr("Sec-WebSocket-Protocol")));
  EXPECT_THAT(request, ::testing::Not(HasSubstr("Sec-WebSocket-Extensions")));
}

TEST(ConnectTest, CertificatesAreCheckedOnDemand) {
  boost::asio::io_context io;
  Endpoint server(io, Scheme::kWss);
  const auto attempt = [&](Url url, const ConnectOptions& options) {
    Recorded client;
    client.carrier = connect(io, url, options, client.handlers());
    EXPECT_TRUE(run_until(io, [&] { return client.open || client.closed; }));
    return client.open ? "open" : client.details;
  };
  ConnectOptions options{.verify_tls = true, .trusted_certificates = server.certificate()};
  Url by_name = server.url();
  by_name.host = "localhost";
  EXPECT_EQ(attempt(server.url(), options), "open");
  EXPECT_EQ(attempt(by_name, options), "open");

  Endpoint elsewhere(io, Scheme::kWss, "127.0.0.2");  // an address that is not in the certificate
  options.trusted_certificates = elsewhere.certificate();
  EXPECT_THAT(attempt(elsewhere.url(), options), StartsWith("TLS: "));
  EXPECT_THAT(attempt(server.url(), options), StartsWith("TLS: "))
      << "another certificate is trusted";
  options.trusted_certificates = {};
  EXPECT_THAT(attempt(server.url(), options), StartsWith("TLS: ")) << "the system does not know it";
  options.trusted_certificates = "junk";
  EXPECT_THAT(attempt(server.url(), options), HasSubstr("trusted TLS certificates"));
  EXPECT_EQ(attempt(elsewhere.url(), {}), "open") << "nobody looks";
}

// Time that has to pass for real: once, for both kinds of peer.
TEST(CarrierCloseTest, APeerThatDoesNotCloseIsDropped) {
  boost::asio::io_context io;
  RawPeer tcp_peer(io);
  RawPeer ws_peer(io);
  Recorded over_tcp;
  Recorded over_ws;
  over_tcp.carrier = connect(io, tcp_peer.url(Scheme::kTcp), {}, over_tcp.handlers());
  over_ws.carrier = connect(io, ws_peer.url(Scheme::kWs), {}, over_ws.handlers());
  over_tcp.carrier->close();
  ASSERT_TRUE(run_until(io, [&] { return ws_peer.socket && ws_peer.socket->available() > 0; }));
  over_ws.carrier->close();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until(io, [&] { return over_tcp.closed && over_ws.closed; }));
  EXPECT_EQ(over_tcp.closed, CloseReason::kLocal);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

}  // namespace
}  // namespace doublecheck::net
