#include "conformance/interop/libraries.h"

#include <cstdlib>

namespace doublecheck::harness {
namespace {

std::string file_of(const std::string& library, const std::string& file) {
  return DC_SOURCE_DIR "/harness/adapters/" + library + "/" + file;
}

}  // namespace

Library reference() {
  return {.name = "reference",
          .adapter = DOUBLECHECK_PROGRAM " client adapter",
          .prepared = DOUBLECHECK_PROGRAM};
}

std::vector<Library> libraries() {
  std::vector<Library> chosen{{.name = "baileys",
                               .adapter = "node " + file_of("baileys", "adapter.mjs"),
                               .prepared = file_of("baileys", "node_modules/baileys")},
                              {.name = "whatsmeow",
                               .adapter = file_of("whatsmeow", "adapter"),
                               .prepared = file_of("whatsmeow", "adapter")}};
  if (is_full_matrix()) {
    chosen.push_back({.name = "whatsapp-rust",
                      .adapter = file_of("whatsapp-rust", "adapter"),
                      .prepared = file_of("whatsapp-rust", "adapter")});
  }
  return chosen;
}

bool is_full_matrix() { return std::getenv("DOUBLECHECK_FULL_MATRIX") != nullptr; }

bool is_prepared(const Library& library) { return std::filesystem::exists(library.prepared); }

std::string name_in_test(const Library& library) {
  std::string name = library.name;
  std::erase(name, '-');
  return name;
}

}  // namespace doublecheck::harness
