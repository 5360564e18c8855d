#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/iut/capabilities.h"
#include "harness/iut/client_under_test.h"
#include "harness/iut/server_under_test.h"

// Clients that know nothing of the protocol. A case that one of them passes tests nothing.
namespace doublecheck::deviations {

class NullClient final : public harness::ClientUnderTest {
 public:
  enum class Behaviour {
    kAbsent,      // does not even connect
    kCloses,      // connects, and closes at once
    kSilent,      // connects, and says nothing
    kEchoes,      // connects, and sends back what it gets
    kIntroduces,  // connects, and says nothing but the intro header
  };

  NullClient(harness::ServerUnderTest& server, Behaviour behaviour)
      : server_(server), behaviour_(behaviour) {}

  std::string name() const override { return "Null client"; }
  std::string version() const override { return {}; }
  // It says that it can do everything.
  const std::set<std::string>& capabilities() const override {
    return harness::known_capabilities();
  }
  client::CommandId command(const client::Command& command) override;
  const std::optional<std::string>& ended() const override { return ended_; }

 private:
  void connect();

  harness::ServerUnderTest& server_;
  Behaviour behaviour_;
  std::unique_ptr<harness::Link> link_;
  client::CommandId next_command_ = 1;
  std::optional<std::string> ended_;
};

}  // namespace doublecheck::deviations
