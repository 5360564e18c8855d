#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/actor/peer.h"
#include "harness/actor/transcript.h"
#include "harness/iut/server_under_test.h"
#include "harness/suite/verdict.h"
#include "spec/base/random.h"

// What a case against a server gets: a server that it must not know more about than any client
// does, and as many scripted peers as it wants.
namespace doublecheck::harness {

class ServerBench {
 public:
  // `label` makes the names of accounts unique, so that many cases can share one server.
  ServerBench(ServerUnderTest& server, std::string label, std::unique_ptr<RandomSource> random);

  ServerUnderTest& server() { return server_; }
  Driver& driver() { return server_.driver(); }
  Transcript& transcript() { return transcript_; }
  RandomSource& random() { return *random_; }

  // A companion that has done nothing yet. Peers with one account name are devices of one account.
  Peer& peer(const std::string& name) { return peer_of(name, name); }
  Peer& peer_of(const std::string& account, const std::string& name);

  // Preconditions of most cases; their failure is inconclusive.
  Peer& paired_peer(const std::string& name);
  Peer& online_peer(const std::string& name) { return online_peer_of(name, name); }
  Peer& online_peer_of(const std::string& account, const std::string& name);

  // What only an operator can do, to the account of a peer; unsupported where nobody can.
  void change_account(const std::string& name, const server::AccountSettings& settings);
  void replace_phone(const std::string& name);

  // What the server has done wrong to any of the peers, whatever the case was about.
  std::vector<ExchangeViolation> violations() const;

  // Time passes at both ends; unsupported where there is no clock that can be told so.
  void pass(Duration duration);

 private:
  std::string account_name(const std::string& name) const;

  ServerUnderTest& server_;
  std::string label_;
  std::unique_ptr<RandomSource> random_;
  Transcript transcript_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace doublecheck::harness
