#include <memory>
#include <string>
#include <string_view>

#include "conformance/client/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// How a client answers pair-success: a good one by its signature, once; a forged one by an error
// that says what is wrong; and none when it has an account.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher signed_identity() {
  return {"pair-device-sign",
          [](const wire::Node& node) { return node.child("pair-device-sign") != nullptr; }};
}

Matcher refusal() { return stanza("iq", {{"type", "error"}}); }

pairing::QrContent read_qr(const std::string& text) {
  const auto qr = pairing::parse_qr(text);
  if (!qr) inconclusive("the QR code cannot be read: " + qr.error().to_string());
  return *qr;
}

// The id of the pair-success that the server sends from now on. The script may outlive the case.
std::shared_ptr<const std::string> watch_pair_success(ClientBench& bench) {
  const auto id = std::make_shared<std::string>();
  bench.script().edit([id](std::vector<wire::Node>& stanzas) {
    for (const wire::Node& stanza : stanzas) {
      if (stanza.child("pair-success") != nullptr) *id = stanza.text("id").value_or("");
    }
  });
  return id;
}

// The client refuses this pair-success. Its answer, which the server does not get to see.
wire::Node refusal_of(ClientBench& bench, server::PairFault fault) {
  const std::string qr = bench.show_qr();
  const auto id = watch_pair_success(bench);
  bench.script().hide(refusal());
  bench.scan(qr, fault);
  const wire::Node answer = bench.expect(refusal());
  bench.script().behave();
  check(!id->empty() && answer.text("id") == *id, "the answer has the id of pair-success",
        std::string(answer.text("id").value_or("none")));
  bench.expect_none(signed_identity());
  return answer;
}

void check_error(const wire::Node& answer, std::string_view code, std::string_view text) {
  const wire::Node* error = answer.child("error");
  check(error != nullptr && error->text("code") == code, "the error has code " + std::string(code),
        wire::print_node(answer));
  check(text.empty() || error->text("text") == text, "its text is " + std::string(text),
        wire::print_node(answer));
}

// A pair-success as the phone of another account would make it, had it seen the QR code: everything
// in it is genuine.
wire::Node pair_success_of_another(ClientBench& bench, const pairing::QrContent& qr) {
  const pairing::DeviceIdentity details{
      .raw_id = 77,
      .timestamp = static_cast<std::uint64_t>(bench.driver().now().wall.seconds()),
      .key_index = 7,
      .account_type = pairing::AccountType::kE2ee,
      .device_type = pairing::AccountType::kE2ee};
  const KeyPair phone = KeyPair::generate(bench.random());
  const auto identity = pairing::sign_as_phone(details, phone, qr.identity_key, bench.random());
  const auto container =
      pairing::seal_device_identity(identity, pairing::AccountType::kE2ee, qr.adv_secret);
  wire::Node iq = wire::parse_node(
                      R"(<iq from=jid:"@s.whatsapp.net" type="set" id="another" xmlns="md">
                           <pair-success><device-identity/>
                             <device jid=jid:"15559990000:7@s.whatsapp.net" lid=jid:"99900011:7@lid"/>
                             <platform name="android"/></pair-success></iq>)")
                      .value();
  wire::Node& success = std::get<std::vector<wire::Node>>(iq.content).front();
  std::get<std::vector<wire::Node>>(success.content).front().content =
      wire::Blob(ByteView(pairing::encode_device_identity_container(container)));
  return iq;
}

// The next login, by the client itself or when it is told to, is one of this account.
void logs_in_next_as(ClientBench& bench, std::size_t connections_before,
                     const std::string& phone_number) {
  bench.driver().run_until(
      [&] { return bench.script().opened() > connections_before || bench.client().ended(); },
      seconds(30));
  if (bench.script().opened() == connections_before) bench.start_connecting();
  const auto login = [&] {
    return bench.script().current() ? bench.script().login(*bench.script().current()) : nullptr;
  };
  bench.driver().run_until([&] { return login() != nullptr || bench.client().ended(); },
                           seconds(20));
  if (login() == nullptr) inconclusive("the client does not introduce itself again");
  const std::uint64_t username = login()->payload.username.value_or(0);
  check(std::to_string(username) == phone_number,
        "the account is the one of the first pair-success", std::to_string(username));
}

}  // namespace

CLIENT_CASE(pairing, qr_names_the_platform, "The QR text has the platform id as its fifth field",
            .checks = {Rule::PAIR_05}) {
  const pairing::QrContent qr = read_qr(bench.show_qr());
  check(qr.platform_id && !qr.platform_id->empty(), "there is a fifth field", "four fields");
}

