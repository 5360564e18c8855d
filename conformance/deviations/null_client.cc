#include "conformance/deviations/null_client.h"

#include "spec/wire/intro.h"

namespace doublecheck::deviations {

client::CommandId NullClient::command(const client::Command& command) {
  if (std::holds_alternative<client::Connect>(command) && behaviour_ != Behaviour::kAbsent)
    connect();
  if (std::holds_alternative<client::Disconnect>(command)) link_.reset();
  return next_command_++;
}

void NullClient::connect() {
  link_ = server_.connect({.on_bytes =
                               [this](ByteView bytes) {
                                 if (behaviour_ == Behaviour::kEchoes && link_) link_->send(bytes);
                               },
                           .on_closed = [](const std::string&) {}});
  if (behaviour_ == Behaviour::kCloses) link_->close();
  if (behaviour_ == Behaviour::kIntroduces) link_->send(wire::kIntroHeader);
}

}  // namespace doublecheck::deviations
