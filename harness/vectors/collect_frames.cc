#include <stdexcept>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"
#include "spec/base/crypto.h"

namespace doublecheck::corpus {
namespace {

Vector encoded_frame(const CollectedFile& file, const Json& one) {
  const Json& input = one.at("input");
  const Json& output = one.at("output");
  Vector vector = file.begin(one, "encode_frame");
  const Json payload = pattern_expression(input.at("payload_length"));
  vector.input = {{"payload", payload}, {"first", input.value("first_frame_of_connection", false)}};
  if (const Json routing = input.value("routing_info", Json()); routing.is_object()) {
    vector.input["routing_info"] = pattern_expression(routing.at("length"));
  } else if (!routing.is_null()) {
    vector.input["routing_info"] = routing;
  }
  if (output.contains("error")) {
    vector.flag = kMustReject;
  } else if (output.contains("wire")) {
    vector.output = {{"frame", output.at("wire")}};
  } else {
    vector.output = {
        {"frame", {{"length", output.at("wire_length")}, {"sha256", output.at("wire_sha256")}}}};
  }
  return vector;
}

Vector decoded_frames(const CollectedFile& file, const Json& one) {
  Vector vector = file.begin(one, "decode_frames");
  vector.input = {{"chunks", one.at("input").at("chunks")}};
  Json chunks = Json::array();
  std::size_t taken = 0;
  for (const Json& complete : one.at("output").at("frames_complete_after_chunk")) {
    Json frames = Json::array();
    for (; taken < complete; ++taken) frames.push_back(one.at("output").at("frames").at(taken));
    chunks.push_back(std::move(frames));
  }
  vector.output = {{"chunks", std::move(chunks)}};
  return vector;
}

}  // namespace

void collect_frames(Collected& to) {
  const CollectedFile file(kFrames, "frame");
  for (const Json& one : file.cases()) {
    to.vectors.push_back(one.at("input").at("op") == "encode" ? encoded_frame(file, one)
                                                              : decoded_frames(file, one));
  }
}

}  // namespace doublecheck::corpus
