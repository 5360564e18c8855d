#include <algorithm>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/base/text_encoding.h"
#include "spec/wire/node_codec.h"

// Nodes inside properly sealed frames: what no codec may accept, and what every codec has to.
namespace doublecheck::harness {
namespace {

// ---- Malformed

// Each plaintext, on a connection of its own, is answered by `<stream:error><xml-not-well-formed/>`
// and a close, and harms nobody else.
void expect_malformed(ServerBench& bench, const std::vector<Bytes>& plaintexts) {
  Peer& alice = bench.paired_peer("alice");
  Peer& bob = bench.online_peer("bob");
  for (const Bytes& plaintext : plaintexts) {
    precondition("a well-formed frame is answered", [&] {
      alice.log_in();
      alice.barrier();
    });
    alice.send_plaintext(plaintext);
    const wire::Node error = alice.expect(stream_error());
    check(error.child("xml-not-well-formed") != nullptr, "the stream error says what was wrong");
    alice.expect_closed();
    alice.expect_none(anything());
    bob.barrier();
  }
}

// `hex` of a plaintext, flag byte included.
Bytes hex(std::string_view digits) { return from_hex(digits).value(); }
Bytes repeated(std::string_view digits, std::size_t times) {
  Bytes once = hex(digits);
  Bytes all;
  for (std::size_t i = 0; i < times; ++i) append(all, once);
  return all;
}

// ---- Spelled in other ways than an encoder would

// A string letter by letter, as BINARY_8, whatever tokens there are for it.
Bytes raw(std::string_view text) {
  return concat({Bytes{0xfc, static_cast<std::uint8_t>(text.size())}, as_bytes(text)});
}

// A ping whose every part can be written in another way.
struct SpelledPing {
  Bytes flag = {0x00};
  Bytes size = {0xf8, 0x09};
  Bytes tag = raw("iq");
  Bytes id = raw("spelled");
  Bytes to = concat({Bytes{0xfa, 0x00}, raw("s.whatsapp.net")});
  Bytes xmlns = raw("w:p");
  Bytes rest = {};  // further attributes and content, which `size` has to count

