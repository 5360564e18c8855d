#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string_view>
#include <vector>

#include "conformance/deviations/tampered_codec.h"
#include "reference/client/tamper.h"
#include "reference/server/tamper.h"
#include "spec/base/guard.h"
#include "spec/requirements/rule.h"

// Deliberate violations, which measure the suite itself: each is the reference with one requirement
// broken, and names the case that has to notice. A deviation that no case notices is a hole in the
// suite.
namespace doublecheck::deviations {

// A guard that decides one rule in advance, whatever the condition is, and leaves all others alone.
class ForcedGuard final : public GuardObserver {
 public:
  ForcedGuard(Rule rule, bool outcome) : rule_(rule), outcome_(outcome) {}
  bool decide(Rule rule, bool holds) override { return rule == rule_ ? outcome_ : holds; }

 private:
  Rule rule_;
  bool outcome_;
};

struct Deviation {
  std::string_view name;      // "server/forgets_acks"
  std::string_view sentence;  // what it does wrong
  Rule violates;
  std::string_view caught_by;  // the id of the case that is meant to notice

  // How it is installed: one of these. A tamper is made anew for each run, with no memory of
  // others.
  std::function<std::unique_ptr<server::Tamper>()> server_tamper = {};
  std::function<std::unique_ptr<client::Tamper>()> client_tamper = {};
  std::function<CodecTamper()> codec_tamper = {};
  std::optional<ForcedGuard> guard = {};

  // "server", "client" or "codec": whose cases look at it.
  std::string_view role() const { return name.substr(0, name.find('/')); }

  // For GoogleTest.
  friend void PrintTo(const Deviation& deviation, std::ostream* out) { *out << deviation.name; }
};

// All of them: those of the server, the client, the codec.
const std::vector<Deviation>& deviations();

std::vector<Deviation> server_deviations();
std::vector<Deviation> client_deviations();
// Those of clients in how a connection begins, and ends.
std::vector<Deviation> client_handshake_deviations();
std::vector<Deviation> client_login_deviations();
std::vector<Deviation> client_pairing_deviations();
// Those of clients in what lasts: devices, keys, connections, queues.
std::vector<Deviation> client_conduct_deviations();
// And in sessions, what they are asked for again, and what they verify.
std::vector<Deviation> client_session_deviations();
std::vector<Deviation> codec_node_deviations();
std::vector<Deviation> codec_crypto_deviations();

}  // namespace doublecheck::deviations
