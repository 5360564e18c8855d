#include "harness/suite/run_case.h"

#include <chrono>
#include <exception>
#include <functional>

#include "harness/driver/socket_driver.h"
#include "harness/driver/virtual_driver.h"
#include "harness/iut/codec_description.h"
#include "harness/iut/in_process_codec.h"
#include "harness/suite/client_bench.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/codec_bench.h"
#include "harness/suite/server_bench.h"
#include "harness/suite/verdict.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::harness {
namespace {

using report::Verdict;

// When a codec in this process lives: within the validity of every certificate of the vectors.
constexpr UnixTime kCodecWallTime{std::chrono::seconds(1'800'000'000)};

// A verdict for what a case threw, or pass when `body` returns. A SHOULD that does not hold is a
// warning.
void conclude(const Case& one, report::CaseResult& result, const std::function<void()>& body) {
  const auto started = std::chrono::steady_clock::now();
  try {
    body();
    result.verdict = Verdict::kPass;
  } catch (const CaseEnded& ended) {
    result.verdict = ended.verdict;
    if (ended.verdict == Verdict::kFail && !one.checks.empty() &&
        !is_mandatory(requirement(one.checks.front()).level)) {
      result.verdict = Verdict::kWarn;
    }
    result.message = ended.what();
    result.expected = ended.expected;
    result.actual = ended.actual;
  } catch (const std::exception& error) {
    result.verdict = Verdict::kInconclusive;
    result.message = std::string("the case broke: ") + error.what();
  }
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

// Long enough for what is on its way when a case ends.
constexpr Duration kSettles = std::chrono::milliseconds(20);

void settle(Driver& driver) {
  driver.run_until([] { return false; }, kSettles);
}

// What goes for every case fails it under its own requirement.
void look_beside(report::CaseResult& result, const std::vector<ExchangeViolation>& violations) {
  if (result.verdict != Verdict::kPass || violations.empty()) return;
  const auto is_grave = [](const ExchangeViolation& one) {
    return is_mandatory(requirement(one.rule).level);
  };
  const auto grave = std::ranges::find_if(violations, is_grave);
  const ExchangeViolation& told = grave == violations.end() ? violations.front() : *grave;
  result.verdict = is_grave(told) ? Verdict::kFail : Verdict::kWarn;
  result.message = "beside what the case is about: " + told.what;
  const std::string rule(rule_id(told.rule));
  std::erase(result.requirements, rule);
  result.requirements.insert(result.requirements.begin(), rule);
}

}  // namespace

report::CaseResult describe_case(const Case& one) {
  report::CaseResult result;
  result.id = one.id();
  result.layer = one.layer;
  result.role = one.role();
  result.sentence = one.sentence;
  for (const Rule rule : one.checks) result.requirements.emplace_back(rule_id(rule));
  return result;
}

report::CaseResult run_server_case(const Case& one, ServerUnderTest& server, std::uint64_t seed,
                                   const std::string& label) {
  report::CaseResult result = describe_case(one);
  auto random = SeededRandom(seed).fork(one.id(), 0);
  ServerBench bench(server, label, std::move(random));
  const Instant started = server.driver().now().steady;
  conclude(one, result, [&] {
    one.run_against_server(bench);
    settle(server.driver());
  });
  look_beside(result, bench.violations());
  result.virtual_seconds =
      std::chrono::duration<double>(server.driver().now().steady - started).count();
  if (result.verdict != Verdict::kPass) result.transcript = bench.transcript().take();
  return result;
}

namespace {

// On a stage that is ready.
report::CaseResult judge(const Case& one, ClientStage& stage, ScriptedServer& script,
                         Transcript& transcript, const RandomSource& random) {
  report::CaseResult result = describe_case(one);
  ClientBench bench(stage, script, random.fork("case", 0));
  const Instant started = stage.driver().now().steady;
  conclude(one, result, [&] {
    for (const std::string_view capability : one.capabilities) bench.need(std::string(capability));
    one.run_against_client(bench);
    settle(stage.driver());
  });
  look_beside(result, script.violations());
  result.virtual_seconds =
      std::chrono::duration<double>(stage.driver().now().steady - started).count();
  if (result.verdict != Verdict::kPass) result.transcript = transcript.take();
  return result;
}

}  // namespace

report::CaseResult run_client_case(const Case& one, std::uint64_t seed, const MakeClient& make) {
  const auto random = SeededRandom(seed).fork(one.id(), 0);
  VirtualDriver driver;
  Transcript transcript(driver);
  ScriptedServer script(transcript);
  const auto stage = make_virtual_stage(driver, script, *random, make);
  return judge(one, *stage, script, transcript, *random);
}

report::CaseResult run_client_case(const Case& one, const AdapterOptions& adapter,
                                   std::uint64_t seed) {
  const auto random = SeededRandom(seed).fork(one.id(), 0);
  SocketDriver driver(adapter.time_scale);
  Transcript transcript(driver);
  ScriptedServer script(transcript);
  auto stage = make_socket_stage(driver, script, *random, adapter.command, adapter.when_started);
  if (!stage) {
    report::CaseResult result = describe_case(one);
    result.verdict = Verdict::kInconclusive;
    result.message = "the adapter does not start: " + stage.error().to_string();
    return result;
  }
  transcript.begin();
  return judge(one, **stage, script, transcript, *random);
}

report::CaseResult run_codec_case(const Case& one, CodecUnderTest& codec, std::uint64_t seed) {
  report::CaseResult result = describe_case(one);
  auto description = describe_codec(codec);
  if (!description) {
    result.verdict = Verdict::kInconclusive;
    result.message = "the codec does not say what it is: " + description.error().to_string();
    return result;
  }
  CodecBench bench(codec, *std::move(description), SeededRandom(seed).fork(one.id(), 0));
  conclude(one, result, [&] { one.run_against_codec(bench); });
  // Whatever it was asked for, a codec that dies of it has failed: also of a positive control.
  if (bench.broken() && result.verdict != Verdict::kPass) {
    result.verdict = Verdict::kFail;
    result.expected = "a response to every request";
    result.actual = *bench.broken();
  }
  if (result.verdict != Verdict::kPass) result.transcript = bench.take_transcript();
  return result;
}

report::CaseResult run_codec_case(const Case& one, const CodecOptions& options, std::uint64_t seed,
                                  const WhenStarted& when_started) {
  const auto codec = CodecProcess::start(options);
  if (!codec) {
    report::CaseResult result = describe_case(one);
    result.verdict = Verdict::kInconclusive;
    result.message = "the codec does not start: " + codec.error().to_string();
    return result;
  }
  if (when_started) when_started({(*codec)->process_id(), "its pipes"});
  return run_codec_case(one, **codec, seed);
}

report::CaseResult run_codec_case(const Case& one, std::uint64_t seed) {
  InProcessCodec codec(SeededRandom(seed), kCodecWallTime);
  return run_codec_case(one, codec, seed);
}

}  // namespace doublecheck::harness
