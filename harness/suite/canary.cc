#include "harness/suite/canary.h"

#include "harness/suite/verdict.h"

namespace doublecheck::harness {
namespace {

template <typename Bench>
void always_fails(Bench&) {
  fail_case("this case always fails", "that somebody notices", "the canary");
}

Case canary_case() {
  return {.layer = "canary",
          .name = "always_fails",
          .sentence = "A failure reaches those who should know of it"};
}

}  // namespace

const Case& canary(std::string_view role) {
  static const Case kServer = [] {
    Case one = canary_case();
    one.run_against_server = always_fails<ServerBench>;
    return one;
  }();
  static const Case kClient = [] {
    Case one = canary_case();
    one.run_against_client = always_fails<ClientBench>;
    return one;
  }();
  static const Case kCodec = [] {
    Case one = canary_case();
    one.run_against_codec = always_fails<CodecBench>;
    return one;
  }();
  return role == "codec" ? kCodec : role == "client" ? kClient : kServer;
}

}  // namespace doublecheck::harness
