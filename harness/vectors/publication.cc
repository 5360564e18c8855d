#include "harness/vectors/publication.h"

#include <stdexcept>

#include "harness/vectors/collected_file.h"
#include "harness/vectors/confirmation.h"
#include "harness/vectors/generator.h"

namespace doublecheck::corpus {
namespace {

constexpr int kFormat = 1;

void add(const Vector& vector, Count& to) {
  ++(vector.confirmed_by.empty() ? to.self_generated : to.confirmed);
}

// Within a layer they stay in order.
void sort_by_layer(std::vector<Vector>& vectors) {
  std::map<std::string, std::vector<Vector>> layers;
  for (Vector& vector : vectors) layers[std::string(vector.layer())].push_back(std::move(vector));
  vectors.clear();
  for (auto& [layer, sorted] : layers) {
    for (Vector& vector : sorted) vectors.push_back(std::move(vector));
  }
}

Json to_json(const Count& one) {
  return {{"confirmed", one.confirmed}, {"self-generated", one.self_generated}};
}

Json to_json(const std::map<std::string, Count>& counts) {
  Json json = Json::object();
  for (const auto& [name, one] : counts) json[name] = to_json(one);
  return json;
}

Json confirmers_of(const std::vector<Vector>& vectors) {
  Json all = collected_confirmers();
  for (const Confirmations& one : known_confirmations())
    all[one.name] = one.library + " " + one.version + ", executed";
  Json named = Json::object();
  for (const Vector& vector : vectors) {
    for (const std::string& name : vector.confirmed_by) named[name] = all.at(name);
  }
  return named;
}

}  // namespace

Publication publish(std::uint64_t seed) {
  Collected collected = collect_all();
  Publication publication{
      .seed = seed, .vectors = std::move(collected.vectors), .left_out = collected.left_out};
  for (Vector& vector : generate_all(seed)) publication.vectors.push_back(std::move(vector));
  for (const Confirmations& confirmations : known_confirmations())
    merge(confirmations, publication.vectors);
  sort_by_layer(publication.vectors);
  std::set<std::string_view> ids;
  for (const Vector& vector : publication.vectors) {
    if (!ids.insert(vector.id).second) throw std::runtime_error("two vectors " + vector.id);
  }
  return publication;
}

Count count(const std::vector<Vector>& vectors) {
  Count counted;
  for (const Vector& vector : vectors) add(vector, counted);
  return counted;
}

std::map<std::string, Count> count_by_layer(const std::vector<Vector>& vectors) {
  std::map<std::string, Count> counts;
  for (const Vector& vector : vectors) add(vector, counts[std::string(vector.layer())]);
  return counts;
}

std::map<std::string, Count> count_by_flag(const std::vector<Vector>& vectors) {
  std::map<std::string, Count> counts;
  for (const Vector& vector : vectors) add(vector, counts[vector.flag]);
  return counts;
}

std::map<std::string, std::string> files_of(const Publication& publication) {
  std::map<std::string, std::string> files;
  for (const Vector& vector : publication.vectors)
    files[std::string(vector.layer()) + ".jsonl"] += to_line(vector) + "\n";
  const Json manifest = {{"format", kFormat},
                         {"seed", publication.seed},
                         {"count", to_json(count(publication.vectors))},
                         {"layers", to_json(count_by_layer(publication.vectors))},
                         {"flags", to_json(count_by_flag(publication.vectors))},
                         {"confirmers", confirmers_of(publication.vectors)}};
  files["manifest.json"] = manifest.dump(2) + "\n";
  return files;
}

}  // namespace doublecheck::corpus
