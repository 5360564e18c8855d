#include "harness/actor/exchange.h"

#include <gtest/gtest.h>

#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// An exchange, and what was wrong in it.
struct Watched {
  explicit Watched(Exchange::Judged judged) : exchange(judged, violations) {}

  std::vector<Rule> broken() const {
    std::vector<Rule> rules;
    for (const ExchangeViolation& one : violations) rules.push_back(one.rule);
    return rules;
  }

  std::vector<ExchangeViolation> violations;
  Exchange exchange;
};

TEST(Exchange, AQueryIsAnsweredOnce) {
  Watched watched(Exchange::Judged::kServer);
  watched.exchange.told(R"(<iq id="1" type="get"/>)"_node);
  watched.exchange.said(R"(<iq id="1" type="result"/>)"_node);
  EXPECT_TRUE(watched.violations.empty());
  watched.exchange.said(R"(<iq id="1" type="error"/>)"_node);
  EXPECT_EQ(watched.broken(), std::vector{Rule::STANZA_11});
}

TEST(Exchange, WhoAsksTwiceIsAnsweredTwice) {
  Watched watched(Exchange::Judged::kClient);
  for (int i = 0; i < 2; ++i) watched.exchange.told(R"(<iq id="1" type="get"/>)"_node);
  for (int i = 0; i < 2; ++i) watched.exchange.said(R"(<iq id="1" type="result"/>)"_node);
  EXPECT_TRUE(watched.violations.empty());
}

TEST(Exchange, AnAnswerToNothingIsOneTooMany) {
  Watched watched(Exchange::Judged::kClient);
  watched.exchange.told(R"(<iq id="1" type="result"/>)"_node);
  watched.exchange.said(R"(<iq id="1" type="result"/>)"_node);
  watched.exchange.said(R"(<ack id="2" class="receipt"/>)"_node);
  EXPECT_EQ(watched.broken(), (std::vector{Rule::STANZA_11, Rule::STANZA_72}));
}

TEST(Exchange, AnAckIsOfAKindOfStanza) {
  Watched watched(Exchange::Judged::kServer);
  watched.exchange.told(R"(<message id="1"/>)"_node);
  watched.exchange.told(R"(<receipt id="1"/>)"_node);
  watched.exchange.said(R"(<ack id="1" class="message"/>)"_node);
  watched.exchange.said(R"(<ack id="1" class="receipt"/>)"_node);
  EXPECT_TRUE(watched.violations.empty());
  watched.exchange.said(R"(<ack id="1" class="message"/>)"_node);
  EXPECT_EQ(watched.broken(), std::vector{Rule::STANZA_40});
}

TEST(Exchange, AQueryHasAnIdOfItsOwn) {
  for (const auto judged : {Exchange::Judged::kServer, Exchange::Judged::kClient}) {
    Watched watched(judged);
    watched.exchange.said(R"(<iq id="1" type="get"/>)"_node);
    watched.exchange.said(R"(<iq id="2" type="get"/>)"_node);
    watched.exchange.told(R"(<iq id="1" type="get"/>)"_node);
    EXPECT_TRUE(watched.violations.empty());
    watched.exchange.said(R"(<iq id="1" type="set"/>)"_node);
    EXPECT_EQ(watched.broken(), std::vector{Rule::STANZA_141});
  }
}

TEST(Exchange, AMessageIsConfirmedAsOftenAsItCame) {
  Watched watched(Exchange::Judged::kClient);
  const auto delivered = R"(<message id="1" from="a"/>)"_node;
  const auto receipt = R"(<receipt id="1" to="a"/>)"_node;
  watched.exchange.told(delivered);
  watched.exchange.said(receipt);
  watched.exchange.said(R"(<receipt id="1" to="a" type="sender"/>)"_node);
  watched.exchange.told(delivered);
  watched.exchange.said(receipt);
  EXPECT_TRUE(watched.violations.empty());
  watched.exchange.said(receipt);
  EXPECT_EQ(watched.broken(), std::vector{Rule::STANZA_142});
}

TEST(Exchange, WhatAnApplicationSaysMayBeRepeated) {
  Watched watched(Exchange::Judged::kClient);
  watched.exchange.told(R"(<message id="1" from="a"/>)"_node);
  for (int i = 0; i < 2; ++i) {
    watched.exchange.said(R"(<receipt id="1" to="a" type="read"/>)"_node);
    watched.exchange.said(R"(<receipt id="1" to="a" type="retry"/>)"_node);
  }
  EXPECT_TRUE(watched.violations.empty());
}

TEST(Exchange, AServerHandsNothingOverTwice) {
  Watched watched(Exchange::Judged::kServer);
  watched.exchange.said(R"(<receipt id="1" type="retry"><retry count="1"/></receipt>)"_node);
  watched.exchange.said(R"(<receipt id="1" type="retry"><retry count="2"/></receipt>)"_node);
  EXPECT_TRUE(watched.violations.empty());
  watched.exchange.said(R"(<receipt type="retry" id="1"><retry count="2"/></receipt>)"_node);
  EXPECT_EQ(watched.broken(), std::vector{Rule::STANZA_33});
}

TEST(Exchange, WhatHasNoIdMayBeRepeated) {
  Watched watched(Exchange::Judged::kServer);
  for (int i = 0; i < 2; ++i) watched.exchange.said(R"(<presence type="available"/>)"_node);
  EXPECT_TRUE(watched.violations.empty());
}

TEST(Exchange, ALoginIsAnsweredOnce) {
  Watched watched(Exchange::Judged::kServer);
  watched.exchange.said(R"(<success/>)"_node);
  EXPECT_TRUE(watched.violations.empty());
  watched.exchange.said(R"(<failure/>)"_node);
  EXPECT_EQ(watched.broken(), std::vector{Rule::LOGIN_01});
}

}  // namespace
}  // namespace doublecheck::harness
