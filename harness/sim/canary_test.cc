#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/sim/world.h"
#include "reference/server/tamper.h"
#include "spec/wire/node.h"

// Servers with a planted fault: the oracle must convict each of what it does. A simulation that
// finds nothing in these would find nothing anywhere.
namespace doublecheck::harness::sim {
namespace {

using server::ConnectionId;

// How many worlds it takes at most.
constexpr std::uint64_t kSeeds = 5;

// A text that a user wrote: not what phones send to their companions.
bool is_text(const wire::Node& stanza) {
  return stanza.tag == "message" && !stanza.has("category");
}

// Chooses the third text that it sees.
class Victim {
 public:
  bool is(const wire::Node& stanza) {
    const std::string id(stanza.text("id").value_or(""));
    if (!id_ && ++seen_ == 3) id_ = id;
    return id_ == id;
  }

 private:
  int seen_ = 0;
  std::optional<std::string> id_;
};

struct Loses final : server::Tamper {
  Victim victim;
  void sending(ConnectionId, std::vector<wire::Node>& stanzas) override {
    std::erase_if(stanzas,
                  [&](const wire::Node& stanza) { return is_text(stanza) && victim.is(stanza); });
  }
};

struct Renames final : server::Tamper {
  Victim victim;
  void sending(ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& stanza : stanzas) {
      if (is_text(stanza) && victim.is(stanza)) stanza.set("id", "another");
    }
  }
};

struct AcknowledgesOnly final : server::Tamper {
  Victim victim;
  std::multimap<ConnectionId, wire::Node> acks;

  bool received(ConnectionId connection, const wire::Node& stanza) override {
    if (!is_text(stanza) || !victim.is(stanza)) return true;
    wire::Node ack{.tag = "ack", .attributes = {{"class", "message"}}, .content = {}};
    ack.set("id", *stanza.attribute("id"));
    ack.set("from", *stanza.attribute("to"));
    acks.emplace(connection, std::move(ack));
    return false;
  }
  void sending(ConnectionId connection, std::vector<wire::Node>& stanzas) override {
    const auto [first, last] = acks.equal_range(connection);
    for (auto ack = first; ack != last; ++ack) stanzas.push_back(std::move(ack->second));
    acks.erase(first, last);
  }
};

// Holds one text back until the next one for the same connection.
struct Reorders final : server::Tamper {
  std::map<ConnectionId, wire::Node> held;
  void sending(ConnectionId connection, std::vector<wire::Node>& stanzas) override {
    for (std::size_t i = 0; i < stanzas.size(); ++i) {
      if (!is_text(stanzas[i])) continue;
      const auto earlier = held.find(connection);
      if (earlier == held.end()) {
        held.emplace(connection, std::move(stanzas[i]));
        stanzas.erase(stanzas.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
      stanzas.insert(stanzas.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                     std::move(earlier->second));
      held.erase(earlier);
      return;
    }
  }
};

// Whether some world with this server violates the rule.
template <typename Tamper>
bool convicts(const std::string& rule) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Tamper tamper;
    for (const Failure& failure : run_world({.seed = seed, .tamper = &tamper}).failures) {
      if (failure.what.starts_with(rule + ": ")) return true;
    }
  }
  return false;
}

TEST(Canary, a_lost_message_is_undelivered) { EXPECT_TRUE(convicts<Loses>("undelivered")); }

TEST(Canary, a_message_under_another_id_is_invented) { EXPECT_TRUE(convicts<Renames>("invented")); }

TEST(Canary, an_acknowledgement_without_delivery_is_undelivered) {
  EXPECT_TRUE(convicts<AcknowledgesOnly>("undelivered"));
}

TEST(Canary, a_message_that_is_held_back_is_out_of_order) {
  EXPECT_TRUE(convicts<Reorders>("out of order"));
}

}  // namespace
}  // namespace doublecheck::harness::sim
