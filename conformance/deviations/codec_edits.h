#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "conformance/deviations/tampered_codec.h"
#include "harness/iut/codec.pb.h"

// Ways in which a codec does one thing wrong. Each gives what makes a tamper for one run.
namespace doublecheck::deviations {

using codec::Request;
using codec::Response;

using RequestEdit = std::function<void(Request&)>;
using ResponseEdit = std::function<void(const Request&, Response&)>;
using Refuses = std::function<bool(const Request&)>;

// The reference is asked something else.
std::function<CodecTamper()> asking(RequestEdit edit);
// Its answer is changed.
std::function<CodecTamper()> answering(ResponseEdit edit);
// What the reference may accept is refused.
std::function<CodecTamper()> refusing(Refuses refuses);
// What the reference refuses is asked again in another form.
std::function<CodecTamper()> insisting(RequestEdit edit);

// One that remembers, made anew for each run.
template <typename State>
std::function<CodecTamper()> remembering(
    std::function<void(State&, const Request&, Response&, const AskReference&)> tamper) {
  return [tamper = std::move(tamper)]() -> CodecTamper {
    const auto state = std::make_shared<State>();
    return [state, tamper](const Request& request, Response& response, const AskReference& ask) {
      tamper(*state, request, response, ask);
    };
  };
}

}  // namespace doublecheck::deviations
