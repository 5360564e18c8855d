#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "harness/report/json_structure.h"
#include "harness/report/report_json.h"
#include "harness/report/text.h"
#include "spec/base/result.h"

// For the readers of this folder's formats.
namespace doublecheck::report {

// The path of a member, for an error.
std::string member(std::string_view path, std::string_view name);

// Takes values out of parsed JSON. The first thing that is wrong is kept, as the error; what is
// read after it is meaningless.
class JsonDecoder {
 public:
  // `what` is read: "report".
  JsonDecoder(std::string what, const ReportLimits& limits)
      : what_(std::move(what)), limits_(limits) {}

  const std::optional<Error>& error() const { return error_; }

  void reject(std::string_view path, std::string_view why) {
    if (!error_)
      error_ = Error{
          what_, (path.empty() ? "the " + what_ : std::string(path)) + " " + std::string(why), {}};
  }

  // Whether `value` is an object with exactly these members.
  bool object(const nlohmann::json& value, std::string_view path,
              std::initializer_list<std::string_view> names) {
    if (!value.is_object()) {
      reject(path, "is not an object");
      return false;
    }
    for (const std::string_view name : names) {
      if (!value.contains(name)) reject(member(path, name), "is missing");
    }
    for (const auto& [name, unused] : value.items()) {
      if (std::ranges::find(names, name) == names.end()) {
        reject(path, "has an unknown member \"" + clipped(visible(name), kMaxQuoted) + "\"");
      }
    }
    return !error_;
  }

  std::string string(const nlohmann::json& value, std::string_view path) {
    const auto* string = value.get_ptr<const std::string*>();
    if (string == nullptr) {
      reject(path, "is not a string");
      return {};
    }
    if (string->size() > limits_.text_octets) reject(path, "is too long");
    return *string;
  }

  std::string one_of(const nlohmann::json& value, std::string_view path,
                     std::span<const std::string_view> allowed) {
    std::string chosen = string(value, path);
    if (std::ranges::find(allowed, chosen) == allowed.end())
      reject(path, "has a value that it cannot have");
    return chosen;
  }

  double seconds(const nlohmann::json& value, std::string_view path) {
    if (!value.is_number()) {
      reject(path, "is not a number");
      return 0;
    }
    const auto number = value.get<double>();
    if (!std::isfinite(number) || number < 0) reject(path, "is not a duration");
    return number;
  }

  // Calls `read(element, path)` for each element of an array.
  template <typename Read>
  void array(const nlohmann::json& value, std::string_view path, std::size_t max_size, Read read) {
    if (!value.is_array()) return reject(path, "is not an array");
    if (value.size() > max_size) return reject(path, "has too many elements");
    for (std::size_t i = 0; i < value.size() && !error_; ++i) {
      read(value[i], std::string(path) + "[" + std::to_string(i) + "]");
    }
  }

  const std::string& what() const { return what_; }
  const ReportLimits& limits() const { return limits_; }

 private:
  static constexpr std::size_t kMaxQuoted = 64;  // octets of a stranger's text in an error

  std::string what_;
  ReportLimits limits_;
  std::optional<Error> error_;
};

// A number as these formats carry it: decimal digits in a string, for many readers of JSON round
// numbers above 2^53.
std::uint64_t read_seed(JsonDecoder& decoder, const nlohmann::json& value, std::string_view path);

Verdict read_verdict(JsonDecoder& decoder, const nlohmann::json& value, std::string_view path);

// What `read(decoder, value)` makes of the text, or the first thing that is wrong with it.
template <typename T, typename Read>
Result<T> decode_json(std::string_view json, std::size_t max_depth, JsonDecoder decoder,
                      const Read& read) {
  if (json.size() > decoder.limits().octets) return fail(decoder.what(), "is too large");
  if (auto structure = check_json_structure(json, max_depth); !structure)
    return propagate(structure);
  const nlohmann::json value = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  T decoded = read(decoder, value);
  if (decoder.error()) return std::unexpected(*decoder.error());
  return decoded;
}

}  // namespace doublecheck::report
