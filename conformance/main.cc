#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <vector>

#include "conformance/detection/detect_command.h"
#include "harness/cli/commands.h"

namespace {

// Beside those of the commands; --help is none of them.
constexpr int kUsageError = 2;
constexpr int kInternalError = 70;

}  // namespace

// The `doublecheck` command: the harness, with the cases and the violations that measure them.
int main(int argc, char** argv) {
  using namespace doublecheck::harness;
  using doublecheck::deviations::add_detect;
  CLI::App app{
      "Doublecheck: conformance and fuzz tests for the WhatsApp multi-device wire protocol.\n"
      "Everything runs on this machine; nothing ever contacts the real service."};
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  const std::vector<Command> commands{
      add_serve(app),   add_certify(app), add_adapter(app),  add_client(app), add_codec(app),
      add_verify(app),  add_keygen(app),  add_simulate(app), add_detect(app), add_requirements(app),
      add_explain(app), add_report(app),  add_replay(app),   add_vectors(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  try {
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (app.get_subcommand(static_cast<int>(i))->parsed()) return commands[i]();
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "doublecheck: %s\n", error.what());
    return kInternalError;
  }
  return 0;
}
