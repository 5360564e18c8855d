#include <functional>
#include <set>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/pairing/code.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"
#include "spec/wire/node_literal.h"

// How a companion becomes a device of an account: by QR code, by 8-character code, and what must
// not make it one.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// The references that a server offers a companion which registers.
std::vector<std::string> references_of(const wire::Node& pair_device) {
  std::vector<std::string> references;
  for (const wire::Node& reference : descend(pair_device, {"pair-device"}).children()) {
    if (reference.tag == "ref")
      references.push_back(to_text(reference.bytes().value_or(ByteView{})));
  }
  return references;
}

wire::Node register_companion(Peer& peer) {
  peer.connect();
  return peer.expect(query_with("pair-device"));
}

// What a companion with these credentials shows for a reference.
std::string qr_of(const Credentials& credentials, const std::string& reference) {
  return pairing::format_qr({.ref = reference,
                             .noise_key = credentials.noise_key.public_key,
                             .identity_key = credentials.identity.public_key,
                             .adv_secret = credentials.adv_secret,
                             .platform_id = "1",
                             .has_prefix = true});
}

void scan(ServerBench& bench, const std::string& qr) {
  const auto scanned = bench.server().scan(qr);
  check(scanned.has_value(), "the phone can scan the QR code",
        scanned ? "" : scanned.error().to_string());
}

void expect_scan_refused(ServerBench& bench, const std::string& qr) {
  check(!bench.server().scan(qr).has_value(),
        "the phone is told that nobody can be paired with this QR code");
}

// ---- The answer to pair-success

Matcher restart() { return stanza("stream:error", {{"code", "515"}}); }

// A companion that has been scanned, and the answer that is due.
struct Scanned {
  Peer& peer;
  wire::Node answer;
};
Scanned scanned_companion(ServerBench& bench) {
  Peer& alice = bench.peer("alice");
  return precondition("alice is scanned", [&]() -> Scanned {
    scan(bench, alice.show_qr());
    return {alice, alice.answer_pair_success(alice.expect(query_with("pair-success")))};
  });
}

wire::Node& identity_in(wire::Node& answer) {
  auto& sign = std::get<std::vector<wire::Node>>(answer.content).front();
  return std::get<std::vector<wire::Node>>(sign.content).front();
}

void change_identity(wire::Node& answer,
                     const std::function<void(pairing::SignedDeviceIdentity&)>& change) {
  wire::Node& identity = identity_in(answer);
  auto signed_identity = pairing::decode_signed_device_identity(*identity.bytes()).value();
  change(signed_identity);
  identity.content = wire::Blob(pairing::encode_signed_device_identity(signed_identity));
}

// Nothing comes of a pairing that is answered like this, while one that is answered as it should be
// succeeds.
void expect_answer_refused(ServerBench& bench,
                           const std::function<void(Peer&, wire::Node&)>& change) {
  Peer& control = bench.peer_of("alice", "control");
  precondition("a companion pairs that answers as it should", [&] { control.pair(); });
  auto [alice, answer] = scanned_companion(bench);
  change(alice, answer);
  alice.send(answer);
  let_pass(bench);
  alice.expect_none(restart());
  check(!alice.is_open(), "the server closes the connection");
  alice.connect();
  alice.expect(stanza("failure"));
}

}  // namespace

SERVER_CASE(pairing, pair_device, "A registration is answered by pair-device with references",
            .checks = {Rule::PAIR_01}) {
  Peer& alice = bench.peer("alice");
  alice.connect();
  const wire::Node first = alice.expect(anything());
  check(first.tag == "iq" && first.text("type") == "set" && first.text("xmlns") == "md",
        "the first stanza is an iq of type set in md");
  check(names(first, "from", wire::Jid::of_server()),
        "it comes from the server JID, encoded as a JID");
  check(first.text("id").has_value(), "it has an id");
  check(first.children().size() == 1 && first.children().front().tag == "pair-device",
        "its only child is pair-device");
  check(!references_of(first).empty(), "pair-device holds a reference");
}

