#include "conformance/codec/node_steps.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
using namespace wire::literals;
using namespace conformance;

// ---- Reading

CODEC_CASE(node, structure_is_read, "Nodes of every size of list are read as they are",
           .checks = {Rule::NODE_11, Rule::NODE_12}) {
  read_group(bench, "structure");
}

CODEC_CASE(node, tokens_are_read, "Every token of dictionary version 3 is read as its string",
           .checks = {Rule::NODE_18}) {
  read_group(bench, "tokens");
}

CODEC_CASE(node, packed_strings_are_read,
           "Packed strings of both alphabets and any length are read",
           .checks = {Rule::NODE_24, Rule::NODE_22}) {
  read_group(bench, "packed");
}

CODEC_CASE(node, strings_are_read, "Strings of every length form, UTF-8 and empty ones are read",
           .checks = {Rule::NODE_30, Rule::NODE_29, Rule::NODE_42}) {
  read_group(bench, "strings");
}

CODEC_CASE(node, bytes_are_read, "Bytes of every length form are read untouched",
           .checks = {Rule::NODE_36, Rule::NODE_30}) {
  read_group(bench, "bytes");
}

CODEC_CASE(node, stanzas_are_read, "Realistic stanzas are read as the nodes that they are",
           .checks = {Rule::NODE_41, Rule::NODE_11}) {
  read_group(bench, "stanza");
}

CODEC_CASE(node, list_16_is_read_for_any_size, "LIST_16 is read also where LIST_8 would do",
           .checks = {Rule::NODE_13}) {
  read_named(bench, "non-minimal", {"LIST_16"});
}

CODEC_CASE(node, raw_tokens_are_read, "A token that is spelled as a raw string is read",
           .checks = {Rule::NODE_20}) {
  read_named(bench, "non-minimal", {"spelled raw", "packed instead", "hex-packed", "spelled as"});
}

CODEC_CASE(node, long_packed_strings_are_read, "Packed strings of up to 254 characters are read",
           .checks = {Rule::NODE_25}) {
  read_named(bench, "non-minimal",
             {"128 digits packed", "254 digits packed", "253 hex characters packed"});
}

CODEC_CASE(node, empty_strings_are_read_in_every_form,
           "FC 00, FF 00 and FB 00 are the empty string", .checks = {Rule::NODE_29}) {
  read_named(bench, "non-minimal", {"empty string"});
}

CODEC_CASE(node, longer_length_forms_are_read, "A longer length form than needed is read",
           .checks = {Rule::NODE_31}) {
  read_named(bench, "non-minimal", {"BINARY_20", "BINARY_32"});
}

CODEC_CASE(node, empty_lists_are_read_in_every_form,
           "00, F8 00 and F9 00 00 in the content slot are no children",
           .checks = {Rule::NODE_66}) {
  read_named(bench, "non-minimal", {"zero children"});
  read_named(bench, "content", {"LIST_EMPTY content"});
}

CODEC_CASE(node, empty_attribute_values_are_read, "LIST_EMPTY as an attribute value is empty",
           .checks = {Rule::NODE_29}) {
  read_named(bench, "content", {"LIST_EMPTY attribute value"});
}

CODEC_CASE(node, string_contents_are_read,
           "A content that is a token or packed is read as its text",
           .checks = {Rule::NODE_18, Rule::NODE_24}) {
  read_named(bench, "content", {"token content", "nibble content", "success stanza"});
}

CODEC_CASE(node, compressed_payloads_are_read,
           "zlib streams of every window, level, block type and flush point are read",
           .checks = {Rule::NODE_06, Rule::NODE_01}) {
  read_group(bench, "compressed");
}

CODEC_CASE(node, flag_bits_beside_02_are_ignored, "A payload with other flag bits is read",
           .checks = {Rule::NODE_03}) {
  read_accepted(bench, "flag");
}

CODEC_CASE(node, sixteen_mebibytes_are_inflated, "A body that inflates to 16 MiB is read",
           .checks = {Rule::NODE_07}) {
  read_accepted(bench, "zip-bomb");
}

