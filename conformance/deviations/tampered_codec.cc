#include "conformance/deviations/tampered_codec.h"

#include <stdexcept>
#include <utility>

#include "harness/iut/codec.pb.h"
#include "spec/proto/access.h"

namespace doublecheck::deviations {
namespace {

constexpr UnixTime kCodecTime{std::chrono::seconds(1'800'000'000)};

}  // namespace

TamperedCodec::TamperedCodec(const RandomSource& random, Guard guard, CodecTamper tamper)
    : reference_(random, kCodecTime, guard), tamper_(std::move(tamper)) {}

Result<Bytes> TamperedCodec::answer(ByteView request) {
  if (!tamper_) return reference_.answer(request);
  codec::Request asked;
  if (!proto::parse(request, asked)) throw std::runtime_error("the suite asks nonsense");
  const AskReference ask = [this](const codec::Request& question, codec::Response& response) {
    const auto answered = reference_.answer(proto::serialize(question));
    if (!answered || !proto::parse(*answered, response))
      throw std::runtime_error("the reference answers nonsense");
  };
  codec::Response response;
  tamper_(asked, response, ask);
  return proto::serialize(response);
}

}  // namespace doublecheck::deviations
