#include "reference/client/turn.h"

namespace doublecheck::client {

void Turn::query(wire::Node iq, Duration timeout, IqHandler handler) {
  if (!handler) handler = [](Turn&, const IqAnswer&) {};
  if (ending_ || !state.connection) {
    handler(*this, std::unexpected(IqFailure{.kind = IqFailure::Kind::kStreamEnded}));
    return;
  }
  const auto id = connection().iqs.add(now() + timeout, handler);
  if (!id) {
    handler(*this, std::unexpected(IqFailure{.kind = IqFailure::Kind::kTooMany}));
    return;
  }
  iq.set("id", wire::Text(*id));
  send(std::move(iq));
}

}  // namespace doublecheck::client