CODEC_CASE(node, any_padding_of_packed_strings_is_read,
           "The last half-byte of an odd packed string may be anything that is a character",
           .checks = {Rule::NODE_28}) {
  read_accepted(bench, "packed");
}

CODEC_CASE(node, names_of_built_ins_are_read, "Attributes named __proto__ and constructor are read",
           .checks = {Rule::NODE_42}) {
  read_accepted(bench, "key");
}

CODEC_CASE(node, a_hundred_levels_are_read, "Nodes nested 100 levels deep are read",
           .checks = {Rule::NODE_59}) {
  read_accepted(bench, "depth");
}

CODEC_CASE(node, a_hundred_thousand_children_are_read, "A stanza of nearly 100000 nodes is read",
           .checks = {Rule::NODE_84}) {
  // Two levels, since a list holds no more than 65535.
  wire::Node row{.tag = "list"};
  row.content = std::vector<wire::Node>(999, "<item/>"_node);
  wire::Node node{.tag = "iq"};
  node.content = std::vector<wire::Node>(99, row);
  const auto payload = wire::encode_payload(node);
  if (!payload) inconclusive("the suite cannot write its own stanza");
  check(bench.is_same(accepted(bench.decode_payload(*payload), "a large stanza is read"), node),
        "a large stanza is read as it is");
}

// ---- Refusing

CODEC_CASE(node, frames_without_a_node_are_refused,
           "A payload that is empty, or a flag byte alone, is refused",
           .checks = {Rule::NODE_01, Rule::NODE_08}) {
  refuse_category(bench, "flag");
}

CODEC_CASE(node, damaged_zlib_is_refused,
           "A zlib stream with a damaged header, block or checksum is refused",
           .checks = {Rule::NODE_05}) {
  refuse_category(bench, "zlib");
}

CODEC_CASE(node, zip_bombs_are_refused, "A body that inflates without bounds is refused",
           .checks = {Rule::NODE_07}) {
  refuse_category(bench, "zip-bomb");
}

CODEC_CASE(node, what_does_not_begin_a_node_is_refused,
           "A payload that begins with anything but a list of one or more is refused",
           .checks = {Rule::NODE_12, Rule::NODE_13}) {
  refuse_category(bench, "node-start");
}

CODEC_CASE(node, cut_frames_are_refused, "A frame that ends too early is refused",
           .checks = {Rule::NODE_62}) {
  refuse_category(bench, "truncated");
}

CODEC_CASE(node, every_prefix_of_a_stanza_is_refused,
           "No part of a stanza is a stanza, wherever it is cut", .checks = {Rule::NODE_62}) {
  for (const Json* one : vector_cases(kNodes, "group", "stanza")) {
    const Bytes frame = bytes_of_hex(one->at("output"));
    if (frame.size() > 200) continue;  // the number of questions grows with the length
    precondition("the whole stanza is read",
                 [&] { accepted(bench.decode_payload(frame), "a whole stanza is read"); });
    for (std::size_t size = 1; size < frame.size(); ++size) {
      check_refused(bench.decode_payload(ByteView(frame).first(size)),
                    "a stanza cut after " + std::to_string(size) +
                        " bytes is refused: " + text(one->at("name")));
    }
  }
}

CODEC_CASE(node, trailing_bytes_are_refused, "A frame in which bytes follow the node is refused",
           .checks = {Rule::NODE_10}) {
  refuse_category(bench, "trailing");
}

CODEC_CASE(node, reserved_tags_are_refused, "The tags 240 to 244 are refused in every place",
           .checks = {Rule::NODE_37}) {
  refuse_category(bench, "reserved");
}

CODEC_CASE(node, tags_that_are_no_strings_are_refused,
           "A node whose tag is empty, a list or a JID is refused", .checks = {Rule::NODE_38}) {
  refuse_category(bench, "tag");
}

CODEC_CASE(node, lists_as_attribute_names_are_refused, "A list as an attribute name is refused",
           .checks = {Rule::NODE_39}) {
  refuse_category(bench, "key");
}