  Bytes plaintext() const {
    return concat({flag, size, tag, raw("type"), raw("get"), raw("id"), id, raw("to"), to,
                   raw("xmlns"), xmlns, rest});
  }
};

void expect_answered(ServerBench& bench, const SpelledPing& spelled,
                     std::string_view id = "spelled") {
  Peer& alice = bench.online_peer("alice");
  alice.send_plaintext(spelled.plaintext());
  check_result(alice.expect(answer_to(id)));
}

}  // namespace

SERVER_CASE(node, empty_plaintext, "A frame that decrypts to nothing is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_08}) {
  expect_malformed(bench, {{}});
}

SERVER_CASE(node, flag_byte_alone, "A frame of one flag byte is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_01}) {
  expect_malformed(bench, {hex("00"), hex("02")});
}

SERVER_CASE(node, truncated_node, "A node that is cut short is malformed, and has no effect",
            .checks = {Rule::NODE_73, Rule::NODE_62}) {
  Bytes whole = wire::encode_payload(ping("cut")).value();
  Bytes cut = whole;
  cut.pop_back();
  whole.resize(5);
  expect_malformed(bench, {cut, whole, hex("00f8"), hex("00f802fc0178")});
}

SERVER_CASE(node, bytes_behind_the_node,
            "A frame in which bytes follow the node is malformed, and has no effect",
            .checks = {Rule::NODE_73, Rule::NODE_10}) {
  const Bytes whole = wire::encode_payload(ping("trailing")).value();
  expect_malformed(bench,
                   {concat({whole, Bytes{0x00}}), concat({whole, ByteView(whole).subspan(1)})});
}

SERVER_CASE(node, not_a_list, "A frame that holds a string or a JID instead of a node is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_12}) {
  expect_malformed(bench, {hex("0019"), hex("00fc0178"), hex("00faff8615550001111f03")});
}

SERVER_CASE(node, node_of_size_zero, "A node of size 0 is malformed in each of its forms",
            .checks = {Rule::NODE_73, Rule::NODE_12, Rule::NODE_13}) {
  expect_malformed(bench,
                   {hex("0000"), hex("00f80019"), hex("00f9000019"), hex("00f802fc0178f801f800")});
}

SERVER_CASE(node, reserved_tags, "The unassigned tags 240 to 244 are malformed in every place",
            .checks = {Rule::NODE_73, Rule::NODE_37}) {
  expect_malformed(bench,
                   {hex("00f801f0"), hex("00f803fc0178f1fc0161"), hex("00f803fc0178fc0161f2"),
                    hex("00f802fc0178f3"), hex("00f803fc0178fc0161faf403")});
}

SERVER_CASE(node, tag_is_not_a_string, "A tag that is empty, a list or a JID is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_38}) {
  expect_malformed(bench,
                   {hex("00f80100"), hex("00f801f800"), hex("00f801fc00"), hex("00f801fa0003")});
}

SERVER_CASE(node, attribute_name_is_a_list, "A list in the place of an attribute name is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_39}) {
  expect_malformed(bench, {hex("00f803fc017800fc0161"), hex("00f803fc0178f800fc0161")});
}

SERVER_CASE(node, attribute_value_is_a_list,
            "A list in the place of an attribute value is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_40}) {
  expect_malformed(bench, {hex("00f803fc0178fc0161f800"), hex("00f803fc0178fc0161f801f80119")});
}

SERVER_CASE(node, repeated_attribute, "A node in which an attribute name occurs twice is malformed",
            .checks = {Rule::NODE_16}) {
  expect_malformed(bench, {hex("00f805fc0178fc016155fc016145"), hex("00f805fc01780855fc02696445")});
}

SERVER_CASE(node, impossible_nibbles,
            "Nibbles that stand for no character are malformed, as padding too",
            .checks = {Rule::NODE_73, Rule::NODE_26}) {
  expect_malformed(bench, {hex("00f803fc0178fc0161ff01c0"), hex("00f803fc0178fc0161ff010d"),
                           hex("00f803fc0178fc0161ff811e")});
}

SERVER_CASE(node, odd_packed_string_without_data,
            "A packed string of an odd number of characters has data",
            .checks = {Rule::NODE_73, Rule::NODE_27}) {
  expect_malformed(bench, {hex("00f803fc0178fc0161ff80"), hex("00f803fc0178fc0161fb80")});
}

SERVER_CASE(node, lengths_beyond_the_frame,
            "A length that exceeds the frame is malformed, also one above 2^31",
            .checks = {Rule::NODE_73, Rule::NODE_33}) {
  expect_malformed(bench, {hex("00f802fc0178fcff"), hex("00f802fc0178fd00010061"),
                           hex("00f802fc0178fe7fffffff"), hex("00f802fc0178feffffffff6162")});
}

SERVER_CASE(node, promised_children,
            "Children that are promised and not there are malformed, and cost nothing",
            .checks = {Rule::NODE_73, Rule::NODE_61}) {
  expect_malformed(bench, {hex("00f802fc0178f9ffff"), hex("00f9fffffc0178"),
                           concat({hex("00"), repeated("f80213f9ffff", 1000)})});
}

SERVER_CASE(node, jid_without_server, "A JID without server is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_51}) {
  expect_malformed(bench,
                   {hex("00f803fc0178fc0161faff8615550001111f00"), hex("00f803fc0178fc0161fa0000"),
                    hex("00f803fc0178fc0161faff8615550001111ffc00")});
}

SERVER_CASE(node, jid_inside_a_jid,
            "A JID or a list inside a JID is malformed, however deep it goes",
            .checks = {Rule::NODE_73, Rule::NODE_52}) {
  expect_malformed(
      bench, {hex("00f803fc0178fc0161faf80003"), hex("00f803fc0178fc0161fafaff8615550001111f0303"),
              concat({hex("00f8031304"), repeated("fa", 10'000), repeated("03", 10'001)})});
}

SERVER_CASE(node, jid_forms_of_other_servers,
            "The JID forms of msgr and interop name no other server",
            .checks = {Rule::NODE_73, Rule::NODE_48}) {
  expect_malformed(bench, {hex("00f803fc0178fc0161f6ff8615550001111f000103"),
                           hex("00f803fc0178fc0161f5ff8615550001111f0001000203")});
}

SERVER_CASE(node, not_utf8, "A string that is not UTF-8 is malformed", .checks = {Rule::NODE_35}) {
  expect_malformed(bench, {hex("00f803fc0178fc0161fc01ff"), hex("00f803fc0178fc0161fc02c080"),
                           hex("00f801fc02fffe")});
}

SERVER_CASE(node, damaged_zlib, "A compressed body that is cut or damaged is malformed",
            .checks = {Rule::NODE_73, Rule::NODE_05}) {
  const Bytes whole = wire::encode_payload(ping("compressed"), wire::Compression::kZlib).value();
  Bytes cut(whole.begin(), whole.end() - 4);
  Bytes wrong_checksum = whole;
  wrong_checksum.back() ^= 0x01;
  expect_malformed(bench, {cut, wrong_checksum, hex("02f80119"), hex("02789c0700000001"),
                           hex("0278010103000000f8011900000000")});
}

SERVER_CASE(node, nested_beyond_reason,
            "Nodes nested 100 000 levels deep are malformed and end one connection only",
            .checks = {Rule::NODE_60}) {
  expect_malformed(bench, {concat({hex("00"), repeated("f80213f801", 100'000), hex("f80113")})});
}

SERVER_CASE(node, malformed_behind_a_good_one,
            "What came before a malformed frame is answered, what comes behind it is not",
            .checks = {Rule::NODE_73, Rule::STANZA_119}) {
  Peer& alice = bench.online_peer("alice");
  alice.send_bytes(concat({alice.seal(ping("before")), alice.seal_plaintext(hex("00f801f0")),
                           alice.seal(ping("behind"))}));
  check_result(alice.expect(answer_to("before")));
  alice.expect(stream_error());
  alice.expect_closed();
  alice.expect_none(answer_to("behind"));
}

SERVER_CASE(node, tokens_spelled_out, "Tokens are understood that are spelled letter by letter",
            .checks = {Rule::NODE_20}) {
  expect_answered(bench, {});
}

SERVER_CASE(node, long_form_of_a_list, "LIST_16 is understood for a small size",
            .checks = {Rule::NODE_13}) {
  expect_answered(bench, {.size = {0xf9, 0x00, 0x09}});
}

SERVER_CASE(node, long_form_of_a_string,
            "BINARY_20 and BINARY_32 are understood for a short string",
            .checks = {Rule::NODE_31}) {
  expect_answered(bench, {.id = concat({Bytes{0xfd, 0, 0, 7}, as_bytes("spelled")}),
                          .xmlns = concat({Bytes{0xfe, 0, 0, 0, 3}, as_bytes("w:p")})});
}

SERVER_CASE(node, unknown_flag_bits,
            "Bits of the flag byte other than that of compression are ignored",
            .checks = {Rule::NODE_03}) {
  expect_answered(bench, {.flag = {0xfd}});
}

SERVER_CASE(node, user_of_the_server_jid_as_empty_string,
            "The absent user of a JID may be the empty string", .checks = {Rule::NODE_50}) {
  expect_answered(bench, {.to = concat({Bytes{0xfa, 0xfc, 0x00}, raw("s.whatsapp.net")})});
}

SERVER_CASE(node, empty_strings, "The empty string is understood in each of its forms",
            .checks = {Rule::NODE_29}) {
  const Bytes forms = concat({raw("a"), Bytes{0xff, 0x00}, raw("b"), Bytes{0xfb, 0x00}, raw("c"),
                              Bytes{0x00}, raw("d"), Bytes{0xfc, 0x00}});
  expect_answered(bench, {.size = {0xf8, 0x11}, .rest = forms});
}

SERVER_CASE(node, empty_content, "A content slot without children is read in each of its forms",
            .checks = {Rule::NODE_66}) {
  Peer& alice = bench.online_peer("alice");
  for (const Bytes& empty : {Bytes{0x00}, Bytes{0xf8, 0x00}, Bytes{0xf9, 0x00, 0x00}}) {
    alice.send_plaintext(SpelledPing{.size = {0xf8, 0x0a}, .rest = empty}.plaintext());
    check_result(alice.expect(answer_to("spelled")));
  }
}

SERVER_CASE(node, padding_of_packed_strings, "An odd packed string is read whatever its padding is",
            .checks = {Rule::NODE_28}) {
  expect_answered(bench, {.id = {0xff, 0x82, 0x12, 0x30}}, "123");
}

SERVER_CASE(node, longest_packed_string, "A packed string of 254 characters is read",
            .checks = {Rule::NODE_25}) {
  expect_answered(bench, {.id = concat({Bytes{0xff, 0x7f}, Bytes(127, 0x11)})},
                  std::string(254, '1'));
}

SERVER_CASE(node, compressed_stanza, "A compressed stanza is understood like a plain one",
            .checks = {Rule::NODE_01, Rule::NODE_06}) {
  Peer& alice = bench.online_peer("alice");
  alice.send_plaintext(wire::encode_payload(ping("compressed"), wire::Compression::kZlib).value());
  check_result(alice.expect(answer_to("compressed")));
}

SERVER_CASE(node, compressed_among_plain,
            "Compressed and plain stanzas are processed in the order of their frames",
            .checks = {Rule::NODE_64, Rule::FRAME_08}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node large = ping("large");
  large.content = std::vector<wire::Node>{element_of_bytes("ping", Bytes(500'000, 0x61))};
  alice.send_plaintext(wire::encode_payload(large, wire::Compression::kZlib).value());
  alice.send(ping("small"));
  check(id_of(alice.expect(stanza("iq", {{"type", "result"}}))) == "large",
        "the first query is answered first");
  check_result(alice.expect(answer_to("small")));
}

SERVER_CASE(node, order_of_attributes, "The order of attributes means nothing",
            .checks = {Rule::NODE_17}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node reversed = ping("reversed");
  std::ranges::reverse(reversed.attributes);
  alice.send(reversed);
  check_result(alice.expect(answer_to("reversed")));
}

SERVER_CASE(node, nested_a_hundred_deep, "Nodes nested 100 levels deep are read",
            .checks = {Rule::NODE_59}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node inner = element("x");
  for (int level = 2; level < 100; ++level) inner = element("x", {}, {std::move(inner)});
  wire::Node deep = ping("deep");
  deep.content = std::vector<wire::Node>{std::move(inner)};
  alice.send(deep);
  check_result(alice.expect(answer_to("deep")));
}

SERVER_CASE(node, names_of_language_built_ins,
            "Attribute names that mean something to a language are plain names",
            .checks = {Rule::NODE_42}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node odd = ping("odd");
  for (const std::string_view name : {"__proto__", "constructor", "toString"}) odd.set(name, "v");
  alice.send(odd);
  check_result(alice.expect(answer_to("odd")));
}

SERVER_CASE(node, address_of_the_server, "The server writes its own address as a JID without user",
            .checks = {Rule::NODE_55, Rule::MESSAGE_19, Rule::STANZA_03}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Node answer = alice.ask(element("iq", {{"type", "get"}, {"xmlns", "w:p"}}));
  check(names(answer, "from", wire::Jid::of_server()), "from is the server JID, encoded as a JID");
}

SERVER_CASE(node, what_is_no_jid, "Ids, times and codes travel as strings, never as JIDs",
            .checks = {Rule::STANZA_02, Rule::NODE_56}) {
  Peer& alice = bench.paired_peer("alice");
  const wire::Node success = alice.log_in();
  check(success.text("t").has_value(), "t of success is a string");
  alice.send(ping("15550001111"));
  check_result(alice.expect(answer_to("15550001111")));
}

}  // namespace doublecheck::harness
