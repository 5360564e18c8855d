#include "harness/actor/exchange.h"

#include <gtest/gtest.h>

#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
namespace {

using namespace wire::literals;

std::vector<Rule> broken(const Exchange& exchange) {
  std::vector<Rule> rules;
  for (const ExchangeViolation& one : exchange.violations()) rules.push_back(one.rule);
  return rules;
}

TEST(Exchange, AQueryIsAnsweredOnce) {
  Exchange exchange(Exchange::Judged::kServer);
  exchange.told(R"(<iq id="1" type="get"/>)"_node);
  exchange.said(R"(<iq id="1" type="result"/>)"_node);
  EXPECT_TRUE(exchange.violations().empty());
  exchange.said(R"(<iq id="1" type="error"/>)"_node);
  EXPECT_EQ(broken(exchange), std::vector{Rule::STANZA_11});
}

TEST(Exchange, WhoAsksTwiceIsAnsweredTwice) {
  Exchange exchange(Exchange::Judged::kClient);
  for (int i = 0; i < 2; ++i) exchange.told(R"(<iq id="1" type="get"/>)"_node);
  for (int i = 0; i < 2; ++i) exchange.said(R"(<iq id="1" type="result"/>)"_node);
  EXPECT_TRUE(exchange.violations().empty());
}

TEST(Exchange, AnAnswerToNothingIsOneTooMany) {
  Exchange exchange(Exchange::Judged::kClient);
  exchange.told(R"(<iq id="1" type="result"/>)"_node);
  exchange.said(R"(<iq id="1" type="result"/>)"_node);
  exchange.said(R"(<ack id="2" class="receipt"/>)"_node);
  EXPECT_EQ(broken(exchange), (std::vector{Rule::STANZA_11, Rule::STANZA_72}));
}

TEST(Exchange, AnAckIsOfAKindOfStanza) {
  Exchange exchange(Exchange::Judged::kServer);
  exchange.told(R"(<message id="1"/>)"_node);
  exchange.told(R"(<receipt id="1"/>)"_node);
  exchange.said(R"(<ack id="1" class="message"/>)"_node);
  exchange.said(R"(<ack id="1" class="receipt"/>)"_node);
  EXPECT_TRUE(exchange.violations().empty());
  exchange.said(R"(<ack id="1" class="message"/>)"_node);
  EXPECT_EQ(broken(exchange), std::vector{Rule::STANZA_40});
}

TEST(Exchange, AQueryHasAnIdOfItsOwn) {
  for (const auto judged : {Exchange::Judged::kServer, Exchange::Judged::kClient}) {
    Exchange exchange(judged);
    exchange.said(R"(<iq id="1" type="get"/>)"_node);
    exchange.said(R"(<iq id="2" type="get"/>)"_node);
    exchange.told(R"(<iq id="1" type="get"/>)"_node);
    EXPECT_TRUE(exchange.violations().empty());
    exchange.said(R"(<iq id="1" type="set"/>)"_node);
    EXPECT_EQ(broken(exchange), std::vector{Rule::STANZA_141});
  }
}

TEST(Exchange, AServerHandsNothingOverTwice) {
  Exchange exchange(Exchange::Judged::kServer);
  exchange.said(R"(<receipt id="1" type="retry"><retry count="1"/></receipt>)"_node);
  exchange.said(R"(<receipt id="1" type="retry"><retry count="2"/></receipt>)"_node);
  EXPECT_TRUE(exchange.violations().empty());
  exchange.said(R"(<receipt type="retry" id="1"><retry count="2"/></receipt>)"_node);
  EXPECT_EQ(broken(exchange), std::vector{Rule::STANZA_33});
}

TEST(Exchange, WhatHasNoIdMayBeRepeated) {
  Exchange exchange(Exchange::Judged::kServer);
  for (int i = 0; i < 2; ++i) exchange.said(R"(<presence type="available"/>)"_node);
  EXPECT_TRUE(exchange.violations().empty());
}

TEST(Exchange, ALoginIsAnsweredOnce) {
  Exchange exchange(Exchange::Judged::kServer);
  exchange.said(R"(<success/>)"_node);
  EXPECT_TRUE(exchange.violations().empty());
  exchange.said(R"(<failure/>)"_node);
  EXPECT_EQ(broken(exchange), std::vector{Rule::LOGIN_01});
}

}  // namespace
}  // namespace doublecheck::harness
