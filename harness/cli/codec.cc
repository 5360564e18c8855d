#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "harness/cli/commands.h"
#include "harness/iut/codec_stream.h"
#include "harness/iut/in_process_codec.h"
#include "spec/base/random.h"

// `doublecheck codec`: the functions of the specification behind the language of codecs.
namespace doublecheck::harness {
namespace {

int serve_reference_codec() {
  const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  InProcessCodec codec(SystemRandom{}, UnixTime{wall});
  const auto served = serve_codec(codec, STDIN_FILENO, STDOUT_FILENO);
  if (served) return 0;
  std::cerr << "doublecheck codec: " << served.error().to_string() << "\n";
  return 1;
}

}  // namespace

Command add_codec(CLI::App& app) {
  app.add_subcommand(
      "codec",
      "Answer requests of harness/iut/codec.proto on stdin and stdout, by the functions of the specification: "
      "what `certify --codec` takes for a library.");
  return serve_reference_codec;
}

}  // namespace doublecheck::harness
