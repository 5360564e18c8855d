#include "reference/net/websocket_transport.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>
#include <utility>

#include "reference/net/dial.h"
#include "reference/net/tls_context.h"

namespace doublecheck::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

// Without the deflate extension: none of its code is compiled in.
using Stream = websocket::stream<ByteStream, false>;

constexpr std::size_t kWriteBuffer = std::size_t{64} * 1024;

class WebSocketTransport : public Transport {
 public:
  WebSocketTransport(boost::asio::io_context& io, ByteStream bytes,
                     std::chrono::milliseconds opening_limit, CarrierHandlers handlers)
      : Transport(io, opening_limit, std::move(handlers)), stream_(std::move(bytes)) {
    stream_.binary(true);
    stream_.auto_fragment(false);  // a message is one frame of WebSocket's
    stream_.read_message_max(kMaxWebSocketMessage);
    stream_.write_buffer_bytes(kWriteBuffer);
    // The time for opening is kept above, that for closing by Beast, which answers the peer's close
    // by itself.
    stream_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                       websocket::stream_base::none(), false});
  }

 protected:
  Stream& stream() { return stream_; }
  ByteStream& bytes() { return stream_.next_layer(); }

  void upgraded() {
    stream_.set_option(
        websocket::stream_base::timeout{kCloseTimeout, websocket::stream_base::none(), false});
    // The owner learns of the peer's close now, and not when the peer has also taken down its
    // socket.
    stream_.control_callback([this](websocket::frame_type kind, beast::string_view) {
      if (kind != websocket::frame_type::close) return;
      closed_by_peer_ = true;
      boost::asio::post(stream_.get_executor(), [self = shared_from_this(), this] {
        peer_closed(describe(stream_.reason()), false);
      });
    });
    opened();
  }

  void start_reading() override {
    stream_.async_read_some(
        boost::asio::buffer(incoming_),
        [self = shared_from_this(), this](const error_code& error, std::size_t size) {
          have_read(error, size);
        });
  }

  void start_writing(const Message& message) override {
    stream_.text(message.text);
    stream_.async_write(boost::asio::buffer(message.bytes),
                        [self = shared_from_this(), this](const error_code& error, std::size_t) {
                          written(error);
                        });
  }

  void start_goodbye() override {
    if (closed_by_peer_) return;  // the read that is under way answers, and then fails
    stream_.async_close(close_code_, [self = shared_from_this(), this](const error_code&) {
      end(CloseReason::kLocal, "closed");
    });
  }

  void cut(bool abruptly) override { bytes().cut(abruptly); }

 private:
  static std::string describe(const websocket::close_reason& reason) {
    std::string text = "close frame, code " + std::to_string(reason.code);
    if (!reason.reason.empty())
      text.append(": ").append(reason.reason.data(), reason.reason.size());
    return text;
  }

  void have_read(const error_code& error, std::size_t size) {
    if (ended()) return;
    if (error) return reading_failed(error);
    if (stream_.got_binary()) {
      append(message_, ByteView(incoming_).first(size));
      if (stream_.is_message_done()) received(std::exchange(message_, {}));
    } else if (open()) {
      close_code_ = websocket::close_code::unknown_data;
      refuse(CloseReason::kTextMessage, "the peer sent a text message");
    }
    // A goodbye reads by itself what comes before its answer.
    if (readable() && !saying_goodbye()) start_reading();
  }

  void reading_failed(const error_code& error) {
    if (error == websocket::error::closed)
      return end(CloseReason::kPeer, describe(stream_.reason()));
    if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated) {
      return end(CloseReason::kPeer, "closed without a close frame");
    }
    const bool broke_a_rule =
        error.category() == make_error_code(websocket::error::closed).category() ||
        error.category() == boost::asio::error::get_ssl_category();
    end(broke_a_rule ? CloseReason::kProtocolError : CloseReason::kLost, error.message());
  }

  Stream stream_;
  std::array<std::uint8_t, 16 * 1024> incoming_;
  Bytes message_;  // as much of it as has come
  bool closed_by_peer_ = false;
  websocket::close_code close_code_ = websocket::close_code::normal;
};

class WebSocketServer final : public WebSocketTransport {
 public:
  WebSocketServer(boost::asio::io_context& io, ByteStream bytes, UpgradeRequest request,
                  CarrierHandlers handlers)
      : WebSocketTransport(io, std::move(bytes), kCloseTimeout, std::move(handlers)),
        request_(std::move(request)) {}

