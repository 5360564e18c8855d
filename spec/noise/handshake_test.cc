#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "spec/noise/test_guard.h"
#include "spec/noise/test_parties.h"

// What client and server agree on, and what each refuses because of its own state.
namespace doublecheck::noise {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Connection {
  ClientHandshakeResult client;
  EstablishedClient server;
};

// Runs a handshake that has to succeed.
Connection connect(TestParties& parties, ClientHandshake client, ServerHandshake server,
                   TestGuard& guard) {
  const Context context = parties.context(guard.guard());
  const auto hello = client.start(context);
  auto answer = server.on_message(hello.value(), context);
  auto connected = client.on_message(answer.value().server_hello.value(), context);
  if (!connected) throw std::runtime_error(connected.error().to_string());
  if (connected->client_finish) answer = server.on_message(*connected->client_finish, context);
  return {*std::move(connected), answer.value().established.value()};
}

void expect_agreement(TestParties& parties, Connection connection) {
  EXPECT_EQ(connection.client.pattern, connection.server.pattern);
  EXPECT_EQ(connection.server.static_key, parties.client_static.public_key);
  EXPECT_EQ(connection.server.payload, parties.payload);
  EXPECT_EQ(connection.client.server_static, parties.server_static.public_key);
  EXPECT_EQ(connection.client.certificate_chain, parties.chain);
  EXPECT_EQ(connection.client.ticket, parties.ticket());
  const Bytes ping = connection.client.cipher.seal(as_bytes("ping")).value();
  EXPECT_EQ(connection.server.cipher.open(ping), to_bytes("ping"));
  const Bytes pong = connection.server.cipher.seal(as_bytes("pong")).value();
  EXPECT_EQ(connection.client.cipher.open(pong), to_bytes("pong"));
}

TEST(Handshake, XxAgrees) {
  TestParties parties;
  TestGuard guard;
  const Connection connection = connect(parties, ClientHandshake(parties.client_config()),
                                        ServerHandshake(parties.server_config()), guard);
  EXPECT_EQ(connection.client.pattern, Pattern::kXx);
  EXPECT_FALSE(connection.server.replayable);
  expect_agreement(parties, connection);
  EXPECT_THAT(guard.violated(), IsEmpty());
}

TEST(Handshake, IkAgrees) {
  TestParties parties;
  TestGuard guard;
  const Connection connection = connect(parties, ClientHandshake(parties.resuming_client_config()),
                                        ServerHandshake(parties.server_config()), guard);
  EXPECT_EQ(connection.client.pattern, Pattern::kIk);
  EXPECT_TRUE(connection.server.replayable);
  expect_agreement(parties, connection);
  EXPECT_THAT(guard.violated(), IsEmpty());
}

TEST(Handshake, AServerThatDoesNotResumeFallsBack) {
  TestParties parties;
  TestGuard guard;
  ServerHandshakeConfig server = parties.server_config();
  server.accept_resumption = false;
  const Connection connection = connect(parties, ClientHandshake(parties.resuming_client_config()),
                                        ServerHandshake(server), guard);
  EXPECT_EQ(connection.client.pattern, Pattern::kXxFallback);
  EXPECT_FALSE(connection.server.replayable);
  expect_agreement(parties, connection);
  EXPECT_THAT(guard.violated(), IsEmpty());
}

TEST(Handshake, AServerWithANewStaticKeyFallsBack) {
  TestParties parties;
  TestGuard guard;
  const ClientHandshake client(parties.resuming_client_config());
  parties.server_static = KeyPair::generate(parties.random);
  parties.chain = parties.authority.issue(parties.server_static.public_key, TestParties::kValidity,
                                          parties.random);
  const Connection connection =
      connect(parties, client, ServerHandshake(parties.server_config()), guard);
  EXPECT_EQ(connection.client.pattern, Pattern::kXxFallback);
  expect_agreement(parties, connection);
}

// A hello with one of the two encrypted fields is no request to resume.
TEST(Handshake, HalfAResumptionIsNone) {
  TestParties parties;
  for (const bool omit_static : {false, true}) {
    ClientHandshakeConfig config = parties.resuming_client_config();
    config.faults.hello_static_key.omit = omit_static;
    config.faults.hello_payload.omit = !omit_static;
    ServerHandshake server(parties.server_config());
    const auto step =
        server.on_message(*ClientHandshake(config).start(parties.context()), parties.context());
    ASSERT_TRUE(step);
    EXPECT_FALSE(step->established);
  }
}

// NOISE-02
TEST(Handshake, ThePrologueMustBeTheSame) {
  TestParties parties;
  ServerHandshakeConfig server_config = parties.server_config();
  server_config.prologue[3] ^= 1;
  ServerHandshake server(server_config);
  ClientHandshake client(parties.client_config());
  const auto step = server.on_message(*client.start(parties.context()), parties.context());
  EXPECT_FALSE(client.on_message(*step->server_hello, parties.context()));
}

TEST(Handshake, AnotherPrologueThanTheUsualWorks) {
  TestParties parties;
  TestGuard guard;
  ClientHandshakeConfig client = parties.client_config();
  ServerHandshakeConfig server = parties.server_config();
  client.prologue = server.prologue = {0x57, 0x41, 5, 3};
  expect_agreement(parties,
                   connect(parties, ClientHandshake(client), ServerHandshake(server), guard));
}

// NOISE-09
TEST(Handshake, EphemeralKeysAreFresh) {
  TestParties parties;
  const auto first = ClientHandshake(parties.client_config()).start(parties.context());
  const auto second = ClientHandshake(parties.client_config()).start(parties.context());
  EXPECT_NE(*first, *second);
  const auto answer = [&] {
    return *ServerHandshake(parties.server_config())
                .on_message(*first, parties.context())
                ->server_hello;
  };
  EXPECT_NE(decode_handshake_message(answer())->server_hello->ephemeral,
            decode_handshake_message(answer())->server_hello->ephemeral);
}

TEST(Handshake, TheSameRandomnessGivesTheSameBytes) {
  TestParties one;
  TestParties other;
  TestGuard guard;
  const auto run = [&](TestParties& parties) {
    return *connect(parties, ClientHandshake(parties.client_config()),
                    ServerHandshake(parties.server_config()), guard)
                .client.client_finish;
  };
  EXPECT_EQ(run(one), run(other));
}

// NOISE-19, NOISE-22
TEST(ClientHandshake, ResumesOnlyWhenItMay) {
  TestParties parties;
  constexpr auto kNow = static_cast<std::uint64_t>(TestParties::kNow);
  struct Row {
    const char* name;
    std::function<void(ClientHandshakeConfig&)> change;
    std::optional<Rule> violated;
  };
  const std::vector<Row> rows = {
      {"may", [](auto&) {}, std::nullopt},
      {"valid until now",
       [](auto& c) {
         c.ticket->validity.leaf.not_after = c.ticket->validity.intermediate.not_after = kNow;
       },
       std::nullopt},
      {"not registered", [](auto& c) { c.registered = false; }, Rule::NOISE_19},
      {"leaf expired", [](auto& c) { c.ticket->validity.leaf.not_after = kNow - 1; },
       Rule::NOISE_19},
      {"leaf not yet valid", [](auto& c) { c.ticket->validity.leaf.not_before = kNow + 1; },
       Rule::NOISE_19},
      {"intermediate expired",
       [](auto& c) { c.ticket->validity.intermediate.not_after = kNow - 1; }, Rule::NOISE_19},
      {"no validity", [](auto& c) { c.ticket->validity = {}; }, Rule::NOISE_19},
      {"failed before", [](auto& c) { c.last_resumption_failed = true; }, Rule::NOISE_22},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    ClientHandshakeConfig config = parties.resuming_client_config();
    row.change(config);
    TestGuard guard;
    ClientHandshake client(config);
    const auto hello = decode_handshake_message(*client.start(parties.context(guard.guard())));
    EXPECT_EQ(client.attempted_resumption(), !row.violated);
    EXPECT_EQ(hello->client_hello->static_key.has_value(), !row.violated);
    EXPECT_EQ(hello->client_hello->payload.has_value(), !row.violated);
    if (row.violated) {
      EXPECT_THAT(guard.violated(), ElementsAre(*row.violated));
    }
  }
  ClientHandshakeConfig without_ticket = parties.client_config();
  without_ticket.registered = true;
  ClientHandshake client(without_ticket);
  ASSERT_TRUE(client.start(parties.context()));
  EXPECT_FALSE(client.attempted_resumption());
}

TEST(ClientHandshake, RefusesWhatItsStateDoesNotExpect) {
  TestParties parties;
  const Context context = parties.context();
  ClientHandshake client(parties.client_config());
  EXPECT_FALSE(client.on_message({}, context)) << "before the start";
  const auto hello = client.start(context);
  ASSERT_TRUE(hello);
  EXPECT_FALSE(client.start(context)) << "twice";
  const auto step = ServerHandshake(parties.server_config()).on_message(*hello, context);
  EXPECT_TRUE(client.on_message(*step->server_hello, context));
  EXPECT_FALSE(client.on_message(*step->server_hello, context)) << "after the end";
  EXPECT_FALSE(client.start(context));
}

TEST(ClientHandshake, AFailureIsFinal) {
  TestParties parties;
  const Context context = parties.context();
  ClientHandshake client(parties.client_config());
  const auto step =
      ServerHandshake(parties.server_config()).on_message(*client.start(context), context);
  EXPECT_FALSE(client.on_message(Bytes{0xff}, context));
  EXPECT_FALSE(client.on_message(*step->server_hello, context));
}

TEST(ServerHandshake, RefusesWhatItsStateDoesNotExpect) {
  TestParties parties;
  const Context context = parties.context();
  ClientHandshake client(parties.client_config());
  const Bytes hello = *client.start(context);
  ServerHandshake server(parties.server_config());
  const auto step = server.on_message(hello, context);
  const Bytes finish = *client.on_message(*step->server_hello, context)->client_finish;

  EXPECT_FALSE(ServerHandshake(parties.server_config()).on_message(finish, context))
      << "a finish first";
  EXPECT_FALSE(ServerHandshake(parties.server_config()).on_message(*step->server_hello, context));
  EXPECT_FALSE(ServerHandshake(parties.server_config()).on_message({}, context));
  EXPECT_FALSE(ServerHandshake(server).on_message(hello, context)) << "a second hello";
  EXPECT_TRUE(server.on_message(finish, context));
  EXPECT_FALSE(server.on_message(finish, context)) << "after the end";

  ServerHandshake resumed(parties.server_config());
  const Bytes resumption = *ClientHandshake(parties.resuming_client_config()).start(context);
  ASSERT_TRUE(resumed.on_message(resumption, context)->established);
  EXPECT_FALSE(resumed.on_message(finish, context)) << "a finish after a resumption";
}

TEST(ServerHandshake, AFailureIsFinal) {
  TestParties parties;
  const Context context = parties.context();
  ServerHandshake server(parties.server_config());
  EXPECT_FALSE(server.on_message(Bytes{0xff}, context));
  EXPECT_FALSE(
      server.on_message(*ClientHandshake(parties.client_config()).start(context), context));
}

TEST(ServerHandshake, AFinishBelongsToItsConnection) {
  TestParties parties;
  const Context context = parties.context();
  const auto open = [&](ClientHandshake& client, ServerHandshake& server) {
    const auto step = server.on_message(*client.start(context), context);
    return *client.on_message(*step->server_hello, context)->client_finish;
  };
  ClientHandshake first_client(parties.client_config());
  ServerHandshake first_server(parties.server_config());
  ClientHandshake second_client(parties.client_config());
  ServerHandshake second_server(parties.server_config());
  const Bytes first_finish = open(first_client, first_server);
  open(second_client, second_server);
  EXPECT_FALSE(second_server.on_message(first_finish, context));
  EXPECT_TRUE(first_server.on_message(first_finish, context));
}

// What NOISE-24 is about: a hello that was recorded establishes a client a second time, but the
// keys differ, so that whoever replays it cannot follow it with a transport frame, not even a
// recorded one.
TEST(ServerHandshake, AReplayedResumptionCannotProveItself) {
  TestParties parties;
  const Context context = parties.context();
  ClientHandshake client(parties.resuming_client_config());
  const Bytes hello = *client.start(context);
  const auto step = ServerHandshake(parties.server_config()).on_message(hello, context);
  auto connected = client.on_message(*step->server_hello, context);
  const Bytes frame = *connected->cipher.seal(as_bytes("frame"));

  auto replayed = ServerHandshake(parties.server_config()).on_message(hello, context);
  ASSERT_TRUE(replayed && replayed->established);
  EXPECT_TRUE(replayed->established->replayable);
  EXPECT_FALSE(replayed->established->cipher.open(frame));
  EstablishedClient original = *step->established;
  EXPECT_TRUE(original.cipher.open(frame));
}

}  // namespace
}  // namespace doublecheck::noise
