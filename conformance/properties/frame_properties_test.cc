#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <vector>

#include "conformance/properties/generators.h"
#include "spec/base/text_encoding.h"
#include "spec/base/writer.h"
#include "spec/wire/frame.h"
#include "spec/wire/intro.h"

// What holds of the readers of a byte stream, however the stream is cut into pieces.
namespace doublecheck::wire {
namespace {

namespace gen = rc::gen;

// Low enough that arbitrary streams violate it, and keep to it.
constexpr std::size_t kMaxPayload = 40;

Bytes header_announcing(std::size_t size) {
  Writer writer;
  writer.u24(static_cast<std::uint32_t>(size));
  return writer.take();
}

rc::Gen<Bytes> framed() {
  return gen::map(gen::container<Bytes>(gen::arbitrary<std::uint8_t>()), [](Bytes payload) {
    payload.resize(std::min(payload.size(), kMaxPayload));
    return *encode_frame(payload);
  });
}

rc::Gen<Bytes> oversized() {
  return gen::map(gen::oneOf(gen::inRange(kMaxPayload + 1, kMaxPayload + 4),
                             gen::inRange(kMaxPayload + 1, kMaxFramePayload + 1)),
                  header_announcing);
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes whole;
  for (const Bytes& part : parts) append(whole, part);
  return whole;
}

// ---- The frame reader against a model of it, command by command

// What was fed and not taken: the specification of the reader, with no regard for cost.
struct StreamModel {
  Bytes pending;
  std::size_t max_payload = kMaxPayload;
  bool failed = false;

  std::optional<std::size_t> announced() const {
    if (pending.size() < kFrameHeaderSize) return std::nullopt;
    return std::size_t{pending[0]} << 16 | std::size_t{pending[1]} << 8 | pending[2];
  }
  bool refuses_next() const { return failed || announced().value_or(0) > max_payload; }
  bool has_next() const {
    return !refuses_next() && announced() && pending.size() >= kFrameHeaderSize + *announced();
  }
  Bytes next_payload() const {
    const auto payload = pending.begin() + static_cast<std::ptrdiff_t>(kFrameHeaderSize);
    return {payload, payload + static_cast<std::ptrdiff_t>(*announced())};
  }
};

using Command = rc::state::Command<StreamModel, FrameReader>;

struct Feed final : Command {
  // A whole frame, a frame too long, or some bytes of either.
  Feed() {
    const Bytes whole = *gen::weightedOneOf<Bytes>({{8, framed()}, {1, oversized()}});
    const bool cut = *gen::arbitrary<bool>();
    piece = cut ? Bytes(whole.begin(),
                        whole.begin() + *gen::inRange<std::ptrdiff_t>(
                                            0, static_cast<std::ptrdiff_t>(whole.size()) + 1))
                : whole;
  }
  void apply(StreamModel& model) const override {
    if (!model.failed) append(model.pending, piece);
  }
  void run(const StreamModel& before, FrameReader& reader) const override {
    reader.feed(piece);
    RC_ASSERT(reader.buffered() == nextState(before).pending.size());
  }
  void show(std::ostream& out) const override { out << "feed " << to_hex(piece); }

  Bytes piece;
};

struct Next final : Command {
  void apply(StreamModel& model) const override {
    if (model.refuses_next()) {
      model.failed = true;
      model.pending.clear();
    } else if (model.has_next()) {
      const auto size = static_cast<std::ptrdiff_t>(kFrameHeaderSize + *model.announced());
      model.pending.erase(model.pending.begin(), model.pending.begin() + size);
    }
  }
  void run(const StreamModel& before, FrameReader& reader) const override {
    const auto frame = reader.next();
    RC_ASSERT(frame.has_value() == !before.refuses_next());
    if (frame) {
      RC_ASSERT(frame->has_value() == before.has_next());
      if (*frame) RC_ASSERT(**frame == before.next_payload());
    }
    RC_ASSERT(reader.buffered() == nextState(before).pending.size());
  }
  void show(std::ostream& out) const override { out << "next"; }
};

struct SetMaxPayload final : Command {
  void apply(StreamModel& model) const override { model.max_payload = max_payload; }
  void run(const StreamModel&, FrameReader& reader) const override {
    reader.set_max_payload(max_payload);
  }
  void show(std::ostream& out) const override { out << "set_max_payload " << max_payload; }

  std::size_t max_payload = *gen::inRange<std::size_t>(0, 2 * kMaxPayload);
};

RC_GTEST_PROP(FrameReaders, DoWhatTheirModelDoes, ()) {
  FrameReader reader(kMaxPayload);
  rc::state::check(
      StreamModel{}, reader,
      rc::state::gen::execOneOfWithArgs<Feed, Feed, Feed, Next, Next, Next, SetMaxPayload>());
}

// ---- A whole stream, in one piece and in many

// All that a stream says: its intro, its frames, and where it went wrong, in bytes from its start.
struct Heard {
  std::optional<Intro> intro;
  std::vector<Bytes> frames;
  std::optional<std::string> error;
  std::size_t bytes_before_error = 0;  // fed in pieces that did not show the error
};

// As a host reads a connection: first the intro, then frames.
class Listener {
 public:
  void feed(ByteView piece) {
    if (!heard_.intro) {
      Bytes rest;
      auto intro = intro_.feed(piece, rest);
      if (!intro) return fail(intro.error());
      if (!*intro) return heard_more(piece);
      heard_.intro = **std::move(intro);
      frames_.feed(rest);
    } else {
      frames_.feed(piece);
    }
    while (true) {
      auto frame = frames_.next();
      if (!frame) return fail(frame.error());
      if (!*frame) return heard_more(piece);
      RC_ASSERT(!heard_.error);
      heard_.frames.push_back(**std::move(frame));
    }
  }
  const Heard& heard() const { return heard_; }

