#include "harness/vectors/vector.h"

#include "spec/base/crypto.h"

namespace doublecheck::corpus {
namespace {

// A member of an object that is written in this order, not that of the alphabet.
void append_member(std::string& line, std::string_view name, const Json& value) {
  line += line.empty() ? "{\"" : ",\"";
  line += name;
  line += "\":";
  line += value.dump();
}

}  // namespace

std::string slug(std::string_view name) {
  std::string out;
  for (const char character : name) {
    const bool is_upper = character >= 'A' && character <= 'Z';
    const bool is_plain =
        (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
    if (is_upper || is_plain) {
      out += is_upper ? static_cast<char>(character - 'A' + 'a') : character;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

std::string to_line(const Vector& vector) {
  std::string line;
  append_member(line, "id", vector.id);
  append_member(line, "layer", std::string(vector.layer()));
  append_member(line, "operation", vector.operation);
  append_member(line, "requirements", vector.requirements);
  append_member(line, "flag", vector.flag);
  append_member(line, "input", vector.input);
  append_member(line, "output", vector.output);
  append_member(line, "confirmed_by",
                vector.confirmed_by.empty() ? Json::array({std::string(kSelfGenerated)})
                                            : Json(vector.confirmed_by));
  append_member(line, "notes", vector.notes);
  return line + "}";
}

std::string fingerprint(const Vector& vector) {
  const Json content = {vector.operation, vector.flag, vector.input, vector.output};
  return to_hex(sha256(as_bytes(content.dump()))).substr(0, 12);
}

}  // namespace doublecheck::corpus
