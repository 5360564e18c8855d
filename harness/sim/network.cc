#include "harness/sim/network.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "harness/sim/drawing.h"

namespace doublecheck::harness::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kClient = 0;
constexpr std::size_t kServer = 1;

// Bytes after which a connection is cut, at most 2^this: a login is a few KiB, and a session with
// many messages a few hundred.
constexpr unsigned kCutMagnitude = 18;
constexpr Duration kLongestLife = minutes(10);
constexpr Duration kLongestStall = seconds(90);
// When an end that was not told notices after all.
constexpr Duration kLateNotice = minutes(30);
// Pieces that are held back to arrive together do so at the next multiple of this.
constexpr Duration kCoalescing = milliseconds(50);
constexpr std::size_t kMostParts = 5;

}  // namespace

NetworkConditions NetworkConditions::draw(RandomSource& random) {
  NetworkConditions conditions;
  conditions.latency = milliseconds(draw_magnitude(9, random));
  conditions.jitter = milliseconds(draw_magnitude(9, random));
  return conditions;
}

// What both ends share: events in flight keep it alive, and the ends may be gone by then.
struct Connection : std::enable_shared_from_this<Connection> {
  struct Piece {
    Instant arrival;
    Bytes bytes;
    bool is_end = false;  // the sender has closed
  };
  struct End {
    LinkHandlers handlers;
    // There is somebody who has not closed and was not told that it is over.
    bool open = false;
    std::deque<Piece> incoming;
    Instant latest_arrival;  // of what is under way to it
  };

  Connection(EventLoop& event_loop, FaultInjector& injector, trace::Recorder& trace_recorder,
             NetworkConditions network_conditions, std::unique_ptr<RandomSource> source,
             std::string who)
      : loop(event_loop),
        faults(injector),
        recorder(trace_recorder),
        conditions(network_conditions),
        random(std::move(source)),
        name(std::move(who)) {}

  bool strikes(Fault fault, const std::string& detail = {}) {
    if (!faults.strikes(fault, *random)) return false;
    recorder.record(
        {.at = loop.now(),
         .endpoint = "network",
         .event = trace::Intervention{name + ": " + std::string(sim::name(fault)) + detail}});
    return true;
  }

  Duration delay() {
    return conditions.latency + draw_between(Duration{0}, conditions.jitter, *random);
  }

  // What will become of a connection that is just made.
  void draw_fate() {
    if (faults.strikes(Fault::kCut, *random)) bytes_left = draw_magnitude(kCutMagnitude, *random);
    if (faults.strikes(Fault::kBroken, *random)) {
      loop.after(draw_between(Duration{0}, kLongestLife, *random),
                 [self = shared_from_this()] { self->break_down("broken"); });
    }
  }

  void send(std::size_t from, ByteView bytes) {
    if (!ends[from].open || broken) return;
    const std::size_t to = 1 - from;
    std::size_t parts = 1;
    if (bytes.size() > 1 && faults.strikes(Fault::kSplit, *random))
      parts = draw_between(2, kMostParts, *random);
    while (parts > 1 && bytes.size() > 1) {
      const std::size_t size = draw_between(1, bytes.size() - 1, *random);
      send_piece(to, bytes.first(size));
      bytes = bytes.subspan(size);
      --parts;
    }
    send_piece(to, bytes);
  }

  void send_piece(std::size_t to, ByteView bytes) {
    Piece piece{.arrival = loop.now().steady + delay(), .bytes = to_bytes(bytes)};
    if (strikes(Fault::kStalled))
      piece.arrival = piece.arrival + draw_between(seconds(1), kLongestStall, *random);
    if (!piece.bytes.empty() && strikes(Fault::kCorrupted)) {
      const std::size_t position = random->below(piece.bytes.size());
      piece.bytes[position] ^= static_cast<std::uint8_t>(1U << random->below(8));
    }
    piece.arrival = std::max(piece.arrival, ends[to].latest_arrival);
    if (faults.strikes(Fault::kCoalesced, *random)) {
      const Duration beyond = piece.arrival.since_start % kCoalescing;
      piece.arrival = piece.arrival + (kCoalescing - beyond);
    }
    put_on_the_way(to, std::move(piece));
  }

  void put_on_the_way(std::size_t to, Piece piece) {
    ends[to].latest_arrival = piece.arrival;
    loop.at(piece.arrival, [self = shared_from_this(), to] { self->arrive(to); });
    ends[to].incoming.push_back(std::move(piece));
  }

