#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/iut/codec_process.h"
#include "harness/vectors/confirmation.h"
#include "harness/vectors/publication.h"

// `doublecheck vectors`: writes the test vectors, and asks other implementations what they say to
// them.
namespace doublecheck::harness {
namespace {

struct VectorOptions {
  std::uint64_t seed = corpus::kPublishedSeed;
  std::vector<std::string> layers = {};
  std::string out = "vectors";
  std::string codec = {};
  std::string name = {};
};

constexpr int kNoSuchLayer = 2;

// Those of the layers that were asked for, or all; nothing, and a word to the user, if one of the
// layers does not exist.
std::optional<corpus::Publication> chosen_vectors(const VectorOptions& options) {
  corpus::Publication publication = corpus::publish(options.seed);
  const auto counts = corpus::count_by_layer(publication.vectors);
  for (const std::string& layer : options.layers) {
    if (counts.contains(layer)) continue;
    std::cerr << "doublecheck vectors: no layer " << layer << "\n";
    return std::nullopt;
  }
  if (!options.layers.empty()) {
    std::erase_if(publication.vectors, [&](const corpus::Vector& vector) {
      return std::ranges::find(options.layers, vector.layer()) == options.layers.end();
    });
  }
  return publication;
}

void print_counts(std::string_view heading, const std::map<std::string, corpus::Count>& counts) {
  std::cout << heading << "\n";
  for (const auto& [name, one] : counts)
    std::cout << "  " << name << ": " << one.confirmed << " confirmed, " << one.self_generated
              << " self-generated\n";
}

bool write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "doublecheck vectors: cannot write " << path.string() << "\n";
  return static_cast<bool>(file);
}

int export_vectors(const VectorOptions& options) {
  const auto publication = chosen_vectors(options);
  if (!publication) return kNoSuchLayer;
  const std::filesystem::path folder(options.out);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const auto& [name, text] : corpus::files_of(*publication)) {
    if (!write_text(folder / name, text)) return 1;
  }
  print_counts("By layer", corpus::count_by_layer(publication->vectors));
  print_counts("By flag", corpus::count_by_flag(publication->vectors));
  const corpus::Count all = corpus::count(publication->vectors);
  std::cout << all.confirmed << " vectors confirmed by another implementation, "
            << all.self_generated << " self-generated and not counted; written to " << options.out
            << "\n";
  return 0;
}

int confirm_vectors(const VectorOptions& options) {
  const auto publication = chosen_vectors(options);
  if (!publication) return kNoSuchLayer;
  const auto start = [&]() -> Result<std::unique_ptr<CodecUnderTest>> {
    auto process = CodecProcess::start({.command = options.codec});
    if (!process) return propagate(process);
    return *std::move(process);
  };
  const auto confirmations = corpus::confirm(publication->vectors, start, options.name);
  if (!confirmations) {
    std::cerr << "doublecheck vectors: " << confirmations.error().to_string() << "\n";
    return 1;
  }
  for (const auto& [id, answer] : confirmations->disagreed)
    std::cout << id << ": " << answer << "\n";
  std::cout << confirmations->library << " " << confirmations->version << ": "
            << confirmations->confirmed.size() << " vectors confirmed, "
            << confirmations->disagreed.size() << " answered otherwise, "
            << confirmations->unsupported << " unsupported\n";
  if (!options.out.empty()) return write_text(options.out, corpus::to_text(*confirmations)) ? 0 : 1;
  return confirmations->disagreed.empty() && !confirmations->confirmed.empty() ? 0 : 1;
}

void add_choice(CLI::App& command, VectorOptions& options) {
  command.add_option("--seed", options.seed, "What generated vectors are a function of")
      ->capture_default_str();
  command.add_option("--layer", options.layers, "Only these layers")->take_all();
}

}  // namespace

Command add_vectors(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "vectors", "Test vectors for any language, one JSON record a line, and who confirmed them.");
  command->require_subcommand(1);
  auto to_export = std::make_shared<VectorOptions>();
  CLI::App* const exporting = command->add_subcommand(
      "export", "Write the vectors: a file LAYER.jsonl for each layer, and manifest.json.");
  add_choice(*exporting, *to_export);
  exporting->add_option("--out", to_export->out, "Folder to write into")->capture_default_str();

  auto to_confirm = std::make_shared<VectorOptions>();
  to_confirm->out.clear();
  CLI::App* const confirming = command->add_subcommand(
      "confirm",
      "Run the vectors through a codec (harness/iut/README.md) and print where it says "
      "something else. Exits with 0 if it nowhere does, or if --out was written.");
  add_choice(*confirming, *to_confirm);
  confirming->add_option("--codec", to_confirm->codec, "Shell command that starts the codec")
      ->required();
  confirming->add_option("--name", to_confirm->name, "Who that is, in `confirmed_by`")->required();
  confirming->add_option("--out", to_confirm->out, "File for what it confirms and what not");
  return [exporting, to_export, to_confirm] {
    return exporting->parsed() ? export_vectors(*to_export) : confirm_vectors(*to_confirm);
  };
}

}  // namespace doublecheck::harness
