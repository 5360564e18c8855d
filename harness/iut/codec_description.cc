#include "harness/iut/codec_description.h"

#include "harness/iut/codec.pb.h"
#include "spec/proto/access.h"

namespace doublecheck::harness {
namespace {

constexpr std::uint32_t kCodecProtocol = 1;

}  // namespace

Result<CodecDescription> describe_codec(CodecUnderTest& codec) {
  codec::Request request;
  request.mutable_describe()->set_protocol(kCodecProtocol);
  const auto answer = codec.answer(proto::serialize(request));
  if (!answer) return std::unexpected(answer.error());
  codec::Response response;
  if (!proto::parse(*answer, response) || !response.has_describe() ||
      response.describe().library().empty())
    return fail("codec", "does not describe itself");
  const codec::Description& said = response.describe();
  return CodecDescription{.library = said.library(),
                          .version = said.version(),
                          .operations = {said.operations().begin(), said.operations().end()},
                          .jids_are_text = said.jids_are_text()};
}

}  // namespace doublecheck::harness
