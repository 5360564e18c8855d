#include "reference/net/http_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "reference/net/connect.h"
#include "reference/net/listener.h"
#include "reference/net/test_support.h"
#include "reference/net/tls_identity.h"

namespace doublecheck::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// A server that answers every request with its body, and a client that says exactly what a test
// gives it.
class HttpConnectionTest : public ::testing::Test {
 protected:
  HttpConnectionTest() {
    const Url url{Scheme::kTcp, "127.0.0.1", listener_.port(), ""};
    client_.carrier = connect(io_, url, {}, client_.handlers());
  }

  void say(std::string_view text) { client_.carrier->send(to_bytes(text)); }

  // Everything that has come, once it holds this.
  std::string heard_with(std::string_view text) {
    EXPECT_TRUE(
        run_until(io_, [&] { return as_text(client_.bytes).find(text) != std::string_view::npos; }))
        << "heard: " << as_text(client_.bytes);
    return to_text(client_.bytes);
  }
  // Everything up to the end of the connection.
  std::string heard_to_the_end() {
    EXPECT_TRUE(run_until(io_, [&] { return client_.closed.has_value(); }))
        << as_text(client_.bytes);
    EXPECT_EQ(client_.closed, CloseReason::kPeer) << client_.details;
    return to_text(client_.bytes);
  }

  void accept(boost::asio::ip::tcp::socket socket) {
    connection_ = std::make_unique<HttpConnection>(
        io_, std::move(socket), tls_,
        HttpHandlers{.respond =
                         [this](const HttpRequest& request) {
                           requests_.push_back(request);
                           return HttpResponse{request.target == "/private" ? 401 : 200,
                                               "text/plain", "<" + request.body + ">"};
                         },
                     .is_websocket = [](std::string_view path) { return path == "/chat"; },
                     .upgrade =
                         [this](std::string_view, const HttpHandlers::Accept& accept_upgrade) {
                           server_.carrier = accept_upgrade(server_.handlers());
                         },
                     .on_closed = [this] { connection_ended_ = true; }});
  }

  boost::asio::io_context io_;
  TlsContext tls_ = server_tls_context(make_self_signed_identity().value()).value();
  Listener listener_ = Listener::open(io_, "127.0.0.1", 0, [this](auto socket) {
                         accept(std::move(socket));
                       }).value();
  std::vector<HttpRequest> requests_;
  bool connection_ended_ = false;
  std::unique_ptr<HttpConnection> connection_;
  Recorded server_;
  Recorded client_;
};

