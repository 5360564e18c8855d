#include "spec/oracle/delivery.h"

#include <gtest/gtest.h>

#include <utility>

namespace doublecheck::oracle {
namespace {

using trace::ApplicationMessage;

// A trace that is written by hand: alice has a phone and a laptop, bob has one device.
class Delivery : public testing::Test {
 protected:
  Delivery() {
    happens("alice.1", trace::Joined{"alice"});
    happens("alice.2", trace::Joined{"alice"});
    happens("bob.1", trace::Joined{"bob"});
  }

  void happens(const std::string& endpoint, trace::Event event) {
    now_.steady = now_.steady + std::chrono::milliseconds(1500);
    oracle_.observe({.at = now_, .endpoint = endpoint, .event = std::move(event)});
  }
  static ApplicationMessage message(const std::string& id) {
    return {"alice", "bob", id, "text of " + id};
  }
  void submit(const std::string& id) { happens("alice.1", trace::Submitted{message(id)}); }
  void accept(const std::string& id) { happens("alice.1", trace::Accepted{message(id)}); }
  void refuse(const std::string& id) { happens("alice.1", trace::Refused{message(id), "no"}); }
  void deliver(const std::string& endpoint, const std::string& id) {
    happens(endpoint, trace::Delivered{message(id)});
  }
  void confirm(const std::string& id) { happens("alice.1", trace::Confirmed{message(id)}); }

  std::vector<DeliveryRule> violated() const {
    std::vector<DeliveryRule> rules;
    for (const Violation& violation : oracle_.violations()) rules.push_back(violation.rule);
    return rules;
  }
  std::vector<DeliveryRule> violated_at_the_end() {
    oracle_.finish(now_.steady);
    return violated();
  }

