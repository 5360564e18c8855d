#pragma once

#include <functional>

#include "harness/iut/codec_under_test.h"
#include "harness/iut/in_process_codec.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"

namespace doublecheck::codec {
class Request;
class Response;
}  // namespace doublecheck::codec

// The reference codec with somebody between it and the suite.
namespace doublecheck::deviations {

// The answer of the reference, to this or any other request.
using AskReference = std::function<void(const codec::Request&, codec::Response&)>;
// Gives the answer in its place. May remember what went before.
using CodecTamper =
    std::function<void(const codec::Request&, codec::Response&, const AskReference&)>;

class TamperedCodec final : public harness::CodecUnderTest {
 public:
  // Without a tamper, the reference as it is.
  TamperedCodec(const RandomSource& random, Guard guard, CodecTamper tamper);

  Result<Bytes> answer(ByteView request) override;

 private:
  harness::InProcessCodec reference_;
  CodecTamper tamper_;
};

}  // namespace doublecheck::deviations
