#include "conformance/deviations/null_codec.h"

#include <string>

#include "harness/iut/codec.pb.h"
#include "harness/iut/codec_operations.h"
#include "spec/base/writer.h"
#include "spec/proto/access.h"

namespace doublecheck::deviations {
namespace {

Bytes description() {
  codec::Response response;
  response.mutable_describe()->set_library("Null codec");
  for (const harness::CodecOperation& operation : harness::codec_operations())
    response.mutable_describe()->add_operations(std::string(operation.name));
  return proto::serialize(response);
}

// A message of no fields in the field of that number.
Bytes nothing_in_field(int number) {
  constexpr unsigned kLengthDelimited = 2;
  Writer writer;
  // Numbers of operations take one or two bytes of a varint.
  const unsigned key = static_cast<unsigned>(number) << 3U | kLengthDelimited;
  if (key < 0x80) {
    writer.u8(static_cast<std::uint8_t>(key));
  } else {
    writer.u8(static_cast<std::uint8_t>((key & 0x7fU) | 0x80U));
    writer.u8(static_cast<std::uint8_t>(key >> 7U));
  }
  writer.u8(0);
  return writer.take();
}

}  // namespace

Result<Bytes> NullCodec::answer(ByteView request) {
  codec::Request asked;
  if (proto::parse(request, asked) && asked.has_describe()) return description();
  switch (behaviour_) {
    case Behaviour::kCloses:
      return fail("codec", "exited with code 0");
    case Behaviour::kSilent:
      return fail("codec", "gave no answer in time");
    case Behaviour::kEchoes:
      return to_bytes(request);
    case Behaviour::kAnswersWithNothing:
      return nothing_in_field(asked.operation_case());
    case Behaviour::kRefuses:
      break;
  }
  codec::Response response;
  response.mutable_refused()->set_reason("no");
  return proto::serialize(response);
}

}  // namespace doublecheck::deviations
