#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "spec/noise/test_guard.h"
#include "spec/noise/test_parties.h"

// What happens to messages on the way and in peers that misbehave, and which rule it violates.
namespace doublecheck::noise {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename Try>
void for_each_flipped_bit(const Bytes& message, Try attempt) {
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes flipped = message;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    SCOPED_TRACE(bit);
    attempt(flipped);
  }
}

enum class Answer { kXx, kIk, kXxFallback };

// A client that waits for the answer of a server that has one.
struct Exchange : TestParties {
  explicit Exchange(Answer answer) {
    ServerHandshakeConfig config = server_config();
    config.accept_resumption = answer == Answer::kIk;
    client = ClientHandshake(answer == Answer::kXx ? client_config() : resuming_client_config());
    server = ServerHandshake(config);
    client_hello = *client.start(context());
    server_hello = *server.on_message(client_hello, context())->server_hello;
  }

  ClientHandshake client{client_config()};
  ServerHandshake server{server_config()};
  Bytes client_hello;
  Bytes server_hello;
};

TEST(FlippedBit, InAClientHelloIsNoticedByTheServerOrByTheClient) {
  Exchange exchange(Answer::kXx);
  for_each_flipped_bit(exchange.client_hello, [&](const Bytes& flipped) {
    const auto step =
        ServerHandshake(exchange.server_config()).on_message(flipped, exchange.context());
    if (!step) return;
    EXPECT_FALSE(
        ClientHandshake(exchange.client).on_message(*step->server_hello, exchange.context()));
  });
}

// A damaged resumption may end as a fallback, which needs of it nothing but the ephemeral key.
TEST(FlippedBit, InAResumptionNeverEstablishesTheClient) {
  Exchange exchange(Answer::kIk);
  for_each_flipped_bit(exchange.client_hello, [&](const Bytes& flipped) {
    const auto step =
        ServerHandshake(exchange.server_config()).on_message(flipped, exchange.context());
    if (!step) return;
    EXPECT_FALSE(step->established);
    const auto connected =
        ClientHandshake(exchange.client).on_message(*step->server_hello, exchange.context());
    if (connected) {
      EXPECT_EQ(connected->pattern, Pattern::kXxFallback);
    }
  });
}

class FlippedBitInAnAnswer : public testing::TestWithParam<Answer> {};

TEST_P(FlippedBitInAnAnswer, IsRefusedByTheClient) {
  Exchange exchange(GetParam());
  for_each_flipped_bit(exchange.server_hello, [&](const Bytes& flipped) {
    EXPECT_FALSE(ClientHandshake(exchange.client).on_message(flipped, exchange.context()));
  });
  EXPECT_TRUE(exchange.client.on_message(exchange.server_hello, exchange.context()));
}

INSTANTIATE_TEST_SUITE_P(Patterns, FlippedBitInAnAnswer,
                         testing::Values(Answer::kXx, Answer::kIk, Answer::kXxFallback));

TEST(FlippedBit, InAClientFinishIsRefusedByTheServer) {
  for (const Answer answer : {Answer::kXx, Answer::kXxFallback}) {
    Exchange exchange(answer);
    const Bytes finish =
        *exchange.client.on_message(exchange.server_hello, exchange.context())->client_finish;
    for_each_flipped_bit(finish, [&](const Bytes& flipped) {
      EXPECT_FALSE(ServerHandshake(exchange.server).on_message(flipped, exchange.context()));
    });
    EXPECT_TRUE(exchange.server.on_message(finish, exchange.context()));
  }
}

// What the client finds violated in the answer of a faulty server; nothing at all if it is content.
std::vector<Rule> violated_by_server(bool resuming, const ServerHandshakeFaults& faults,
                                     bool accept_resumption = true) {
  TestParties parties;
  ServerHandshakeConfig config = parties.server_config();
  config.accept_resumption = accept_resumption;
  config.faults = faults;
  ClientHandshake client(resuming ? parties.resuming_client_config() : parties.client_config());
  const auto hello = client.start(parties.context());
  const auto step = ServerHandshake(config).on_message(*hello, parties.context());
  TestGuard guard;
  const auto connected = client.on_message(*step->server_hello, parties.context(guard.guard()));
  EXPECT_EQ(connected.has_value(), guard.violated().empty());
  return guard.violated();
}

