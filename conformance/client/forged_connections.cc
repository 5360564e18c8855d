#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "conformance/client/signal_steps.h"
#include "harness/suite/case.h"
#include "spec/pairing/qr.h"
#include "spec/wire/node_literal.h"

// Pairings and frames with one thing wrong that a client has to verify: they have no effect, and
// what is right has one afterwards.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// ---- Pairing

struct Pairing {
  explicit Pairing(ClientBench& at) : bench(at), qr(at.show_qr()) {}

  // What the phone says of the companion is changed on its way.
  void scan(const std::function<void(pairing::DeviceIdentityContainer&)>& change) {
    bench.script().edit([change](std::vector<wire::Node>& stanzas) {
      for (wire::Node& stanza : stanzas) {
        if (stanza.child("pair-success") == nullptr) continue;
        wire::Node& node = child_at(stanza, {"pair-success", "device-identity"});
        auto container =
            pairing::decode_device_identity_container(node.bytes().value_or(ByteView{}));
        if (!container) inconclusive("the identity in pair-success cannot be decoded");
        change(*container);
        node.content = wire::Blob(ByteView(pairing::encode_device_identity_container(*container)));
      }
    });
    bench.scan(qr);
  }
  // … by somebody who knows the secret of the QR code, so that the HMAC is right.
  void scan_by_who_has_seen_the_code(
      const std::function<void(pairing::SignedDeviceIdentity&)>& change) {
    const auto content = pairing::parse_qr(qr);
    if (!content) inconclusive("the QR code cannot be read");
    scan([=](pairing::DeviceIdentityContainer& container) {
      container.details = with_identity(container.details, change);
      container.hmac = to_bytes(
          pairing::container_hmac(container.account_type, container.details, content->adv_secret));
    });
  }
  // It is not signed; with a pairing that is right the client comes online after all.
  void expect_refused() {
    bench.driver().run_until([&] { return !bench.script().current() || bench.client().ended(); },
                             seconds(5));
    bench.expect_none({"pair-device-sign", [](const wire::Node& node) {
                         return node.child("pair-device-sign") != nullptr;
                       }});
    bench.expect_alive();
    bench.script().behave();
    // It may have given up the connection, or show another code on it.
    const client::CommandId command = bench.client().command(client::Disconnect{});
    bench.driver().run_until(
        [&] {
          return std::ranges::any_of(bench.client().events(), [&](const client::Event& event) {
            return is_answer(event, command);
          });
        },
        seconds(20));
    std::erase_if(bench.client().events(), [](const client::Event& event) {
      return std::holds_alternative<client::QrShown>(event);
    });
    precondition("the client pairs when nothing is forged", [&] { bench.come_online(); });
  }

  ClientBench& bench;
  std::string qr;
};

// ---- Frames

// A stanza in a frame that is not as it was sealed has no effect, and what follows on this
// connection or the next one has.
void refuse_frame(ClientBench& bench, const std::function<void(std::vector<Bytes>&)>& forge) {
  bench.come_online();
  const auto acknowledged = [](const std::string& id) {
    return stanza("ack", {{"class", "notification"}, {"id", id}});
  };
  const auto notify = [&](const std::string& id) {
    wire::Node node =
        R"(<notification from=jid:"@s.whatsapp.net" t="1750000000" type="doublecheck"/>)"_node;
    node.set("id", wire::Text(id));
    bench.send(node);
  };
  precondition("a notification is acknowledged", [&] {
    notify("genuine");
    bench.expect(acknowledged("genuine"));
  });
  bench.script().received_stanzas().clear();
  const std::size_t before = bench.script().opened();
  bench.script().edit_frames([forge, done = false](std::vector<Bytes>& frames) mutable {
    if (!std::exchange(done, true)) forge(frames);
  });
  notify("forged");
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(2));
  bench.expect_none(acknowledged("forged"));
  bench.expect_alive();
  bench.script().behave();
  if (bench.script().current() && bench.script().opened() == before) {
    // A client may drop the frame and go on, or be about to give up the connection.
    notify("after it");
    bench.driver().run_until(
        [&] {
          return bench.count(acknowledged("after it")) > 0 || !bench.script().current() ||
                 bench.client().ended();
        },
        seconds(5));
    if (bench.count(acknowledged("after it")) > 0) return;
    if (bench.script().current()) bench.disconnect();
  }
  if (!bench.script().current() &&
      !bench.driver().run_until([&] { return bench.script().current().has_value(); }, seconds(10)))
    bench.start_connecting();
  precondition("the client is back", [&] { bench.expect(query_with("active"), seconds(60)); });
  notify("next");
  bench.expect(acknowledged("next"));
}

}  // namespace

