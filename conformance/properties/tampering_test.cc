#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "spec/noise/test_parties.h"
#include "spec/session/client_stream.h"
#include "spec/session/server_stream.h"

// Every byte of a connection counts: whichever is changed on the way, in the intro, in the frames
// of the handshake or behind them, somebody notices, and nobody takes it for what was sent.
namespace doublecheck::session {
namespace {

constexpr std::size_t kMaxHandshakeFrame = 4096;

struct Tampering {
  enum Way { kToServer, kToClient } way;
  std::size_t place;  // in bytes from the start of the connection
  std::uint8_t mask;
};

// A client that resumes or not, a server, what they say to each other once they can, and somebody
// in between.
class Connection : noise::TestParties {
 public:
  Connection(bool resumes, std::optional<Tampering> tampering)
      : tampering_(tampering),
        client_(resumes ? resuming_client_config() : client_config(), std::nullopt,
                kMaxHandshakeFrame),
        server_(server_config(), kMaxHandshakeFrame) {
    carry_to_server(client_.start(context()));
  }

  static std::vector<Bytes> sent() { return {to_bytes("first"), to_bytes("second")}; }
  const std::vector<Bytes>& received_by_server() const { return received_by_server_; }
  const std::vector<Bytes>& received_by_client() const { return received_by_client_; }
  // A resumption that fails ends as a handshake that needs nothing of it but the ephemeral key.
  bool fell_back() const { return pattern_ == noise::Pattern::kXxFallback; }
  std::size_t size(Tampering::Way way) const {
    return way == Tampering::kToServer ? carried_to_server_ : carried_to_client_;
  }

 private:
  Bytes carry(const std::vector<Bytes>& frames, Tampering::Way way, std::size_t& carried) {
    Bytes bytes;
    for (const Bytes& frame : frames) append(bytes, frame);
    if (tampering_ && tampering_->way == way && tampering_->place >= carried &&
        tampering_->place - carried < bytes.size()) {
      bytes[tampering_->place - carried] ^= tampering_->mask;
    }
    carried += bytes.size();
    return bytes;
  }

  void carry_to_server(ClientStream::Output output) {
    for (const ClientStreamEvent& event : output.events) {
      if (const auto* came = std::get_if<PlaintextReceived>(&event))
        received_by_client_.push_back(came->plaintext);
      if (const auto* authenticated = std::get_if<ServerAuthenticated>(&event))
        pattern_ = authenticated->pattern;
    }
    if (client_.established() && !client_has_spoken_) {
      client_has_spoken_ = true;
      for (const Bytes& each : sent()) output.frames.push_back(*client_.seal(each));
    }
    if (output.failure || output.frames.empty()) return;
    carry_to_client(
        server_.receive(carry(output.frames, Tampering::kToServer, carried_to_server_), context()));
  }

  void carry_to_client(ServerStream::Output output) {
    for (const ServerStreamEvent& event : output.events) {
      if (const auto* came = std::get_if<PlaintextReceived>(&event))
        received_by_server_.push_back(came->plaintext);
    }
    if (server_.established() && !server_has_spoken_) {
      server_has_spoken_ = true;
      for (const Bytes& each : sent()) output.frames.push_back(*server_.seal(each));
    }
    if (output.failure || output.frames.empty()) return;
    carry_to_server(
        client_.receive(carry(output.frames, Tampering::kToClient, carried_to_client_), context()));
  }

  std::optional<Tampering> tampering_;
  ClientStream client_;
  ServerStream server_;
  std::optional<noise::Pattern> pattern_;
  bool client_has_spoken_ = false;
  bool server_has_spoken_ = false;
  std::size_t carried_to_server_ = 0;
  std::size_t carried_to_client_ = 0;
  std::vector<Bytes> received_by_server_;
  std::vector<Bytes> received_by_client_;
};

// The first of what was sent, in order and unchanged.
bool is_beginning_of_sent(const std::vector<Bytes>& received) {
  const std::vector<Bytes> sent = Connection::sent();
  return received.size() <= sent.size() &&
         std::equal(received.begin(), received.end(), sent.begin());
}

class TamperedConnection : public testing::TestWithParam<bool> {};

TEST_P(TamperedConnection, DeliversNothingThatWasNotSent) {
  const Connection untouched(GetParam(), std::nullopt);
  ASSERT_EQ(untouched.received_by_server(), Connection::sent());
  ASSERT_EQ(untouched.received_by_client(), Connection::sent());

  for (const Tampering::Way way : {Tampering::kToServer, Tampering::kToClient}) {
    for (std::size_t place = 0; place < untouched.size(way); ++place) {
      for (const std::uint8_t mask : Bytes{0x01, 0x80}) {
        const Connection tampered(GetParam(), Tampering{way, place, mask});
        SCOPED_TRACE(testing::Message()
                     << "to the " << (way == Tampering::kToServer ? "server" : "client")
                     << ", byte " << place << ", mask " << int{mask});
        EXPECT_TRUE(is_beginning_of_sent(tampered.received_by_server()));
        EXPECT_TRUE(is_beginning_of_sent(tampered.received_by_client()));
        const bool complete =
            (way == Tampering::kToServer ? tampered.received_by_server()
                                         : tampered.received_by_client()) == Connection::sent();
        EXPECT_TRUE(!complete || tampered.fell_back()) << "the change went unnoticed";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Handshakes, TamperedConnection, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& resumes) {
                           return resumes.param ? "Ik" : "Xx";
                         });

}  // namespace
}  // namespace doublecheck::session
