#include <cstdlib>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/noise/client_payload.h"
#include "spec/wire/node_literal.h"

// Success and failure of a login, and how a device's connections end: replaced, and removed.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// A login with this payload is answered by one `<failure>` with a reason, and a close; the
// companion's own succeeds.
void expect_payload_refused(Peer& alice, ConnectOptions options) {
  precondition("alice can log in", [&] { alice.log_in(); });
  alice.close();
  alice.connect(std::move(options));
  const wire::Node first = alice.expect(anything());
  check(first.tag == "failure", "the login is refused by a failure stanza",
        std::string(first.tag.view()));
  check(first.number("reason").has_value(), "the failure has a numeric reason");
  expect_closed_silently(alice);
}

noise::ClientPayload login_as(const Peer& peer, std::uint64_t username, std::uint32_t device) {
  noise::ClientPayload payload = peer.credentials().login_payload();
  payload.username = username;
  payload.device = device;
  return payload;
}

std::uint64_t username_of(const Peer& peer) { return *peer.credentials().login_payload().username; }

wire::Node remove_device(const wire::Jid& device) {
  wire::Node removal = R"(<remove-companion-device reason="user_initiated"/>)"_node;
  removal.set("jid", device);
  return element("iq", {{"type", "set"}, {"xmlns", "md"}}, {std::move(removal)});
}

}  // namespace

SERVER_CASE(login, one_success_first, "A login is answered by one success, before any other stanza",
            .checks = {Rule::LOGIN_01}) {
  Peer& alice = bench.paired_peer("alice");
  alice.connect();
  check(alice.expect(anything()).tag == "success", "the first stanza is success");
  alice.activate();
  alice.expect_none(stanza("success"));
  alice.expect_none(stanza("failure"));
}

SERVER_CASE(login, success_tells_time_and_lid,
            "success has the server's time, and the LID of the account as a JID",
            .checks = {Rule::STANZA_24, Rule::STANZA_01}) {
  Peer& alice = bench.paired_peer("alice");
  const wire::Node success = alice.log_in();
  const auto time = success.number("t");
  check(time.has_value(), "success has t in seconds");
  const std::int64_t difference =
      static_cast<std::int64_t>(*time) - bench.driver().now().wall.seconds();
  check(std::abs(difference) <= 24 * 60 * 60, "t is the present time", std::to_string(*time));
  const wire::Jid* lid = success.jid("lid");
  check(lid != nullptr, "success has lid, encoded as a JID");
  check(lid->account() == alice.lid().account(), "lid is the account's", lid->to_string());
}

SERVER_CASE(login, other_static_key, "A login with another static key than the device's is refused",
            .checks = {Rule::PAYLOAD_10, Rule::TRANSPORT_13}) {
  Peer& alice = bench.paired_peer("alice");
  Peer& mallory = bench.peer("mallory");
  mallory.credentials() = alice.credentials();
  precondition("alice can log in", [&] { alice.log_in(); });
  mallory.credentials().noise_key = KeyPair::generate(bench.random());
  mallory.connect();
  check(mallory.expect(anything()).tag == "failure", "the login is refused by a failure stanza");
  expect_closed_silently(mallory);
}

