#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "conformance/client/chains.h"
#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/noise/handshake_message.h"

// Resumption by IK, which a client may do without: whether it does is seen on the wire, and where
// it does not, the verdict is "unsupported".
namespace doublecheck::harness {
namespace {

// Whether the ClientHello of a connection asks for resumption.
bool asks_to_resume(ClientBench& bench, ConnectionId connection) {
  bench.driver().run_until(
      [&] { return !bench.script().hello(connection).empty() || bench.client().ended(); },
      seconds(10));
  const auto message = noise::decode_handshake_message(bench.script().hello(connection));
  if (!message || !message->client_hello) inconclusive("the client sends no ClientHello");
  return message->client_hello->static_key && message->client_hello->payload;
}

// The client connects, and asks for resumption as it has done before.
ConnectionId resume_again(ClientBench& bench) {
  const ConnectionId connection = bench.start_connecting();
  if (!asks_to_resume(bench, connection)) inconclusive("the client does not resume a second time");
  return connection;
}

// Whether the client has got through on this connection: has said something as the device that it
// is.
bool gets_through(ClientBench& bench, ConnectionId connection) {
  const auto has_spoken = [&] {
    return std::ranges::any_of(bench.script().received_stanzas(),
                               [&](const ScriptedServer::Received& received) {
                                 return received.connection == connection;
                               });
  };
  bench.driver().run_until(
      [&] { return has_spoken() || bench.script().end(connection) || bench.client().ended(); },
      seconds(20));
  return has_spoken();
}

// A client that has an account resumes, gets through, and is offline again.
void resume_once(ClientBench& bench) {
  bench.come_online();
  bench.barrier();
  bench.disconnect();
  const ConnectionId connection = bench.start_connecting();
  if (!asks_to_resume(bench, connection)) unsupported("the client does not resume");
  precondition("the client gets through when its resumption is accepted", [&] {
    check(gets_through(bench, connection), "it says something after its login");
  });
  bench.disconnect();
}

// A resumption fails. The client, which has had enough of that, then begins by XX.
void begins_anew_after(ClientBench& bench, noise::ServerHandshakeFaults faults) {
  resume_once(bench);
  bench.script().set_handshake_faults(std::move(faults));
  forget_ends(bench);
  const ConnectionId failed = resume_again(bench);
  bench.script().behave();  // from the next connection on
  const std::size_t before = bench.script().opened();
  bench.driver().run_until([&] { return bench.script().end(failed) != nullptr; }, seconds(31));
  if (bench.script().end(failed) == nullptr) {
    bench.disconnect();
  } else {
    wait_for_end(bench);
  }
  bench.driver().run_until([&] { return bench.script().opened() > before; }, seconds(10));
  if (bench.script().opened() == before) bench.start_connecting();
  const ConnectionId next = bench.current();
  check(!asks_to_resume(bench, next), "the connection after a failed resumption begins by XX",
        "another hello that asks for resumption");
  check(gets_through(bench, next), "and the client gets through");
}

// The answer to a resumption brings a chain that is not to be believed.
void refuses_when_resuming(ClientBench& bench, const std::function<Bytes()>& make) {
  resume_once(bench);
  noise::ServerHandshakeFaults faults;
  faults.certificate_chain = make();
  bench.script().set_handshake_faults(std::move(faults));
  const ConnectionId connection = resume_again(bench);
  check(!gets_through(bench, connection), "nothing is said to a server with a bad chain",
        "a stanza after the resumption");
  bench.expect_closed_by_client(connection);
  bench.expect_alive();
}

// A cached certificate is over.
void begins_anew_when_over(ClientBench& bench,
                           const std::function<void(Forge&, std::uint64_t)>& limit) {
  constexpr std::uint64_t kLifetime = 30;
  const auto now = static_cast<std::uint64_t>(bench.driver().now().wall.seconds());
  Forge forge;
  limit(forge, now + kLifetime);
  noise::ServerHandshakeFaults faults;
  faults.certificate_chain = make_chain(bench, forge);
  bench.script().set_handshake_faults(std::move(faults));
  resume_once(bench);
  bench.driver().run_until(
      [&] {
        return static_cast<std::uint64_t>(bench.driver().now().wall.seconds()) >
               now + kLifetime + 1;
      },
      seconds(kLifetime + 2));
  bench.script().behave();
  const ConnectionId connection = bench.start_connecting();
  check(!asks_to_resume(bench, connection), "nothing is resumed with a certificate that is over",
        "a hello that asks for resumption");
  check(gets_through(bench, connection), "and the client gets through by XX");
}

}  // namespace

CLIENT_CASE(noise, unpaired_client_does_not_resume,
            "A client without an account does not ask for resumption", .checks = {Rule::NOISE_19}) {
  const ConnectionId first = bench.start_connecting();
  const bool at_first = asks_to_resume(bench, first);
  bench.driver().run_until([&] { return bench.script().login(first) != nullptr; }, seconds(10));
  bench.disconnect();
  const bool later = asks_to_resume(bench, bench.start_connecting());
  bench.disconnect();
  resume_once(bench);
  check(!at_first && !later, "a client without an account begins by XX",
        "a hello that asks for resumption");
}

CLIENT_CASE(noise, nothing_is_resumed_when_the_leaf_is_over,
            "A client whose cached leaf certificate has expired does not ask for resumption",
            .checks = {Rule::NOISE_19}) {
  begins_anew_when_over(bench, [](Forge& forge, std::uint64_t end) {
    forge.leaf = [end](noise::CertificateDetails& leaf) { leaf.not_after = end; };
  });
}

CLIENT_CASE(
    noise, nothing_is_resumed_when_the_intermediate_is_over,
    "A client whose cached intermediate certificate has expired does not ask for resumption",
    .checks = {Rule::NOISE_19}) {
  begins_anew_when_over(bench, [](Forge& forge, std::uint64_t end) {
    forge.intermediate = [end](noise::CertificateDetails& details) { details.not_after = end; };
  });
}

CLIENT_CASE(noise, falls_back_when_the_server_has_another_key,
            "A client whose resumption is answered with another static key goes on by XXfallback",
            .checks = {Rule::NOISE_21}) {
  resume_once(bench);
  if (!bench.admin(server::RotateNoiseKey{})) inconclusive("the server keeps its key");
  const ConnectionId connection = resume_again(bench);
  bench.driver().run_until(
      [&] { return bench.script().login(connection) || bench.script().end(connection); },
      seconds(10));
  check(bench.script().login(connection) != nullptr, "a ClientFinish follows that can be decrypted",
        std::to_string(bench.script().handshake_frames(connection)) + " frames of the handshake");
  check(gets_through(bench, connection), "and the client gets through");
}

CLIENT_CASE(noise, begins_anew_after_a_plain_answer,
            "After a resumption that was answered in plain XX the client begins by XX",
            .checks = {Rule::NOISE_22}) {
  noise::ServerHandshakeFaults faults;
  faults.answer_resumption_with_plain_xx = true;
  begins_anew_after(bench, faults);
}

CLIENT_CASE(noise, begins_anew_after_a_damaged_answer,
            "After a resumption whose answer was not authentic the client begins by XX",
            .checks = {Rule::NOISE_22}) {
  noise::ServerHandshakeFaults faults;
  faults.payload.flip_bit = 0;
  begins_anew_after(bench, faults);
}

CLIENT_CASE(noise, begins_anew_after_no_answer,
            "After a resumption that was not answered the client begins by XX",
            .checks = {Rule::NOISE_22}) {
  noise::ServerHandshakeFaults faults;
  faults.answer_resumption_with_plain_xx = true;  // or the server would go on without ClientFinish
  faults.message.omit = true;
  begins_anew_after(bench, faults);
}

CLIENT_CASE(noise, resumption_with_a_good_chain_is_accepted,
            "A client whose resumption is answered with a good chain goes on",
            .checks = {Rule::NOISE_23}) {
  bench.come_online();
  bench.barrier();
  bench.disconnect();
  const ConnectionId connection = bench.start_connecting();
  if (!asks_to_resume(bench, connection)) unsupported("the client does not resume");
  check(gets_through(bench, connection), "the client says something after its resumption");
}

CLIENT_CASE(noise, resumption_with_an_empty_chain_is_refused,
            "A client whose resumption is answered without certificates does not go on",
            .checks = {Rule::NOISE_23}) {
  refuses_when_resuming(bench, [] { return Bytes{}; });
}

CLIENT_CASE(noise, resumption_with_a_chain_of_a_foreign_root_is_refused,
            "A client whose resumption is answered with a chain of a foreign root does not go on",
            .checks = {Rule::NOISE_23}, .capabilities = {"trust_root"}) {
  refuses_when_resuming(bench, [&] { return make_chain(bench, {.foreign_root = true}); });
}

CLIENT_CASE(noise, resumption_with_a_chain_for_another_key_is_refused,
            "A client whose resumption is answered with a leaf for another key does not go on",
            .checks = {Rule::NOISE_23}) {
  const KeyPair other = KeyPair::generate(bench.random());
  refuses_when_resuming(bench, [&] {
    return make_chain(bench, {.leaf = [&](noise::CertificateDetails& leaf) {
                        leaf.key = to_bytes(other.public_key);
                      }});
  });
}

}  // namespace doublecheck::harness
