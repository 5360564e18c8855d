#include "harness/report/json_structure.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace doublecheck::report {
namespace {

using Json = nlohmann::json;

// Sees the text go by and stops it at the first thing that is wrong.
class Structure final : public nlohmann::json_sax<Json> {
 public:
  explicit Structure(std::size_t max_depth) : max_depth_(max_depth) {}

  Error take_error() { return std::move(error_); }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    return members_.back().insert(std::move(name)).second ||
           stop("names a member of an object twice");
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    stop("is not JSON");
    error_.offset = position;
    return false;
  }

 private:
  bool open() {
    if (members_.size() == max_depth_) return stop("is nested too deep");
    members_.emplace_back();
    return true;
  }

  bool close() {
    members_.pop_back();
    return true;
  }

  bool stop(std::string why) {
    error_ = {"report", std::move(why), {}};
    return false;
  }

  std::size_t max_depth_;
  std::vector<std::set<std::string>> members_;  // of each open object; of an open array, nothing
  Error error_;
};

}  // namespace

Result<> check_json_structure(std::string_view json, std::size_t max_depth) {
  Structure structure(max_depth);
  if (Json::sax_parse(json, &structure)) return {};
  return std::unexpected(structure.take_error());
}

}  // namespace doublecheck::report
