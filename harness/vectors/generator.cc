#include "harness/vectors/generator.h"

#include <algorithm>

#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

std::vector<std::string> requirements_of(const Json& groups, const std::string& group) {
  return groups.at(group).at("requirements").get<std::vector<std::string>>();
}

}  // namespace

Vector& Generator::add(std::string_view name, std::string_view operation,
                       std::vector<std::string> requirements) {
  const std::string id = layer_ + "/generated-" + std::string(name) + "-";
  const auto number = std::ranges::count_if(out_, [&](const Vector& other) {
    return other.id.starts_with(id) &&
           other.id.find_first_not_of("0123456789", id.size()) == std::string::npos;
  });
  Vector& vector = out_.emplace_back();
  vector.id = id + std::to_string(number);
  vector.operation = operation;
  vector.requirements = std::move(requirements);
  return vector;
}

std::vector<std::string> Generator::node_requirements(const std::string& group) {
  static const Json kGroups = Json::parse(kNodes).at("groups");
  return requirements_of(kGroups, group);
}

std::vector<std::string> Generator::malformed_requirements(const std::string& category) {
  static const Json kCategories = Json::parse(kNodesInvalid).at("categories");
  return requirements_of(kCategories, category);
}

std::string Generator::text(std::string_view alphabet, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += alphabet[random_->below(alphabet.size())];
  return out;
}

Bytes Generator::flipped(ByteView bytes, std::size_t at) {
  Bytes changed = to_bytes(bytes);
  changed.at(at) ^= static_cast<std::uint8_t>(1U << random_->below(8));
  return changed;
}

std::vector<Vector> generate_all(std::uint64_t seed) {
  const SeededRandom random(seed);
  std::vector<Vector> out;
  generate_frames(random, out);
  generate_nodes(random, out);
  generate_jids(random, out);
  generate_malformed_nodes(random, out);
  generate_handshakes(random, out);
  generate_keys(random, out);
  generate_sessions(random, out);
  generate_sender_keys(random, out);
  generate_messages(random, out);
  generate_pairing(random, out);
  return out;
}

}  // namespace doublecheck::corpus
