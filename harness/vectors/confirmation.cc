#include "harness/vectors/confirmation.h"

#include <algorithm>
#include <set>

#include "harness/iut/codec_description.h"
#include "harness/vectors/check.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

constexpr std::size_t kMaxAnswer = 120;

std::string shortened(std::string text) {
  if (text.size() > kMaxAnswer) text.resize(kMaxAnswer);
  // It may be in the middle of a character, and libraries write what they like.
  if (!is_utf8(as_bytes(text))) {
    for (char& character : text) {
      if (static_cast<unsigned char>(character) > '~') character = '?';
    }
  }
  return text;
}

// Whether its answer is no more than a yes.
bool is_a_verdict(const Vector& vector) {
  return vector.must_accept() && vector.output == Json{{"valid", true}};
}

// A codec, and another one once that has given up.
class Restarting {
 public:
  explicit Restarting(const StartCodec& start) : start_(start) {}

  Result<> begin() {
    auto codec = start_();
    if (!codec) return propagate(codec);
    codec_ = *std::move(codec);
    auto description = harness::describe_codec(*codec_);
    if (!description) return propagate(description);
    description_ = *std::move(description);
    return {};
  }

  Result<CheckResult> check(const Vector& vector) {
    CheckResult result = check_vector(vector, *codec_, description_);
    if (result.broken) {
      if (auto begun = begin(); !begun) return propagate(begun);
    }
    return result;
  }

  const harness::CodecDescription& description() const { return description_; }

 private:
  const StartCodec& start_;
  std::unique_ptr<harness::CodecUnderTest> codec_;
  harness::CodecDescription description_;
};

}  // namespace

std::string to_text(const Confirmations& confirmations) {
  Json disagreed = Json::array();
  for (const auto& [id, answer] : confirmations.disagreed) disagreed.push_back(id);
  const Json json = {
      {"name", confirmations.name},       {"library", confirmations.library},
      {"version", confirmations.version}, {"confirmed", confirmations.confirmed},
      {"disagreed", disagreed},           {"unsupported", confirmations.unsupported}};
  return json.dump(1) + "\n";
}

Confirmations parse_confirmations(std::string_view text) {
  const Json json = Json::parse(text);
  Confirmations confirmations{
      .name = json.at("name"),
      .library = json.at("library"),
      .version = json.at("version"),
      .confirmed = json.at("confirmed").get<std::map<std::string, std::string>>(),
      .unsupported = json.value("unsupported", std::size_t{0})};
  for (const Json& id : json.at("disagreed"))
    confirmations.disagreed.emplace(id.get<std::string>(), "");
  return confirmations;
}

std::vector<Confirmations> known_confirmations() {
  return {parse_confirmations(kBaileysConfirmations), parse_confirmations(kWhatsmeowConfirmations)};
}

void merge(const Confirmations& confirmations, std::vector<Vector>& vectors) {
  for (Vector& vector : vectors) {
    if (confirmations.disagreed.contains(vector.id))
      std::erase(vector.confirmed_by, confirmations.name);
    const auto found = confirmations.confirmed.find(vector.id);
    if (found == confirmations.confirmed.end() || found->second != fingerprint(vector)) continue;
    if (std::ranges::find(vector.confirmed_by, confirmations.name) == vector.confirmed_by.end())
      vector.confirmed_by.push_back(confirmations.name);
  }
}

Result<Confirmations> confirm(const std::vector<Vector>& vectors, const StartCodec& start,
                              std::string name) {
  Restarting codec(start);
  if (auto begun = codec.begin(); !begun) return propagate(begun);
  Confirmations confirmations{.name = std::move(name),
                              .library = codec.description().library,
                              .version = codec.description().version};
  std::set<std::string> able;      // operations
  std::set<std::string> gullible;  // operations of which it accepts what is to be rejected
  std::vector<const Vector*> refused;
  for (const Vector& vector : vectors) {
    auto result = codec.check(vector);
    if (!result) return propagate(result);
    if (result->agreement == Agreement::kUnsupported) ++confirmations.unsupported;
    if (result->agreement == Agreement::kDisagrees)
      confirmations.disagreed[vector.id] = shortened(result->answer);
    if (result->agreement == Agreement::kDisagrees && vector.must_reject())
      gullible.insert(vector.operation);
    if (result->agreement != Agreement::kAgrees) continue;
    if (vector.must_accept()) {
      able.insert(vector.operation);
      confirmations.confirmed[vector.id] = fingerprint(vector);
    } else {
      refused.push_back(&vector);
    }
  }
  for (const Vector* vector : refused) {
    if (able.contains(vector->operation))
      confirmations.confirmed[vector->id] = fingerprint(*vector);
  }
  for (const Vector& vector : vectors) {
    if (is_a_verdict(vector) && gullible.contains(vector.operation))
      confirmations.confirmed.erase(vector.id);
  }
  return confirmations;
}

}  // namespace doublecheck::corpus