using Faults = ServerHandshakeFaults;

Faults faults_of(const std::function<void(Faults&)>& set) {
  Faults faults;
  set(faults);
  return faults;
}

TEST(ServerFault, WithoutOneTheClientIsContent) {
  EXPECT_THAT(violated_by_server(false, {}), IsEmpty());
  EXPECT_THAT(violated_by_server(true, {}), IsEmpty());
  EXPECT_THAT(violated_by_server(true, {}, false), IsEmpty());
}

TEST(ServerFault, MissingOrWronglySizedFields) {
  for (const bool resuming : {false, true}) {
    for (const std::size_t size : {0u, 31u, 33u}) {
      EXPECT_THAT(
          violated_by_server(resuming, faults_of([=](Faults& f) { f.ephemeral.resize = size; })),
          ElementsAre(Rule::NOISE_10));
    }
    EXPECT_THAT(violated_by_server(resuming, faults_of([](Faults& f) { f.ephemeral.omit = true; })),
                ElementsAre(Rule::NOISE_10));
    EXPECT_THAT(violated_by_server(resuming, faults_of([](Faults& f) { f.payload.omit = true; })),
                ElementsAre(Rule::NOISE_10));
  }
  EXPECT_THAT(violated_by_server(false, faults_of([](Faults& f) { f.static_key.omit = true; })),
              ElementsAre(Rule::NOISE_10));
}

TEST(ServerFault, AStaticKeyOfAnotherLength) {
  for (const bool resuming : {false, true}) {
    for (const std::size_t size : {0u, 31u, 33u}) {
      const Faults faults = faults_of([=](Faults& f) { f.static_plaintext = Bytes(size, 1); });
      EXPECT_THAT(violated_by_server(resuming, faults, false), ElementsAre(Rule::NOISE_11));
    }
  }
}

TEST(ServerFault, AnEphemeralKeyOfLowOrder) {
  PublicKey one{};
  one[0] = 1;
  for (const PublicKey& low_order : {PublicKey{}, one}) {
    const Faults faults = faults_of([&](Faults& f) { f.low_order_ephemeral = low_order; });
    EXPECT_THAT(violated_by_server(false, faults), ElementsAre(Rule::NOISE_12));
    EXPECT_THAT(violated_by_server(true, faults), ElementsAre(Rule::NOISE_12));
    EXPECT_THAT(violated_by_server(true, faults, false), ElementsAre(Rule::NOISE_12));
  }
}

// The messages with such a key are consistent: whoever does not look is content with them, and
// comes to keys that the server has as well.
TEST(ServerFault, ForcedOpenAnEphemeralKeyOfLowOrderIsAccepted) {
  for (const bool resuming : {false, true}) {
    for (const bool accept : {true, false}) {
      TestParties parties;
      TestGuard guard;
      guard.force(Rule::NOISE_12, true);
      const Context context = parties.context(guard.guard());
      ServerHandshakeConfig config = parties.server_config();
      config.accept_resumption = accept;
      config.faults.low_order_ephemeral = PublicKey{};
      ServerHandshake server(config);
      ClientHandshake client(resuming ? parties.resuming_client_config() : parties.client_config());
      auto step = server.on_message(*client.start(context), context);
      auto connected = client.on_message(*step->server_hello, context);
      ASSERT_TRUE(connected) << connected.error().to_string();
      if (connected->client_finish) step = server.on_message(*connected->client_finish, context);
      ASSERT_TRUE(step && step->established);
      EXPECT_TRUE(step->established->cipher.open(*connected->cipher.seal(as_bytes("frame"))));
    }
  }
}

