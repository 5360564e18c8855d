#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/requirements/rule.h"

// Cases, and the list of all of them. A case is a plain function; a file of cases registers them by
// being linked in.
//
//   SERVER_CASE(keepalive, ping_is_answered_once, "A ping is answered with exactly one result",
//               .checks = {Rule::KEEP_02}) {
//     Peer& alice = bench.online_peer("alice");
//     …
//   }
namespace doublecheck::harness {

class ServerBench;
class ClientBench;
class CodecBench;

// What a case cannot do without.
enum class Need {
  kClock,  // time must pass on command: virtual time, or a server whose clock can be advanced
};

struct Case {
  std::string_view layer;         // "keepalive": also the name of the file
  std::string_view name;          // "ping_is_answered_once"
  std::string_view sentence;      // what it checks, in words
  std::vector<Rule> checks = {};  // the first one is the one that a failure is reported under
  std::vector<Need> needs = {};
  std::vector<std::string_view> capabilities = {};  // of a client's adapter

  // Set by the macros: one of them.
  void (*run_against_server)(ServerBench&) = nullptr;
  void (*run_against_client)(ClientBench&) = nullptr;
  void (*run_against_codec)(CodecBench&) = nullptr;

  std::string_view role() const {
    if (run_against_codec != nullptr) return "codec";
    return run_against_server != nullptr ? "server" : "client";
  }
  std::string id() const;  // "server/keepalive/ping_is_answered_once"
};

// All registered cases, sorted by id.
const std::vector<Case>& all_cases();
// One of them; nullptr for an id that none has.
const Case* find_case(std::string_view id);

// For the macros.
struct Registration {
  explicit Registration(Case registered);
};

}  // namespace doublecheck::harness

#define DC_CASE(role, bench_type, member, case_layer, case_name, case_sentence, ...)        \
  static void role##_##case_layer##_##case_name(::doublecheck::harness::bench_type& bench); \
  static const ::doublecheck::harness::Registration                                         \
      role##_##case_layer##_##case_name##_registration(                                     \
          ::doublecheck::harness::Case{.layer = #case_layer,                                \
                                       .name = #case_name,                                  \
                                       .sentence = case_sentence,                           \
                                       __VA_ARGS__,                                         \
                                       .member = role##_##case_layer##_##case_name});       \
  static void role##_##case_layer##_##case_name(                                            \
      [[maybe_unused]] ::doublecheck::harness::bench_type& bench)

#define SERVER_CASE(layer, name, sentence, ...) \
  DC_CASE(server, ServerBench, run_against_server, layer, name, sentence, __VA_ARGS__)
#define CLIENT_CASE(layer, name, sentence, ...) \
  DC_CASE(client, ClientBench, run_against_client, layer, name, sentence, __VA_ARGS__)
#define CODEC_CASE(layer, name, sentence, ...) \
  DC_CASE(codec, CodecBench, run_against_codec, layer, name, sentence, __VA_ARGS__)
