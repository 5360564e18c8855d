#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/vectors/vector.h"

// One file of collected vectors, and what all of them have in common.
namespace doublecheck::corpus {

class CollectedFile {
 public:
  // `layer` is that of the vectors made of it.
  CollectedFile(std::string_view text, std::string_view layer);

  const Json& json() const { return json_; }
  const Json& cases() const { return json_.at("cases"); }
  const std::string& layer() const { return layer_; }

  // A vector with name, requirements, notes and confirmers of a case: its own, or else those of the
  // group that it belongs to, or else those of the file.
  Vector begin(const Json& one, std::string_view operation) const;

 private:
  Json json_;
  std::string layer_;
};

// The member if it is there, or an empty string.
std::string text_or_nothing(const Json& object, const char* member);

// What the files say, in the form of vectors. A case that neither must be accepted nor refused, and
// for which the catalogue has no switch, is no vector: it is counted in `left_out`.
struct Collected {
  std::vector<Vector> vectors = {};
  std::size_t left_out = 0;
};

// Each adds what is in the files of its layers.
void collect_frames(Collected& to);
void collect_nodes(Collected& to);
void collect_handshakes(Collected& to);
void collect_keys(Collected& to);      // signatures, derived keys
void collect_messages(Collected& to);  // padding, participant hashes
void collect_sessions(Collected& to);  // and sender keys
void collect_pairing(Collected& to);
// What has no operation in codec.proto: input and output as they are in the file.
void collect_the_rest(Collected& to);

// All of it, in this order.
Collected collect_all();

// What the files call those who confirmed, with a description.
Json collected_confirmers();

}  // namespace doublecheck::corpus
