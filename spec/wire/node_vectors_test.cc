#include <gtest/gtest.h>

#include <set>

#include "spec/base/crypto.h"
#include "spec/base/test_vectors.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"
#include "spec/wire/test_vector_nodes.h"

// Every case of corpus/vectors/nodes.json and nodes-invalid.json.
namespace doublecheck::wire {
namespace {

using test_vectors::bytes_of;
using test_vectors::Json;
using test_vectors::load;
using test_vectors::node_of;

const Json& nodes_json() {
  static const Json nodes = load("nodes");
  return nodes;
}

const Json& case_named(const std::string& name) {
  for (const Json& each : nodes_json()["cases"]) {
    if (each["name"] == name) return each;
  }
  throw std::runtime_error("no case " + name);
}

std::string name_of(const Json& vector) { return vector["name"].get<std::string>(); }

// The node that a case gives to an encoder, possibly that of another case.
Node input_of(const Json& vector) {
  const Json& input = vector["input"];
  return input.contains("same_node_as") ? input_of(case_named(input["same_node_as"]))
                                        : node_of(input);
}

// String content that has neither a token nor a packed form comes back as bytes; `decoded` says
// where.
void take_bytes(Node& node, const Node& decoded) {
  if (std::holds_alternative<Text>(node.content)) node.content = decoded.content;
  auto* const children = std::get_if<std::vector<Node>>(&node.content);
  for (std::size_t i = 0; children != nullptr && i < children->size(); ++i) {
    take_bytes((*children)[i], decoded.children()[i]);
  }
}

Node expected_from_decoding(const Json& vector) {
  Node expected = input_of(vector);
  if (vector.contains("decoded")) take_bytes(expected, node_of(vector["decoded"]));
  return expected;
}

// Whether `payload` is the output of the case, which is only a digest if it is long.
void expect_output(const Json& vector, ByteView payload) {
  if (vector.contains("output")) {
    EXPECT_EQ(to_hex(payload), vector["output"].get<std::string>());
  } else {
    EXPECT_EQ(payload.size(), vector["output_length"].get<std::size_t>());
    EXPECT_EQ(to_hex(sha256(payload)), vector["output_sha256"].get<std::string>());
  }
}

// EXPECT_EQ would print both nodes whole, however large.
void expect_same(const Node& actual, const Node& expected) {
  if (actual == expected) return;
  ADD_FAILURE() << "is       " << print_node(actual).substr(0, 2000) << "\nexpected "
                << print_node(expected).substr(0, 2000);
}

bool decodes(const Json& vector) { return vector["direction"] != "encode"; }
bool encodes(const Json& vector) { return vector["direction"] == "encode+decode"; }

TEST(NodeVectors, EveryFrameDecodesToItsNode) {
  std::size_t decoded = 0;
  for (const Json& vector : nodes_json()["cases"]) {
    if (!decodes(vector)) continue;
    SCOPED_TRACE(name_of(vector));
    const Node expected = expected_from_decoding(vector);
    // Long outputs are given by digest only, so those frames are what the encoder makes, which is
    // checked below.
    const Bytes frame = vector.contains("output") ? bytes_of(vector["output"])
                                                  : encode_payload(input_of(vector)).value();
    const auto stanza = Stanza::decode(frame);
    ASSERT_TRUE(stanza) << stanza.error().to_string();
    expect_same(stanza->root(), expected);
    ++decoded;
  }
  EXPECT_GE(decoded, 400U);
}

TEST(NodeVectors, EveryNodeEncodesToItsCanonicalFrame) {
  std::size_t canonical = 0;
  for (const Json& vector : nodes_json()["cases"]) {
    if (!decodes(vector) || vector["canonical"] != true) continue;
    SCOPED_TRACE(name_of(vector));
    const auto payload = encode_payload(input_of(vector));
    ASSERT_TRUE(payload) << payload.error().to_string();
    expect_output(vector, *payload);
    ++canonical;
  }
  EXPECT_GE(canonical, 350U);
}

// Two forms are in use for accounts at hosted, msgr and interop. This encoder writes the one with a
// device, which no other can be mistaken for.
TEST(NodeVectors, WhereTwoFormsAreInUseTheEncoderWritesTheOneWithADevice) {
  std::size_t chosen = 0;
  for (const Json& vector : nodes_json()["cases"]) {
    if (!decodes(vector) || vector["canonical"] != "either") continue;
    SCOPED_TRACE(name_of(vector));
    const Json& with_device = vector["alternatives"][0];
    EXPECT_EQ(to_hex(encode_payload(input_of(vector)).value()), with_device.get<std::string>());
    const auto stanza = Stanza::decode(bytes_of(with_device));
    ASSERT_TRUE(stanza) << stanza.error().to_string();
    expect_same(stanza->root(), input_of(vector));
    ++chosen;
  }
  EXPECT_GE(chosen, 5U);
}

TEST(NodeVectors, TolerantFormsAreWrittenBackCanonically) {
  std::size_t reencoded = 0;
  for (const Json& vector : nodes_json()["cases"]) {
    if (!vector.contains("reencode")) continue;
    SCOPED_TRACE(name_of(vector));
    const auto stanza = Stanza::decode(bytes_of(vector["output"]));
    ASSERT_TRUE(stanza);
    const auto payload = encode_payload(stanza->root());
    ASSERT_TRUE(payload) << payload.error().to_string();
    const Json& expected = vector["reencode"] == "same" ? vector["output"] : vector["reencode"];
    EXPECT_EQ(to_hex(*payload), expected.get<std::string>());
    ++reencoded;
  }
  EXPECT_GE(reencoded, 35U);
}

TEST(NodeVectors, DecodingWhatWasEncodedChangesNothing) {
  for (const Json& vector : nodes_json()["cases"]) {
    if (!decodes(vector)) continue;
    SCOPED_TRACE(name_of(vector));
    const Node node = expected_from_decoding(vector);
    if (node.content == Content(Text(""))) continue;  // written as an empty byte string
    for (const Compression compression : {Compression::kNone, Compression::kZlib}) {
      const auto payload = encode_payload(node, compression);
      ASSERT_TRUE(payload) << payload.error().to_string();
      const auto stanza = Stanza::decode(*payload);
      ASSERT_TRUE(stanza) << stanza.error().to_string();
      expect_same(stanza->root(), node);
    }
  }
}

TEST(NodeVectors, TextFormReadsBackAsTheSameNode) {
  for (const Json& vector : nodes_json()["cases"]) {
    if (!decodes(vector) || !vector.contains("output")) continue;
    SCOPED_TRACE(name_of(vector));
    const Node node = expected_from_decoding(vector);
    for (const int indent : {-1, 2}) {
      const auto read = parse_node(print_node(node, {.max_bytes = 0, .indent = indent}));
      ASSERT_TRUE(read) << read.error().to_string();
      expect_same(*read, node);
    }
  }
}

TEST(NodeVectors, NoPartOfAFrameIsAFrame) {
  for (const Json& vector : nodes_json()["cases"]) {
    if (!encodes(vector) || !vector.contains("output")) continue;
    SCOPED_TRACE(name_of(vector));
    const Bytes frame = bytes_of(vector["output"]);
    if (frame.size() > 1000) continue;  // the time of this test is quadratic
    for (std::size_t size = 1; size < frame.size(); ++size) {
      // A copy of its own, so that a sanitizer sees a read past the end.
      const Bytes part(frame.begin() + 1, frame.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode_node(part)) << size << " bytes";
    }
    for (const std::uint8_t extra : Bytes{0x00, 0xff}) {
      Bytes longer = frame;
      longer.push_back(extra);
      EXPECT_FALSE(Stanza::decode(longer));
    }
  }
}

// What implementations get wrong when they take text for JIDs, object members or numbers.
TEST(NodeVectors, StringsThatConfuseOtherEncodersStayStrings) {
  std::size_t plain = 0;
  for (const Json& vector : nodes_json()["cases"]) {
    if (!vector.contains("plain_string_encoding")) continue;
    SCOPED_TRACE(name_of(vector));
    const auto payload = encode_payload(input_of(vector));
    ASSERT_TRUE(payload) << payload.error().to_string();
    EXPECT_EQ(to_hex(*payload), vector["plain_string_encoding"].get<std::string>());
    ++plain;
  }
  EXPECT_GE(plain, 40U);
}

TEST(NodeVectors, NodesThatCannotBeWrittenAreRefused) {
  std::size_t refused = 0;
  for (const Json& vector : nodes_json()["cases"]) {
    if (vector.value("expect", "") != "refuse") continue;
    SCOPED_TRACE(name_of(vector));
    EXPECT_FALSE(encode_payload(input_of(vector)));
    ++refused;
  }
  EXPECT_GE(refused, 3U);
}

TEST(NodeVectors, InvalidFramesGetTheirVerdict) {
  // Where the verdict leaves the choice, all are rejected but these.
  const std::set<std::string> accepted = {
      "BINARY_20 with high nibble set, masked value fits",
      "JID_PAIR unknown server",
      "JID_PAIR server in upper case",
      "JID_PAIR user containing @",
      "JID_PAIR user containing a device",
  };
  std::size_t judged = 0;
  std::size_t chosen = 0;
  const Json vectors = load("nodes-invalid");
  for (const Json& vector : vectors["cases"]) {
    SCOPED_TRACE(vector["category"].get<std::string>() + ": " + name_of(vector));
    const std::string verdict = vector["expect"];
    const bool accept =
        verdict == "accept" || (verdict == "either" && accepted.contains(name_of(vector)));
    if (accepted.contains(name_of(vector))) ++chosen;
    const Bytes frame = bytes_of(vector["input"]);
    const auto stanza = Stanza::decode(frame);
    EXPECT_EQ(stanza.has_value(), accept) << (stanza ? "accepted" : stanza.error().to_string());
    if (stanza && vector.contains("expect_node"))
      expect_same(stanza->root(), node_of(vector["expect_node"]));
    if (stanza && verdict == "either") {
      const auto again = encode_payload(stanza->root());
      ASSERT_TRUE(again) << again.error().to_string();
      expect_same(Stanza::decode(*again).value().root(), stanza->root());
    }
    ++judged;
  }
  EXPECT_GE(judged, 250U);
  EXPECT_EQ(chosen, accepted.size());
}

}  // namespace
}  // namespace doublecheck::wire
