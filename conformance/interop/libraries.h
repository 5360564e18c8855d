#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

// The client libraries that there are adapters for.
namespace doublecheck::harness {

struct Library {
  std::string name;
  std::string adapter;             // the command
  std::filesystem::path prepared;  // what ci/adapters makes

  friend std::ostream& operator<<(std::ostream& out, const Library& library) {
    return out << library.name;
  }
};

// The reference client, which speaks the adapter's language, too: with it every library must get
// along.
Library reference();

// Those that are tested in this run: as ci/matrix wants it, also those that take minutes to
// compile.
std::vector<Library> libraries();
bool is_full_matrix();

bool is_prepared(const Library& library);

// Letters and digits only.
std::string name_in_test(const Library& library);

}  // namespace doublecheck::harness