 private:
  void heard_more(ByteView piece) {
    RC_ASSERT(!heard_.error);
    heard_.bytes_before_error += piece.size();
  }
  // The same error for ever, once there is one.
  void fail(const Error& error) {
    // RC_ASSERT overloads ||, and would evaluate both of its sides.
    const bool same = !heard_.error || *heard_.error == error.to_string();
    RC_ASSERT(same);
    heard_.error = error.to_string();
  }

  IntroReader intro_{kMaxPayload};
  FrameReader frames_{kMaxPayload};
  Heard heard_;
};

rc::Gen<Bytes> intro() {
  return gen::map(gen::maybe(gen::resize(kMaxPayload - 1, gen::arbitrary<Bytes>())),
                  [](const rc::Maybe<Bytes>& routing_info) {
                    Intro drawn;
                    if (routing_info) drawn.routing_info = *routing_info;
                    return *encode_intro(drawn);
                  });
}

// Cuts a stream into pieces of these sizes, and the rest as one.
std::vector<Bytes> cut(const Bytes& stream, const std::vector<std::size_t>& sizes) {
  std::vector<Bytes> pieces;
  ByteView rest = stream;
  for (const std::size_t size : sizes) {
    const std::size_t taken = std::min(size, rest.size());
    pieces.push_back(to_bytes(rest.first(taken)));
    rest = rest.subspan(taken);
  }
  pieces.push_back(to_bytes(rest));
  return pieces;
}

// Mostly small, so that headers are cut, and often empty.
rc::Gen<std::vector<std::size_t>> piece_sizes() {
  return gen::container<std::vector<std::size_t>>(
      gen::weightedOneOf<std::size_t>({{1, gen::just(std::size_t{0})},
                                       {3, gen::inRange<std::size_t>(0, 5)},
                                       {1, gen::inRange<std::size_t>(0, 100)}}));
}

Heard listen(const std::vector<Bytes>& pieces) {
  Listener listener;
  for (const Bytes& piece : pieces) listener.feed(piece);
  return listener.heard();
}

void expect_same(const Heard& one, const Heard& other) {
  RC_ASSERT(one.intro.has_value() == other.intro.has_value());
  if (one.intro) {
    RC_ASSERT(one.intro->header == other.intro->header);
    RC_ASSERT(one.intro->routing_info == other.intro->routing_info);
  }
  RC_ASSERT(one.frames == other.frames);
  RC_ASSERT(one.error == other.error);
}

// In one piece, byte by byte, and cut anywhere, the stream says the same; an error shows with the
// first byte that makes it certain, and nothing comes after it.
void expect_cuts_do_not_matter(const Bytes& stream) {
  const Heard whole = listen({stream});
  const Heard single = listen(cut(stream, std::vector<std::size_t>(stream.size(), 1)));
  expect_same(single, whole);

  const std::vector<Bytes> pieces = cut(stream, *piece_sizes());
  const Heard cut_up = listen(pieces);
  expect_same(cut_up, whole);
  if (!whole.error) return;
  std::size_t before = 0;
  for (const Bytes& piece : pieces) {
    if (before + piece.size() > single.bytes_before_error) break;
    before += piece.size();
  }
  RC_ASSERT(cut_up.bytes_before_error == before);
}

RC_GTEST_PROP(Streams, SayTheSameHoweverTheyAreCut, ()) {
  const Bytes start = *intro();
  const auto frames = *gen::scale(0.3, gen::container<std::vector<Bytes>>(framed()));
  const Bytes stream = concat({start, joined(frames)});

  const Heard whole = listen({stream});
  RC_ASSERT(!whole.error);
  RC_ASSERT(whole.intro.has_value());
  RC_ASSERT(*encode_intro(*whole.intro) == start);
  std::vector<Bytes> framed_again;
  for (const Bytes& payload : whole.frames) framed_again.push_back(*encode_frame(payload));
  RC_ASSERT(framed_again == frames);
  expect_cuts_do_not_matter(stream);
}

RC_GTEST_PROP(Streams, FailAtTheSamePlaceHoweverTheyAreCut, ()) {
  const auto frames = *gen::scale(0.3, gen::container<std::vector<Bytes>>(framed()));
  const Bytes stream = concat({*intro(), joined(frames), *oversized(), *gen::arbitrary<Bytes>()});
  RC_ASSERT(listen({stream}).error.has_value());
  RC_ASSERT(listen({stream}).frames.size() == frames.size());
  expect_cuts_do_not_matter(stream);
}

RC_GTEST_PROP(Streams, OfDamagedBytesAreReadTheSameHoweverTheyAreCut, ()) {
  const auto frames = *gen::scale(0.3, gen::container<std::vector<Bytes>>(framed()));
  expect_cuts_do_not_matter(*properties::nearly(concat({*intro(), joined(frames)})));
}

}  // namespace
}  // namespace doublecheck::wire