SERVER_CASE(pairing, references_differ,
            "The references of a registration differ, and none of them holds a comma",
            .checks = {Rule::PAIR_01}) {
  const auto references = references_of(register_companion(bench.peer("alice")));
  check(std::set(references.begin(), references.end()).size() == references.size(),
        "no reference occurs twice");
  for (const std::string& reference : references) {
    check(!reference.empty() && reference.find(',') == std::string::npos,
          "a reference is text without comma", reference);
  }
}

SERVER_CASE(pairing, references_are_of_one_connection,
            "Two registrations are given different references", .checks = {Rule::PAIR_22}) {
  Peer& alice = bench.peer("alice");
  const auto before = references_of(register_companion(alice));
  alice.close();
  const auto after = references_of(register_companion(alice));
  const std::set<std::string> known(before.begin(), before.end());
  for (const std::string& reference : after)
    check(!known.contains(reference), "a reference is not issued again", reference);
}

SERVER_CASE(pairing, references_are_bytes, "References travel as bytes",
            .checks = {Rule::STANZA_04}) {
  const wire::Node pair_device = register_companion(bench.peer("alice"));
  for (const wire::Node& reference : descend(pair_device, {"pair-device"}).children()) {
    check(std::holds_alternative<wire::Blob>(reference.content), "the content of <ref> is bytes");
  }
}

SERVER_CASE(pairing, pair_success,
            "A scanned companion is told its JID, its LID and its signed identity",
            .checks = {Rule::PAIR_01, Rule::STANZA_01}) {
  Peer& alice = bench.peer("alice");
  scan(bench, alice.show_qr());
  const wire::Node success = alice.expect(query_with("pair-success"));
  check(names(success, "from", wire::Jid::of_server()), "pair-success comes from the server JID");
  const wire::Node& device = descend(success, {"pair-success", "device"});
  const wire::Jid* jid = device.jid("jid");
  const wire::Jid* lid = device.jid("lid");
  check(jid != nullptr && jid->server == wire::server_name::kUser,
        "the device has a phone number, encoded as a JID");
  check(lid != nullptr && lid->server == wire::server_name::kLid,
        "the device has a LID, encoded as a JID");
  check(jid->device == lid->device, "both have the same device number");
  alice.answer_pair_success(success);
}

SERVER_CASE(
    pairing, restart,
    "A valid answer to pair-success is followed by 515 and a close, and the device can log in",
    .checks = {Rule::PAIR_16, Rule::TRANSPORT_13}) {
  auto [alice, answer] = scanned_companion(bench);
  alice.send(answer);
  alice.expect(restart());
  expect_closed_silently(alice);
  alice.log_in();
}

SERVER_CASE(pairing, answer_with_account_key,
            "The answer to pair-success may repeat the account key", .checks = {Rule::PAIR_15}) {
  auto [alice, answer] = scanned_companion(bench);
  const auto known =
      pairing::decode_signed_device_identity(alice.credentials().paired->signed_identity).value();
  change_identity(answer, [&](pairing::SignedDeviceIdentity& identity) {
    identity.account_signature_key = known.account_signature_key;
  });
  alice.send(answer);
  alice.expect(restart());
  alice.expect_closed();
  alice.log_in();
}

SERVER_CASE(pairing, device_signature_changed,
            "A device signature with one wrong bit makes no device", .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [](Peer&, wire::Node& answer) {
    change_identity(answer, [](auto& identity) { identity.device_signature->at(5) ^= 0x01; });
  });
}

SERVER_CASE(pairing, device_signature_of_another_key,
            "A device signature by another key makes no device", .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [&](Peer& alice, wire::Node& answer) {
    const auto known =
        pairing::decode_signed_device_identity(alice.credentials().paired->signed_identity).value();
    const Bytes signed_message = pairing::device_signature_message(
        false, known.details, alice.credentials().identity.public_key,
        to_public_key(*known.account_signature_key).value());
    const KeyPair other = KeyPair::generate(bench.random());
    change_identity(answer, [&](auto& identity) {
      identity.device_signature =
          to_bytes(xeddsa_sign(other.private_key, signed_message, bench.random()));
    });
  });
}

