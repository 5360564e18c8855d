#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {

void collect_messages(Collected& to) {
  const CollectedFile paddings(kPadding, "padding");
  for (const Json& one : paddings.cases()) {
    const std::string expected = one.at("output").at("expected");
    if (expected == "implementation-defined") {
      ++to.left_out;
      continue;
    }
    Vector& vector = to.vectors.emplace_back(paddings.begin(one, "unpad"));
    vector.input = {{"data", one.at("input").at("padded")}};
    if (expected == "error") {
      vector.flag = kMustReject;
    } else {
      vector.output = {{"data", expected}};
    }
  }
  const CollectedFile hashes(kPhash, "participant-hash");
  for (const Json& one : hashes.cases()) {
    Vector& vector = to.vectors.emplace_back(hashes.begin(one, "phash"));
    vector.input = {{"devices", one.at("input").at("devices")}};
    vector.output = {{"text", one.at("output").at("expected")}};
  }
}

}  // namespace doublecheck::corpus