  // Takes in all that is due, as one piece.
  void arrive(std::size_t to) {
    End& end = ends[to];
    Bytes bytes;
    bool is_end = false;
    while (!end.incoming.empty() && end.incoming.front().arrival <= loop.now().steady) {
      append(bytes, end.incoming.front().bytes);
      is_end = end.incoming.front().is_end;
      end.incoming.pop_front();
    }
    std::size_t passing = bytes.size();
    if (bytes_left) passing = std::min(passing, *bytes_left);
    const bool cut = passing < bytes.size();
    if (bytes_left) *bytes_left -= passing;
    if (end.open && passing > 0) end.handlers.on_bytes(ByteView(bytes).first(passing));
    if (cut) {
      end.incoming.clear();
      break_down("cut");
    } else if (is_end) {
      hang_up(to, "the peer closed the connection");
    }
  }

  // Nothing is taken any more. What is under way may still arrive, in either direction.
  void break_down(const std::string& how) {
    if (broken || (!ends[kClient].open && !ends[kServer].open)) return;
    broken = true;
    recorder.record(
        {.at = loop.now(), .endpoint = "network", .event = trace::Intervention{name + ": " + how}});
    for (const std::size_t side : {kClient, kServer}) {
      const bool arrives = random->below(2) == 0;
      if (!arrives) ends[side].incoming.clear();
      const Fault unaware = side == kClient ? Fault::kClientUnaware : Fault::kServerUnaware;
      if (!strikes(unaware)) {
        hang_up_after(side, delay(), "the connection was lost");
      } else if (random->below(2) == 0) {
        hang_up_after(side, draw_between(Duration{0}, kLateNotice, *random),
                      "the connection was lost a while ago");
      }
    }
  }

  void hang_up_after(std::size_t side, Duration after, const std::string& reason) {
    loop.after(after, [self = shared_from_this(), side, reason] { self->hang_up(side, reason); });
  }
  void hang_up(std::size_t side, const std::string& reason) {
    End& end = ends[side];
    if (!end.open) return;
    end.open = false;
    end.incoming.clear();
    end.handlers.on_closed(reason);
  }

  // An end closes: the other one is told once everything sent has arrived.
  void close(std::size_t side) {
    if (!std::exchange(ends[side].open, false) || broken) return;
    const std::size_t to = 1 - side;
    put_on_the_way(to, {.arrival = std::max(loop.now().steady + delay(), ends[to].latest_arrival),
                        .bytes = {},
                        .is_end = true});
  }
  void reset(std::size_t side) {
    if (!std::exchange(ends[side].open, false) || broken) return;
    const std::size_t to = 1 - side;
    ends[to].incoming.clear();
    hang_up_after(to, delay(), "the peer reset the connection");
  }
  void vanish(std::size_t side) {
    if (!std::exchange(ends[side].open, false)) return;
    broken = true;
  }

  EventLoop& loop;
  FaultInjector& faults;
  trace::Recorder& recorder;
  NetworkConditions conditions;
  std::unique_ptr<RandomSource> random;
  std::string name;
  std::array<End, 2> ends;
  std::optional<std::uint64_t> bytes_left;  // of both directions together, before it is cut
  bool broken = false;
};

// ---- NetworkLink

NetworkLink::NetworkLink(std::shared_ptr<Connection> connection, std::size_t side)
    : connection_(std::move(connection)), side_(side) {}
NetworkLink::~NetworkLink() { connection_->close(side_); }

void NetworkLink::send(ByteView bytes) { connection_->send(side_, bytes); }
void NetworkLink::close() { connection_->close(side_); }
void NetworkLink::reset() { connection_->reset(side_); }
void NetworkLink::vanish() { connection_->vanish(side_); }

// ---- Network

Network::Network(EventLoop& loop, FaultInjector& faults, const RandomSource& random,
                 trace::Recorder& recorder)
    : loop_(loop), faults_(faults), recorder_(recorder), random_(random.fork("network", 0)) {
  conditions_ = NetworkConditions::draw(*random_);
}

std::unique_ptr<NetworkLink> Network::dial(const std::string& name, std::function<void()> on_up,
                                           LinkHandlers handlers) {
  const std::uint64_t number = next_number_++;
  auto connection = std::make_shared<Connection>(loop_, faults_, recorder_, conditions_,
                                                 random_->fork("connection", number),
                                                 name + " #" + std::to_string(number));
  connection->ends[kClient].open = true;
  connection->ends[kClient].handlers = std::move(handlers);
  auto link = std::make_unique<NetworkLink>(connection, kClient);
  if (connection->strikes(Fault::kUnanswered)) return link;
  if (connection->strikes(Fault::kRefused)) {
    connection->hang_up_after(kClient, connection->delay(), "connection refused");
    return link;
  }
  loop_.after(connection->delay(), [this, connection, on_up = std::move(on_up)] {
    if (!connection->ends[kClient].open) return;
    if (!accept_) {
      connection->hang_up_after(kClient, connection->delay(), "connection refused");
      return;
    }
    connection->draw_fate();
    connection->ends[kServer].open = true;
    connection->ends[kServer].handlers =
        accept_(std::make_unique<NetworkLink>(connection, kServer));
    on_up();
  });
  return link;
}

}  // namespace doublecheck::harness::sim
