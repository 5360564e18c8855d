#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

// Frames that arrive in pieces, or several in one.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;
using Frames = std::vector<Bytes>;

void notify_client(ClientBench& bench, const std::string& id) {
  wire::Node node =
      R"(<notification from=jid:"@s.whatsapp.net" t="1750000000" type="doublecheck"/>)"_node;
  node.set("id", wire::Text(id));
  bench.send(node);
}

Matcher acknowledged(const std::string& id) {
  return stanza("ack", {{"class", "notification"}, {"id", id}});
}

// In pieces of this size.
void divide(Frames& frames, std::size_t size) {
  Frames pieces;
  for (const Bytes& frame : frames) {
    for (std::size_t at = 0; at < frame.size(); at += size) {
      const auto first = frame.begin() + static_cast<std::ptrdiff_t>(at);
      pieces.emplace_back(first,
                          first + static_cast<std::ptrdiff_t>(std::min(size, frame.size() - at)));
    }
  }
  frames = std::move(pieces);
}

// In two pieces.
void divide_at(Frames& frames, std::size_t at) {
  Frames pieces;
  for (const Bytes& frame : frames) {
    const auto middle = frame.begin() + static_cast<std::ptrdiff_t>(std::min(at, frame.size() - 1));
    pieces.emplace_back(frame.begin(), middle);
    pieces.emplace_back(middle, frame.end());
  }
  frames = std::move(pieces);
}

void join(Frames& frames) {
  Bytes all;
  for (const Bytes& frame : frames) append(all, frame);
  frames = {std::move(all)};
}

// A login of a client that has been online before.
void log_in_again(ClientBench& bench, std::function<void(Frames&)> edit) {
  bench.come_online();
  bench.disconnect();
  bench.script().received_stanzas().clear();
  bench.script().edit_frames(std::move(edit));
  bench.start_connecting();
  bench.expect(query_with("active"), seconds(30));
}

// Frames are held back until the script lets them go, in one piece.
struct Dam {
  explicit Dam(ClientBench& bench) {
    bench.script().edit_frames([held = held](Frames& frames) {
      for (Bytes& frame : frames) append(*held, frame);
      frames.clear();
    });
  }

  // The next step takes along what is held, all but the last `kept` bytes; with these, what follows
  // is held back again.
  void open(ClientBench& bench, std::size_t kept = 0) {
    bench.script().edit_frames([held = held, kept, done = false](Frames& frames) mutable {
      for (Bytes& frame : frames) append(*held, frame);
      if (kept > 0 && std::exchange(done, true)) return frames.clear();
      const auto end = held->end() - static_cast<std::ptrdiff_t>(std::min(kept, held->size()));
      frames = {Bytes(held->begin(), end)};
      held->erase(held->begin(), end);
    });
  }

  std::shared_ptr<Bytes> held = std::make_shared<Bytes>();
};

}  // namespace

CLIENT_CASE(transport, login_byte_by_byte, "A login works whose every byte arrives alone",
            .checks = {Rule::FRAME_03}) {
  log_in_again(bench, [](Frames& frames) { divide(frames, 1); });
  notify_client(bench, "alone");
  bench.expect(acknowledged("alone"));
}

CLIENT_CASE(transport, login_in_pieces_of_every_size,
            "Logins work whose bytes arrive in pieces of two to nine bytes",
            .checks = {Rule::FRAME_03}) {
  log_in_again(bench, [size = std::size_t{2}](Frames& frames) mutable {
    divide(frames, size);
    size = size == 9 ? 2 : size + 1;
  });
  for (int i = 0; i < 8; ++i) {
    notify_client(bench, std::to_string(i));
    bench.expect(acknowledged(std::to_string(i)));
  }
}

CLIENT_CASE(transport, frame_divided_at_every_byte,
            "A frame is processed at whichever byte it is divided", .checks = {Rule::FRAME_03}) {
  bench.come_online();
  for (std::size_t at = 1; at <= 40; ++at) {
    bench.script().edit_frames([at](Frames& frames) { divide_at(frames, at); });
    notify_client(bench, "at " + std::to_string(at));
    bench.expect(acknowledged("at " + std::to_string(at)));
  }
}

CLIENT_CASE(transport, stanzas_of_a_step_in_one_piece,
            "A login works of which everything that comes at once is in one piece",
            .checks = {Rule::FRAME_04}) {
  log_in_again(bench, join);
  notify_client(bench, "joined");
  bench.expect(acknowledged("joined"));
}

CLIENT_CASE(transport, several_stanzas_in_one_piece,
            "Of two to nine stanzas in one piece all are processed", .checks = {Rule::FRAME_04}) {
  bench.come_online();
  bench.barrier();
  for (int count = 2; count <= 9; ++count) {
    bench.script().received_stanzas().clear();
    Dam dam(bench);
    const std::string name = std::to_string(count) + " of ";
    for (int i = 1; i < count; ++i) notify_client(bench, name + std::to_string(i));
    dam.open(bench);
    notify_client(bench, name + std::to_string(count));
    // Acknowledgements may overtake each other.
    for (int i = 1; i <= count; ++i) bench.expect(acknowledged(name + std::to_string(i)));
    bench.script().behave();
  }
}

CLIENT_CASE(transport, frame_and_a_half,
            "A piece that ends in the middle of a frame is processed as far as it goes",
            .checks = {Rule::FRAME_04, Rule::FRAME_06}) {
  bench.come_online();
  bench.barrier();
  Dam dam(bench);
  notify_client(bench, "whole");
  dam.open(bench, 5);
  notify_client(bench, "cut");
  bench.expect(acknowledged("whole"));
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(1));
  bench.expect_none(acknowledged("cut"));
  dam.open(bench);
  notify_client(bench, "rest");
  bench.expect(acknowledged("cut"));
  bench.expect(acknowledged("rest"));
}

CLIENT_CASE(transport, last_byte_is_missing,
            "A stanza takes effect when the last byte of its frame has come, and not before",
            .checks = {Rule::FRAME_06}) {
  bench.come_online();
  bench.barrier();
  Dam dam(bench);
  dam.open(bench, 1);
  const ConnectionId connection = bench.current();
  notify_client(bench, "incomplete");
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(1));
  bench.expect_none(acknowledged("incomplete"));
  bench.expect_alive();
  check(bench.script().current() == connection, "the connection is still open");
  dam.open(bench);
  notify_client(bench, "next");
  bench.expect(acknowledged("incomplete"));
  bench.expect(acknowledged("next"));
}

}  // namespace doublecheck::harness
