#include "harness/cli/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

namespace doublecheck::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Target whole_target() {
  Target target;
  target.server_url = "ws://127.0.0.1:1/ws/chat";
  target.remote.control_url = "http://127.0.0.1:2";
  target.remote.trust_root = "00";
  target.remote.allow_remote_host = "a.host";
  target.remote.time_scale = 2.5;
  return target;
}

TEST(TargetTest, ItsOptionsAreThoseOfCertify) {
  EXPECT_THAT(arguments_of(Target{}), IsEmpty());
  EXPECT_THAT(
      arguments_of(whole_target()),
      ElementsAre("--server", "ws://127.0.0.1:1/ws/chat", "--control", "http://127.0.0.1:2",
                  "--trust-root", "00", "--allow-remote-host", "a.host", "--time-scale", "2.5"));
  Target client;
  client.client_command = "node 'an adapter.mjs'";
  EXPECT_THAT(arguments_of(client), ElementsAre("--client", "node 'an adapter.mjs'"));
}

TEST(TargetTest, AFailureFileCarriesAllOfIt) {
  Target client;
  client.client_command = "a client";
  Target codec;
  codec.codec_command = "a codec";
  for (const Target& target : {whole_target(), client, codec, Target{}}) {
    report::Failure failure;
    put_target(target, failure);
    EXPECT_EQ(arguments_of(target_of(failure)), arguments_of(target));
    EXPECT_EQ(failure.how.empty(), failure.target == "in process");
  }
}

// What a shell makes of a line.
std::string said_by_shell(const std::string& line) {
  std::string said;
  std::FILE* pipe = ::popen(line.c_str(), "r");
  std::array<char, 256> chunk{};
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe))
    said.append(chunk.data(), size);
  ::pclose(pipe);
  return said;
}

TEST(TargetTest, AShellReadsTheLineAsItsWords) {
  EXPECT_EQ(shell_line({"doublecheck", "certify", "--case", "server/acks/message"}),
            "doublecheck certify --case server/acks/message");
  EXPECT_EQ(
      said_by_shell(shell_line({"printf", "[%s]", "", "a b", "it's", "$(x)", "\"\\", "a\nb"})),
      "[][a b][it's][$(x)][\"\\][a\nb]");
}

}  // namespace
}  // namespace doublecheck::harness
