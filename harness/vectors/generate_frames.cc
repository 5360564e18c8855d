#include <array>
#include <optional>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generator.h"
#include "spec/base/crypto.h"
#include "spec/wire/frame.h"
#include "spec/wire/intro.h"

namespace doublecheck::corpus {
namespace {

// Longer bytes are one value repeated, which is short in JSON.
constexpr std::size_t kMaxDrawn = 64;

Bytes payload_of(Generator& generator, std::size_t size) {
  if (size <= kMaxDrawn) return generator.random().bytes(size);
  return Bytes(size, generator.random().bytes(1).front());
}

void generate_encoded_frame(Generator& generator, std::size_t payload_size, bool first,
                            std::optional<std::size_t> routing_size) {
  const Bytes payload = payload_of(generator, payload_size);
  Bytes frame = wire::encode_frame(payload).value();
  const char* const name = !first ? "encode" : routing_size ? "encode-routed" : "encode-first";
  std::vector<std::string> requirements = {"FRAME-01"};
  if (first) requirements.emplace_back(routing_size ? "TRANSPORT-09" : "TRANSPORT-07");
  Vector& vector = generator.add(name, "encode_frame", std::move(requirements));
  vector.input = {{"payload", to_expression(payload)}, {"first", first}};
  if (first) {
    wire::Intro intro;
    if (routing_size) {
      intro.routing_info = payload_of(generator, *routing_size);
      vector.input["routing_info"] = to_expression(*intro.routing_info);
    }
    frame = concat({wire::encode_intro(intro).value(), frame});
  }
  vector.output = {{"frame", to_expression(frame)}};
}

// Where a stream is cut: offsets in ascending order.
std::vector<std::size_t> cuts(Generator& generator, std::size_t size, std::size_t kind) {
  std::vector<std::size_t> at;
  for (std::size_t i = 1; i < size; ++i) {
    const bool cut = kind == 0   ? false
                     : kind == 1 ? true
                     : kind == 2 ? i <= 4
                                 : generator.chance(kind);
    if (cut) at.push_back(i);
  }
  return at;
}

void generate_stream(Generator& generator, std::size_t kind) {
  constexpr auto kSizes = std::to_array<std::size_t>({0, 0, 1, 2, 3, 7, 16, 33, 64});
  Bytes stream;
  for (std::size_t left = generator.between(1, 5); left != 0; --left) {
    append(stream, wire::encode_frame(payload_of(generator, generator.one_of(kSizes))).value());
  }
  // Now and then the last frame is not complete.
  if (stream.size() > 3 && generator.chance(3))
    stream.resize(stream.size() - generator.between(1, 3));
  std::vector<std::size_t> ends = cuts(generator, stream.size(), kind);
  ends.push_back(stream.size());
  Json chunks = Json::array();
  Json complete = Json::array();
  wire::FrameReader reader;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    const ByteView chunk = ByteView(stream).subspan(begin, end - begin);
    begin = end;
    chunks.push_back(to_hex(chunk));
    reader.feed(chunk);
    Json frames = Json::array();
    while (const auto frame = reader.next().value()) frames.push_back(to_hex(*frame));
    complete.push_back(std::move(frames));
  }
  Vector& vector = generator.add("decode", "decode_frames", {"FRAME-03", "FRAME-04", "FRAME-06"});
  vector.input = {{"chunks", std::move(chunks)}};
  vector.output = {{"chunks", std::move(complete)}};
}

}  // namespace

void generate_frames(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("frame", seed, out);
  for (const std::size_t size :
       {0U,   1U,   2U,   15U,  16U,  17U,    63U,    64U,    127U,   128U,    254U,
        255U, 256U, 257U, 511U, 512U, 65534U, 65535U, 65536U, 65537U, 1048576U}) {
    generate_encoded_frame(generator, size, false, std::nullopt);
    generate_encoded_frame(generator, size, true, std::nullopt);
  }
  for (const std::size_t size : {1U, 2U, 3U, 31U, 64U, 255U, 256U, 257U, 65535U, 65536U})
    generate_encoded_frame(generator, generator.size_below(kMaxDrawn), true, size);
  for (std::size_t i = 0; i < 60; ++i) generate_stream(generator, i % 10);
}

}  // namespace doublecheck::corpus
