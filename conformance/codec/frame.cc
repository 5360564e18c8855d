#include "spec/wire/frame.h"

#include "conformance/codec/steps.h"
#include "spec/base/crypto.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

// Byte i is i mod 256.
Bytes frame_pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

void check_frame(const Json& vector, ByteView frame) {
  const std::string name = text(vector.at("name"));
  const Json& output = vector.at("output");
  check(frame.size() == output.at("wire_length"), "has its length: " + name,
        std::to_string(frame.size()) + " bytes");
  check(to_hex(sha256(frame)) == text(output.at("wire_sha256")),
        "is the payload with its length in front: " + name,
        to_hex(frame.first(std::min<std::size_t>(frame.size(), 32))));
}

std::vector<const Json*> frame_vectors(std::string_view operation, bool first) {
  std::vector<const Json*> found;
  for (const Json& one : vectors(kFrames).at("cases")) {
    const Json& input = one.at("input");
    if (input.at("op") == operation && input.value("first_frame_of_connection", false) == first &&
        !one.at("output").contains("error"))
      found.push_back(&one);
  }
  return found;
}

}  // namespace

CODEC_CASE(frame, payloads_get_their_length,
           "A frame is three big-endian bytes of length and the payload, up to 16777215 bytes",
           .checks = {Rule::FRAME_01}) {
  for (const Json* one : frame_vectors("encode", false)) {
    const Bytes payload = frame_pattern(one->at("input").at("payload_length"));
    check_frame(*one, accepted(bench.encode_frame(payload), "a payload is framed"));
  }
}

CODEC_CASE(frame, payload_of_16777216_bytes_is_refused,
           "A payload of 2^24 bytes, whose length cannot be written, is refused",
           .checks = {Rule::FRAME_02}) {
  precondition("the largest payload is framed", [&] {
    const Bytes frame = accepted(bench.encode_frame(Bytes(0xffffff)), "a payload is framed");
    check(frame.size() == 0xffffff + wire::kFrameHeaderSize, "a frame has the length of both");
  });
  check_refused(bench.encode_frame(Bytes(0x1000000)), "a payload of 2^24 bytes is refused");
}

CODEC_CASE(
    frame, first_frame_follows_the_intro,
    "In front of the first frame stand the intro header and, before it, the edge routing prefix with its length",
    .checks = {Rule::TRANSPORT_09}) {
  for (const Json* one : frame_vectors("encode", true)) {
    const Json& input = one->at("input");
    std::optional<Bytes> routing_info;
    if (input.at("routing_info").is_string()) routing_info = bytes_of_hex(input.at("routing_info"));
    if (input.at("routing_info").is_object())
      routing_info = frame_pattern(input.at("routing_info").at("length"));
    check_frame(*one, accepted(bench.encode_first_frame(frame_pattern(input.at("payload_length")),
                                                        routing_info),
                               "a first payload is framed"));
  }
}

CODEC_CASE(
    frame, frames_are_found_however_they_are_cut,
    "Frames come out of a stream complete and in order, wherever it is cut, and none too early",
    .checks = {Rule::FRAME_03, Rule::FRAME_04, Rule::FRAME_06}) {
  for (const Json* one : frame_vectors("decode", false)) {
    const std::string name = text(one->at("name"));
    std::vector<Bytes> chunks;
    for (const Json& chunk : one->at("input").at("chunks")) chunks.push_back(bytes_of_hex(chunk));
    const auto complete = accepted(bench.decode_frames(chunks), "a stream is read: " + name);
    check(complete.size() == chunks.size(), "says after each piece what is complete: " + name);
    std::vector<Bytes> frames;
    const Json& counts = one->at("output").at("frames_complete_after_chunk");
    for (std::size_t i = 0; i < complete.size(); ++i) {
      frames.insert(frames.end(), complete[i].begin(), complete[i].end());
      check(frames.size() == counts.at(i), "is complete after its last byte: " + name,
            std::to_string(frames.size()) + " frames after piece " + std::to_string(i));
    }
    std::vector<Bytes> expected;
    for (const Json& frame : one->at("output").at("frames"))
      expected.push_back(bytes_of_hex(frame));
    check(frames == expected, "are the payloads that were framed: " + name);
  }
}

CODEC_CASE(
    frame, every_cut_of_a_stream_gives_the_same_frames,
    "Three frames, one of them empty, come out of their stream whatever the place of one cut",
    .checks = {Rule::FRAME_03, Rule::FRAME_06}) {
  const std::vector<Bytes> payloads = {frame_pattern(300), {}, frame_pattern(5)};
  Bytes stream;
  for (const Bytes& payload : payloads) append(stream, wire::encode_frame(payload).value());
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    const std::vector<Bytes> chunks = {to_bytes(ByteView(stream).first(cut)),
                                       to_bytes(ByteView(stream).subspan(cut))};
    const auto complete = accepted(bench.decode_frames(chunks), "a stream is read");
    check(complete.size() == 2, "says after each piece what is complete");
    std::vector<Bytes> frames = complete[0];
    frames.insert(frames.end(), complete[1].begin(), complete[1].end());
    check(frames == payloads, at_byte("the frames are the same, cut before", cut));
  }
}

CODEC_CASE(frame, announced_bytes_are_not_delivered,
           "A frame of which the last byte is missing is not delivered",
           .checks = {Rule::FRAME_06}) {
  const Bytes frame = wire::encode_frame(frame_pattern(40)).value();
  precondition("the whole frame is delivered", [&] {
    const auto complete = accepted(bench.decode_frames(std::vector<Bytes>{frame}), "is read");
    check(complete.size() == 1 && complete[0].size() == 1, "a whole frame is delivered");
  });
  for (std::size_t size = 1; size < frame.size(); ++size) {
    const auto complete =
        bench.decode_frames(std::vector<Bytes>{to_bytes(ByteView(frame).first(size))});
    check(!complete || (complete->size() == 1 && complete->front().empty()),
          at_byte("an incomplete frame is not delivered, without", size));
  }
}

}  // namespace doublecheck::harness