TEST(ServerFault, ForgedCiphertexts) {
  EXPECT_THAT(violated_by_server(false, faults_of([](Faults& f) { f.static_key.flip_bit = 0; })),
              ElementsAre(Rule::NOISE_13));
  EXPECT_THAT(violated_by_server(false, faults_of([](Faults& f) { f.payload.flip_bit = 9; })),
              ElementsAre(Rule::NOISE_13));
  EXPECT_THAT(violated_by_server(true, faults_of([](Faults& f) { f.payload.flip_bit = 9; })),
              ElementsAre(Rule::NOISE_13));
  EXPECT_THAT(
      violated_by_server(false, faults_of([](Faults& f) { f.payload.replace = Bytes(15); })),
      ElementsAre(Rule::NOISE_13));
  EXPECT_THAT(violated_by_server(false, faults_of([](Faults& f) {
                                   f.prologue = wire::IntroHeader{0x57, 0x41, 5, 2};
                                 })),
              ElementsAre(Rule::NOISE_13));
}

// NOISE-13: without its guard a client would send the ClientFinish that gives it away.
TEST(ServerFault, ForcedOpenAForgeryIsAnsweredWithAFinish) {
  TestParties parties;
  TestGuard guard;
  guard.force(Rule::NOISE_13, true);
  guard.force(Rule::CERT_09, true);
  ServerHandshakeConfig config = parties.server_config();
  config.faults.payload.flip_bit = 0;
  ClientHandshake client(parties.client_config());
  const auto step =
      ServerHandshake(config).on_message(*client.start(parties.context()), parties.context());
  const auto connected = client.on_message(*step->server_hello, parties.context(guard.guard()));
  ASSERT_TRUE(connected);
  EXPECT_TRUE(connected->client_finish);
}

TEST(ServerFault, ABadChainIsRefusedBeforeTheFinish) {
  const Faults faults = faults_of([](Faults& f) { f.certificate_chain = Bytes{}; });
  EXPECT_THAT(violated_by_server(false, faults), ElementsAre(Rule::CERT_07, Rule::CERT_09));
  EXPECT_THAT(violated_by_server(true, faults), ElementsAre(Rule::CERT_07, Rule::NOISE_23));
  EXPECT_THAT(violated_by_server(true, faults, false), ElementsAre(Rule::CERT_07, Rule::CERT_09));
  EXPECT_THAT(
      violated_by_server(false, faults_of([](Faults& f) { f.certificate_chain = Bytes{0xff}; })),
      ElementsAre(Rule::CERT_07, Rule::CERT_09));

  TestParties parties;
  SeededRandom random(7);
  const KeyPair other = KeyPair::generate(random);
  const Faults foreign = faults_of([&](Faults& f) {
    f.certificate_chain = encode_certificate_chain(
        parties.authority.issue(other.public_key, TestParties::kValidity, random));
  });
  EXPECT_THAT(violated_by_server(false, foreign), ElementsAre(Rule::CERT_04, Rule::CERT_09));
  EXPECT_THAT(violated_by_server(true, foreign), ElementsAre(Rule::CERT_04, Rule::NOISE_23));
}

// NOISE-20, NOISE-22
TEST(ServerFault, PlainXxInAnswerToAResumption) {
  const Faults faults = faults_of([](Faults& f) { f.answer_resumption_with_plain_xx = true; });
  EXPECT_THAT(violated_by_server(true, faults), ElementsAre(Rule::NOISE_13));
}

TEST(ServerFault, AMessageThatIsAnotherOrStaysAway) {
  TestParties parties;
  ServerHandshakeConfig config = parties.server_config();
  config.faults.message.replace = Bytes{0xff, 0xff};
  ClientHandshake client(parties.client_config());
  const auto hello = client.start(parties.context());
  const auto other = ServerHandshake(config).on_message(*hello, parties.context());
  EXPECT_FALSE(client.on_message(*other->server_hello, parties.context()));

  config.faults.message = {.omit = true};
  const auto none = ServerHandshake(config).on_message(*hello, parties.context());
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->server_hello);
  EXPECT_FALSE(none->established);
}