SERVER_CASE(pairing, device_signature_missing,
            "An identity without device signature makes no device", .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [](Peer&, wire::Node& answer) {
    change_identity(answer, [](auto& identity) { identity.device_signature.reset(); });
  });
}

SERVER_CASE(pairing, account_signature_changed,
            "An account signature other than the one sent makes no device",
            .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [](Peer&, wire::Node& answer) {
    change_identity(answer, [](auto& identity) { identity.account_signature->at(0) ^= 0x01; });
  });
}

SERVER_CASE(pairing, details_changed,
            "Details other than those sent make no device, although the device has signed them",
            .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [&](Peer& alice, wire::Node& answer) {
    const auto known =
        pairing::decode_signed_device_identity(alice.credentials().paired->signed_identity).value();
    change_identity(answer, [&](auto& identity) {
      auto details = pairing::decode_device_identity(identity.details).value();
      ++details.timestamp;
      identity.details = pairing::encode_device_identity(details);
      const Bytes signed_message = pairing::device_signature_message(
          false, identity.details, alice.credentials().identity.public_key,
          to_public_key(*known.account_signature_key).value());
      identity.device_signature = to_bytes(
          xeddsa_sign(alice.credentials().identity.private_key, signed_message, bench.random()));
    });
  });
}

SERVER_CASE(pairing, other_key_index,
            "A key-index other than the one that was signed makes no device",
            .checks = {Rule::PAIR_21}) {
  expect_answer_refused(
      bench, [](Peer&, wire::Node& answer) { identity_in(answer).set("key-index", "77"); });
}

SERVER_CASE(pairing, identity_missing, "An answer without identity makes no device",
            .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [](Peer&, wire::Node& answer) { answer.content = {}; });
}

SERVER_CASE(pairing, answer_is_an_error, "A companion that refuses pair-success is no device",
            .checks = {Rule::PAIR_21}) {
  expect_answer_refused(bench, [](Peer&, wire::Node& answer) {
    answer.set("type", "error");
    answer.content = std::vector<wire::Node>{R"(<error code="401" text="hmac-mismatch"/>)"_node};
  });
}

