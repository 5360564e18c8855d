#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/catalogue/listing.h"
#include "harness/catalogue/selection.h"
#include "harness/catalogue/tally.h"

namespace doublecheck::harness {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(const Coverage& one) {
  const Requirement& requirement = *one.requirement;
  Json vectors = Json::array();
  std::istringstream names{std::string(requirement.vectors)};
  for (std::string name; names >> name;) vectors.push_back(name);
  return {{"id", requirement.id},
          {"layer", requirement.layer},
          {"level", typed(to_string(requirement.level))},
          {"role", typed(to_string(requirement.role))},
          {"evidence", typed(to_string(requirement.evidence))},
          {"security", requirement.security},
          {"status", typed(to_string(one.status))},
          {"text", requirement.text},
          {"rationale", requirement.rationale},
          {"source", requirement.source},
          {"observe", requirement.observe},
          {"note", requirement.note},
          {"contested", requirement.contested},
          {"cases", one.cases},
          {"vectors", std::move(vectors)}};
}

Json object_of(const Tally& counted) {
  Json object = {{"all", counted.total()}};
  for (const Status status : kStatuses) {
    Json by_strength = {{"all", counted.count(status)}};
    for (const Strength strength : kStrengths)
      by_strength[typed(to_string(strength))] = counted.count(status, strength);
    object[typed(to_string(status))] = std::move(by_strength);
  }
  return object;
}

}  // namespace

std::string json_of(std::span<const Coverage> all) {
  Json list = Json::array();
  for (const Coverage& one : all) list.push_back(object_of(one));
  return list.dump(2) + "\n";
}

std::string summary_json(std::span<const Coverage> all) {
  Json layers = Json::object();
  for (const auto& [layer, counted] : tallies_by_layer(all))
    layers[std::string(layer)] = object_of(counted);
  return Json{{"layers", std::move(layers)}, {"all", object_of(tally(all))}}.dump(2) + "\n";
}

}  // namespace doublecheck::harness
