#pragma once

#include <set>
#include <string>

#include "harness/iut/codec_under_test.h"

namespace doublecheck::harness {

// What a codec says it is and can be asked for.
struct CodecDescription {
  std::string library;
  std::string version;
  std::set<std::string, std::less<>> operations;  // names of the fields of codec.proto's Request
  bool jids_are_text = false;
};

// Asks it, which is the first thing that a codec is asked.
Result<CodecDescription> describe_codec(CodecUnderTest& codec);

}  // namespace doublecheck::harness
