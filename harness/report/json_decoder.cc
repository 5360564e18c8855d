#include "harness/report/json_decoder.h"

#include <charconv>

namespace doublecheck::report {

std::string member(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
}

std::uint64_t read_seed(JsonDecoder& decoder, const nlohmann::json& value, std::string_view path) {
  const std::string digits = decoder.string(value, path);
  std::uint64_t seed = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  const bool whole = code == std::errc() && end == digits.data() + digits.size();
  if (!whole || digits != std::to_string(seed))
    decoder.reject(path, "is not a decimal number below 2^64");
  return seed;
}

Verdict read_verdict(JsonDecoder& decoder, const nlohmann::json& value, std::string_view path) {
  const auto verdict = verdict_from_string(decoder.string(value, path));
  if (!verdict) decoder.reject(path, "is no verdict");
  return verdict.value_or(Verdict::kInconclusive);
}

}  // namespace doublecheck::report