SERVER_CASE(pairing, unknown_reference, "A reference that nobody was given pairs nobody",
            .checks = {Rule::PAIR_22}) {
  Peer& alice = bench.peer("alice");
  const std::string qr = precondition("alice shows a QR code", [&] { return alice.show_qr(); });
  expect_scan_refused(bench, qr_of(alice.credentials(), "2@AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
  alice.ask(R"(<iq type="get" xmlns="w:p"/>)"_node);
  alice.expect_none(query_with("pair-success"));
  scan(bench, qr);
  alice.expect(query_with("pair-success"));
}

SERVER_CASE(pairing, reference_of_another_companion,
            "A QR code with the reference of another companion pairs neither",
            .checks = {Rule::PAIR_22}) {
  Peer& alice = bench.peer("alice");
  Peer& mallory = bench.peer("mallory");
  const std::string qr = precondition("both show a QR code", [&] {
    mallory.show_qr();
    return alice.show_qr();
  });
  expect_scan_refused(bench, qr_of(mallory.credentials(), pairing::parse_qr(qr).value().ref));
  for (Peer* peer : {&alice, &mallory}) {
    peer->ask(R"(<iq type="get" xmlns="w:p"/>)"_node);
    peer->expect_none(query_with("pair-success"));
  }
}

SERVER_CASE(pairing, reference_of_a_closed_connection,
            "A reference ends with the connection to which it was issued",
            .checks = {Rule::PAIR_22}) {
  Peer& alice = bench.peer("alice");
  const std::string old = precondition("alice shows a QR code", [&] { return alice.show_qr(); });
  alice.close();
  const std::string fresh =
      precondition("alice shows a QR code again", [&] { return alice.show_qr(); });
  expect_scan_refused(bench, old);
  alice.ask(R"(<iq type="get" xmlns="w:p"/>)"_node);
  alice.expect_none(query_with("pair-success"));
  scan(bench, fresh);
  alice.expect(query_with("pair-success"));
}

SERVER_CASE(pairing, scanned_twice, "A reference that has been scanned cannot be scanned again",
            .checks = {Rule::PAIR_22, Rule::PAIR_23}) {
  Peer& alice = bench.peer("alice");
  const std::string qr = precondition("alice shows a QR code", [&] { return alice.show_qr(); });
  scan(bench, qr);
  alice.expect(query_with("pair-success"));
  expect_scan_refused(bench, qr);
  alice.ask(R"(<iq type="get" xmlns="w:p"/>)"_node);
  alice.expect_none(query_with("pair-success"));
}

SERVER_CASE(pairing, second_reference,
            "The second reference pairs after the minute for which the first is shown",
            .checks = {Rule::PAIR_07}, .needs = {Need::kClock}) {
  Peer& alice = bench.peer("alice");
  const auto references = references_of(register_companion(alice));
  if (references.size() < 2) unsupported("the server gives a companion one reference only");
  bench.pass(seconds(65));
  scan(bench, qr_of(alice.credentials(), references[1]));
  alice.expect(query_with("pair-success"));
}

SERVER_CASE(pairing, query_without_account,
            "A query of a companion that has no account is answered, by an error",
            .checks = {Rule::IQ_04, Rule::STANZA_13}) {
  Peer& alice = bench.peer("alice");
  precondition("alice shows a QR code", [&] { alice.show_qr(); });
  const wire::Node answer = alice.ask(R"(<iq type="get" xmlns="encrypt"><count/></iq>)"_node);
  check(answer.text("type") == "error", "a companion without account is refused");
  check(descend(answer, {"error"}).number("code").has_value(), "the error has a code");
}

SERVER_CASE(pairing, registration_with_forged_prekey,
            "A registration whose signed prekey is not signed is refused",
            .checks = {Rule::PAYLOAD_10, Rule::PAYLOAD_04}) {
  Peer& alice = bench.peer("alice");
  precondition("alice shows a QR code", [&] { alice.show_qr(); });
  alice.close();
  auto payload = alice.credentials().registration_payload(bench.random());
  payload.device_pairing_data->signed_prekey_signature->at(3) ^= 0x04;
  alice.connect({.payload = payload});
  alice.expect(stanza("failure"));
  alice.expect_closed();
}

// ---- By 8-character code

namespace {

wire::Node stage(std::string_view name, const wire::Jid& account,
                 std::vector<wire::Node> children) {
  return element("iq", {{"type", "set"}, {"xmlns", "md"}},
                 {element("link_code_companion_reg",
                          {{"jid", account}, {"stage", wire::Text(name)}}, std::move(children))});
}

// One attempt to pair by code, from the companion's side.
struct CodePairing {
  Peer& peer;
  wire::Jid account;
  std::string code;
  KeyPair ephemeral;

  static CodePairing begin(ServerBench& bench) {
    const std::string number = "1555" + std::to_string(1'000'000 + bench.random().below(9'000'000));
    Peer& alice = bench.peer("alice");
    precondition("alice shows a QR code", [&] { alice.show_qr(); });
    return {alice, wire::Jid::of_user(number), pairing::generate_code(bench.random()),
            KeyPair::generate(bench.random())};
  }

  wire::Node hello(ServerBench& bench, const PublicKey& server_auth_key, ByteView nonce) const {
    return stage(
        "companion_hello", account,
        {element_of_bytes("link_code_pairing_wrapped_companion_ephemeral_pub",
                          pairing::wrap_ephemeral_key(code, ephemeral.public_key, bench.random())),
         element_of_bytes("companion_server_auth_key_pub", server_auth_key),
         element_of_bytes("companion_platform_id", as_bytes("1")),
         element_of_bytes("companion_platform_display", as_bytes("Chrome (Linux)")),
         element_of_bytes("link_code_pairing_nonce", nonce)});
  }

  // Everything from the reference to the answer of companion_finish; the phone's user types
  // `typed`.
  wire::Node go_on(ServerBench& bench, const wire::Node& answer, const std::string& typed) const {
    const wire::Node& reference =
        descend(answer, {"link_code_companion_reg", "link_code_pairing_ref"});
    const auto entered = bench.server().enter_code(std::string(account.user.view()), typed);
    if (!entered) unsupported("no code can be entered: " + entered.error().to_string());
    const wire::Node primary =
        peer.expect(stanza("notification", {{"type", "link_code_companion_reg"}}));
    const wire::Node& reg = descend(primary, {"link_code_companion_reg"});
    const auto bytes = [&](std::string_view tag) {
      return descend(reg, {tag}).bytes().value_or(ByteView{});
    };
    check(equal(bytes("link_code_pairing_ref"), reference.bytes().value_or(ByteView{})),
          "primary_hello has the reference of the answer");
    const auto phone_ephemeral = pairing::unwrap_ephemeral_key(
        code, bytes("link_code_pairing_wrapped_primary_ephemeral_pub"));
    const auto phone_identity = to_public_key(bytes("primary_identity_pub"));
    check(phone_ephemeral && phone_identity, "primary_hello holds the phone's keys");
    const auto finish = pairing::finish_as_companion(
        ephemeral, peer.credentials().identity, *phone_ephemeral, *phone_identity, bench.random());
    check(finish.has_value(), "the phone's keys agree with the companion's");
    peer.credentials().adv_secret = finish->adv_secret;
    return peer.ask(stage(
        "companion_finish", account,
        {element_of_bytes("link_code_pairing_wrapped_key_bundle", finish->wrapped_key_bundle),
         element_of_bytes("companion_identity_public", peer.credentials().identity.public_key),
         element_of_bytes("link_code_pairing_ref", bytes("link_code_pairing_ref"))}));
  }
};

void expect_pairing_by_code(ServerBench& bench, ByteView nonce) {
  const CodePairing pairing = CodePairing::begin(bench);
  Peer& alice = pairing.peer;
  const wire::Node answer =
      alice.ask(pairing.hello(bench, alice.credentials().noise_key.public_key, nonce));
  check_result(answer);
  check_result(pairing.go_on(bench, answer, pairing.code));
  alice.send(alice.answer_pair_success(alice.expect(query_with("pair-success"))));
  alice.expect(restart());
  alice.expect_closed();
  check(alice.jid().user == pairing.account.user,
        "the companion belongs to the account of that phone number");
  alice.log_in();
}

}  // namespace

SERVER_CASE(pairing, by_code,
            "A companion pairs by an 8-character code, with the nonce as the character 0",
            .checks = {Rule::CODE_04, Rule::CODE_10}) {
  expect_pairing_by_code(bench, as_bytes("0"));
}

SERVER_CASE(pairing, by_code_with_nonce_of_one_zero_byte,
            "A companion pairs by code with the nonce as the byte 00", .checks = {Rule::CODE_04}) {
  expect_pairing_by_code(bench, Bytes{0x00});
}

SERVER_CASE(pairing, code_with_foreign_noise_key,
            "A companion_hello that names another Noise key is refused",
            .checks = {Rule::CODE_03}) {
  const CodePairing pairing = CodePairing::begin(bench);
  precondition("a companion_hello with the own key is accepted", [&] {
    check_result(pairing.peer.ask(
        pairing.hello(bench, pairing.peer.credentials().noise_key.public_key, as_bytes("0"))));
  });
  const wire::Node answer = pairing.peer.ask(
      pairing.hello(bench, KeyPair::generate(bench.random()).public_key, as_bytes("0")));
  check(answer.text("type") == "error", "the answer is an error");
}

SERVER_CASE(pairing, mistyped_code, "A code that was mistyped on the phone pairs nobody",
            .checks = {Rule::CODE_10, Rule::PAIR_21}) {
  const CodePairing pairing = CodePairing::begin(bench);
  Peer& alice = pairing.peer;
  const wire::Node answer =
      alice.ask(pairing.hello(bench, alice.credentials().noise_key.public_key, as_bytes("0")));
  std::string typed = pairing.code;
  typed[0] = typed[0] == 'A' ? 'B' : 'A';
  check(pairing.go_on(bench, answer, typed).text("type") == "error", "companion_finish is refused");
  alice.expect_none(query_with("pair-success"));
}

}  // namespace doublecheck::harness
