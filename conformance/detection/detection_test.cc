#include "conformance/detection/detection.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/detection/stanza_kind.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::deviations {
namespace {

using namespace wire::literals;

TEST(StanzaKind, SaysWhatAStanzaIsFor) {
  EXPECT_EQ(kind_of(R"(<ack class="message" id="1" error="479"/>)"_node),
            "ack class=message error=479");
  EXPECT_EQ(kind_of(R"(<iq type="error" id="1"><error code="404"/></iq>)"_node),
            "iq error error 404");
  EXPECT_EQ(kind_of(R"(<message type="text" offline="1"><enc/></message>)"_node),
            "message text queued enc");
  EXPECT_EQ(kind_of_reason("frame of 17 bytes: too long"), "frame of ## bytes");
}

// One case is enough to enumerate from.
class Mutants : public testing::Test {
 protected:
  Detection fate_of(const std::string& name) const {
    const auto found = std::ranges::find(mutants_, name, &Mutant::name);
    if (found == mutants_.end()) return {.name = "none", .layer = {}};
    return judge(*found);
  }

  const std::vector<Mutant> mutants_ = enumerate_mutants("server/keepalive/ping_is_answered_once");
};

TEST_F(Mutants, AreKilledByACaseThatSeesThem) {
  const Detection detection = fate_of("server/stanza/iq result/doubled");
  EXPECT_EQ(to_string(detection.fate), "killed") << detection.message;
  EXPECT_EQ(detection.by, "server/keepalive/ping_is_answered_once");
  EXPECT_FALSE(detection.message.empty());
}

// Nothing can be said of a server that nobody can log in to: that is no kill.
TEST_F(Mutants, SurviveWhereTheCaseIsInconclusive) {
  EXPECT_EQ(to_string(fate_of("server/stanza/success/dropped").fate), "survived");
}

TEST_F(Mutants, SurviveACaseThatDoesNotLook) {
  const auto survives = [](const Mutant& mutant) { return judge(mutant).fate == Fate::kSurvived; };
  EXPECT_TRUE(std::ranges::any_of(mutants_, survives));
}

TEST_F(Mutants, OfGuardsComeInBothWays) {
  for (const Mutant& mutant : mutants_) {
    if (mutant.change != Change::kForcedOpen) continue;
    const std::string other = "server/guard/" + mutant.point + "/forced-shut";
    EXPECT_NE(std::ranges::find(mutants_, other, &Mutant::name), mutants_.end()) << other;
    if (!mutant.cases.empty()) continue;
    EXPECT_EQ(judge(mutant).fate, Fate::kUnreached) << mutant.name();
  }
}

TEST(Detection, IsOneLineAndComesBack) {
  const Detection detection{.name = "server/a",
                            .layer = "stanza",
                            .fate = Fate::kKilledByOther,
                            .by = "server/acks/b",
                            .message = "two\nlines"};
  const std::string line = write_detection(detection);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = read_detection(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message, detection.message);
  EXPECT_EQ(read->fate, detection.fate);
  EXPECT_EQ(write_detection(*read), line);
  for (const char* text : {"", "{}", "[]", R"({"fate": 1})", R"({"fate": "survived"})"})
    EXPECT_FALSE(read_detection(text)) << text;
}

}  // namespace
}  // namespace doublecheck::deviations
