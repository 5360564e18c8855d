#pragma once

#include "harness/iut/codec_under_test.h"

// Codecs that know nothing of the protocol, and say that they can do everything. A case that one of
// them passes tests nothing.
namespace doublecheck::deviations {

class NullCodec final : public harness::CodecUnderTest {
 public:
  enum class Behaviour {
    kCloses,              // once it has said what it is
    kSilent,              // likewise, as a process that is given up
    kEchoes,              // answers every request with its own bytes
    kAnswersWithNothing,  // with a result of the right kind in which nothing is set
    kRefuses,             // everything
  };

  explicit NullCodec(Behaviour behaviour) : behaviour_(behaviour) {}

  Result<Bytes> answer(ByteView request) override;

 private:
  Behaviour behaviour_;
};

}  // namespace doublecheck::deviations