CODEC_CASE(node, lists_as_attribute_values_are_refused, "A list as an attribute value is refused",
           .checks = {Rule::NODE_40}) {
  refuse_category(bench, "value");
}

CODEC_CASE(node, lists_of_anything_but_nodes_are_refused,
           "A list of children that holds a token, bytes or an empty list is refused",
           .checks = {Rule::NODE_12, Rule::NODE_27}) {
  refuse_category(bench, "content");
}

CODEC_CASE(node, half_bytes_that_are_no_characters_are_refused,
           "The half-bytes 12, 13 and 14 of NIBBLE_8, and an odd string of no bytes, are refused",
           .checks = {Rule::NODE_26, Rule::NODE_27}) {
  refuse_category(bench, "packed");
}

CODEC_CASE(
    node, lengths_beyond_the_frame_are_refused,
    "A length that exceeds the remaining data is refused, also one that is negative when signed",
    .checks = {Rule::NODE_33}) {
  refuse_category(bench, "length");
}

CODEC_CASE(node, deep_nesting_is_refused_or_read,
           "Nesting a million levels deep ends neither the process nor the time",
           .checks = {Rule::NODE_60, Rule::NODE_61}) {
  refuse_category(bench, "depth");
  survive_category(bench, "depth");
}

CODEC_CASE(node, contested_frames_are_survived,
           "Frames that some decoders read and others refuse do no harm",
           .checks = {Rule::NODE_62}) {
  for (const char* category : {"key", "packed", "length", "utf8", "jid", "zlib"})
    survive_category(bench, category);
}

// ---- Writing

CODEC_CASE(node, structure_is_written, "Lists are written with LIST_8 below 256 and LIST_16 above",
           .checks = {Rule::NODE_12, Rule::NODE_11, Rule::NODE_43}) {
  write_group(bench, "structure");
}

CODEC_CASE(node, tokens_are_written, "A string that is a token is written as that token",
           .checks = {Rule::NODE_19, Rule::NODE_18, Rule::NODE_21}) {
  write_group(bench, "tokens");
}

CODEC_CASE(node, packed_strings_are_written,
           "Digits and upper-case hexadecimal of up to 127 characters are packed",
           .checks = {Rule::NODE_22, Rule::NODE_24}) {
  write_group(bench, "packed");
}

CODEC_CASE(node, odd_packed_strings_are_padded_with_15,
           "An odd number of characters is packed with the odd flag and the padding 15",
           .checks = {Rule::NODE_24}) {
  write_named(bench, "packed", {"3 digits", "15 digits", "17 digits", "3 hex characters", "127 d"});
}

CODEC_CASE(node, what_must_not_be_packed_is_raw,
           "Strings of more than 127 characters and lower-case hexadecimal are not packed",
           .checks = {Rule::NODE_23}) {
  write_named(bench, "packed", {"128 ", "129 ", "254 ", "255 ", "256 ", "raw", "not packable"});
}

CODEC_CASE(node, strings_are_written,
           "Strings are written in the form that their length in bytes asks for",
           .checks = {Rule::NODE_30, Rule::NODE_29, Rule::NODE_32, Rule::NODE_34}) {
  write_group(bench, "strings");
}

CODEC_CASE(node, bytes_are_written, "Bytes are written as bytes, whatever they spell",
           .checks = {Rule::NODE_36, Rule::NODE_30, Rule::NODE_32}) {
  write_group(bench, "bytes");
}

CODEC_CASE(node, stanzas_are_written, "Realistic stanzas are written canonically",
           .checks = {Rule::NODE_41, Rule::NODE_19}) {
  write_group(bench, "stanza");
}

CODEC_CASE(node, empty_attribute_values_are_written, "An empty attribute value is written as FC 00",
           .checks = {Rule::NODE_70}) {
  write_named(bench, "structure", {"attribute with empty value", "values empty"});
}

CODEC_CASE(node, tag_0_is_written, "A node whose tag is the digit 0 is written",
           .checks = {Rule::NODE_41}) {
  write_confusable(bench, {"tag 0"});
}

