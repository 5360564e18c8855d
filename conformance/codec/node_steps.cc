#include "conformance/codec/node_steps.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "spec/base/crypto.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/test_vector_nodes.h"

namespace doublecheck::conformance {
namespace {

using harness::accepted;
using harness::CodecBench;
using wire::test_vectors::bytes_of;

bool is_named(const Json& vector, Names names) {
  const std::string name = text(vector.at("name"));
  return std::ranges::any_of(
      names, [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

std::vector<const Json*> named(std::string_view group, Names names) {
  std::vector<const Json*> found = vector_cases(kNodes, "group", group);
  std::erase_if(found, [&](const Json* one) { return !is_named(*one, names); });
  if (found.empty()) throw std::runtime_error("no vector has such a name");
  return found;
}

// Long frames are in the vectors by digest only: these are what our encoder makes, checked.
Bytes frame_of(const Json& vector) {
  if (vector.contains("output")) return bytes_of(vector.at("output"));
  Bytes frame = wire::encode_payload(input_node(vector)).value();
  if (to_hex(sha256(frame)) != text(vector.at("output_sha256")))
    throw std::runtime_error("not the frame of the vector");
  return frame;
}

void read(CodecBench& bench, const Json& vector, ByteView frame, const wire::Node& expected) {
  const std::string name = text(vector.at("name"));
  const wire::Node node = accepted(bench.decode_payload(frame), "is read: " + name);
  harness::check(bench.is_same(node, expected), "is read as it is: " + name);
}

void write(CodecBench& bench, const Json& vector) {
  if (vector.at("direction") != "encode+decode") return;
  const std::string name = text(vector.at("name"));
  const Bytes written = accepted(bench.encode_payload(input_node(vector)), "is written: " + name);
  bool right = is_canonical(written, frame_of(vector));
  if (vector.at("canonical") == "either") {
    for (const Json& other : vector.at("alternatives"))
      right = right || is_canonical(written, bytes_of(other));
  } else if (vector.at("canonical") == false) {
    return;
  }
  harness::check(right, "is written canonically: " + name,
                 to_hex(ByteView(written).first(std::min<std::size_t>(written.size(), 64))));
}

std::vector<const Json*> of_category(std::string_view category, std::string_view verdict) {
  std::vector<const Json*> found = vector_cases(kNodesInvalid, "category", category);
  std::erase_if(found, [&](const Json* one) { return one->at("expect") != verdict; });
  return found;
}

void expect_alive(CodecBench& bench) {
  const Json& ping = vector_case(kNodes, "one attribute");
  read(bench, ping, frame_of(ping), input_node(ping));
}

std::string random_text(RandomSource& random) {
  static constexpr std::array<std::string_view, 12> kTexts = {"receipt",
                                                              "1",
                                                              "0123456789-.",
                                                              "3EB0A9BB5F3341F0182F2F",
                                                              "deadbeef",
                                                              "Grüße ✓✓",
                                                              "",
                                                              "two words",
                                                              "w:gp2",
                                                              "tcTOKEN",
                                                              "constructor",
                                                              "5511-1"};
  return std::string(kTexts[random.below(kTexts.size())]);
}

wire::Value random_value(RandomSource& random) {
  switch (random.below(5)) {
    case 0:
      return wire::Jid::of_user("15550001111", static_cast<std::uint16_t>(random.below(256)));
    case 1:
      return wire::Jid::of_lid("915550001111", static_cast<std::uint16_t>(random.below(256)));
    case 2:
      return wire::Jid{"120363000000000001", "g.us", 0, 0};
    default:
      return wire::Text(random_text(random));
  }
}

wire::Node random_node_below(RandomSource& random, std::size_t depth) {
  static constexpr std::array<std::string_view, 8> kTags = {"iq",   "message", "to",  "x1",
                                                            "item", "0",       "enc", "Tag"};
  wire::Node node{.tag = std::string(kTags[random.below(kTags.size())])};
  const std::uint64_t attributes = random.below(6);
  for (std::uint64_t i = 0; i < attributes; ++i)
    node.attributes.push_back({wire::Text("a" + std::to_string(i)), random_value(random)});
  switch (random.below(depth == 0 ? 2 : 4)) {
    case 0:
      break;
    case 1:
      node.content = wire::Blob(random.bytes(random.below(300)));
      break;
    default: {
      auto& children = node.content.emplace<std::vector<wire::Node>>();
      const std::uint64_t count = 1 + random.below(4);
      for (std::uint64_t i = 0; i < count; ++i)
        children.push_back(random_node_below(random, depth - 1));
    }
  }
  return node;
}

}  // namespace

wire::Node input_node(const Json& vector) {
  const Json& input = vector.at("input");
  return input.contains("same_node_as")
             ? input_node(vector_case(kNodes, text(input.at("same_node_as"))))
             : wire::test_vectors::node_of(input);
}

void read_group(CodecBench& bench, std::string_view group) { read_named(bench, group, {""}); }

void read_named(CodecBench& bench, std::string_view group, Names names) {
  for (const Json* one : named(group, names)) {
    wire::Node expected = input_node(*one);
    // The empty string is written as no bytes.
    if (expected.content == wire::Content(wire::Text(""))) expected.content = wire::Blob();
    read(bench, *one, frame_of(*one), expected);
    if (!one->contains("alternatives")) continue;
    for (const Json& other : one->at("alternatives")) read(bench, *one, bytes_of(other), expected);
  }
}

void write_group(CodecBench& bench, std::string_view group) { write_named(bench, group, {""}); }

void write_named(CodecBench& bench, std::string_view group, Names names) {
  for (const Json* one : named(group, names)) write(bench, *one);
}

void write_confusable(CodecBench& bench, Names names) {
  for (const Json* one : named("confusable", names)) {
    if (!one->contains("plain_string_encoding")) continue;
    const std::string name = text(one->at("name"));
    const Bytes written = accepted(bench.encode_payload(input_node(*one)), "is written: " + name);
    harness::check(is_canonical(written, bytes_of_hex(one->at("plain_string_encoding"))),
                   "is written as the string it is: " + name, to_hex(written));
  }
}

void read_accepted(CodecBench& bench, std::string_view category) {
  const auto found = of_category(category, "accept");
  if (found.empty()) throw std::runtime_error("nothing of this category is read");
  for (const Json* one : found) {
    const std::string name = text(one->at("name"));
    const Bytes frame = bytes_of(one->at("input"));
    if (one->contains("expect_node")) {
      read(bench, *one, frame, wire::test_vectors::node_of(one->at("expect_node")));
    } else {
      const auto expected = wire::Stanza::decode(frame);
      if (!expected) throw std::runtime_error("not read by the suite: " + name);
      read(bench, *one, frame, expected->root());
    }
  }
}

void refuse_category(CodecBench& bench, std::string_view category, Names names) {
  harness::precondition("a valid frame is read", [&] { expect_alive(bench); });
  for (const Json* one : of_category(category, "reject")) {
    if (!is_named(*one, names)) continue;
    harness::check_refused(bench.try_to_decode_payload(bytes_of(one->at("input"))),
                           "is refused: " + text(one->at("name")));
  }
  expect_alive(bench);
}

void survive_category(CodecBench& bench, std::string_view category) {
  harness::precondition("a valid frame is read", [&] { expect_alive(bench); });
  for (const Json* one : of_category(category, "either")) {
    static_cast<void>(bench.try_to_decode_payload(bytes_of(one->at("input"))));
    expect_alive(bench);
  }
}

wire::Node random_node(RandomSource& random) { return random_node_below(random, 3); }

}  // namespace doublecheck::conformance
