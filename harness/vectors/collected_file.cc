#include "harness/vectors/collected_file.h"

#include <set>

#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

// The group of a case, with a description of its own, if the file has groups.
const Json* group_of(const Json& file, const Json& one) {
  for (const auto& [member, groups] : {std::pair{"group", "groups"}, {"category", "categories"}}) {
    if (one.contains(member)) return &file.at(groups).at(one.at(member).get<std::string>());
  }
  return nullptr;
}

// Numbers the ids of cases whose names differ only in what an id leaves out.
void number_alike(std::vector<Vector>& vectors) {
  std::set<std::string> names;
  for (const Vector& vector : vectors) names.insert(vector.id);
  std::set<std::string> used;
  for (Vector& vector : vectors) {
    const std::string name = vector.id;
    std::size_t number = 1;
    while (used.contains(vector.id) || (number > 1 && names.contains(vector.id)))
      vector.id = name + "-" + std::to_string(++number);
    used.insert(vector.id);
  }
}

}  // namespace

CollectedFile::CollectedFile(std::string_view text, std::string_view layer)
    : json_(Json::parse(text)), layer_(layer) {}

Vector CollectedFile::begin(const Json& one, std::string_view operation) const {
  const Json* const group = group_of(json_, one);
  std::string name = text_or_nothing(one, "category");
  if (!name.empty()) name += ' ';
  name += one.at("name").get<std::string>();
  const auto inherited = [&](const char* member) -> const Json& {
    if (one.contains(member)) return one.at(member);
    return group != nullptr && group->contains(member) ? group->at(member) : json_.at(member);
  };
  Vector vector{.id = layer_ + "/" + slug(name), .operation = std::string(operation)};
  vector.requirements = inherited("requirements").get<std::vector<std::string>>();
  vector.confirmed_by = inherited("confirmed_by").get<std::vector<std::string>>();
  for (const char* member : {"note", "why"}) vector.notes += text_or_nothing(one, member);
  return vector;
}

std::string text_or_nothing(const Json& object, const char* member) {
  return object.contains(member) ? object.at(member).get<std::string>() : "";
}

Collected collect_all() {
  Collected collected;
  collect_frames(collected);
  collect_nodes(collected);
  collect_handshakes(collected);
  collect_keys(collected);
  collect_messages(collected);
  collect_sessions(collected);
  collect_pairing(collected);
  collect_the_rest(collected);
  number_alike(collected.vectors);
  return collected;
}

Json collected_confirmers() {
  Json confirmers = Json::object();
  for (const std::string_view file :
       {kAppState, kFrames, kHkdfInfos, kLtHash, kMedia, kMediaRetry, kNodes, kNodesInvalid, kNoise,
        kPadding, kPairing, kPhash, kRegistration, kSenderKey, kSessions, kSrtp, kStanzas, kXeddsa})
    confirmers.update(Json::parse(file).at("confirmers"));
  return confirmers;
}

}  // namespace doublecheck::corpus