 protected:
  void start_opening() override {
    stream().async_accept(request_, [self = shared_from_this(), this](const error_code& error) {
      if (error) return end(CloseReason::kNotConnected, error.message());
      upgraded();
    });
  }

 private:
  UpgradeRequest request_;
};

class WebSocketClient final : public WebSocketTransport {
 public:
  WebSocketClient(boost::asio::io_context& io, ByteStream bytes, const Url& url,
                  const ConnectOptions& options, CarrierHandlers handlers)
      : WebSocketTransport(io, std::move(bytes), options.timeout, std::move(handlers)),
        url_(url),
        options_(options) {
    stream().set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      if (options_.origin) request.set(http::field::origin, *options_.origin);
      for (const auto& [name, value] : options_.headers) request.set(name, value);
    }));
  }

 protected:
  void start_opening() override {
    dial(bytes().socket(), url_, options_.allow_remote_host,
         [self = shared_from_this(), this](const std::optional<std::string>& failure) {
           if (failure) return end(CloseReason::kNotConnected, *failure);
           if (ended()) return;
           if (bytes().tls() != nullptr) return encrypt();
           upgrade();
         });
  }

 private:
  void encrypt() {
    ByteStream::Tls& tls = *bytes().tls();
    error_code ignored;
    boost::asio::ip::make_address(url_.host, ignored);
    const bool is_name = ignored.failed();
    if (is_name) {  // SSL_set_tlsext_host_name without the cast in it
      SSL_ctrl(tls.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               url_.host.data());
    }
    if (options_.verify_tls)
      tls.set_verify_callback(boost::asio::ssl::host_name_verification(url_.host), ignored);
    tls.async_handshake(boost::asio::ssl::stream_base::client,
                        [self = shared_from_this(), this](const error_code& error) {
                          if (error)
                            return end(CloseReason::kNotConnected, "TLS: " + error.message());
                          if (!ended()) upgrade();
                        });
  }

  void upgrade() {
    stream().async_handshake(
        answer_, url_.authority(), url_.path,
        [self = shared_from_this(), this](const error_code& error) {
          if (error == websocket::error::upgrade_declined) {
            return end(CloseReason::kNotConnected,
                       "the upgrade was answered with " + std::to_string(answer_.result_int()));
          }
          if (error) return end(CloseReason::kNotConnected, error.message());
          upgraded();
        });
  }

  Url url_;
  ConnectOptions options_;
  websocket::response_type answer_;
};

// A client whose options are not usable fails as one that cannot connect.
class Unconnectable final : public Transport {
 public:
  Unconnectable(boost::asio::io_context& io, std::string why, CarrierHandlers handlers)
      : Transport(io, kCloseTimeout, std::move(handlers)), io_(io), why_(std::move(why)) {}

 protected:
  void start_opening() override {
    boost::asio::post(io_,
                      [self = shared_from_this(), this] { end(CloseReason::kNotConnected, why_); });
  }
  void start_reading() override {}
  void start_writing(const Message&) override {}
  void start_goodbye() override {}
  void cut(bool) override {}

 private:
  boost::asio::io_context& io_;
  std::string why_;
};

}  // namespace

std::shared_ptr<Transport> websocket_client(boost::asio::io_context& io, const Url& url,
                                            const ConnectOptions& options,
                                            CarrierHandlers handlers) {
  if (url.scheme == Scheme::kWs) {
    return std::make_shared<WebSocketClient>(io, ByteStream(tcp::socket(io)), url, options,
                                             std::move(handlers));
  }
  const auto context = client_tls_context(options.verify_tls, options.trusted_certificates);
  if (!context)
    return std::make_shared<Unconnectable>(io, context.error().to_string(), std::move(handlers));
  return std::make_shared<WebSocketClient>(io, ByteStream(tcp::socket(io), **context), url, options,
                                           std::move(handlers));
}

std::shared_ptr<Transport> websocket_server(boost::asio::io_context& io, ByteStream stream,
                                            UpgradeRequest request, CarrierHandlers handlers) {
  return std::make_shared<WebSocketServer>(io, std::move(stream), std::move(request),
                                           std::move(handlers));
}

}  // namespace doublecheck::net
