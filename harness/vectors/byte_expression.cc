#include "harness/vectors/byte_expression.h"

#include "spec/base/crypto.h"
#include "spec/wire/test_vector_nodes.h"

namespace doublecheck::corpus {
namespace {

// Shorter runs take less as they are.
constexpr std::size_t kLongRun = 64;

}  // namespace

Bytes expand(const Json& expression) { return wire::test_vectors::bytes_of(expression); }

bool stands_for(const Json& expression, ByteView bytes) {
  if (!expression.is_object() || !expression.contains("sha256"))
    return equal(expand(expression), bytes);
  return expression.at("length") == bytes.size() &&
         expression.at("sha256") == to_hex(sha256(bytes));
}

Json to_expression(ByteView bytes) {
  Json parts = Json::array();
  Bytes plain;
  const auto flush = [&] {
    if (!plain.empty()) parts.push_back(to_hex(plain));
    plain.clear();
  };
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t end = i;
    while (end < bytes.size() && bytes[end] == bytes[i]) ++end;
    if (end - i >= kLongRun) {
      flush();
      parts.push_back({{"repeat", to_hex(bytes.subspan(i, 1))}, {"count", end - i}});
    } else {
      append(plain, bytes.subspan(i, end - i));
    }
    i = end;
  }
  flush();
  if (parts.empty()) return "";
  return parts.size() == 1 ? parts.front() : parts;
}

Json pattern_expression(std::size_t size) {
  constexpr std::size_t kPeriod = 256;
  Bytes period(kPeriod);
  for (std::size_t i = 0; i < kPeriod; ++i) period[i] = static_cast<std::uint8_t>(i);
  const std::string rest = to_hex(ByteView(period).first(size % kPeriod));
  if (size < kPeriod) return rest;
  return Json::array({{{"repeat", to_hex(period)}, {"count", size / kPeriod}}, rest});
}

}  // namespace doublecheck::corpus
