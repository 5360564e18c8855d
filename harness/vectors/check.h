#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness/iut/codec_description.h"
#include "harness/iut/codec_under_test.h"
#include "harness/vectors/vector.h"

// Runs vectors through a codec, whatever it is.
namespace doublecheck::corpus {

// Whether the operation is one that codec.proto has, or a sequence of these.
bool is_executable(std::string_view operation);

enum class Agreement {
  kAgrees,
  kDisagrees,    // another answer, or none
  kUnsupported,  // the codec does not offer the operation
  kOpen,         // contested, or not executable: nothing to agree with
};

struct CheckResult {
  Agreement agreement = Agreement::kOpen;
  std::string answer = {};  // what came instead
  bool broken = false;      // the codec gives no more answers
};

CheckResult check_vector(const Vector& vector, harness::CodecUnderTest& codec,
                         const harness::CodecDescription& description);

}  // namespace doublecheck::corpus