  Now now_;
  DeliveryOracle oracle_;
};

using Rules = std::vector<DeliveryRule>;

TEST_F(Delivery, a_good_trace_is_clean) {
  submit("1");
  submit("2");
  accept("1");
  deliver("bob.1", "1");
  deliver("alice.2", "1");
  confirm("1");
  deliver("alice.2", "2");
  accept("2");
  deliver("bob.1", "2");
  EXPECT_EQ(oracle_.outstanding(), 0U);
  EXPECT_EQ(violated_at_the_end(), Rules{});
}

TEST_F(Delivery, a_delivery_may_come_before_the_acknowledgement) {
  submit("1");
  deliver("bob.1", "1");
  deliver("alice.2", "1");
  EXPECT_EQ(oracle_.outstanding(), 1U);
  accept("1");
  EXPECT_EQ(violated_at_the_end(), Rules{});
}

TEST_F(Delivery, both_directions_have_an_order_of_their_own) {
  submit("1");
  happens("bob.1", trace::Submitted{{"bob", "alice", "1", "answer"}});
  submit("2");
  deliver("bob.1", "1");
  deliver("bob.1", "2");
  for (const char* endpoint : {"alice.1", "alice.2"})
    happens(endpoint, trace::Delivered{{"bob", "alice", "1", "answer"}});
  EXPECT_EQ(violated(), Rules{});
}

TEST_F(Delivery, what_was_refused_is_owed_to_nobody) {
  submit("1");
  refuse("1");
  EXPECT_EQ(violated_at_the_end(), Rules{});
}

TEST_F(Delivery, a_message_that_nobody_wrote_is_invented) {
  deliver("bob.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kInvented});
}

TEST_F(Delivery, a_message_under_another_name_is_invented) {
  submit("1");
  happens("bob.1", trace::Delivered{{"carol", "bob", "1", "text of 1"}});
  EXPECT_EQ(violated(), Rules{DeliveryRule::kInvented});
}

TEST_F(Delivery, a_message_for_somebody_else_is_invented) {
  happens("carol.1", trace::Joined{"carol"});
  submit("1");
  deliver("carol.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kInvented});
}

TEST_F(Delivery, its_author_is_not_told_of_a_message) {
  submit("1");
  deliver("alice.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kInvented});
}

TEST_F(Delivery, another_text_is_altered) {
  submit("1");
  happens("bob.1", trace::Delivered{{"alice", "bob", "1", "another text"}});
  EXPECT_EQ(violated(), Rules{DeliveryRule::kAltered});
}

TEST_F(Delivery, a_second_time_is_repeated) {
  submit("1");
  deliver("bob.1", "1");
  deliver("bob.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kRepeated});
}

TEST_F(Delivery, a_later_message_first_is_out_of_order) {
  submit("1");
  submit("2");
  deliver("bob.1", "2");
  deliver("bob.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kOutOfOrder});
}

TEST_F(Delivery, a_second_submission_does_not_move_a_message) {
  submit("1");
  submit("2");
  submit("1");
  deliver("bob.1", "1");
  deliver("bob.1", "2");
  EXPECT_EQ(violated(), Rules{});
}

TEST_F(Delivery, refused_and_accepted_contradict_each_other) {
  submit("1");
  submit("2");
  refuse("1");
  accept("1");
  accept("2");
  refuse("2");
  EXPECT_EQ(violated(), (Rules{DeliveryRule::kContradicted, DeliveryRule::kContradicted}));
}

TEST_F(Delivery, refused_and_delivered_contradict_each_other) {
  submit("1");
  submit("2");
  refuse("1");
  deliver("bob.1", "1");
  deliver("bob.1", "2");
  refuse("2");
  EXPECT_EQ(violated(), (Rules{DeliveryRule::kContradicted, DeliveryRule::kContradicted}));
}

TEST_F(Delivery, only_what_was_submitted_is_accepted) {
  accept("1");
  submit("2");
  happens("alice.2", trace::Accepted{message("2")});
  EXPECT_EQ(violated(), (Rules{DeliveryRule::kFalselyAccepted, DeliveryRule::kFalselyAccepted}));
}

TEST_F(Delivery, only_what_has_arrived_is_confirmed) {
  submit("1");
  deliver("alice.2", "1");
  confirm("1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kFalselyConfirmed});
  deliver("bob.1", "1");
  confirm("1");
  EXPECT_EQ(violated().size(), 1U);
}

TEST_F(Delivery, what_was_accepted_is_owed_to_every_device) {
  submit("1");
  accept("1");
  EXPECT_EQ(oracle_.outstanding(), 2U);
  deliver("alice.2", "1");
  EXPECT_EQ(oracle_.outstanding(), 1U);
  EXPECT_EQ(violated_at_the_end(), Rules{DeliveryRule::kUndelivered});
  EXPECT_EQ(oracle_.violations().front().endpoint, "bob.1");
  EXPECT_TRUE(is_liveness(oracle_.violations().front().rule));
}

TEST_F(Delivery, what_was_submitted_is_owed_an_answer) {
  submit("1");
  EXPECT_EQ(oracle_.outstanding(), 1U);
  EXPECT_EQ(violated_at_the_end(), Rules{DeliveryRule::kUnanswered});
  EXPECT_EQ(oracle_.violations().front().endpoint, "alice.1");
  EXPECT_TRUE(is_liveness(oracle_.violations().front().rule));
}

// ---- Groups

// A group of alice and bob, in which carol is for a while.
class GroupDelivery : public Delivery {
 protected:
  GroupDelivery() {
    happens("carol.1", trace::Joined{"carol"});
    change("alice", true);
    change("bob", true);
  }

  void change(const std::string& user, bool is_member) {
    happens("world", trace::MembershipChanged{"group", user, is_member});
  }
  static ApplicationMessage in_group(const std::string& id) {
    return {"alice", "group", id, "text of " + id};
  }
  void submit(const std::string& id) { happens("alice.1", trace::Submitted{in_group(id)}); }
  void accept(const std::string& id) { happens("alice.1", trace::Accepted{in_group(id)}); }
  void deliver(const std::string& endpoint, const std::string& id) {
    happens(endpoint, trace::Delivered{in_group(id)});
  }
  void deliver_to_all(const std::string& id) {
    for (const char* endpoint : {"alice.2", "bob.1", "carol.1"}) deliver(endpoint, id);
  }
};

TEST_F(GroupDelivery, every_member_is_owed_the_message) {
  change("carol", true);
  submit("1");
  accept("1");
  EXPECT_EQ(oracle_.outstanding(), 3U);
  deliver_to_all("1");
  happens("alice.1", trace::Confirmed{in_group("1")});
  EXPECT_EQ(violated_at_the_end(), Rules{});
}

TEST_F(GroupDelivery, who_came_or_went_meanwhile_may_be_told) {
  submit("1");
  change("carol", true);
  accept("1");
  submit("2");
  change("carol", false);
  accept("2");
  EXPECT_EQ(oracle_.outstanding(), 4U) << "of alice's other device and of bob's";
  deliver_to_all("1");
  deliver_to_all("2");
  EXPECT_EQ(violated_at_the_end(), Rules{});
}

TEST_F(GroupDelivery, who_comes_later_or_has_left_before_overhears) {
  submit("1");
  accept("1");
  change("carol", true);
  deliver("carol.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kOverheard});
  change("carol", false);
  submit("2");
  deliver("carol.1", "2");
  EXPECT_EQ(violated().size(), 2U);
}

TEST_F(GroupDelivery, there_is_an_order_for_each_author) {
  submit("1");
  happens("bob.1", trace::Submitted{{"bob", "group", "1", "of bob"}});
  submit("2");
  deliver("alice.2", "1");
  deliver("alice.2", "2");
  happens("alice.2", trace::Delivered{{"bob", "group", "1", "of bob"}});
  EXPECT_EQ(violated(), Rules{});
  deliver("bob.1", "2");
  deliver("bob.1", "1");
  EXPECT_EQ(violated(), Rules{DeliveryRule::kOutOfOrder});
}

TEST_F(GroupDelivery, is_confirmed_by_another_member) {
  submit("1");
  deliver("alice.2", "1");
  happens("alice.1", trace::Confirmed{in_group("1")});
  EXPECT_EQ(violated(), Rules{DeliveryRule::kFalselyConfirmed});
}

TEST_F(GroupDelivery, only_who_was_away_may_be_refused) {
  submit("1");
  EXPECT_FALSE(oracle_.may_be_refused(in_group("1"), now_.steady));
  change("alice", false);
  change("alice", true);
  EXPECT_TRUE(oracle_.may_be_refused(in_group("1"), now_.steady));
  submit("2");
  EXPECT_FALSE(oracle_.may_be_refused(in_group("2"), now_.steady));
  Delivery::submit("3");
  EXPECT_FALSE(oracle_.may_be_refused(message("3"), now_.steady));
}

// ---- What it says

TEST_F(Delivery, a_violation_says_who_what_and_when) {
  submit("1");
  deliver("bob.1", "1");
  deliver("bob.1", "1");
  EXPECT_EQ(oracle_.violations().front().to_string(),
            "repeated: bob.1 was told of a message a second time; message 1 from alice to bob, at "
            "9.000000 s");
  EXPECT_FALSE(is_liveness(oracle_.violations().front().rule));
}

TEST_F(Delivery, every_rule_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const DeliveryRule rule : kDeliveryRules) names.insert(name(rule));
  EXPECT_EQ(names.size(), std::size(kDeliveryRules));
  EXPECT_FALSE(names.contains(""));
}

TEST_F(Delivery, violations_are_kept_up_to_their_limit) {
  for (std::size_t i = 0; i < DeliveryOracle::kMaxViolations + 1; ++i) deliver("bob.1", "1");
  EXPECT_EQ(oracle_.violations().size(), DeliveryOracle::kMaxViolations);
}

}  // namespace
}  // namespace doublecheck::oracle
