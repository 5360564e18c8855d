#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/iut/codec_under_test.h"
#include "harness/vectors/vector.h"

// What another implementation says to the vectors: a file of corpus/vectors/confirmations.
namespace doublecheck::corpus {

// Under the id of each vector, what it was when it was asked for.
struct Confirmations {
  std::string name;  // as in `confirmed_by`
  std::string library;
  std::string version;
  std::map<std::string, std::string> confirmed = {};  // fingerprint
  // Where it says something else. Not a fault by itself: who is right, the requirements say.
  std::map<std::string, std::string> disagreed = {};  // what came; no text keeps that (SECURITY.md)
  std::size_t unsupported = 0;
};

std::string to_text(const Confirmations& confirmations);
Confirmations parse_confirmations(std::string_view text);  // throws

// Those that are compiled in.
std::vector<Confirmations> known_confirmations();

// Names who has confirmed a vector in its `confirmed_by`, if it is still the same; and no more who
// now says something else, whatever was noted when the vector was collected.
void merge(const Confirmations& confirmations, std::vector<Vector>& vectors);

// Starts a codec, or starts it again when one that was started has given up.
using StartCodec = std::function<Result<std::unique_ptr<harness::CodecUnderTest>>()>;

// Runs all vectors through a codec. Refusals count only for operations of which the codec also gets
// something right that is to be accepted: who refuses everything confirms nothing. Nor does a yes,
// where that is the whole answer, of one who says it to forgeries as well. An error if the
// codec cannot be started or does not describe itself.
Result<Confirmations> confirm(const std::vector<Vector>& vectors, const StartCodec& start,
                              std::string name);

}  // namespace doublecheck::corpus
