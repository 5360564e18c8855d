#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

bool collect_signature(const CollectedFile& file, const Json& one, Collected& to) {
  const Json& valid = one.at("output").at("valid");
  Vector vector = file.begin(one, "verify");
  const Json& input = one.at("input");
  vector.input = {{"public_key", input.at("public")},
                  {"message", input.at("message")},
                  {"signature", input.at("signature")}};
  if (one.contains("contested")) {
    vector.flag = std::string(kContested) + one.at("contested").get<std::string>();
  } else if (!valid.is_boolean()) {
    return false;
  } else if (valid == true) {
    vector.output = {{"valid", true}};
  } else {
    vector.flag = kMustReject;
  }
  to.vectors.push_back(std::move(vector));
  return true;
}

Vector refused_identity(const CollectedFile& file, const Json& one) {
  const Json& input = one.at("input");
  Vector vector = file.begin(one, "accept_identity");
  vector.flag = kMustReject;
  vector.input = {{"container", input.at("device_identity_element_content")},
                  {"adv_secret", input.at("adv_secret")},
                  {"identity_private_key", input.at("companion_identity_key").at("private")}};
  vector.notes = one.at("output").at("reason").get<std::string>() + "; the answer is " +
                 one.at("output").at("expected_error_iq").get<std::string>();
  return vector;
}

// What the part of a name in front says.
std::string operation_of(const std::string& name) {
  if (name.starts_with("adv-")) return "device_identity";
  if (name.starts_with("qr-")) return "qr_text";
  return name.starts_with("pair-code-") ? "pairing_code" : "link_code";
}

}  // namespace

void collect_pairing(Collected& to) {
  const CollectedFile file(kPairing, "pairing");
  for (const Json& one : file.cases()) {
    const std::string name = one.at("name");
    if (name.starts_with("xeddsa-")) {
      if (!collect_signature(file, one, to)) ++to.left_out;
    } else if (name.starts_with("adv-neg-")) {
      to.vectors.push_back(refused_identity(file, one));
    } else {
      Vector& vector = to.vectors.emplace_back(file.begin(one, operation_of(name)));
      vector.input = one.at("input");
      vector.output = one.at("output");
    }
  }
}

}  // namespace doublecheck::corpus
