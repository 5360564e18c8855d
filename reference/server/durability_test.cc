#include "reference/server/durability.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "spec/base/random.h"

namespace doublecheck::server {
namespace {

class DurabilityTest : public ::testing::Test {
 protected:
  DurabilityTest() {
    EXPECT_TRUE(durability_.restore({}, directory_, groups_, newsletters_));
    // The server itself is the first change.
    EXPECT_EQ(describe(admit(0, {})), "persist 1");
    durability_.persisted(1);
  }

  Effects admit(ConnectionId origin, Effects effects) {
    return durability_.admit(origin, identity_, directory_, groups_, newsletters_,
                             std::move(effects));
  }
  void change() { ASSERT_TRUE(directory_.for_name("account " + std::to_string(++accounts_))); }
  static Effect send(ConnectionId connection, std::size_t size = 1) {
    return Send{connection, Bytes(size)};
  }

  static std::string describe(const Effects& effects) {
    std::string text;
    for (const Effect& effect : effects) {
      if (!text.empty()) text += ", ";
      if (const auto* persist = std::get_if<Persist>(&effect)) {
        text += "persist " + std::to_string(persist->transaction.ticket);
      } else if (const auto* close = std::get_if<Close>(&effect)) {
        text += "close " + std::to_string(close->connection);
      } else {
        text += "send " + std::to_string(std::get<Send>(effect).connection);
      }
    }
    return text;
  }

  SeededRandom random_{1};
  ServerIdentity identity_{noise::CertificateAuthority::generate(random_),
                           KeyPair::generate(random_), 1, 0};
  Directory directory_{random_};
  GroupDirectory groups_;
  NewsletterDirectory newsletters_;
  Durability durability_;
  int accounts_ = 0;
};

TEST_F(DurabilityTest, WithoutChangesNothingWaits) {
  EXPECT_EQ(describe(admit(1, {send(1), Close{1, {}, false}})), "send 1, close 1");
}

TEST_F(DurabilityTest, WhatFollowsAChangeWaitsForIt) {
  change();
  EXPECT_EQ(describe(admit(1, {send(1)})), "persist 2");
  // Another connection may have been told what is not durable yet.
  EXPECT_EQ(describe(admit(2, {send(2), Close{2, {}, false}})), "");
  EXPECT_EQ(describe(durability_.persisted(1)), "");
  EXPECT_EQ(describe(durability_.persisted(2)), "send 1, send 2, close 2");
  EXPECT_EQ(describe(admit(1, {send(1)})), "send 1");
}

TEST_F(DurabilityTest, ATicketStandsForThoseBeforeItAndForNoneAfter) {
  for (ConnectionId connection = 1; connection <= 3; ++connection) {
    change();
    admit(connection, {send(connection)});
  }
  EXPECT_EQ(describe(durability_.persisted(3)), "send 1, send 2");
  EXPECT_EQ(describe(durability_.persisted(2)), "");
  // One that was never given out.
  EXPECT_EQ(describe(durability_.persisted(100)), "send 3");
  change();
  EXPECT_EQ(describe(admit(1, {send(1)})), "persist 5");
}

TEST_F(DurabilityTest, WhatWaitsIsCountedForTheConnectionThatItIsDueTo) {
  change();
  admit(1, {send(2, 100)});
  EXPECT_GT(durability_.waiting_bytes(1), 0U);  // the change
  EXPECT_EQ(durability_.waiting_bytes(2), 100U);
  EXPECT_EQ(durability_.waiting_bytes(3), 0U);
  admit(3, {send(2, 10)});
  EXPECT_EQ(durability_.waiting_bytes(2), 110U);
  durability_.persisted(2);
  EXPECT_EQ(durability_.waiting_bytes(1), 0U);
  EXPECT_EQ(durability_.waiting_bytes(2), 0U);
}

}  // namespace
}  // namespace doublecheck::server
