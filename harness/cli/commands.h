#pragma once

#include <functional>

namespace CLI {
class App;
}

// The commands of `doublecheck`, a file each. Every function adds one to the program and gives back
// what to run if it was chosen; the result is the exit code.
namespace doublecheck::harness {

using Command = std::function<int()>;

Command add_serve(CLI::App& app);
Command add_certify(CLI::App& app);
Command add_replay(CLI::App& app);
Command add_adapter(CLI::App& app);
Command add_client(CLI::App& app);
Command add_codec(CLI::App& app);
Command add_requirements(CLI::App& app);
Command add_explain(CLI::App& app);
Command add_report(CLI::App& app);
Command add_simulate(CLI::App& app);
Command add_keygen(CLI::App& app);
Command add_verify(CLI::App& app);
Command add_vectors(CLI::App& app);

extern const char* const kVersion;

}  // namespace doublecheck::harness