SERVER_CASE(login, other_static_key_harms_nobody,
            "A login that is refused does not end the connection of the real device",
            .checks = {Rule::PAYLOAD_10, Rule::RECONNECT_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& mallory = bench.peer("mallory");
  mallory.credentials() = alice.credentials();
  mallory.credentials().noise_key = KeyPair::generate(bench.random());
  mallory.connect();
  mallory.expect(stanza("failure"));
  alice.barrier();
}

SERVER_CASE(login, device_of_the_same_account,
            "A login as another device of the own account is refused",
            .checks = {Rule::PAYLOAD_10}) {
  Peer& alice = bench.paired_peer("alice");
  Peer& second = bench.peer_of("alice", "alice's second");
  precondition("a second device pairs", [&] { second.pair(); });
  expect_payload_refused(alice,
                         {.payload = login_as(alice, username_of(alice), second.jid().device)});
}

SERVER_CASE(login, device_of_another_account, "A login as a device of another account is refused",
            .checks = {Rule::PAYLOAD_10, Rule::DEVICE_21}) {
  Peer& alice = bench.paired_peer("alice");
  Peer& bob = bench.paired_peer("bob");
  expect_payload_refused(alice, {.payload = login_as(alice, username_of(bob), bob.jid().device)});
}

SERVER_CASE(login, unknown_device, "A login as a device that the account does not have is refused",
            .checks = {Rule::PAYLOAD_10}) {
  Peer& alice = bench.paired_peer("alice");
  expect_payload_refused(alice, {.payload = login_as(alice, username_of(alice), 77)});
}

SERVER_CASE(login, device_number_is_not_truncated, "A device number beyond 16 bits names no device",
            .checks = {Rule::PAYLOAD_10}) {
  Peer& alice = bench.paired_peer("alice");
  expect_payload_refused(
      alice, {.payload = login_as(alice, username_of(alice), 0x10000U + alice.jid().device)});
}

SERVER_CASE(login, unknown_account, "A login to an account that does not exist is refused",
            .checks = {Rule::PAYLOAD_10}) {
  Peer& alice = bench.paired_peer("alice");
  expect_payload_refused(alice, {.payload = login_as(alice, 15'550'000'000, alice.jid().device)});
}

SERVER_CASE(login, payload_of_neither_kind,
            "A payload that is neither a registration nor a login is refused",
            .checks = {Rule::PAYLOAD_10}) {
  Peer& alice = bench.paired_peer("alice");
  noise::ClientPayload payload = alice.credentials().login_payload();
  payload.username.reset();
  payload.device.reset();
  expect_payload_refused(alice, {.payload = payload});
}

SERVER_CASE(login, login_without_device, "A login that names an account and no device is refused",
            .checks = {Rule::PAYLOAD_10}) {
  Peer& alice = bench.paired_peer("alice");
  noise::ClientPayload payload = alice.credentials().login_payload();
  payload.device.reset();
  expect_payload_refused(alice, {.payload = payload});
}

SERVER_CASE(login, undecodable_payload, "A payload that cannot be decoded is refused",
            .checks = {Rule::PAYLOAD_10}) {
  expect_payload_refused(bench.paired_peer("alice"), {.encoded_payload = Bytes(12, 0xff)});
}

SERVER_CASE(login, empty_payload, "An empty payload is refused", .checks = {Rule::PAYLOAD_10}) {
  expect_payload_refused(bench.paired_peer("alice"), {.encoded_payload = Bytes{}});
}

SERVER_CASE(login, unknown_payload_fields, "Unknown fields of the payload are ignored",
            .checks = {Rule::PAYLOAD_11}) {
  Peer& alice = bench.paired_peer("alice");
  // Field 9000, length-delimited, and field 9001, a number.
  const Bytes unknown = {0xc2, 0xb2, 0x04, 0x03, 'n', 'e', 'w', 0xc8, 0xb2, 0x04, 0x2a};
  const Bytes payload = noise::encode_client_payload(alice.credentials().login_payload());
  alice.log_in({.encoded_payload = concat({unknown, payload, unknown})});
  alice.barrier();
}

SERVER_CASE(login, second_login_replaces,
            "A second login of a device ends its earlier connection as replaced",
            .checks = {Rule::RECONNECT_03, Rule::STANZA_119}) {
  Peer& alice = bench.online_peer("alice");
  Peer& again = bench.peer_of("alice", "alice again");
  again.credentials() = alice.credentials();
  settle_everything(alice);
  again.log_in();
  const wire::Node error = alice.expect(stream_error());
  check(descend(error, {"conflict"}).text("type") == "replaced",
        "the conflict is of type replaced");
  expect_closed_silently(alice);
  again.barrier();
}

SERVER_CASE(login, replacement_gets_the_messages,
            "After a second login of a device its messages go to the new connection",
            .checks = {Rule::RECONNECT_03, Rule::STANZA_32}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& again = bench.peer_of("alice", "alice again");
  again.credentials() = alice.credentials();
  again.log_in();
  again.activate();
  again.expect(message(send_message(bob, alice)));
}

SERVER_CASE(login, devices_of_one_account_coexist,
            "Two devices of an account are connected side by side",
            .checks = {Rule::RECONNECT_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  check(alice.jid() != second.jid() && alice.jid().account() == second.jid().account(),
        "they are two devices of one account");
  alice.barrier();
  second.barrier();
  alice.expect_none(stream_error());
}

SERVER_CASE(login, logout,
            "A device that has removed itself is told so, and cannot log in any more",
            .checks = {Rule::LOGOUT_03, Rule::CONTROL_08}) {
  Peer& alice = bench.online_peer("alice");
  check_result(alice.ask(remove_device(alice.jid())));
  const wire::Node error = alice.expect(stream_error());
  check(error.text("code") == "401", "the stream error has code 401");
  check(descend(error, {"conflict"}).text("type") == "device_removed",
        "the conflict is of type device_removed");
  alice.expect_closed();
  alice.connect();
  check(alice.expect(stanza("failure")).text("reason") == "401", "the failure has reason 401");
  alice.expect_closed();
}

SERVER_CASE(login, removed_by_another_device,
            "A device that another one has removed is told so, and cannot log in any more",
            .checks = {Rule::CONTROL_08, Rule::LOGOUT_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  check_result(alice.ask(remove_device(second.jid())));
  const wire::Node error = second.expect(stream_error());
  check(descend(error, {"conflict"}).text("type") == "device_removed",
        "the conflict is of type device_removed");
  second.expect_closed();
  alice.barrier();
  second.connect();
  check(second.expect(stanza("failure")).text("reason") == "401", "the failure has reason 401");
}

SERVER_CASE(login, removing_a_device_of_another_account,
            "A device cannot remove one of another account", .checks = {Rule::DEVICE_21}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  check(alice.ask(remove_device(bob.jid())).text("type") == "error", "the removal is refused");
  bob.barrier();
  bob.close();
  bob.log_in();
}

}  // namespace doublecheck::harness
