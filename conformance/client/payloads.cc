#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/iut/run_command.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/noise/client_payload.h"

// What a client says of itself in the handshake, field by field, as the server has decrypted it.
namespace doublecheck::harness {
namespace {

const noise::ClientPayload& payload_of(ClientBench& bench, ConnectionId connection) {
  const auto is_there = [&] { return bench.script().login(connection) != nullptr; };
  bench.driver().run_until(
      [&] { return is_there() || bench.script().end(connection) || bench.client().ended(); },
      seconds(20));
  if (!is_there()) inconclusive("no payload of the client can be decrypted");
  return bench.script().login(connection)->payload;
}

// What a client without an account says of itself.
const noise::ClientPayload& registration(ClientBench& bench) {
  return payload_of(bench, bench.start_connecting());
}

noise::DevicePairingData pairing_data(ClientBench& bench) {
  const noise::ClientPayload& payload = registration(bench);
  if (!payload.device_pairing_data) inconclusive("the client does not register");
  return *payload.device_pairing_data;
}

std::string size_of(const std::optional<Bytes>& field) {
  return field ? std::to_string(field->size()) + " bytes" : "absent";
}

void check_size(const std::optional<Bytes>& field, std::size_t size, std::string_view sentence) {
  check(field && field->size() == size, sentence, size_of(field));
}

// Two upper-case letters. Whether they are a country's is not looked up.
void check_country(const noise::ClientPayload& payload) {
  const std::string country =
      payload.user_agent ? payload.user_agent->country.value_or("") : std::string();
  check(country.size() == 2 &&
            std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; }),
        "the country is two upper-case letters", country.empty() ? "none" : country);
}

}  // namespace

CLIENT_CASE(login, registration_is_complete,
            "A client without an account sends all eight fields of its pairing data, and no user",
            .checks = {Rule::PAYLOAD_01}) {
  const noise::ClientPayload& payload = registration(bench);
  check(!payload.username, "there is no username", std::to_string(payload.username.value_or(0)));
  check(payload.device_pairing_data.has_value(), "there is devicePairingData");
  const noise::DevicePairingData& data = *payload.device_pairing_data;
  check(data.registration_id.has_value(), "eRegid is present");
  check(data.key_type.has_value(), "eKeytype is present");
  check(data.identity_key.has_value(), "eIdent is present");
  check(data.signed_prekey_id.has_value(), "eSkeyID is present");
  check(data.signed_prekey.has_value(), "eSkeyVal is present");
  check(data.signed_prekey_signature.has_value(), "eSkeySig is present");
  check(data.build_hash.has_value(), "buildHash is present");
  check(data.device_props.has_value(), "deviceProps is present");
}

CLIENT_CASE(login, registration_has_fields_of_their_lengths,
            "The ids of a registration are 4 and 3 bytes long, the keys 32, and the key type is 05",
            .checks = {Rule::PAYLOAD_03}) {
  const noise::DevicePairingData data = pairing_data(bench);
  check_size(data.registration_id, 4, "eRegid is 4 bytes long");
  check_size(data.signed_prekey_id, 3, "eSkeyID is 3 bytes long");
  check(data.key_type == Bytes{0x05}, "eKeytype is the byte 05", size_of(data.key_type));
  check_size(data.identity_key, 32, "eIdent is 32 bytes long");
  check_size(data.signed_prekey, 32, "eSkeyVal is 32 bytes long");
}

CLIENT_CASE(login, build_hash_is_of_the_app_version,
            "buildHash is the MD5 of the first three parts of the app version, as text",
            .checks = {Rule::PAYLOAD_06}) {
  const noise::ClientPayload& payload = registration(bench);
  if (!payload.device_pairing_data) inconclusive("the client does not register");
  check(payload.user_agent && payload.user_agent->app_version, "there is an app version");
  const noise::AppVersion& version = *payload.user_agent->app_version;
  check(payload.device_pairing_data->build_hash == noise::build_hash(version),
        "buildHash is the MD5 of " + noise::version_text(version),
        size_of(payload.device_pairing_data->build_hash));
}

CLIENT_CASE(login, registration_ids_are_random,
            "The registration ids of eight new clients are not zero, not small and not the same",
            .checks = {Rule::PAYLOAD_05}) {
  constexpr std::size_t kClients = 8;
  const auto id_of = [](const noise::DevicePairingData& data) {
    const Bytes bytes = data.registration_id.value_or(Bytes{});
    if (bytes.size() != 4) inconclusive("a registration id is not 4 bytes long");
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
  };
  std::vector<std::uint32_t> ids{id_of(pairing_data(bench))};
  bench.disconnect();
  while (ids.size() < kClients) {
    const auto another = bench.another_client();
    const std::size_t before = bench.script().opened();
    another->command(client::Connect{});
    bench.driver().run_until([&] { return bench.script().opened() > before || another->ended(); },
                             seconds(60));
    if (bench.script().opened() == before) inconclusive("another client does not connect");
    const noise::ClientPayload& payload = payload_of(bench, bench.current());
    if (!payload.device_pairing_data) inconclusive("another client does not register");
    ids.push_back(id_of(*payload.device_pairing_data));
    run_command(bench.driver(), *another, client::Disconnect{}, seconds(60));
    bench.driver().run_until([&] { return !bench.script().current(); }, seconds(60));
  }
  std::string listed;
  for (const std::uint32_t id : ids) listed += (listed.empty() ? "" : ", ") + std::to_string(id);
  check(std::ranges::find(ids, 0U) == ids.end(), "no id is 0", listed);
  // Of 14 random bits, eight are all below 2048 once in 17 million times, and two of eight are the
  // same once in 600; so that one pair is let pass.
  check(std::ranges::max(ids) >= 2048, "the ids are not all small", listed);
  check(std::set(ids.begin(), ids.end()).size() >= kClients - 1, "the ids do not repeat", listed);
}

CLIENT_CASE(login, companion_pulls, "A companion logs in with pull true",
            .checks = {Rule::PAYLOAD_08}) {
  bench.come_online();
  const noise::ClientPayload& payload = payload_of(bench, bench.current());
  check(payload.pull == true, "pull is true", payload.pull ? "false" : "absent");
}

CLIENT_CASE(login, country_is_a_code_of_two_letters,
            "A client names its country by an upper-case code, when it registers and logs in",
            .checks = {Rule::PAYLOAD_09}) {
  const std::string qr = bench.show_qr();
  check_country(payload_of(bench, bench.current()));
  bench.scan(qr);
  bench.expect_connections(2);
  check_country(payload_of(bench, bench.current()));
}

}  // namespace doublecheck::harness