CODEC_CASE(node, names_of_built_ins_are_written,
           "Names of language built-ins are written as any other string",
           .checks = {Rule::NODE_42}) {
  write_confusable(bench, {"object prototype", "integer-like"});
}

CODEC_CASE(
    node, text_with_at_signs_stays_text,
    "A text that looks like a JID, an e-mail address or a sentence is written as the string it is",
    .checks = {Rule::NODE_42}) {
  write_confusable(bench, {"@", "underscore", "JID of"});
}

CODEC_CASE(node, text_with_devices_stays_text,
           "A text with the form of a device JID is written as the string it is",
           .checks = {Rule::NODE_42, Rule::NODE_56}) {
  write_confusable(bench, {"device", "agent", "colons"});
}

CODEC_CASE(node, nodes_that_cannot_be_written_are_refused,
           "A node with an empty tag, 32768 attributes or 65536 children is not written",
           .checks = {Rule::NODE_14, Rule::NODE_38}) {
  bench.need("encode_payload");
  for (const Json* one : vector_cases(kNodes, "group", "confusable")) {
    if (one->value("expect", "") != "refuse") continue;
    precondition("a node is written",
                 [&] { accepted(bench.encode_payload("<x/>"_node), "a node is written"); });
    check_refused(bench.encode_payload(input_node(*one)), "is refused: " + text(one->at("name")));
  }
}

CODEC_CASE(node, one_node_is_written_per_payload,
           "What is written is one flag byte and one node, and nothing after it",
           .checks = {Rule::NODE_09, Rule::NODE_01, Rule::NODE_15, Rule::NODE_43}) {
  for (int i = 0; i < 50; ++i) {
    const wire::Node node = random_node(bench.random());
    const Bytes payload = accepted(bench.encode_payload(node), "a node is written");
    const auto read = wire::Stanza::decode(payload);
    check(read.has_value(), "what is written decodes strictly",
          read ? "" : read.error().to_string());
  }
}

CODEC_CASE(node, what_is_written_is_read_back,
           "A node that was written is read back as the same, whatever it is",
           .checks = {Rule::NODE_67}) {
  for (int i = 0; i < 50; ++i) {
    const wire::Node node = random_node(bench.random());
    const Bytes payload = accepted(bench.encode_payload(node), "a node is written");
    const auto by_the_suite = wire::Stanza::decode(payload);
    check(by_the_suite && bench.is_same(by_the_suite->root(), node),
          "what is written says the same to others", to_hex(payload));
    check(bench.is_same(accepted(bench.decode_payload(payload), "what was written is read"), node),
          "what was written is read back as the same", to_hex(payload));
  }
}

CODEC_CASE(node, what_is_read_is_written_back,
           "A canonical frame that was read is written back as it was", .checks = {Rule::NODE_68}) {
  bench.need("encode_payload");
  if (bench.description().jids_are_text)
    unsupported("the codec gives JIDs as text, which has to be written as text");
  for (const Json* one : vector_cases(kNodes, "group", "stanza")) {
    if (!one->contains("output") || one->at("canonical") != true) continue;
    const Bytes frame = bytes_of_hex(one->at("output"));
    const wire::Node node = accepted(bench.decode_payload(frame), "a stanza is read");
    check(is_canonical(accepted(bench.encode_payload(node), "a stanza is written"), frame),
          "is written back as it was: " + text(one->at("name")));
  }
}

CODEC_CASE(node, order_of_attributes_has_no_meaning,
           "A node whose attributes come in another order is read as the same",
           .checks = {Rule::NODE_17}) {
  const wire::Node node = R"(<iq id="p1" type="get" xmlns="w:p" to=jid:"@s.whatsapp.net"/>)"_node;
  wire::Node turned = node;
  std::ranges::reverse(turned.attributes);
  const auto payload = wire::encode_payload(turned);
  if (!payload) inconclusive("the suite cannot write its own stanza");
  check(bench.is_same(accepted(bench.decode_payload(*payload), "a stanza is read"), node),
        "the attributes are the same in any order");
}

}  // namespace doublecheck::harness