// NOISE-18
TEST(ServerFault, UnknownFieldsAreIgnored) {
  const Faults faults = faults_of([](Faults& f) { f.unknown_fields = true; });
  EXPECT_THAT(violated_by_server(false, faults), IsEmpty());
  EXPECT_THAT(violated_by_server(true, faults), IsEmpty());
}

TEST(ClientFault, UnknownFieldsAreIgnored) {
  TestParties parties;
  ClientHandshakeConfig config = parties.client_config();
  config.faults.unknown_fields = true;
  ClientHandshake client(config);
  ServerHandshake server(parties.server_config());
  TestGuard guard;
  const Context context = parties.context(guard.guard());
  const auto step = server.on_message(*client.start(context), context);
  ASSERT_TRUE(step);
  EXPECT_TRUE(guard.exercised(Rule::NOISE_18));
  EXPECT_TRUE(
      server.on_message(*client.on_message(*step->server_hello, context)->client_finish, context));
}

// A guard forced shut is a peer that does not tolerate what it should.
TEST(ForcedShut, ToleranceEnds) {
  TestParties parties;
  TestGuard guard;
  guard.force(Rule::NOISE_18, false);
  guard.force(Rule::NOISE_21, false);
  const Context strict = parties.context(guard.guard());

  ClientHandshakeConfig noisy = parties.client_config();
  noisy.faults.unknown_fields = true;
  EXPECT_FALSE(ServerHandshake(parties.server_config())
                   .on_message(*ClientHandshake(noisy).start(parties.context()), strict));

  Exchange fallback(Answer::kXxFallback);
  EXPECT_FALSE(ClientHandshake(fallback.client).on_message(fallback.server_hello, strict));
  EXPECT_TRUE(fallback.client.on_message(fallback.server_hello, parties.context()));
}

TEST(ForcedShut, AGoodChainIsRefused) {
  for (const auto& [rule, answer] :
       {std::pair(Rule::CERT_09, Answer::kXx), std::pair(Rule::NOISE_23, Answer::kIk)}) {
    Exchange exchange(answer);
    TestGuard guard;
    guard.force(rule, false);
    const auto refused =
        exchange.client.on_message(exchange.server_hello, exchange.context(guard.guard()));
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().to_string().empty());
  }
}

// What a server says to the hello, then to the finish of a faulty client.
struct ServerVerdict {
  bool accepts_hello = false;
  bool accepts_finish = false;
  std::vector<Rule> violated;
};

ServerVerdict verdict_on_client(const ClientHandshakeFaults& faults, bool resuming = false,
                                bool accept_resumption = true) {
  TestParties parties;
  ClientHandshakeConfig config =
      resuming ? parties.resuming_client_config() : parties.client_config();
  config.faults = faults;
  ServerHandshakeConfig server_config = parties.server_config();
  server_config.accept_resumption = accept_resumption;
  ClientHandshake client(config);
  ServerHandshake server(server_config);
  TestGuard guard;
  const Context context = parties.context(guard.guard());
  ServerVerdict verdict;
  const auto step = server.on_message(*client.start(parties.context()), context);
  verdict.accepts_hello = step.has_value();
  if (step && step->established) verdict.accepts_finish = true;
  if (step && !step->established) {
    const auto connected = client.on_message(*step->server_hello, parties.context());
    verdict.accepts_finish = connected && server.on_message(*connected->client_finish, context);
  }
  verdict.violated = guard.violated();
  return verdict;
}

TEST(ClientFault, WithoutOneTheServerIsContent) {
  for (const bool resuming : {false, true}) {
    const ServerVerdict verdict = verdict_on_client({}, resuming);
    EXPECT_TRUE(verdict.accepts_hello && verdict.accepts_finish);
    EXPECT_THAT(verdict.violated, IsEmpty());
  }
}

