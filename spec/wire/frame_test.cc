#include "spec/wire/frame.h"

#include <gtest/gtest.h>

#include "spec/base/crypto.h"
#include "spec/base/test_vectors.h"
#include "spec/wire/intro.h"

namespace doublecheck::wire {
namespace {

using test_vectors::bytes_of_hex;
using test_vectors::Json;

// Byte i is i modulo 256.
Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

std::vector<Bytes> frames_in(FrameReader& reader) {
  std::vector<Bytes> frames;
  for (auto frame = reader.next(); frame.value(); frame = reader.next()) frames.push_back(**frame);
  return frames;
}

Bytes routing_info_of(const Json& json) {
  return json.is_string() ? bytes_of_hex(json) : pattern(json.at("length"));
}

void expect_encoding(const Json& vector) {
  const Json& input = vector["input"];
  const auto frame = encode_frame(pattern(input["payload_length"]));
  if (vector["output"].contains("error")) {
    EXPECT_FALSE(frame);
    return;
  }
  ASSERT_TRUE(frame) << frame.error().to_string();
  Bytes wire;
  if (input["first_frame_of_connection"] == true) {
    Intro intro;
    if (!input["routing_info"].is_null())
      intro.routing_info = routing_info_of(input["routing_info"]);
    const auto encoded = encode_intro(intro);
    ASSERT_TRUE(encoded) << encoded.error().to_string();
    append(wire, *encoded);
  }
  append(wire, *frame);
  EXPECT_EQ(wire.size(), vector["output"]["wire_length"].get<std::size_t>());
  EXPECT_EQ(to_hex(sha256(wire)), vector["output"]["wire_sha256"].get<std::string>());
}

void expect_decoding(const Json& vector) {
  FrameReader reader;
  std::vector<Bytes> frames;
  std::vector<std::size_t> counts;
  for (const Json& chunk : vector["input"]["chunks"]) {
    reader.feed(bytes_of_hex(chunk));
    for (Bytes& frame : frames_in(reader)) frames.push_back(std::move(frame));
    counts.push_back(frames.size());
  }
  EXPECT_EQ(counts,
            vector["output"]["frames_complete_after_chunk"].get<std::vector<std::size_t>>());
  ASSERT_EQ(frames.size(), vector["output"]["frames"].size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(to_hex(frames[i]), vector["output"]["frames"][i].get<std::string>());
  }
}

TEST(Frame, Vectors) {
  const Json vectors = test_vectors::load("frames");
  EXPECT_GE(vectors["cases"].size(), 30U);
  for (const Json& vector : vectors["cases"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    if (vector["input"]["op"] == "encode") {
      expect_encoding(vector);
    } else {
      expect_decoding(vector);
    }
  }
}

TEST(Frame, PayloadsAreLimited) {
  const Bytes most(kMaxFramePayload, 0x5a);
  const auto frame = encode_frame(most);
  ASSERT_TRUE(frame);
  FrameReader reader;
  reader.feed(*frame);
  EXPECT_EQ(reader.next(), most);
  EXPECT_EQ(encode_frame(Bytes(kMaxFramePayload + 1)).error().to_string(),
            "frame: payload too large");
}

TEST(FrameReader, EveryCutGivesTheSameFrames) {
  const Bytes stream = concat({encode_frame(pattern(5)).value(), encode_frame({}).value(),
                               encode_frame(pattern(300)).value()});
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader;
    reader.feed(ByteView(stream).first(cut));
    std::vector<Bytes> frames = frames_in(reader);
    reader.feed(ByteView(stream).subspan(cut));
    for (Bytes& frame : frames_in(reader)) frames.push_back(std::move(frame));
    EXPECT_EQ(frames, (std::vector<Bytes>{pattern(5), {}, pattern(300)})) << cut;
    EXPECT_EQ(reader.buffered(), 0U);
  }
}

TEST(FrameReader, RefusesAFrameThatAnnouncesTooMuch) {
  FrameReader reader(10);
  reader.feed(concat({encode_frame(pattern(10)).value(), encode_frame(pattern(11)).value()}));
  EXPECT_EQ(reader.next(), pattern(10));
  const auto refused = reader.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(), "frame: announces 11 bytes");
  EXPECT_EQ(reader.buffered(), 0U);

  reader.feed(encode_frame(pattern(1)).value());
  EXPECT_EQ(reader.buffered(), 0U);
  EXPECT_EQ(reader.next(), std::unexpected(refused.error()));
}

TEST(FrameReader, RefusesBeforeThePayloadHasArrived) {
  FrameReader reader(10);
  reader.feed(Bytes{0x00, 0x00});
  EXPECT_TRUE(reader.next());
  reader.feed(Bytes{0x0b});
  EXPECT_FALSE(reader.next());
}

TEST(FrameReader, TheLimitCanChangeBetweenFrames) {
  FrameReader reader(10);
  reader.set_max_payload(11);
  reader.feed(encode_frame(pattern(11)).value());
  EXPECT_EQ(reader.next(), pattern(11));
  reader.set_max_payload(10);
  reader.feed(encode_frame(pattern(11)).value());
  EXPECT_FALSE(reader.next());
}

TEST(FrameReader, HoldsOnlyWhatWasFedAndNotTaken) {
  FrameReader reader;
  const Bytes frame = encode_frame(pattern(20)).value();
  reader.feed(concat({frame, frame, ByteView(frame).first(7)}));
  EXPECT_EQ(reader.buffered(), 2 * frame.size() + 7);
  EXPECT_EQ(reader.next(), pattern(20));
  EXPECT_EQ(reader.buffered(), frame.size() + 7);
  EXPECT_EQ(reader.next(), pattern(20));
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.buffered(), 7U);
}

// A reader that moved what it holds for each piece or each frame would take minutes here.
TEST(FrameReader, WorkIsProportionalToTheInput) {
  constexpr std::size_t kCount = 50'000;
  const Bytes frame = encode_frame(pattern(7)).value();
  Bytes stream;
  for (std::size_t i = 0; i < kCount; ++i) append(stream, frame);

  FrameReader at_once;
  at_once.feed(stream);
  std::size_t taken = 0;
  while (at_once.next().value()) ++taken;
  EXPECT_EQ(taken, kCount);

  FrameReader by_bytes;
  taken = 0;
  for (const std::uint8_t& byte : stream) {
    by_bytes.feed({&byte, 1});
    while (by_bytes.next().value()) ++taken;
  }
  EXPECT_EQ(taken, kCount);

  // Always one frame behind, so that there is something to move each time.
  FrameReader lagging;
  lagging.feed(stream);
  for (std::size_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(lagging.next().value());
    lagging.feed(frame);
  }
  EXPECT_EQ(lagging.buffered(), stream.size());
}

}  // namespace
}  // namespace doublecheck::wire
