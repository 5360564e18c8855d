#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_literal.h"

// What it costs to read and write typical stanzas. The yardstick is the decryption of the frame of
// a short message, which every stanza has to go through anyway: 1.00 x means that reading or
// writing costs as much as that.
namespace doublecheck::wire {
namespace {

using namespace literals;

// Keys and ciphertexts have no structure that a codec could see.
Blob random_blob(std::size_t size) {
  SeededRandom random(size);
  return Blob(random.bytes(size));
}

Node ack() {
  return R"(<ack class="message" from=jid:"15550001112@s.whatsapp.net" id="3EB0A1B2C3D4E5F60718"
                 t="1750000000"/>)"_node;
}

Node message() {
  Node stanza = R"(<message from=jid:"15550001111:2@s.whatsapp.net" id="3EB0A1B2C3D4E5F60718"
                            notify="Alice" t="1750000000" type="text"/>)"_node;
  Node encrypted = R"(<enc type="msg" v="2"/>)"_node;
  encrypted.content = random_blob(180);
  stanza.content = std::vector<Node>{std::move(encrypted)};
  return stanza;
}

// The answer to a query for the devices of fifty accounts, four each.
Node devices() {
  std::vector<Node> users;
  for (int i = 0; i < 50; ++i) {
    Node listed = R"(<device-list><device id="0"/><device id="1" key-index="1"/>
        <device id="7" key-index="3"/><device id="12" key-index="5"/></device-list>)"_node;
    Node indexes = R"(<key-index-list ts="1750000000"/>)"_node;
    indexes.content = random_blob(110);
    Node answer{.tag = "devices",
                .attributes = {},
                .content = std::vector<Node>{std::move(listed), std::move(indexes)}};
    Node user{.tag = "user",
              .attributes = {{"jid", Jid::of_user(std::to_string(15'550'001'000 + i))}},
              .content = std::vector<Node>{std::move(answer)}};
    users.push_back(std::move(user));
  }
  Node list{.tag = "list", .attributes = {}, .content = std::move(users)};
  Node usync =
      R"(<usync context="message" index="0" last="true" mode="query" sid="1750000000.5-1"/>)"_node;
  usync.content =
      std::vector<Node>{R"(<result><devices version="2"/></result>)"_node, std::move(list)};
  Node iq = R"(<iq from=jid:"@s.whatsapp.net" id="31.72-4" type="result"/>)"_node;
  iq.content = std::vector<Node>{std::move(usync)};
  return iq;
}

// The prekey bundle of one device.
Node bundle() {
  const auto element = [](std::string_view tag, Content content) {
    return Node{.tag = tag, .attributes = {}, .content = std::move(content)};
  };
  const auto key = [&](std::string_view tag, std::vector<Node> more) {
    std::vector<Node> parts{element("id", random_blob(3)), element("value", random_blob(32))};
    for (Node& each : more) parts.push_back(std::move(each));
    return element(tag, std::move(parts));
  };
  Node user = element(
      "user",
      std::vector<Node>{element("registration", random_blob(4)), element("type", random_blob(1)),
                        element("identity", random_blob(32)),
                        key("skey", {element("signature", random_blob(64))}), key("key", {}),
                        element("device-identity", random_blob(160))});
  user.set("jid", Jid::of_user("15550001111", 2));
  Node iq = R"(<iq from=jid:"@s.whatsapp.net" id="31.72-5" type="result"/>)"_node;
  iq.content = std::vector<Node>{element("list", std::vector<Node>{std::move(user)})};
  return iq;
}

// A stanza of this bench that cannot be encoded is a mistake in it.
Bytes encoded(const Node& stanza) {
  auto bytes = encode_node(stanza);
  if (!bytes) {
    std::fprintf(stderr, "%s\n", bytes.error().to_string().c_str());
    std::abort();
  }
  return *std::move(bytes);
}

void decrypt(benchmark::State& state) {
  const Bytes key(32, 1);
  const Bytes nonce(12, 2);
  const Bytes plaintext = encoded(message());
  const Bytes sealed = aes256_gcm_seal(key, nonce, plaintext, {});
  for ([[maybe_unused]] auto each : state) {
    benchmark::DoNotOptimize(aes256_gcm_open(key, nonce, sealed, {}));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(plaintext.size()));
}

void decode(benchmark::State& state, const Node& stanza) {
  const Bytes bytes = encoded(stanza);
  for ([[maybe_unused]] auto each : state) benchmark::DoNotOptimize(decode_node(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void encode(benchmark::State& state, const Node& stanza) {
  const std::size_t size = encoded(stanza).size();
  for ([[maybe_unused]] auto each : state) benchmark::DoNotOptimize(encode_node(stanza));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void register_all() {
  benchmark::RegisterBenchmark("decrypt/message", decrypt);
  const std::pair<std::string, Node> stanzas[] = {
      {"ack", ack()}, {"message", message()}, {"devices", devices()}, {"bundle", bundle()}};
  for (const auto& [name, stanza] : stanzas) {
    benchmark::RegisterBenchmark(("decode/" + name).c_str(), decode, stanza);
    benchmark::RegisterBenchmark(("encode/" + name).c_str(), encode, stanza);
  }
}

}  // namespace
}  // namespace doublecheck::wire

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  doublecheck::wire::register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