TEST(ClientFault, AHelloWithoutAnEphemeralKeyIsRefused) {
  for (const std::size_t size : {0u, 31u, 33u}) {
    ClientHandshakeFaults faults;
    faults.hello_ephemeral.resize = size;
    EXPECT_FALSE(verdict_on_client(faults).accepts_hello);
    EXPECT_FALSE(verdict_on_client(faults, true).accepts_hello);
  }
  ClientHandshakeFaults faults;
  faults.hello_ephemeral.omit = true;
  EXPECT_FALSE(verdict_on_client(faults).accepts_hello);
}

TEST(ClientFault, AnEphemeralKeyOfLowOrderIsRefused) {
  ClientHandshakeFaults faults;
  faults.low_order_ephemeral = PublicKey{};
  const ServerVerdict verdict = verdict_on_client(faults);
  EXPECT_FALSE(verdict.accepts_hello);
  EXPECT_THAT(verdict.violated, ElementsAre(Rule::NOISE_12));
  EXPECT_FALSE(verdict_on_client(faults, true).accepts_hello);
}

TEST(ClientFault, AForgedFinishIsRefused) {
  const auto refused = [](const std::function<void(ClientHandshakeFaults&)>& set) {
    ClientHandshakeFaults faults;
    set(faults);
    const ServerVerdict verdict = verdict_on_client(faults);
    return verdict.accepts_hello && !verdict.accepts_finish;
  };
  EXPECT_TRUE(refused([](auto& f) { f.finish_static_key.flip_bit = 5; }));
  EXPECT_TRUE(refused([](auto& f) { f.finish_static_key.omit = true; }));
  EXPECT_TRUE(refused([](auto& f) { f.finish_payload.flip_bit = 5; }));
  EXPECT_TRUE(refused([](auto& f) { f.finish_payload.omit = true; }));
  EXPECT_TRUE(refused([](auto& f) { f.static_plaintext = Bytes(31); }));
  EXPECT_TRUE(refused([](auto& f) { f.static_plaintext = Bytes(33); }));
  EXPECT_TRUE(refused([](auto& f) { f.static_plaintext = Bytes(32, 9); }))
      << "a key that it does not hold";
  EXPECT_TRUE(refused([](auto& f) { f.prologue = wire::IntroHeader{0x57, 0x41, 5, 2}; }));
}

// A resumption that does not open is answered by XXfallback, in which an honest client succeeds.
TEST(ClientFault, AForgedResumptionFallsBack) {
  for (const bool in_static : {false, true}) {
    ClientHandshakeFaults faults;
    (in_static ? faults.hello_static_key : faults.hello_payload).flip_bit = 3;
    const ServerVerdict verdict = verdict_on_client(faults, true);
    EXPECT_TRUE(verdict.accepts_hello && verdict.accepts_finish);
  }
  ClientHandshakeFaults faults;
  faults.static_plaintext = Bytes(31);
  const ServerVerdict verdict = verdict_on_client(faults, true);
  EXPECT_TRUE(verdict.accepts_hello);
  EXPECT_FALSE(verdict.accepts_finish);
}

TEST(FieldFault, DoesWhatItSays) {
  const auto after = [](const FieldFault& fault, std::optional<Bytes> field) {
    fault.apply(field);
    return field;
  };
  const Bytes field = {1, 2, 3};
  EXPECT_EQ(after({}, field), field);
  EXPECT_EQ(after({.omit = true}, field), std::nullopt);
  EXPECT_EQ(after({.replace = Bytes{9}}, field), Bytes{9});
  EXPECT_EQ(after({.replace = Bytes{9}}, std::nullopt), Bytes{9});
  EXPECT_EQ(after({.resize = 2}, field), (Bytes{1, 2}));
  EXPECT_EQ(after({.resize = 4}, field), (Bytes{1, 2, 3, 0}));
  EXPECT_EQ(after({.resize = 4}, std::nullopt), std::nullopt);
  EXPECT_EQ(after({.flip_bit = 0}, field), (Bytes{0, 2, 3}));
  EXPECT_EQ(after({.flip_bit = 23}, field), (Bytes{1, 2, 0x83}));
  EXPECT_EQ(after({.flip_bit = 24}, field), field);
}

}  // namespace
}  // namespace doublecheck::noise
