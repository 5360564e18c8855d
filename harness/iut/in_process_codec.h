#pragma once

#include <memory>

#include "harness/iut/codec_under_test.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/time.h"

// The functions of spec/ as a codec.
namespace doublecheck::harness {

class InProcessCodec final : public CodecUnderTest {
 public:
  // `wall` is the time by which certificates are judged.
  InProcessCodec(const RandomSource& random, UnixTime wall, Guard guard = {});
  ~InProcessCodec() override;

  // Never an error: what is no request of codec.proto is `unsupported`.
  Result<Bytes> answer(ByteView request) override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace doublecheck::harness