TEST_F(HttpConnectionTest, AnswersRequestAfterRequest) {
  say("GET /one?x=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\n\r\n");
  EXPECT_THAT(heard_with("<>"), StartsWith("HTTP/1.1 200 OK\r\n"));
  say("POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
  say("loGET /three HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(heard_with("<hello>"), HasSubstr("Content-Length: 7\r\n"));
  ASSERT_TRUE(run_until(io_, [&] { return requests_.size() == 3; }));
  EXPECT_EQ(requests_[0].method, "GET");
  EXPECT_EQ(requests_[0].target, "/one?x=1");
  EXPECT_EQ(requests_[0].authorization, "Bearer t");
  EXPECT_EQ(requests_[1].body, "hello");
  EXPECT_EQ(requests_[2].target, "/three");
  EXPECT_FALSE(client_.closed);
}

TEST_F(HttpConnectionTest, TakesChunkedBodies) {
  say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  heard_with("<abcde>");
}

TEST_F(HttpConnectionTest, TellsAClientThatWaitsForItToGoOn) {
  say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(heard_with("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue\r\n"));
  say("ok");
  heard_with("<ok>");
}

TEST_F(HttpConnectionTest, ClosesWhenTheClientWantsThat) {
  say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(heard_to_the_end(), HasSubstr("Connection: close"));
  EXPECT_TRUE(run_until(io_, [&] { return connection_ended_; }));
}

TEST_F(HttpConnectionTest, NoticesThatTheClientHasGone) {
  say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  heard_with("<>");
  client_.carrier.reset();
  EXPECT_TRUE(run_until(io_, [&] { return connection_ended_; }));
}

TEST_F(HttpConnectionTest, HeadGetsTheLengthAndNoBody) {
  say("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answer = heard_to_the_end();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpConnectionTest, SaysHowToBeAuthorized) {
  say("GET /private HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(heard_with("<>"), HasSubstr("WWW-Authenticate: Bearer\r\n"));
}

TEST_F(HttpConnectionTest, MalformedRequestsGetAnAnswerAndAreTheLast) {
  say("this is not HTTP\r\n\r\n");
  EXPECT_THAT(heard_to_the_end(), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(requests_, IsEmpty());
}

TEST_F(HttpConnectionTest, TheHeaderIsLimited) {
  const auto request_with_fields_of = [](std::size_t size) {
    const std::string start = "Host: a\r\nX: ";
    const std::string end = "\r\n\r\n";
    return "GET / HTTP/1.1\r\n" + start + std::string(size - start.size() - end.size(), 'x') + end;
  };
  say(request_with_fields_of(kMaxRequestHeader));
  EXPECT_THAT(heard_with("<>"), StartsWith("HTTP/1.1 200 "));
  client_.bytes.clear();
  say(request_with_fields_of(kMaxRequestHeader + 1));
  EXPECT_THAT(heard_to_the_end(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpConnectionTest, TheRequestLineIsLimitedToo) {
  say("GET /" + std::string(kMaxRequestHeader, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(heard_to_the_end(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpConnectionTest, TheBodyIsLimited) {
  const auto say_request_with_body_of = [this](std::size_t size) {
    say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    say(std::string(size, 'b'));
  };
  say_request_with_body_of(kMaxRequestBody);
  ASSERT_TRUE(run_until(
      io_, [&] { return client_.bytes.size() > kMaxRequestBody && client_.bytes.back() == '>'; }));
  EXPECT_EQ(requests_.at(0).body.size(), kMaxRequestBody);
  client_.bytes.clear();
  say_request_with_body_of(kMaxRequestBody + 1);
  EXPECT_THAT(heard_to_the_end(), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(HttpConnectionTest, AChunkedBodyIsLimitedToo) {
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'b') + "\r\n";
  say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t sent = 0; sent <= kMaxRequestBody; sent += 0x10000) say(chunk);
  EXPECT_THAT(heard_to_the_end(), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(requests_, IsEmpty());
}

constexpr std::string_view kUpgrade =
    " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

TEST_F(HttpConnectionTest, AnUpgradeIsAcceptedWithoutExtensionsAndSubprotocols) {
  say("GET /chat?ED=abc" + std::string(kUpgrade) +
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
      "Sec-WebSocket-Protocol: chat\r\nOrigin: https://web.example\r\n\r\n");
  const std::string answer = heard_with("\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(answer, HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_THAT(answer, Not(HasSubstr("Sec-WebSocket-Extensions")));
  EXPECT_THAT(answer, Not(HasSubstr("Sec-WebSocket-Protocol")));
  EXPECT_TRUE(run_until(io_, [&] { return server_.open; }));
  EXPECT_FALSE(connection_ended_);
}

TEST_F(HttpConnectionTest, AMessageMayComeInAnyFragmentsAndTcpSegments) {
  say("GET /chat" + std::string(kUpgrade) + "\r\n");
  heard_with("\r\n\r\n");
  // Masked with zeros: a binary message in two fragments with a ping between them, cut at every
  // byte.
  const Bytes frames = {0x02, 0x82, 0, 0, 0, 0, 'a', 'b',  // binary, not final
                        0x89, 0x80, 0, 0, 0, 0,            // ping
                        0x80, 0x81, 0, 0, 0, 0, 'c',       // the rest
                        0x82, 0x81, 0, 0, 0, 0, 'd'};      // another
  for (const std::uint8_t byte : frames) {
    client_.carrier->send({byte});
    EXPECT_TRUE(run_until(io_, [&] { return client_.carrier->queued_bytes() == 0; }));
  }
  ASSERT_TRUE(run_until(io_, [&] { return server_.pieces.size() == 2; }));
  EXPECT_THAT(server_.pieces, ElementsAre(to_bytes("abc"), to_bytes("d")));
}

TEST_F(HttpConnectionTest, FramesThatAreNotMaskedAreAProtocolError) {
  say("GET /chat" + std::string(kUpgrade) + "\r\n");
  heard_with("\r\n\r\n");
  client_.carrier->send({0x82, 0x01, 'a'});
  heard_with("\x88");  // a close frame
  client_.carrier->close();
  ASSERT_TRUE(run_until(io_, [&] { return server_.closed.has_value(); }));
  EXPECT_EQ(server_.closed, CloseReason::kProtocolError);
  EXPECT_THAT(server_.pieces, IsEmpty());
}

TEST_F(HttpConnectionTest, ThePeersCloseFrameIsReportedAndAnsweredAtOnce) {
  say("GET /chat" + std::string(kUpgrade) + "\r\n");
  heard_with("\r\n\r\n");
  client_.bytes.clear();
  client_.carrier->send(
      {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8});  // code 1000, and the socket stays open
  ASSERT_TRUE(run_until(io_, [&] { return server_.closed && client_.bytes.size() >= 4; }));
  EXPECT_EQ(server_.closed, CloseReason::kPeer);
  EXPECT_EQ(client_.bytes, (Bytes{0x88, 0x02, 0x03, 0xe8}));
}

TEST_F(HttpConnectionTest, AnUpgradeElsewhereIsARequestLikeAnyOther) {
  say("GET /elsewhere" + std::string(kUpgrade) + "\r\n");
  EXPECT_THAT(heard_with("<>"), StartsWith("HTTP/1.1 200 "));
  ASSERT_EQ(requests_.size(), 1U);
}

TEST_F(HttpConnectionTest, DataBeforeTheAnswerToAnUpgradeIsRefused) {
  say("GET /chat" + std::string(kUpgrade) + "\r\n\x82");
  EXPECT_THAT(heard_to_the_end(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpConnectionTest, JunkAfterTheFirstByteOfTlsEndsTheConnection) {
  say("\x16junkjunkjunkjunkjunkjunk");
  EXPECT_TRUE(run_until(io_, [&] { return client_.closed && connection_ended_; }));
  EXPECT_THAT(requests_, IsEmpty());
}

}  // namespace
}  // namespace doublecheck::net
