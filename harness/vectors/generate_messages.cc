#include <array>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generator.h"
#include "spec/payload/phash.h"
#include "spec/wire/jid.h"

namespace doublecheck::corpus {
namespace {

Bytes padded(ByteView data, std::size_t size) {
  return concat({data, Bytes(size, static_cast<std::uint8_t>(size))});
}

void add_padding(Generator& generator) {
  for (std::size_t size = 1; size <= 16; ++size) {
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, size, 40 - size}) {
      const Bytes data = generator.random().bytes(length);
      Vector& vector = generator.add("padded", "unpad", {"MESSAGE-01"});
      vector.input = {{"data", to_hex(padded(data, size))}};
      vector.output = {{"data", to_hex(data)}};
    }
  }
}

void add_wrong_padding(Generator& generator, std::string_view name, const Bytes& data,
                       std::string notes) {
  Vector& vector = generator.add(name, "unpad", {"MESSAGE-03"});
  vector.flag = kMustReject;
  vector.input = {{"data", to_hex(data)}};
  vector.notes = std::move(notes);
}

void add_wrong_paddings(Generator& generator) {
  for (std::size_t i = 0; i < 10; ++i) {
    Bytes data = generator.random().bytes(1 + 3 * i);
    data.back() = 0;
    add_wrong_padding(generator, "zero", data, "the last byte is 0");
    data.back() = static_cast<std::uint8_t>(data.size() + generator.between(1, 100));
    add_wrong_padding(generator, "too-long", data, "more padding than there are bytes");
  }
  for (std::size_t size = 2; size <= 16; ++size) {
    Bytes data = padded(generator.random().bytes(10), size);
    data[10 + generator.size_below(size - 1)] ^= 0x40U;
    add_wrong_padding(generator, "not-alike", data, "the bytes of the padding differ");
  }
}

void add_participant_hashes(Generator& generator) {
  constexpr auto kServers = std::to_array<std::string_view>({"s.whatsapp.net", "lid"});
  for (std::size_t i = 0; i < 30; ++i) {
    std::vector<payload::DeviceAddress> devices;
    Json texts = Json::array();
    for (std::size_t left = 1 + i / 3; left != 0; --left) {
      std::string user = generator.text("123456789", 1);
      user += generator.text("0123456789", generator.between(10, 14));
      const std::string server(generator.one_of(kServers));
      const auto device =
          static_cast<std::uint16_t>(generator.chance(3) ? 0 : generator.between(1, 99));
      texts.push_back(wire::Jid{wire::Text(user), wire::Text(server), device, 0}.to_string());
      devices.push_back({user, server, device});
    }
    Vector& vector = generator.add("devices", "phash", {"MESSAGE-09"});
    vector.input = {{"devices", std::move(texts)}};
    vector.output = {{"text", payload::phash(devices)}};
  }
}

}  // namespace

void generate_messages(const RandomSource& seed, std::vector<Vector>& out) {
  Generator paddings("padding", seed, out);
  add_padding(paddings);
  add_wrong_paddings(paddings);
  Generator hashes("participant-hash", seed, out);
  add_participant_hashes(hashes);
}

}  // namespace doublecheck::corpus