CLIENT_CASE(pairing, pair_success_is_signed_once,
            "A good pair-success is answered with pair-device-sign within 20 s, exactly once",
            .checks = {Rule::PAIR_11}) {
  const std::string qr = bench.show_qr();
  const auto id = watch_pair_success(bench);
  // The server would close the connection after the first.
  bench.script().hide(signed_identity());
  bench.scan(qr);
  const wire::Node answer = bench.expect(signed_identity(), seconds(20));
  check(answer.text("type") == "result" && answer.text("id") == *id,
        "it is a result with the id of pair-success", wire::print_node(answer));
  bench.driver().run_until([&] { return bench.count(signed_identity()) > 0; }, seconds(3));
  bench.expect_none(signed_identity());
}

CLIENT_CASE(pairing, wrong_account_signature_is_answered_by_401,
            "A pair-success whose account signature is wrong is answered with error 401",
            .checks = {Rule::DEVICE_05}) {
  check_error(refusal_of(bench, server::PairFault::kWrongSignature), "401", "");
}

CLIENT_CASE(pairing, signature_of_another_key_is_answered_by_401,
            "So is one whose account signature is by another key than the one beside it",
            .checks = {Rule::DEVICE_05}) {
  check_error(refusal_of(bench, server::PairFault::kOtherAccountKey), "401", "");
}

CLIENT_CASE(pairing, wrong_hmac_is_answered_by_hmac_mismatch,
            "A pair-success whose HMAC is wrong is answered with error 401 hmac-mismatch",
            .checks = {Rule::DEVICE_06, Rule::PAIR_10}) {
  check_error(refusal_of(bench, server::PairFault::kWrongHmac), "401", "hmac-mismatch");
}

CLIENT_CASE(pairing, wrong_account_signature_is_answered_by_its_name,
            "A pair-success whose account signature is wrong is answered with signature-mismatch",
            .checks = {Rule::PAIR_10}) {
  check_error(refusal_of(bench, server::PairFault::kWrongSignature), "401", "signature-mismatch");
}

CLIENT_CASE(pairing, pair_success_without_device_is_answered,
            "A pair-success without device is answered with error 500 internal-error",
            .checks = {Rule::PAIR_10}) {
  check_error(refusal_of(bench, server::PairFault::kMissingDevice), "500", "internal-error");
}

CLIENT_CASE(
    pairing, connection_ends_after_a_refusal,
    "A client that has refused a pair-success closes the connection, and can pair on another",
    .checks = {Rule::PAIR_24}) {
  const std::string qr = bench.show_qr();
  const ConnectionId connection = bench.current();
  bench.script().hide(refusal());
  forget_ends(bench);
  bench.scan(qr, server::PairFault::kWrongHmac);
  bench.expect_closed_by_client(connection);
  bench.expect_none(signed_identity());
  bench.script().behave();
  precondition("the client can be paired afterwards", [&] {
    wait_for_end(bench);
    bench.scan(bench.show_qr());
    bench.expect(signed_identity());
  });
}

CLIENT_CASE(pairing, second_pair_success_changes_nothing,
            "A second pair-success on a connection does not replace the account of the first",
            .checks = {Rule::PAIR_19}) {
  const std::string text = bench.show_qr();
  const pairing::QrContent qr = read_qr(text);
  // The server has not heard that it is paired, and leaves the connection open.
  bench.script().hide(signed_identity());
  const server::PairedDevice device = bench.scan(text);
  precondition("the client signs the first", [&] { bench.expect(signed_identity()); });
  bench.send(pair_success_of_another(bench, qr));
  bench.driver().run_until([&] { return !bench.script().current(); }, seconds(3));
  const std::size_t before = bench.script().opened();
  if (bench.script().current()) bench.send(R"(<stream:error code="515"/>)"_node);
  logs_in_next_as(bench, before, device.phone_number);
}

CLIENT_CASE(pairing, pair_success_after_login_changes_nothing,
            "A pair-success on a logged-in connection does not replace the account",
            .checks = {Rule::PAIR_19}) {
  const std::string text = bench.show_qr();
  const pairing::QrContent qr = read_qr(text);
  const server::PairedDevice device = bench.scan(text);
  bench.expect_connections(2);
  precondition("the client logs in", [&] {
    bench.expect(stanza("iq", {{"xmlns", "passive"}}));
    bench.barrier();
  });
  const std::size_t before = bench.script().opened();
  bench.send(pair_success_of_another(bench, qr));
  bench.driver().run_until([&] { return !bench.script().current(); }, seconds(3));
  if (bench.script().current()) {
    bench.disconnect();
    bench.start_connecting();
  }
  logs_in_next_as(bench, before, device.phone_number);
}

}  // namespace doublecheck::harness
