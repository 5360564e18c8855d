#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

void collect_signatures(Collected& to) {
  const CollectedFile file(kXeddsa, "signature");
  for (const Json& one : file.cases()) {
    const Json& input = one.at("input");
    const std::string expected = one.at("output").at("expected");
    Vector vector = file.begin(one, "verify");
    vector.input = {{"public_key", input.at("public_key_u")},
                    {"message", input.at("message")},
                    {"signature", input.at("signature")}};
    if (one.contains("contested")) {
      vector.flag = std::string(kContested) + one.at("contested").get<std::string>();
    } else if (expected == "reject") {
      vector.flag = kMustReject;
    } else if (expected == "accept") {
      vector.output = {{"valid", true}};
    } else {
      ++to.left_out;
      continue;
    }
    to.vectors.push_back(std::move(vector));
  }
}

void collect_derived_keys(Collected& to) {
  const CollectedFile file(kHkdfInfos, "key-derivation");
  for (const Json& one : file.cases()) {
    const Json& input = one.at("input");
    Vector& vector = to.vectors.emplace_back(file.begin(one, "derive_key"));
    vector.input = {{"input", input.at("ikm")},
                    {"salt", input.at("salt")},
                    {"info", input.at("infoHex")},
                    {"size", input.at("length")}};
    vector.output = {{"key", one.at("output").at("okm")}};
    vector.notes =
        text_or_nothing(one, "split") + (vector.notes.empty() ? "" : "; ") + vector.notes;
  }
}

}  // namespace

void collect_keys(Collected& to) {
  collect_signatures(to);
  collect_derived_keys(to);
}

}  // namespace doublecheck::corpus
