#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

bool is_refused(const std::string& kind, const Json& output) {
  return kind == "negative" || kind.ends_with("-reject") ||
         (output.contains("expect") && output.at("expect") == "reject");
}

}  // namespace

void collect_the_rest(Collected& to) {
  for (const auto& [text, layer, operation] : {std::tuple{kLtHash, "app-state", "lt_hash"},
                                               {kAppState, "app-state", ""},
                                               {kMedia, "media", ""},
                                               {kMediaRetry, "media-retry", ""},
                                               {kSrtp, "call", ""},
                                               {kRegistration, "registration", ""}}) {
    const CollectedFile file(text, layer);
    for (const Json& one : file.cases()) {
      std::string kind = one.value("kind", operation);
      Vector& vector = to.vectors.emplace_back(file.begin(one, kind));
      for (char& character : vector.operation) {
        if (character == '-') character = '_';
      }
      vector.input = one.at("input");
      vector.output = one.at("output");
      if (one.contains("contested")) {
        vector.flag = std::string(kContested) + one.at("contested").get<std::string>();
      } else if (is_refused(kind, vector.output)) {
        vector.flag = kMustReject;
      }
    }
  }
}

}  // namespace doublecheck::corpus
