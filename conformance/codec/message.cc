#include <set>

#include "conformance/codec/steps.h"
#include "spec/wire/jid_text.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

std::vector<const Json*> padding_vectors(bool refused) {
  std::vector<const Json*> found;
  for (const Json& one : vectors(kPadding).at("cases")) {
    const Json& expected = one.at("output").at("expected");
    if (expected == "implementation-defined") continue;
    if ((expected == "error") == refused) found.push_back(&one);
  }
  return found;
}

void unpad_as_expected(CodecBench& bench) {
  for (const Json* one : padding_vectors(false)) {
    const Bytes data = accepted(bench.unpad(bytes_of_hex(one->at("input").at("padded"))),
                                "is taken off: " + text(one->at("name")));
    check(data == bytes_of_hex(one->at("output").at("expected")),
          "what is left is the message: " + text(one->at("name")), to_hex(data));
  }
}

wire::Jid jid_of_text(const std::string& text) {
  const auto parts = wire::split_jid(text);
  if (!parts) inconclusive("the vector has no JID");
  return {wire::Text(std::string(parts->user)), wire::Text(std::string(parts->server)),
          parts->device, parts->integrator};
}

std::vector<wire::Jid> devices_of(const Json& vector) {
  std::vector<wire::Jid> devices;
  for (const Json& device : vector.at("input").at("devices"))
    devices.push_back(jid_of_text(text(device)));
  return devices;
}

}  // namespace

CODEC_CASE(message, padding_is_taken_off, "1 to 16 bytes that equal their number are taken off",
           .checks = {Rule::MESSAGE_01}) {
  unpad_as_expected(bench);
}

CODEC_CASE(
    message, wrong_padding_is_refused,
    "A plaintext whose last byte is 0 or exceeds its length, or whose pad bytes differ, is refused",
    .checks = {Rule::MESSAGE_03}) {
  precondition("right padding is taken off", [&] { unpad_as_expected(bench); });
  for (const Json* one : padding_vectors(true)) {
    check_refused(bench.unpad(bytes_of_hex(one->at("input").at("padded"))),
                  "is refused: " + text(one->at("name")));
  }
}

CODEC_CASE(message, padding_longer_than_the_message_is_refused,
           "A plaintext whose last byte exceeds its length is refused, whatever it is",
           .checks = {Rule::MESSAGE_03}) {
  precondition("right padding is taken off", [&] { unpad_as_expected(bench); });
  for (std::size_t size = 1; size < 16; ++size) {
    for (const std::size_t claimed : {size + 1, std::size_t{16}, std::size_t{255}}) {
      if (claimed <= size) continue;
      const Bytes padded(size, static_cast<std::uint8_t>(claimed));
      check_refused(bench.unpad(padded), std::to_string(claimed) + " bytes of padding in " +
                                             std::to_string(size) + " are refused");
    }
  }
}

CODEC_CASE(message, every_pad_byte_counts,
           "A plaintext with any one of its pad bytes changed is refused",
           .checks = {Rule::MESSAGE_03}) {
  const Bytes content = to_bytes("a message");
  for (const std::uint8_t count : std::initializer_list<std::uint8_t>{2, 7, 16}) {
    const Bytes padded = concat({content, Bytes(count, count)});
    precondition("right padding is taken off", [&] {
      check(accepted(bench.unpad(padded), "right padding is taken off") == content,
            "what is left is the message");
    });
    // The last byte says how many there are.
    for (std::size_t at = content.size(); at + 1 < padded.size(); ++at) {
      check_refused(bench.unpad(flipped(padded, at)),
                    at_byte("padding of " + std::to_string(count) + " is refused, changed at", at));
    }
  }
}

CODEC_CASE(message, padding_is_written,
           "A plaintext is padded by 1 to 16 bytes that equal their number",
           .checks = {Rule::MESSAGE_01}) {
  const Bytes content = to_bytes("a message");
  for (int i = 0; i < 200; ++i) {
    const Bytes padded = accepted(bench.pad(content), "a message is padded");
    check(padded.size() > content.size() && padded.size() <= content.size() + 16,
          "1 to 16 bytes are added", to_hex(padded));
    const std::size_t count = padded.size() - content.size();
    check(padded == concat({content, Bytes(count, static_cast<std::uint8_t>(count))}),
          "the message comes first, and each added byte is their number", to_hex(padded));
  }
}

CODEC_CASE(message, padding_is_random, "The number of pad bytes does not follow from the message",
           .checks = {Rule::MESSAGE_02}) {
  std::set<std::size_t> sizes;
  for (int i = 0; i < 100; ++i)
    sizes.insert(accepted(bench.pad(as_bytes("a message")), "a message is padded").size());
  check(sizes.size() > 1, "the same message is padded by different numbers of bytes");
}

CODEC_CASE(message, padding_comes_off_again,
           "What was padded is what it was once the padding is off", .checks = {Rule::MESSAGE_01}) {
  for (std::size_t size = 0; size < 40; ++size) {
    const Bytes content = bench.random().bytes(size);
    const Bytes padded = accepted(bench.pad(content), "a message is padded");
    check(padded.size() > size &&
              accepted(bench.unpad(padded), "the padding is taken off") == content,
          "the message is what it was", to_hex(padded));
  }
}

CODEC_CASE(
    message, phash_is_that_of_the_vectors,
    "The hash over a list of devices is that of the vectors, in whatever order they are given",
    .checks = {Rule::MESSAGE_09, Rule::STANZA_59}) {
  for (const Json& one : vectors(kPhash).at("cases")) {
    std::vector<wire::Jid> devices = devices_of(one);
    const std::string expected = text(one.at("output").at("expected"));
    const std::string name = text(one.at("name"));
    const std::string hash = accepted(bench.phash(devices), "a list is hashed: " + name);
    check(hash == expected, "the hash is that of the vector: " + name, hash);
    std::ranges::reverse(devices);
    check(accepted(bench.phash(devices), "a list is hashed") == expected,
          "the order of devices has no meaning: " + name);
  }
}

CODEC_CASE(message, phash_of_nobody_is_the_token,
           "The hash over no devices is 2:47DEQpj8, which the token dictionary holds",
           .checks = {Rule::MESSAGE_09}) {
  const std::string hash = accepted(bench.phash({}), "an empty list is hashed");
  check(hash == "2:47DEQpj8", "the hash is that of the token dictionary", hash);
}

CODEC_CASE(message, phash_has_the_standard_alphabet,
           "A hash with + and / is written in the standard alphabet of base64, without padding",
           .checks = {Rule::MESSAGE_09}) {
  std::size_t found = 0;
  for (const Json& one : vectors(kPhash).at("cases")) {
    const std::string expected = text(one.at("output").at("expected"));
    if (expected.find_first_of("+/") == std::string::npos) continue;
    ++found;
    const std::string hash = accepted(bench.phash(devices_of(one)), "a list is hashed");
    check(hash.size() == 10 && hash.starts_with("2:") &&
              hash.find_first_of("-_=") == std::string::npos,
          "a hash is 2: and eight characters of the standard alphabet", hash);
    check(hash == expected, "the hash is that of the vector", hash);
  }
  if (found == 0) inconclusive("no vector has such a hash");
}

}  // namespace doublecheck::harness
