#include "harness/report/failure.h"

#include <array>

#include "harness/report/json_decoder.h"
#include "harness/report/text.h"

namespace doublecheck::report {
namespace {

constexpr int kFailureVersion = 1;
constexpr std::string_view kFailureFormat = "doublecheck-failure";
constexpr std::size_t kMaxFailureDepth = 3;
constexpr std::size_t kMaxFailureText = 65'536;
constexpr std::size_t kRoomForCutRemark = 64;
constexpr double kMaxTimeScale = 1e6;
constexpr std::array<std::string_view, 4> kTargets = {"in process", "server", "client", "codec"};

std::string failure_text(std::string_view value) {
  return clipped(well_formed(value), kMaxFailureText - kRoomForCutRemark);
}

Failure read_failure(JsonDecoder& decoder, const nlohmann::json& value) {
  Failure failure;
  if (!decoder.object(value, "",
                      {"format", "version", "suite_version", "catalogue", "case", "seed",
                       "time_scale", "target", "verdict", "message"})) {
    return failure;
  }
  if (value["format"] != kFailureFormat) decoder.reject("format", "is not that of a failure");
  if (value["version"] != kFailureVersion) decoder.reject("version", "is not supported");
  failure.suite_version = decoder.string(value["suite_version"], "suite_version");
  failure.catalogue = decoder.string(value["catalogue"], "catalogue");
  failure.case_id = decoder.string(value["case"], "case");
  failure.seed = read_seed(decoder, value["seed"], "seed");
  failure.time_scale = decoder.seconds(value["time_scale"], "time_scale");
  if (failure.time_scale <= 0 || failure.time_scale > kMaxTimeScale)
    decoder.reject("time_scale", "cannot be");
  failure.verdict = read_verdict(decoder, value["verdict"], "verdict");
  failure.message = decoder.string(value["message"], "message");
  const nlohmann::json& target = value["target"];
  if (!decoder.object(target, "target",
                      {"kind", "how", "control", "trust_root", "allow_remote_host"})) {
    return failure;
  }
  failure.target = decoder.one_of(target["kind"], "target.kind", kTargets);
  failure.how = decoder.string(target["how"], "target.how");
  if (failure.how.empty() != (failure.target == "in process"))
    decoder.reject("target.how", "does not go with target.kind");
  failure.control = decoder.string(target["control"], "target.control");
  failure.trust_root = decoder.string(target["trust_root"], "target.trust_root");
  failure.allow_remote_host =
      decoder.string(target["allow_remote_host"], "target.allow_remote_host");
  return failure;
}

}  // namespace

std::string to_json(const Failure& failure) {
  const nlohmann::ordered_json json = {
      {"format", kFailureFormat},
      {"version", kFailureVersion},
      {"suite_version", failure_text(failure.suite_version)},
      {"catalogue", failure_text(failure.catalogue)},
      {"case", failure_text(failure.case_id)},
      {"seed", std::to_string(failure.seed)},
      {"time_scale", failure.time_scale},
      {"target",
       {{"kind", failure.target},
        {"how", failure_text(failure.how)},
        {"control", failure_text(failure.control)},
        {"trust_root", failure_text(failure.trust_root)},
        {"allow_remote_host", failure_text(failure.allow_remote_host)}}},
      {"verdict", to_string(failure.verdict)},
      {"message", failure_text(failure.message)}};
  constexpr int kIndent = 2;
  return json.dump(kIndent) + "\n";
}

Result<Failure> failure_from_json(std::string_view json) {
  ReportLimits limits;
  limits.octets = kMaxFailureOctets;
  limits.text_octets = kMaxFailureText;
  return decode_json<Failure>(json, kMaxFailureDepth, JsonDecoder("failure", limits), read_failure);
}

}  // namespace doublecheck::report
