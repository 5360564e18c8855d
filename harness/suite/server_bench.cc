#include "harness/suite/server_bench.h"

#include <utility>

namespace doublecheck::harness {

ServerBench::ServerBench(ServerUnderTest& server, std::string label,
                         std::unique_ptr<RandomSource> random)
    : server_(server),
      label_(std::move(label)),
      random_(std::move(random)),
      transcript_(server.driver()) {}

Peer& ServerBench::peer_of(const std::string& account, const std::string& name) {
  const auto keys = random_->fork("peer/" + name, peers_.size());
  Credentials credentials = Credentials::generate(account_name(account), *keys);
  peers_.push_back(
      std::make_unique<Peer>(name, std::move(credentials), server_, *random_, transcript_));
  return *peers_.back();
}

Peer& ServerBench::paired_peer(const std::string& name) {
  Peer& made = peer(name);
  precondition(name + " pairs", [&] { made.pair(); });
  return made;
}

Peer& ServerBench::online_peer_of(const std::string& account, const std::string& name) {
  Peer& made = peer_of(account, name);
  precondition(name + " pairs, logs in and becomes active", [&] { made.come_online(); });
  return made;
}

std::string ServerBench::account_name(const std::string& name) const { return name + " " + label_; }

void ServerBench::change_account(const std::string& name, const server::AccountSettings& settings) {
  if (const auto done = server_.change_account(account_name(name), settings); !done)
    unsupported("the case needs an operator's control over accounts: " + done.error().to_string());
}

void ServerBench::replace_phone(const std::string& name) {
  if (const auto done = server_.replace_phone(account_name(name)); !done)
    unsupported("the case needs an operator's control over phones: " + done.error().to_string());
}

void ServerBench::pass(Duration duration) {
  if (driver().has_virtual_clock()) {
    driver().pass(duration);
    return;
  }
  if (!server_.advance_clock(duration)) unsupported("the case needs a clock that can be advanced");
}

std::vector<ExchangeViolation> ServerBench::violations() const {
  std::vector<ExchangeViolation> all;
  for (const auto& peer : peers_) {
    const auto violations = peer->violations();
    all.insert(all.end(), violations.begin(), violations.end());
  }
  return all;
}

}  // namespace doublecheck::harness
