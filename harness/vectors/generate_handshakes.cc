#include <array>
#include <functional>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generator.h"
#include "spec/noise/certificate.h"
#include "spec/noise/client_handshake.h"
#include "spec/noise/server_handshake.h"

namespace doublecheck::corpus {
namespace {

constexpr noise::Validity kLongValidity = {.not_before = 1'577'836'800,  // 2020
                                           .not_after = 4'102'444'800};  // 2100

// A client and a server that it has reason to believe.
struct Parties {
  explicit Parties(Generator& source, std::size_t payload_size)
      : generator(source),
        authority(noise::CertificateAuthority::generate(source.random())),
        server_static(KeyPair::generate(source.random())),
        client_static(KeyPair::generate(source.random())),
        client_ephemeral(KeyPair::generate(source.random())),
        payload(source.random().bytes(payload_size)) {
    server.static_key = server_static;
    server.certificate_chain = noise::encode_certificate_chain(chain());
  }

  noise::CertificateChain chain() {
    return authority.issue(server_static.public_key, kLongValidity, generator.random());
  }
  Context context() {
    constexpr std::int64_t kWithin = 1'700'000'000;
    return {.now = {.steady = {}, .wall = UnixTime::from_seconds(kWithin)},
            .random = generator.random(),
            .guard = {}};
  }
  noise::ClientHandshake client() {
    noise::ClientHandshakeConfig config;
    config.static_key = client_static;
    config.trust_root = authority.trust_root();
    config.payload = payload;
    config.faults.ephemeral_key_pair = client_ephemeral;
    return noise::ClientHandshake(std::move(config));
  }
  Json input(ByteView server_hello) const {
    return {{"static_private_key", to_hex(client_static.private_key)},
            {"ephemeral_private_key", to_hex(client_ephemeral.private_key)},
            {"trust_root", to_hex(authority.root.public_key)},
            {"payload", to_expression(payload)},
            {"intro", to_hex(wire::kIntroHeader)},
            {"server_hello", to_hex(server_hello)}};
  }

  Generator& generator;
  noise::CertificateAuthority authority;
  KeyPair server_static;
  KeyPair client_static;
  KeyPair client_ephemeral;
  Bytes payload;
  noise::ServerHandshakeConfig server;
};

void add_handshake(Generator& generator, std::size_t payload_size, std::size_t frames) {
  Parties parties(generator, payload_size);
  noise::ClientHandshake client = parties.client();
  noise::ServerHandshake server(parties.server);
  const Bytes hello = client.start(parties.context()).value();
  const Bytes server_hello = *server.on_message(hello, parties.context()).value().server_hello;
  auto finished = client.on_message(server_hello, parties.context()).value();
  auto established =
      *server.on_message(*finished.client_finish, parties.context()).value().established;
  Json plaintexts = Json::array();
  Json sealed = Json::array();
  Json received = Json::array();
  Json opened = Json::array();
  for (std::size_t i = 0; i < frames; ++i) {
    const Bytes sent = generator.random().bytes(1 + 7 * i);
    plaintexts.push_back(to_hex(sent));
    sealed.push_back(to_hex(finished.cipher.seal(sent).value()));
    const Bytes answer = generator.random().bytes(5 + 11 * i);
    received.push_back(to_hex(established.cipher.seal(answer).value()));
    opened.push_back(to_hex(answer));
  }
  Vector& vector = generator.add(
      "handshake", "handshake",
      {"NOISE-01", "NOISE-02", "NOISE-03", "NOISE-04", "NOISE-05", "NOISE-06", "NOISE-07"});
  vector.input = parties.input(server_hello);
  vector.input["seal"] = std::move(plaintexts);
  vector.input["open"] = std::move(received);
  vector.output = {{"client_hello", to_hex(hello)},
                   {"client_finish", to_hex(*finished.client_finish)},
                   {"sealed", std::move(sealed)},
                   {"opened", std::move(opened)}};
}

// A ServerHello that must not convince: `spoil` says why.
void add_refused_hello(Generator& generator, std::string_view name, std::string requirement,
                       const std::function<void(Parties&)>& spoil) {
  Parties parties(generator, 20);
  spoil(parties);
  noise::ClientHandshake client = parties.client();
  noise::ServerHandshake server(parties.server);
  const Bytes hello = client.start(parties.context()).value();
  Bytes server_hello = *server.on_message(hello, parties.context()).value().server_hello;
  Vector& vector = generator.add(name, "handshake", {std::move(requirement)});
  vector.flag = kMustReject;
  vector.input = parties.input(server_hello);
}

void add_refused_fields(Generator& generator) {
  using Faults = noise::ServerHandshakeFaults;
  struct Field {
    std::string_view name;
    noise::FieldFault Faults::* fault;
    std::size_t bits;  // that may be flipped; the top bit of a public key does not count
  };
  constexpr auto kFields = std::to_array<Field>({{"ephemeral", &Faults::ephemeral, 255},
                                                 {"static-key", &Faults::static_key, 384},
                                                 {"payload", &Faults::payload, 1800}});
  for (const Field& field : kFields) {
    const std::string name(field.name);
    for (std::size_t i = 0; i < 6; ++i) {
      add_refused_hello(generator, "changed-" + name, "NOISE-13", [&](Parties& parties) {
        (parties.server.faults.*field.fault).flip_bit = generator.size_below(field.bits);
      });
    }
    add_refused_hello(generator, "no-" + name, "NOISE-10",
                      [&](Parties& parties) { (parties.server.faults.*field.fault).omit = true; });
    for (const std::size_t size : {0U, 15U, 31U}) {
      add_refused_hello(generator, "short-" + name, "NOISE-10", [&](Parties& parties) {
        (parties.server.faults.*field.fault).resize = size;
      });
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    add_refused_hello(generator, "other-prologue", "NOISE-02", [&](Parties& parties) {
      parties.server.faults.prologue =
          wire::IntroHeader{0x57, 0x41, 0x06, static_cast<std::uint8_t>(i)};
    });
  }
  for (const std::size_t size : {31U, 33U}) {
    add_refused_hello(generator, "static-key-size", "NOISE-11", [&](Parties& parties) {
      Bytes key = to_bytes(parties.server_static.public_key);
      key.resize(size);
      parties.server.faults.static_plaintext = std::move(key);
    });
  }
}

// The chain is what the server says; `change` makes it one that must not be believed.
void add_refused_chain(Generator& generator, std::string_view name, std::string requirement,
                       const std::function<void(Parties&, noise::CertificateChain&)>& change) {
  add_refused_hello(generator, name, std::move(requirement), [&](Parties& parties) {
    noise::CertificateChain chain = parties.chain();
    change(parties, chain);
    parties.server.certificate_chain = noise::encode_certificate_chain(chain);
  });
}

void add_refused_chains(Generator& generator) {
  for (std::size_t i = 0; i < 4; ++i) {
    add_refused_chain(generator, "foreign-root", "CERT-01",
                      [&](Parties& parties, noise::CertificateChain& chain) {
                        auto foreign = noise::CertificateAuthority::generate(generator.random());
                        chain = foreign.issue(parties.server_static.public_key, kLongValidity,
                                              generator.random());
                      });
    add_refused_chain(generator, "changed-intermediate-signature", "CERT-01",
                      [&](Parties&, noise::CertificateChain& chain) {
                        Bytes& signature = *chain.intermediate->signature;
                        signature = generator.flipped(signature, generator.size_below(63));
                      });
    add_refused_chain(generator, "changed-leaf-signature", "CERT-02",
                      [&](Parties&, noise::CertificateChain& chain) {
                        Bytes& signature = *chain.leaf->signature;
                        signature = generator.flipped(signature, generator.size_below(63));
                      });
    add_refused_chain(generator, "leaf-of-another-key", "CERT-04",
                      [&](Parties& parties, noise::CertificateChain& chain) {
                        const KeyPair other = KeyPair::generate(generator.random());
                        chain = parties.authority.issue(other.public_key, kLongValidity,
                                                        generator.random());
                      });
    add_refused_chain(generator, "other-issuer", "CERT-05",
                      [&](Parties& parties, noise::CertificateChain& chain) {
                        auto details = parties.authority.intermediate_details(kLongValidity);
                        details.issuer_serial = static_cast<std::uint32_t>(i + 1);
                        chain.intermediate = noise::sign_certificate(
                            details, parties.authority.root.private_key, generator.random());
                      });
  }
  add_refused_chain(generator, "no-leaf", "CERT-07",
                    [](Parties&, noise::CertificateChain& chain) { chain.leaf.reset(); });
  add_refused_chain(generator, "no-intermediate", "CERT-07",
                    [](Parties&, noise::CertificateChain& chain) { chain.intermediate.reset(); });
}

}  // namespace

void generate_handshakes(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("noise", seed, out);
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 31U, 32U, 64U, 100U, 150U, 200U, 255U})
    add_handshake(generator, size, size % 5);
  add_refused_fields(generator);
  add_refused_chains(generator);
}

}  // namespace doublecheck::corpus
