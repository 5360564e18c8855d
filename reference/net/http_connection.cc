#include "reference/net/http_connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>
#include <utility>

#include "reference/net/byte_stream.h"
#include "reference/net/websocket_transport.h"

namespace doublecheck::net {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

// The first byte of a TLS connection: the content type of a handshake record. No HTTP request
// begins with it.
constexpr std::uint8_t kTlsHandshakeRecord = 0x16;

std::string to_std(beast::string_view text) { return {text.data(), text.size()}; }

int status_of(const error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  return 400;
}

}  // namespace

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::io_context& io, tcp::socket socket, TlsContext tls,
              HttpHandlers handlers)
      : io_(io),
        timer_(io),
        tls_(std::move(tls)),
        handlers_(std::make_shared<HttpHandlers>(std::move(handlers))),
        stream_(std::move(socket)) {}

  // Looks at the first byte, and leaves it where it is.
  void start() {
    start_timer();
    stream_->socket().async_receive(
        boost::asio::buffer(first_byte_), boost::asio::socket_base::message_peek,
        [self = shared_from_this(), this](const error_code& error, std::size_t) {
          if (error) return end();
          if (first_byte_.front() != kTlsHandshakeRecord) return read_request();
          encrypt();
        });
  }

  void abandon() {
    handlers_.reset();
    end();
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  void encrypt() {
    if (!stream_) return;
    ByteStream plain = *std::exchange(stream_, std::nullopt);
    stream_.emplace(std::move(plain.socket()), *tls_);
    stream_->tls()->async_handshake(boost::asio::ssl::stream_base::server,
                                    [self = shared_from_this(), this](const error_code& error) {
                                      if (error) return end();
                                      read_request();
                                    });
  }

  void read_request() {
    if (!stream_) return;
    start_timer();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(kMaxRequestHeader));
    parser_->body_limit(kMaxRequestBody);
    http::async_read_header(
        *stream_, buffer_, *parser_,
        [self = shared_from_this(), this](const error_code& error, std::size_t) {
          if (error) return reading_failed(error);
          have_header();
        });
  }

  void have_header() {
    if (!stream_) return;
    const auto& request = parser_->get();
    const std::string target = to_std(request.target());
    const auto handlers = handlers_;
    if (beast::websocket::is_upgrade(request) && handlers &&
        handlers->is_websocket(std::string_view(target).substr(0, target.find('?')))) {
      // What comes before our answer is no part of a WebSocket.
      if (buffer_.size() == 0) return offer_upgrade();
      return write({400, "text/plain", "data before the answer to the upgrade request\n"}, false,
                   false);
    }
    if (beast::iequals(request[http::field::expect], "100-continue")) return send_continue();
    read_body();
  }

  void send_continue() {
    go_on_.emplace(http::status::continue_, 11);
    http::async_write(*stream_, *go_on_,
                      [self = shared_from_this(), this](const error_code& error, std::size_t) {
                        if (error) return end();
                        read_body();
                      });
  }

  void read_body() {
    if (!stream_) return;
    http::async_read(*stream_, buffer_, *parser_,
                     [self = shared_from_this(), this](const error_code& error, std::size_t) {
                       if (error) return reading_failed(error);
                       have_request();
                     });
  }

  void have_request() {
    if (!stream_) return;
    UpgradeRequest request = parser_->release();
    const auto handlers = handlers_;
    if (!handlers) return;
    const HttpResponse response =
        handlers->respond({.method = to_std(request.method_string()),
                           .target = to_std(request.target()),
                           .authorization = to_std(request[http::field::authorization]),
                           .body = std::move(request.body())});
    write(response, request.keep_alive(), request.method() == http::verb::head);
  }

  void reading_failed(const error_code& error) {
    const bool malformed =
        error.category() == make_error_code(http::error::end_of_stream).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message;
    if (!malformed || !stream_) return end();
    write({status_of(error), "text/plain", error.message() + "\n"}, false, false);
  }

  void write(const HttpResponse& answer, bool keep_alive, bool head) {
    if (!stream_) return;
    response_.emplace(static_cast<http::status>(answer.status), 11);
    response_->set(http::field::content_type, answer.content_type);
    if (answer.status == 401) response_->set(http::field::www_authenticate, "Bearer");
    response_->keep_alive(keep_alive);
    response_->body() = answer.body;
    response_->prepare_payload();
    if (head) response_->body().clear();  // the length stays
    http::async_write(*stream_, *response_,
                      [self = shared_from_this(), this](const error_code& error, std::size_t) {
                        if (error) return end();
                        if (response_->keep_alive()) return read_request();
                        finish();
                      });
  }

  // Waits until the client has read the answer and closes: to close first, with something of it
  // unread, would be a reset, which may destroy the answer.
  void finish() {
    if (!stream_) return;
    if (ByteStream::Tls* const tls = stream_->tls()) {
      tls->async_shutdown([self = shared_from_this(), this](const error_code&) { end(); });
      return;
    }
    error_code ignored;
    stream_->socket().shutdown(tcp::socket::shutdown_send, ignored);
    discard();
  }

  void discard() {
    if (!stream_) return;
    discarded_.resize(kMaxRequestHeader);
    stream_->socket().async_read_some(
        boost::asio::buffer(discarded_),
        [self = shared_from_this(), this](const error_code& error, std::size_t) {
          if (error) return end();
          discard();
        });
  }

  void offer_upgrade() {
    timer_.cancel();
    const auto handlers = std::exchange(handlers_, nullptr);
    handlers->upgrade(
        stream_->tls() != nullptr ? "wss" : "ws",
        [self = shared_from_this(), this](CarrierHandlers carrier_handlers) {
          ByteStream stream = *std::exchange(stream_, std::nullopt);
          return start_carrier(websocket_server(io_, std::move(stream), parser_->release(),
                                                std::move(carrier_handlers)));
        });
    end();
  }

  // Renewed for each request.
  void start_timer() {
    timer_.expires_after(kRequestTimeout);
    timer_.async_wait([self = shared_from_this(), this](const error_code& error) {
      if (!error && timer_.expiry() <= boost::asio::steady_timer::clock_type::now()) end();
    });
  }

  void end() {
    timer_.cancel();
    if (stream_) stream_->cut(false);
    const auto handlers = std::exchange(handlers_, nullptr);
    if (handlers) handlers->on_closed();
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  TlsContext tls_;
  std::shared_ptr<HttpHandlers> handlers_;  // empty once the connection is over
  std::optional<ByteStream> stream_;        // empty once it belongs to a carrier
  std::array<std::uint8_t, 1> first_byte_{};
  beast::flat_buffer buffer_{kMaxRequestHeader + kMaxRequestBody};
  std::optional<Parser> parser_;
  std::optional<http::response<http::empty_body>> go_on_;
  std::optional<http::response<http::string_body>> response_;
  std::vector<std::uint8_t> discarded_;
};

HttpConnection::HttpConnection(boost::asio::io_context& io, tcp::socket socket, TlsContext tls,
                               HttpHandlers handlers)
    : session_(std::make_shared<HttpSession>(io, std::move(socket), std::move(tls),
                                             std::move(handlers))) {
  session_->start();
}

HttpConnection::~HttpConnection() { session_->abandon(); }

}  // namespace doublecheck::net
