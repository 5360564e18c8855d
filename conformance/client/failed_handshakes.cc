#include <string>
#include <utility>

#include "conformance/client/chains.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"

// A handshake that fails ends the connection: a client that only falls silent keeps its application
// waiting, and the server as well.
namespace doublecheck::harness {
namespace {

// The client is shown a ServerHello with this fault. It is the client that closes the connection.
void closes_after(ClientBench& bench, noise::ServerHandshakeFaults faults) {
  precondition("the client accepts a ServerHello without a fault", [&] {
    const ConnectionId connection = bench.start_connecting();
    const auto goes_on = [&] { return bench.script().handshake_frames(connection) > 1; };
    bench.driver().run_until([&] { return goes_on() || bench.client().ended(); }, seconds(10));
    check(goes_on(), "ClientFinish follows a good ServerHello");
  });
  bench.disconnect();
  bench.script().set_handshake_faults(std::move(faults));
  const ConnectionId connection = bench.start_connecting();
  bench.expect_closed_by_client(connection);
  bench.expect_alive();
}

}  // namespace

CLIENT_CASE(noise, static_key_can_be_read,
            "The server can decrypt the static key that the client sends in ClientFinish",
            .checks = {Rule::NOISE_05}) {
  const ConnectionId connection = bench.start_connecting();
  bench.driver().run_until(
      [&] {
        return bench.script().login(connection) != nullptr || bench.script().end(connection) ||
               bench.client().ended();
      },
      seconds(10));
  if (bench.script().handshake_frames(connection) < 2)
    inconclusive("the client sends no ClientFinish");
  check(bench.script().login(connection) != nullptr,
        "the static key and the payload of ClientFinish can be decrypted",
        bench.script().end(connection) == nullptr ? "nothing" : "the server has closed");
}

CLIENT_CASE(noise, closes_after_an_undecodable_hello,
            "A ServerHello that cannot be decoded makes the client close the connection",
            .checks = {Rule::NOISE_10}) {
  noise::ServerHandshakeFaults faults;
  faults.message.replace = Bytes(40, 0xff);
  closes_after(bench, faults);
}

CLIENT_CASE(noise, closes_after_an_incomplete_hello,
            "A ServerHello without a static key makes the client close the connection",
            .checks = {Rule::NOISE_10}) {
  noise::ServerHandshakeFaults faults;
  faults.static_key.omit = true;
  closes_after(bench, faults);
}

CLIENT_CASE(noise, closes_after_a_damaged_static,
            "One wrong bit in the encrypted static key makes the client close the connection",
            .checks = {Rule::NOISE_13}) {
  noise::ServerHandshakeFaults faults;
  faults.static_key.flip_bit = 0;
  closes_after(bench, faults);
}

CLIENT_CASE(noise, closes_after_a_low_order_ephemeral,
            "A server ephemeral key of low order makes the client close the connection",
            .checks = {Rule::NOISE_12}) {
  noise::ServerHandshakeFaults faults;
  faults.low_order_ephemeral = PublicKey{};
  closes_after(bench, faults);
}

CLIENT_CASE(certificates, closes_after_a_refused_chain,
            "A chain of a foreign root makes the client close the connection",
            .checks = {Rule::CERT_01}, .capabilities = {"trust_root"}) {
  noise::ServerHandshakeFaults faults;
  faults.certificate_chain = make_chain(bench, {.foreign_root = true});
  closes_after(bench, faults);
}

CLIENT_CASE(noise, gives_up_without_a_hello,
            "A client to which no ServerHello comes closes the connection within 30 s",
            .checks = {Rule::NOISE_17}) {
  noise::ServerHandshakeFaults faults;
  faults.message.omit = true;
  bench.script().set_handshake_faults(faults);
  const ConnectionId connection = bench.start_connecting();
  precondition("the client sends a ClientHello", [&] {
    bench.driver().run_until([&] { return bench.script().handshake_frames(connection) > 0; },
                             seconds(10));
    check(bench.script().handshake_frames(connection) > 0, "ClientHello comes");
  });
  // The server's own limit is as long, and it does not count as the client's patience.
  bench.expect_closed_by_client(connection, seconds(31));
  bench.expect_alive();
}

}  // namespace doublecheck::harness
