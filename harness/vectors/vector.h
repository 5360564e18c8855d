#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/base/vector_json.h"

// A test vector in the one form in which all of them are published; corpus/vectors/README.md and
// record.schema.json describe it for those who use them.
namespace doublecheck::corpus {

using Json = test_vectors::Json;

inline constexpr std::string_view kMustAccept = "must-accept";
inline constexpr std::string_view kMustReject = "must-reject";
inline constexpr std::string_view kContested = "contested:";  // and the name of a switch
// Stands alone in `confirmed_by` if no other implementation has given this answer.
inline constexpr std::string_view kSelfGenerated = "self-generated";

struct Vector {
  std::string id;  // layer, slash, name: a released one keeps its meaning
  std::string operation;
  std::vector<std::string> requirements = {};
  std::string flag = std::string(kMustAccept);
  Json input = Json::object();
  Json output = nullptr;  // none of what must be rejected
  std::vector<std::string> confirmed_by = {};
  std::string notes = {};

  // What is in front of the slash; the name of the file that it is published in.
  std::string_view layer() const { return std::string_view(id).substr(0, id.find('/')); }
  bool must_accept() const { return flag == kMustAccept; }
  bool must_reject() const { return flag == kMustReject; }
};

// Lower-case letters, digits and single hyphens, for an id.
std::string slug(std::string_view name);

// One line of JSON, without its end.
std::string to_line(const Vector& vector);

// Names operation, flag, input and output by their SHA-256, shortened to 12 hexadecimal digits.
// What was confirmed is this, not what may stand under the same id later.
std::string fingerprint(const Vector& vector);

}  // namespace doublecheck::corpus
