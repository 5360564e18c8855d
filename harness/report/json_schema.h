#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>

// As much of JSON Schema 2020-12 as report.schema.json uses, for tests only. A keyword that it does
// not know is an error, so that no schema seems to hold because nothing looked.
namespace doublecheck::report::json_schema {

using Json = nlohmann::json;

inline bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  throw std::invalid_argument("unknown type " + type);
}

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  // What is wrong with `value`, a line each; empty when it is valid.
  std::string violations(const Json& schema, const Json& value, const std::string& path) const {
    std::string found;
    for (const auto& [keyword, argument] : schema.items()) {
      found += of_keyword(schema, keyword, argument, value, path);
    }
    return found;
  }

 private:
  std::string of_keyword(const Json& schema, const std::string& keyword, const Json& argument,
                         const Json& value, const std::string& path) const {
    static const std::set<std::string> kAnnotations = {"$schema", "$id",         "$defs",
                                                       "title",   "description", "$comment"};
    if (kAnnotations.contains(keyword)) return {};
    const auto unless = [&](bool holds) {
      return holds ? std::string() : path + " violates " + keyword + "\n";
    };
    if (keyword == "$ref") {
      const Json::json_pointer target(argument.get<std::string>().substr(1));
      return violations(root_.at(target), value, path);
    }
    if (keyword == "type") return unless(has_type(value, argument));
    if (keyword == "const") return unless(value == argument);
    if (keyword == "enum") return unless(std::ranges::find(argument, value) != argument.end());
    if (keyword == "minimum")
      return unless(!value.is_number() || value.get<double>() >= argument.get<double>());
    if (keyword == "maxItems")
      return unless(!value.is_array() || value.size() <= argument.get<std::size_t>());
    if (keyword == "maxLength")
      return unless(!value.is_string() || value.get<std::string>().size() <= argument);
    if (keyword == "pattern") {
      return unless(
          !value.is_string() ||
          std::regex_search(value.get<std::string>(), std::regex(argument.get<std::string>())));
    }
    if (keyword == "items") {
      std::string found;
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        found += violations(argument, value[i], path + "[" + std::to_string(i) + "]");
      }
      return found;
    }
    if (keyword == "required") {
      std::string found;
      for (const std::string name : argument) {
        if (value.is_object() && !value.contains(name)) found += path + " lacks " + name + "\n";
      }
      return found;
    }
    if (keyword == "properties") {
      std::string found;
      for (const auto& [name, of_member] : argument.items()) {
        if (value.is_object() && value.contains(name))
          found += violations(of_member, value[name], path + "." + name);
      }
      return found;
    }
    if (keyword == "additionalProperties") {
      if (argument != false) throw std::invalid_argument("additionalProperties is false or absent");
      std::string found;
      for (const auto& [name, unused] : value.items()) {
        if (value.is_object() && !schema.at("properties").contains(name))
          found += path + " has " + name + "\n";
      }
      return found;
    }
    throw std::invalid_argument("unknown keyword " + keyword);
  }

  const Json& root_;
};

inline std::string violations(const Json& schema, const Json& value) {
  return Validator(schema).violations(schema, value, "$");
}

}  // namespace doublecheck::report::json_schema
