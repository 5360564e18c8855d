#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

Json member_of_each(const Json& frames, const char* member) {
  Json values = Json::array();
  for (const Json& frame : frames) values.push_back(frame.at(member));
  return values;
}

}  // namespace

void collect_handshakes(Collected& to) {
  const CollectedFile file(kNoise, "noise");
  for (const Json& one : file.cases()) {
    const Json& input = one.at("input");
    const Json& output = one.at("output");
    // Every state of both sides.
    Vector& transcript = to.vectors.emplace_back(file.begin(one, "noise_transcript"));
    transcript.input = input;
    transcript.output = output;
    if (!output.contains("transport")) continue;
    // The client's side, as a function of what it receives.
    Vector& vector = to.vectors.emplace_back(file.begin(one, "handshake"));
    vector.id += "-client";
    const Json& sent = output.at("transport").at("client_to_server");
    const Json& received = output.at("transport").at("server_to_client");
    vector.input = {{"static_private_key", input.at("client_static").at("private")},
                    {"ephemeral_private_key", input.at("client_ephemeral").at("private")},
                    {"trust_root", input.at("root_ca").at("public")},
                    {"payload", input.at("client_payload")},
                    {"intro", input.at("prologue")},
                    {"server_hello", output.at("server_hello_protobuf")},
                    {"seal", member_of_each(sent, "plaintext")},
                    {"open", member_of_each(received, "ciphertext")}};
    vector.output = {{"client_hello", output.at("client_hello_protobuf")},
                     {"client_finish", output.at("client_finish_protobuf")},
                     {"sealed", member_of_each(sent, "ciphertext")},
                     {"opened", member_of_each(received, "plaintext")}};
  }
}

}  // namespace doublecheck::corpus
