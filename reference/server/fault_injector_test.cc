#include "reference/server/fault_injector.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "reference/server/stanzas.h"
#include "spec/base/random.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::server {
namespace {

using namespace wire::literals;

constexpr ConnectionId kConnection = 7;

struct FaultInjectorTest : ::testing::Test {
  std::uint64_t ask_for(const std::string& where, const std::string& name,
                        std::uint64_t count = 1) {
    return injector.add({.where = where, .name = name, .count = count}).value();
  }
  // The answer as it leaves, after the query has come.
  std::vector<wire::Node> answered(const wire::Node& query, const wire::Node& answer) {
    EXPECT_FALSE(injector.received(kConnection, query, state, context));
    std::vector<wire::Node> stanzas{answer};
    injector.sending(kConnection, stanzas, state, context);
    return stanzas;
  }
  // … of app state, with one patch.
  wire::Node app_state_after(const std::string& name) {
    ask_for("appstate", name);
    const auto stanzas = answered(
        R"(<iq id="1" type="set" xmlns="w:sync:app:state"><sync><collection name="regular"/></sync></iq>)"_node,
        R"(<iq id="1" type="result"><sync><collection name="regular" version="3"><patches><patch>bytes:"ab"</patch></patches></collection></sync></iq>)"_node);
    EXPECT_EQ(stanzas.size(), 1u);
    return *stanzas.front().child("sync")->child("collection");
  }

  FaultInjector injector;
  SeededRandom random{1};
  State state{.config = {}, .directory = Directory(random), .sessions = {}, .counters = {}};
  Context context{.now = {Instant{std::chrono::seconds(10)}, UnixTime::from_seconds(1'750'000'000)},
                  .random = random};
};

TEST_F(FaultInjectorTest, EveryKindIsNamedOnceAndDescribed) {
  std::set<std::string> names;
  for (const FaultKind& kind : fault_kinds()) {
    const std::string name = std::string(kind.where) + "/" + std::string(kind.name);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(kind.what.empty() || kind.careful.empty()) << name;
    EXPECT_EQ(kind.parameter.empty(), kind.greatest == 0) << name;
    EXPECT_LE(kind.initial, kind.greatest) << name;
    EXPECT_EQ(find_fault_kind(kind.where, kind.name), &kind);
  }
  EXPECT_EQ(find_fault_kind("iq", "nothing"), nullptr);
}

TEST_F(FaultInjectorTest, AppStateIsChangedInItsAnswers) {
  EXPECT_EQ(as_text(*app_state_after("flipped-patch").child("patches")->child("patch")->bytes()),
            "ac");
  EXPECT_EQ(app_state_after("version-gap").text("version"), "8");
  EXPECT_EQ(app_state_after("version-back").text("version"), "0");
  EXPECT_EQ(app_state_after("endless").text("has_more_patches"), "true");
}

TEST_F(FaultInjectorTest, AConflictHidesTheWrite) {
  ask_for("appstate", "conflict");
  const wire::Node read =
      R"(<iq id="1" type="set" xmlns="w:sync:app:state"><sync><collection name="regular"/></sync></iq>)"_node;
  EXPECT_FALSE(injector.received(kConnection, read, state, context)) << "nothing is written";
  const wire::Node write =
      R"(<iq id="2" type="set" xmlns="w:sync:app:state"><sync><collection name="regular" version="3"><patch>bytes:"ab"</patch></collection></sync></iq>)"_node;
  const auto answers = injector.received(kConnection, write, state, context);
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 1u);
  const wire::Node& collection = *answers->front().child("sync")->child("collection");
  EXPECT_EQ(answers->front().text("id"), "2");
  EXPECT_EQ(collection.text("type"), "error");
  EXPECT_EQ(collection.child("error")->text("code"), "409");
}

TEST_F(FaultInjectorTest, AnAnswerIsComparedByItsQuery) {
  Fault silence{.where = "iq", .name = "silence"};
  silence.match.xmlns = "abt";
  silence.match.child = "props";
  silence.match.attributes = {{"type", "get"}};
  ASSERT_TRUE(injector.add(silence));
  const wire::Node other = R"(<iq id="1" type="get" xmlns="w:p"/>)"_node;
  EXPECT_EQ(answered(other, R"(<iq id="1" type="result"/>)"_node).size(), 1u);
  const wire::Node asked = R"(<iq id="2" type="get" xmlns="abt"><props/></iq>)"_node;
  EXPECT_EQ(answered(asked, R"(<iq id="2" type="result"/>)"_node).size(), 0u);
  EXPECT_EQ(answered(asked, R"(<iq id="2" type="result"/>)"_node).size(), 1u) << "it is spent";
}

TEST_F(FaultInjectorTest, WhatComesLateIsDueInTime) {
  ask_for("iq", "delay");
  EXPECT_TRUE(
      answered(R"(<iq id="1" type="get" xmlns="w:p"/>)"_node, R"(<iq id="1" type="result"/>)"_node)
          .empty());
  const Instant due = context.now.steady + std::chrono::seconds(5);
  EXPECT_EQ(injector.next_deadline(), due);
  EXPECT_TRUE(injector.take_late(context.now.steady + std::chrono::seconds(4)).empty());
  ASSERT_EQ(injector.take_late(due).size(), 1u);
  EXPECT_FALSE(injector.next_deadline());
}

TEST_F(FaultInjectorTest, EventsAreCountedFromTheFaultAndLimited) {
  const std::uint64_t number = ask_for("iq", "silence");
  answered(R"(<iq id="1" type="get" xmlns="w:p"/>)"_node, R"(<iq id="1" type="result"/>)"_node);
  context.now.steady = context.now.steady + std::chrono::seconds(1);
  for (std::size_t i = 0; i < 2 * kMaxFaultEvents; ++i)
    injector.received(kConnection, R"(<presence/>)"_node, state, context);
  injector.received(kConnection + 1, R"(<presence/>)"_node, state, context);
  const FaultResult& result = injector.entries().at(number).result;
  ASSERT_EQ(result.events.size(), kMaxFaultEvents);
  EXPECT_EQ(result.events.front().after, std::chrono::seconds(1));
  EXPECT_EQ(result.events.front().stanza->tag, "presence");
  EXPECT_FALSE(result.closed);
  injector.closed(kConnection, true, context.now.steady);
  EXPECT_TRUE(result.closed) << "also when events are not remembered any more";
}

TEST_F(FaultInjectorTest, WhatIsHeldComesOutInOrder) {
  state.sessions[kConnection] = Session{.id = kConnection,
                                        .carrier = "test",
                                        .opened_at = {},
                                        .phase = LoggedInPhase{.address = {"15550001111", 1}},
                                        .deadline = {}};
  ask_for("load", "slow-reads");
  EXPECT_FALSE(injector.holds(kConnection + 1, as_bytes("x"), state, context.now))
      << "nobody is logged in there";
  EXPECT_TRUE(injector.holds(kConnection, as_bytes("ab"), state, context.now));
  EXPECT_TRUE(injector.holds(kConnection, as_bytes("c"), state, context.now));
  EXPECT_TRUE(injector.take_held(context.now.steady).empty());
  const auto held = injector.take_held(context.now.steady + std::chrono::seconds(5));
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(as_text(held.front().bytes), "abc");
  EXPECT_FALSE(injector.holds(kConnection, as_bytes("d"), state, context.now)) << "it is spent";
}

}  // namespace
}  // namespace doublecheck::server
