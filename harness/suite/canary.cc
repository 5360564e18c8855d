#include "harness/suite/canary.h"

#include "harness/suite/verdict.h"

namespace doublecheck::harness {
namespace {

template <typename Bench>
void always_fails(Bench&) {
  fail_case("this case always fails", "that somebody notices", "the canary");
}

}  // namespace

const std::vector<Case>& canaries() {
  static const std::vector<Case> all = [] {
    std::vector<Case> cases(3, Case{.layer = "canary",
                                    .name = "always_fails",
                                    .sentence = "A failure reaches those who should know of it"});
    cases[0].run_against_server = always_fails<ServerBench>;
    cases[1].run_against_client = always_fails<ClientBench>;
    cases[2].run_against_codec = always_fails<CodecBench>;
    return cases;
  }();
  return all;
}

}  // namespace doublecheck::harness
