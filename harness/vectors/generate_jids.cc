#include <array>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generated_nodes.h"
#include "harness/vectors/node_json.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_format.h"

namespace doublecheck::corpus {
namespace {

namespace server_name = wire::server_name;

Bytes payload_with(const wire::Jid& jid) {
  return wire::encode_payload({.tag = "x", .attributes = {{"a", jid}}}).value();
}

void add_jid(Generator& generator, std::string_view name, const wire::Jid& jid) {
  const wire::Node node{.tag = "x", .attributes = {{"a", jid}}};
  Vector& vector =
      generator.add(name, "encode_and_decode_payload", Generator::node_requirements("jid"));
  vector.input = {{"node", to_json(node)}};
  vector.output = {{"payload", to_hex(payload_with(jid))}};
}

// A form that not every encoder chooses: every decoder must read it.
void add_jid_to_read(Generator& generator, std::string_view name, const Bytes& payload) {
  Vector& vector = generator.add(name, "decode_payload", Generator::node_requirements("jid-typed"));
  vector.input = {{"payload", to_hex(payload)}};
  vector.output = {{"node", to_json(wire::Stanza::decode(payload).value().root())}};
}

// With a device, and an integrator where there is one.
wire::Jid jid_of_device(std::string user, std::string_view server, int device, int integrator = 0) {
  return {wire::Text(user), wire::Text(server), static_cast<std::uint16_t>(device),
          static_cast<std::uint16_t>(integrator)};
}

std::string draw_user(Generator& generator, std::size_t size) {
  std::string user = generator.text("123456789", 1);
  user += generator.text("0123456789", size - 1);
  return user;
}

// JID_PAIR of raw strings, in a node with one attribute.
Bytes raw_jid_pair(std::string_view user, std::string_view server) {
  Bytes payload = {
      0x00, wire::format::kList8,  3, wire::format::kBinary8, 1, 'x', wire::format::kBinary8, 1,
      'a',  wire::format::kJidPair};
  for (const std::string_view part : {user, server}) {
    payload.push_back(wire::format::kBinary8);
    payload.push_back(static_cast<std::uint8_t>(part.size()));
    append(payload, as_bytes(part));
  }
  return payload;
}

}  // namespace

void generate_jids(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("jid", seed, out);
  for (const std::string_view server :
       {server_name::kUser, server_name::kLegacyUser, server_name::kLid, server_name::kGroup,
        server_name::kBroadcast, server_name::kNewsletter, server_name::kBot, server_name::kCall}) {
    add_jid(generator, "server", wire::Jid::of_server(server));
    for (const std::size_t size : {1U, 6U, 11U, 15U, 18U})
      add_jid(generator, "account", {draw_user(generator, size), server});
  }
  for (const std::string_view server :
       {server_name::kUser, server_name::kLid, server_name::kHosted, server_name::kHostedLid}) {
    for (const int device : {1, 2, 7, 99, 127, 128, 254, 255})
      add_jid(generator, "device", jid_of_device(draw_user(generator, 12), server, device));
  }
  for (const std::string_view user : {"status", "a.b", "a-b", "15550001111-1600000000", "_"})
    add_jid(generator, "text-user", {user, server_name::kGroup});
  for (const int device : {1, 255, 256, 65535}) {
    add_jid_to_read(
        generator, "messenger",
        payload_with(jid_of_device(draw_user(generator, 12), server_name::kMessenger, device)));
    for (const int integrator : {0, 1, 65535})
      add_jid_to_read(generator, "interop",
                      payload_with(jid_of_device(draw_user(generator, 12), server_name::kInterop,
                                                 device, integrator)));
  }
  for (std::size_t i = 0; i < 12; ++i)
    add_jid_to_read(generator, "raw-pair",
                    raw_jid_pair(draw_user(generator, 5 + i),
                                 i % 2 == 0 ? server_name::kUser : server_name::kGroup));
}

}  // namespace doublecheck::corpus
