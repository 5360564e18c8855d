#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/deviations/acknowledging_client.h"
#include "conformance/deviations/acknowledging_server.h"
#include "conformance/deviations/edits.h"
#include "conformance/deviations/null_client.h"
#include "conformance/deviations/null_codec.h"
#include "conformance/deviations/null_server.h"
#include "conformance/deviations/run_in_process.h"
#include "harness/suite/case.h"
#include "harness/suite/run_case.h"

// What peers that are as good as dead can pass.
namespace doublecheck::deviations {
namespace {

using harness::Case;
using harness::VirtualDriver;
using report::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

// The ids of the cases of a role that end with a pass.
template <typename Run>
std::vector<std::string> passed(std::string_view role, Run run) {
  std::vector<std::string> ids;
  for (const Case& one : harness::all_cases()) {
    if (one.role() == role && run(one).verdict == Verdict::kPass) ids.push_back(one.id());
  }
  return ids;
}

std::vector<std::string> passed_by(NullServer::Behaviour behaviour) {
  const MakeServer make = [behaviour](VirtualDriver& driver, const RandomSource& random) {
    return std::make_unique<NullServer>(driver, behaviour, *random.fork("null server"));
  };
  return passed("server", [&](const Case& one) { return run_case(one, make); });
}

TEST(NullServers, PassNoCase) {
  using enum NullServer::Behaviour;
  EXPECT_THAT(passed_by(kCloses), IsEmpty());
  EXPECT_THAT(passed_by(kSilent), IsEmpty());
  EXPECT_THAT(passed_by(kEchoes), IsEmpty());
}

// It keeps to all that is below stanzas, and to what it says itself; it does nothing for anybody.
TEST(AcknowledgingServers, PassNoCaseInWhichSomethingHasToBeDone) {
  const MakeServer make = [](VirtualDriver& driver, const RandomSource& random) {
    return std::make_unique<AcknowledgingServer>(driver, random);
  };
  // What they do as they should: everything until a device has logged in, and acknowledging.
  constexpr std::string_view kRightly[] = {
      "transport", "noise", "certificates", "node", "pairing", "login", "keepalive", "iq", "acks"};
  const auto ids = passed("server", [&](const Case& one) {
    if (std::ranges::find(kRightly, one.layer) != std::end(kRightly)) return report::CaseResult{};
    return run_case(one, make);
  });
  // Its queue is empty, and it says so.
  EXPECT_THAT(ids, ElementsAre("server/offline/end_marker_of_an_empty_queue"));
}

std::vector<std::string> passed_by(NullClient::Behaviour behaviour) {
  const harness::MakeClient make = [behaviour](VirtualDriver&, harness::ServerUnderTest& server,
                                               const client::Config&, const RandomSource&) {
    return std::make_unique<NullClient>(server, behaviour);
  };
  return passed("client", [&](const Case& one) { return run_case(one, make); });
}

TEST(NullClients, PassNoCase) {
  using enum NullClient::Behaviour;
  EXPECT_THAT(passed_by(kAbsent), IsEmpty());
  EXPECT_THAT(passed_by(kCloses), IsEmpty());
  EXPECT_THAT(passed_by(kSilent), IsEmpty());
  EXPECT_THAT(passed_by(kEchoes), IsEmpty());
}

TEST(NullClients, PassWithAnIntroHeaderTheCaseAboutItAlone) {
  EXPECT_THAT(passed_by(NullClient::Behaviour::kIntroduces),
              ElementsAre("client/transport/stream_begins_with_the_intro_header"));
}

TEST(AcknowledgingClients, PassNoCaseInWhichSomethingHasToBeDone) {
  const Deviation acknowledging{
      .name = "client/acknowledges_everything",
      .sentence = "Acknowledges everything, and answers every query with an empty result",
      .violates = Rule::STANZA_72,
      .caught_by = {},
      .client_tamper = [] { return std::make_unique<AcknowledgingClient>(); }};
  // What they do as they should: everything until they are online, what a connection needs, logging
  // out, and acknowledging. What is forged in a pairing or a frame belongs to it.
  constexpr std::string_view kRightly[] = {
      "transport", "noise",   "certificates", "node",      "pairing", "login",    "acks",
      "iq",        "control", "forged",       "keepalive", "keys",    "reconnect"};
  const auto ids = passed("client", [&](const Case& one) {
    if (std::ranges::find(kRightly, one.layer) != std::end(kRightly)) return report::CaseResult{};
    return run_on_deviation(one, acknowledging);
  });
  EXPECT_THAT(
      ids, ElementsAre(
               // An ack is all that a client without receipts says of a message that it has read.
               "client/groups/key_and_message_together",
               // Before it is online: the code that it shows, and what it uploads.
               "client/messages/text_content_in_any_form",
               "client/prekeys/upload_when_nothing_is_on_record"));
}

std::vector<std::string> passed_by(NullCodec::Behaviour behaviour) {
  const MakeCodec make = [behaviour](const RandomSource&) {
    return std::make_unique<NullCodec>(behaviour);
  };
  return passed("codec", [&](const Case& one) { return run_case(one, make); });
}

TEST(NullCodecs, PassNoCase) {
  using enum NullCodec::Behaviour;
  EXPECT_THAT(passed_by(kCloses), IsEmpty());
  EXPECT_THAT(passed_by(kSilent), IsEmpty());
  EXPECT_THAT(passed_by(kEchoes), IsEmpty());
  EXPECT_THAT(passed_by(kAnswersWithNothing), IsEmpty());
  EXPECT_THAT(passed_by(kRefuses), IsEmpty());
}

// A codec that dies has failed, also if it does so of a positive control; nothing is inconclusive
// then.
TEST(NullCodecs, FailEveryCaseByDying) {
  for (const Case& one : harness::all_cases()) {
    if (one.role() != "codec") continue;
    NullCodec codec(NullCodec::Behaviour::kCloses);
    EXPECT_EQ(harness::run_codec_case(one, codec, 1).verdict, Verdict::kFail) << one.id();
  }
}

// One that pairs, logs in, and from then on hears nothing but the answers to its own queries.
TEST(DeafClients, PassNoCaseAboutWhatTheyAreTold) {
  const Deviation deaf{
      .name = "client/is_deaf",
      .sentence = "Hears only what a login needs",
      .violates = Rule::STANZA_72,
      .caught_by = {},
      .client_tamper = ignoring<client::Tamper>(
          {"what the server says unasked, after pairing", [](const wire::Node& node) {
             return node.tag != "iq" && node.tag != "success" && node.tag != "ib" &&
                    node.text("code") != "515";
           }})};
  const auto ids = passed("client", [&](const Case& one) {
    if (one.layer != "acks" && one.layer != "control") return report::CaseResult{};
    return run_on_deviation(one, deaf);
  });
  EXPECT_THAT(ids, IsEmpty());
}

}  // namespace
}  // namespace doublecheck::deviations