// ---- Pairing

CLIENT_CASE(forged, hmac_of_a_pairing_cut,
            "A pairing whose HMAC has lost its last byte is not signed",
            .checks = {Rule::PAIR_08}) {
  Pairing pairing(bench);
  pairing.scan([](pairing::DeviceIdentityContainer& container) { container.hmac.pop_back(); });
  pairing.expect_refused();
}

CLIENT_CASE(forged, empty_hmac_of_a_pairing, "A pairing with an empty HMAC is not signed",
            .checks = {Rule::PAIR_08}) {
  Pairing pairing(bench);
  pairing.scan([](pairing::DeviceIdentityContainer& container) { container.hmac.clear(); });
  pairing.expect_refused();
}

CLIENT_CASE(forged, details_of_a_pairing,
            "A pairing whose details were changed under the old HMAC is not signed",
            .checks = {Rule::PAIR_08}) {
  Pairing pairing(bench);
  pairing.scan([](pairing::DeviceIdentityContainer& container) {
    container.details = with_identity(
        container.details, [](auto& identity) { identity.account_signature->at(0) ^= 0x01; });
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, details_of_a_pairing_by_who_has_seen_the_code,
            "A pairing whose details the account has not signed is not signed",
            .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  pairing.scan_by_who_has_seen_the_code([](pairing::SignedDeviceIdentity& identity) {
    auto details = pairing::decode_device_identity(identity.details).value();
    ++details.key_index;
    identity.details = pairing::encode_device_identity(details);
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, account_key_of_a_pairing,
            "A pairing that names another account key than the one that has signed is not signed",
            .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  const KeyPair other = KeyPair::generate(bench.random());
  pairing.scan_by_who_has_seen_the_code([&](pairing::SignedDeviceIdentity& identity) {
    identity.account_signature_key = to_bytes(other.public_key);
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, account_signature_of_a_pairing_for_another_device,
            "A pairing whose account signature is for another device's key is not signed",
            .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  const KeyPair account = KeyPair::generate(bench.random());
  const KeyPair device = KeyPair::generate(bench.random());
  pairing.scan_by_who_has_seen_the_code([&](pairing::SignedDeviceIdentity& identity) {
    identity.account_signature_key = to_bytes(account.public_key);
    identity.account_signature = to_bytes(
        xeddsa_sign(account.private_key,
                    pairing::account_signature_message(false, identity.details, device.public_key),
                    bench.random()));
  });
  pairing.expect_refused();
}

CLIENT_CASE(forged, no_account_signature_of_a_pairing,
            "A pairing without account signature is not signed", .checks = {Rule::PAIR_09}) {
  Pairing pairing(bench);
  pairing.scan_by_who_has_seen_the_code(
      [](pairing::SignedDeviceIdentity& identity) { identity.account_signature.reset(); });
  pairing.expect_refused();
}

// ---- Frames

CLIENT_CASE(forged, body_of_a_frame, "A stanza in a frame with one wrong bit has no effect",
            .checks = {Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) { frames.front().at(5) ^= 0x01; });
}

CLIENT_CASE(forged, tag_of_a_frame, "A stanza in a frame with a wrong tag has no effect",
            .checks = {Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) { frames.front().back() ^= 0x80; });
}

CLIENT_CASE(forged, frame_without_tag, "A frame that is shorter than its tag has no effect",
            .checks = {Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) {
    frames.front() = Bytes{0x00, 0x00, 0x0f};
    frames.front().resize(3 + 15, 0x42);
  });
}

CLIENT_CASE(forged, frame_of_no_bytes, "A frame of length 0 has no effect and ends no process",
            .checks = {Rule::FRAME_07, Rule::NOISE_14}) {
  refuse_frame(bench, [](std::vector<Bytes>& frames) { frames.front() = Bytes(3); });
}

}  // namespace doublecheck::harness
