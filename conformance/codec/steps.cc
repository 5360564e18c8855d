#include "conformance/codec/steps.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "spec/wire/node_codec.h"

namespace doublecheck::conformance {

const Json& vectors(std::string_view file) {
  // By address: each file is one constant.
  static std::map<const char*, Json> parsed;
  const auto found = parsed.find(file.data());
  if (found != parsed.end()) return found->second;
  return parsed.emplace(file.data(), Json::parse(file)).first->second;
}

const Json& vector_case(std::string_view file, std::string_view name) {
  for (const Json& one : vectors(file).at("cases")) {
    if (one.at("name") == name) return one;
  }
  throw std::runtime_error("no vector " + std::string(name));
}

std::vector<const Json*> vector_cases(std::string_view file, std::string_view member,
                                      std::string_view value) {
  std::vector<const Json*> found;
  for (const Json& one : vectors(file).at("cases")) {
    if (one.contains(member) && one.at(member) == value) found.push_back(&one);
  }
  if (found.empty()) throw std::runtime_error("no vectors with " + std::string(value));
  return found;
}

PublicKey key_of(const Json& hex) {
  const Bytes bytes = bytes_of_hex(hex);
  if (bytes.size() != 32 && bytes.size() != 33) throw std::runtime_error("not a key");
  PublicKey key{};
  std::copy(bytes.end() - 32, bytes.end(), key.begin());
  return key;
}

PrivateKey private_key_of(const Json& pair) { return key_of(pair.at("private")); }
PublicKey public_key_of(const Json& pair) { return key_of(pair.at("public")); }

Bytes flipped(ByteView bytes, std::size_t at) {
  Bytes changed = to_bytes(bytes);
  changed.at(at) ^= static_cast<std::uint8_t>(1U << at % 8);
  return changed;
}

std::string at_byte(std::string_view sentence, std::size_t at) {
  return std::string(sentence) + ": byte " + std::to_string(at);
}

bool is_canonical(ByteView payload, ByteView expected) {
  if (equal(payload, expected)) return true;
  Bytes left = to_bytes(payload);
  Bytes right = to_bytes(expected);
  const auto read = wire::Stanza::decode(left);
  const auto wanted = wire::Stanza::decode(right);
  if (!read || !wanted || !(read->root() == wanted->root())) return false;
  std::ranges::sort(left);
  std::ranges::sort(right);
  return left == right;
}

}  // namespace doublecheck::conformance
