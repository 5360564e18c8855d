#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "conformance/deviations/codec_edits.h"
#include "conformance/deviations/deviation.h"
#include "spec/base/writer.h"

// Codecs that get a frame, a node or a JID wrong. Released libraries have, or had, these faults
// among them: wraps_the_length_of_routing_info, ignores_trailing_bytes, reads_signed_lengths,
// reads_empty_tags, inflates_without_bounds, loses_names_of_built_ins, writes_lids_as_users,
// cuts_devices_to_a_byte, moves_devices_to_users, takes_texts_for_jids, packs_lower_case,
// cuts_lists.
namespace doublecheck::deviations {
namespace {

using AttributeEdit = std::function<void(codec::Attribute&)>;

void each_attribute(codec::Node& node, const AttributeEdit& edit) {
  for (codec::Element& element : *node.mutable_elements()) {
    for (codec::Attribute& attribute : *element.mutable_attributes()) edit(attribute);
  }
}

std::function<CodecTamper()> writing_attributes(AttributeEdit edit) {
  return asking([edit = std::move(edit)](Request& request) {
    if (request.has_encode_payload())
      each_attribute(*request.mutable_encode_payload()->mutable_node(), edit);
  });
}

std::function<CodecTamper()> writing_jids(const std::function<void(codec::Jid&)>& edit) {
  return writing_attributes([edit](codec::Attribute& attribute) {
    if (attribute.has_jid()) edit(*attribute.mutable_jid());
  });
}

std::function<CodecTamper()> reading(std::function<void(std::string&)> edit) {
  return insisting([edit = std::move(edit)](Request& request) {
    if (request.has_decode_payload()) edit(*request.mutable_decode_payload()->mutable_payload());
  });
}

bool is_account_server(const std::string& server) {
  return server == "s.whatsapp.net" || server == "lid" || server == "hosted" ||
         server == "hosted.lid";
}

bool is_lower_hex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         text.find_first_of("abcdef") != std::string::npos;
}

// A node without JIDs, in which every string is spelled out. For small ones only.
std::string spelled_out(const codec::Node& node) {
  Writer writer;
  const auto list = [&](std::size_t size) {
    writer.u8(0xf9);
    writer.u16(static_cast<std::uint16_t>(size));
  };
  const auto string = [&](const std::string& text) {
    writer.u8(0xfd);
    writer.u24(static_cast<std::uint32_t>(text.size()));
    writer.bytes(as_bytes(text));
  };
  writer.u8(0);
  for (const codec::Element& element : node.elements()) {
    const bool has_content = element.content_case() != codec::Element::CONTENT_NOT_SET;
    list(1 + 2 * static_cast<std::size_t>(element.attributes_size()) + (has_content ? 1 : 0));
    string(element.tag());
    for (const codec::Attribute& attribute : element.attributes()) {
      string(attribute.name());
      string(attribute.text());
    }
    if (element.has_children()) {
      list(element.children());
    } else if (has_content) {
      string(element.has_bytes() ? element.bytes() : element.text());
    }
  }
  return to_text(writer.written());
}

}  // namespace

std::vector<Deviation> codec_node_deviations() {
  return {
      // ---- Frames
      {.name = "codec/writes_lengths_backwards",
       .sentence = "Writes the length of a frame with its lowest byte first",
       .violates = Rule::FRAME_01,
       .caught_by = "codec/frame/payloads_get_their_length",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_encode_frame() && response.encode_frame().data().size() >= 3) {
           std::string& frame = *response.mutable_encode_frame()->mutable_data();
           std::swap(frame[0], frame[2]);
         }
       })},
      {.name = "codec/wraps_lengths",
       .sentence = "Frames a payload of 2^24 bytes with the low bits of its length",
       .violates = Rule::FRAME_02,
       .caught_by = "codec/frame/payload_of_16777216_bytes_is_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_encode_frame())
           response.mutable_encode_frame()->set_data(std::string(3, '\0') +
                                                     request.encode_frame().payload());
       })},
      {.name = "codec/wraps_the_length_of_routing_info",
       .sentence = "Writes the length of long routing information in two bytes behind a zero",
       .violates = Rule::TRANSPORT_09,
       .caught_by = "codec/frame/first_frame_follows_the_intro",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (request.has_encode_frame() && request.encode_frame().routing_info().size() > 0xffff)
           (*response.mutable_encode_frame()->mutable_data())[4] = '\0';
       })},
      {.name = "codec/delivers_half_frames",
       .sentence = "Delivers what has come of a frame at the end of the stream",
       .violates = Rule::FRAME_06,
       .caught_by = "codec/frame/announced_bytes_are_not_delivered",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (!response.has_decode_frames() || request.decode_frames().chunks_size() != 1) return;
         codec::Frames::Chunk& only = *response.mutable_decode_frames()->mutable_chunks(0);
         const std::string& came = request.decode_frames().chunks(0);
         if (only.frames().empty() && came.size() > 3) only.add_frames(came.substr(3));
       })},
      {.name = "codec/forgets_headers_that_are_cut",
       .sentence = "Loses the beginning of a length that comes in two pieces",
       .violates = Rule::FRAME_03,
       .caught_by = "codec/frame/every_cut_of_a_stream_gives_the_same_frames",
       .codec_tamper = asking([](Request& request) {
         if (!request.has_decode_frames()) return;
         auto& chunks = *request.mutable_decode_frames()->mutable_chunks();
         if (chunks.size() > 1 && chunks[0].size() < 3) chunks[0].clear();
       })},

      // ---- Nodes: what decoders accept, as some released ones do
      {.name = "codec/ignores_trailing_bytes",
       .sentence = "Reads a node and ignores the bytes behind it",
       .violates = Rule::NODE_10,
       .caught_by = "codec/node/trailing_bytes_are_refused",
       .codec_tamper =
           [] {
             return CodecTamper(
                 [](const Request& request, Response& response, const AskReference& ask) {
                   ask(request, response);
                   if (!response.has_refused() || !request.has_decode_payload()) return;
                   Request shorter = request;
                   std::string& payload = *shorter.mutable_decode_payload()->mutable_payload();
                   if (payload.size() > 1'000) return;
                   while (response.has_refused() && payload.size() > 2) {
                     payload.pop_back();
                     response.Clear();
                     ask(shorter, response);
                   }
                 });
           }},
      {.name = "codec/reads_signed_lengths",
       .sentence = "Reads the length of BINARY_32 as signed, and a negative one as none",
       .violates = Rule::NODE_33,
       .caught_by = "codec/node/lengths_beyond_the_frame_are_refused",
       .codec_tamper = reading([](std::string& payload) {
         const std::size_t at = payload.find(std::string("\xfe\xff\xff\xff\xff", 5));
         if (at != std::string::npos) payload.replace(at + 1, 4, std::string(4, '\0'));
       })},
      {.name = "codec/reads_stale_nodes",
       .sentence = "Gives the last node again for a frame that cannot be read",
       .violates = Rule::NODE_62,
       .caught_by = "codec/node/cut_frames_are_refused",
       .codec_tamper = remembering<codec::Node>([](codec::Node& last, const Request& request,
                                                   Response& response, const AskReference& ask) {
         ask(request, response);
         if (!request.has_decode_payload()) return;
         if (response.has_decode_payload()) last = response.decode_payload();
         if (response.has_refused()) *response.mutable_decode_payload() = last;
       })},
      {.name = "codec/reads_half_bytes_as_nothing",
       .sentence = "Reads the half-bytes 12 to 14 of NIBBLE_8 as digits",
       .violates = Rule::NODE_26,
       .caught_by = "codec/node/half_bytes_that_are_no_characters_are_refused",
       .codec_tamper = reading([](std::string& payload) {
         const std::size_t at = payload.find('\xff');
         if (at == std::string::npos || at + 2 >= payload.size()) return;
         for (std::size_t i = at + 2; i < payload.size(); ++i)
           payload[i] = static_cast<char>(static_cast<unsigned char>(payload[i]) & 0x33U);
       })},
      {.name = "codec/reads_empty_tags",
       .sentence = "Reads a node with an empty tag as one called null",
       .violates = Rule::NODE_38,
       .caught_by = "codec/node/tags_that_are_no_strings_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_decode_payload() &&
             request.decode_payload().payload().find(std::string("\xfc\x00", 2)) == 3)
           response.mutable_decode_payload()->add_elements()->set_tag("null");
       })},
      {.name = "codec/reads_reserved_tags",
       .sentence = "Reads the reserved tag 240 as an empty string",
       .violates = Rule::NODE_37,
       .caught_by = "codec/node/reserved_tags_are_refused",
       .codec_tamper = reading([](std::string& payload) {
         const std::size_t at = payload.find('\xf0');
         if (at != std::string::npos) payload[at] = '\x05';
       })},
      {.name = "codec/inflates_without_bounds",
       .sentence = "Inflates a body of any size, and reads its beginning",
       .violates = Rule::NODE_07,
       .caught_by = "codec/node/zip_bombs_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_decode_payload() &&
             request.decode_payload().payload().size() > 10'000)
           response.mutable_decode_payload()->add_elements()->set_tag("bomb");
       })},

      // ---- Nodes: what decoders refuse or change
      {.name = "codec/refuses_unknown_flags",
       .sentence = "Refuses a payload with a flag bit other than 02",
       .violates = Rule::NODE_03,
       .caught_by = "codec/node/flag_bits_beside_02_are_ignored",
       .codec_tamper = refusing([](const Request& request) {
         const std::string& payload = request.decode_payload().payload();
         return !payload.empty() && (static_cast<unsigned char>(payload[0]) & 0xfdU) != 0;
       })},
      {.name = "codec/does_not_inflate",
       .sentence = "Refuses payloads that are compressed",
       .violates = Rule::NODE_06,
       .caught_by = "codec/node/compressed_payloads_are_read",
       .codec_tamper = refusing([](const Request& request) {
         const std::string& payload = request.decode_payload().payload();
         return !payload.empty() && (static_cast<unsigned char>(payload[0]) & 0x02U) != 0;
       })},
      {.name = "codec/wants_minimal_lists",
       .sentence = "Refuses LIST_16 where LIST_8 would do",
       .violates = Rule::NODE_13,
       .caught_by = "codec/node/list_16_is_read_for_any_size",
       .codec_tamper = refusing([](const Request& request) {
         return request.decode_payload().payload().find(std::string("\xf9\x00", 2)) !=
                std::string::npos;
       })},
      {.name = "codec/nests_fifty_levels",
       .sentence = "Refuses nodes that are nested more than 50 levels deep",
       .violates = Rule::NODE_59,
       .caught_by = "codec/node/a_hundred_levels_are_read",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_decode_payload()) return;
         const auto& elements = response.decode_payload().elements();
         const bool is_chain = std::ranges::count_if(elements, [](const codec::Element& element) {
                                 return element.children() == 1;
                               }) > 50;
         if (is_chain) response.mutable_refused()->set_reason("too deep");
       })},
      {.name = "codec/reads_few_nodes",
       .sentence = "Refuses stanzas of more than 65536 nodes",
       .violates = Rule::NODE_84,
       .caught_by = "codec/node/a_hundred_thousand_children_are_read",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.decode_payload().elements_size() > 65'536)
           response.mutable_refused()->set_reason("too many nodes");
       })},
      {.name = "codec/loses_names_of_built_ins",
       .sentence = "Drops an attribute named __proto__, as objects of JavaScript do",
       .violates = Rule::NODE_42,
       .caught_by = "codec/node/names_of_built_ins_are_read",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_decode_payload()) return;
         for (codec::Element& element : *response.mutable_decode_payload()->mutable_elements()) {
           auto& attributes = *element.mutable_attributes();
           for (int i = attributes.size(); i-- > 0;) {
             if (attributes[i].name() == "__proto__") attributes.DeleteSubrange(i, 1);
           }
         }
       })},
      {.name = "codec/reads_lids_as_users",
       .sentence = "Reads a device of a LID as a device of a phone number",
       .violates = Rule::NODE_44,
       .caught_by = "codec/jid/every_server_is_read",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_decode_payload()) return;
         each_attribute(*response.mutable_decode_payload(), [](codec::Attribute& attribute) {
           if (attribute.has_jid() && attribute.jid().server() == "lid" &&
               attribute.jid().device() != 0)
             attribute.mutable_jid()->set_server("s.whatsapp.net");
         });
       })},

      // ---- Nodes: what encoders write, as some released ones do
      {.name = "codec/writes_lids_as_users",
       .sentence = "Writes domain 0 for a device of a LID",
       .violates = Rule::NODE_44,
       .caught_by = "codec/jid/lid_devices_are_written_as_such",
       .codec_tamper = writing_jids([](codec::Jid& jid) {
         if (jid.server() == "lid" && jid.device() != 0) jid.set_server("s.whatsapp.net");
       })},
      {.name = "codec/cuts_devices_to_a_byte",
       .sentence = "Writes device 256 as device 0",
       .violates = Rule::NODE_49,
       .caught_by = "codec/jid/device_256_is_refused",
       .codec_tamper = writing_jids([](codec::Jid& jid) {
         if (is_account_server(jid.server())) jid.set_device(jid.device() & 0xffU);
       })},
      {.name = "codec/moves_devices_to_users",
       .sentence = "Writes a device at a server that AD_JID cannot name as one at s.whatsapp.net",
       .violates = Rule::NODE_46,
       .caught_by = "codec/jid/devices_elsewhere_do_not_become_accounts_of_users",
       .codec_tamper = writing_jids([](codec::Jid& jid) {
         if (jid.device() != 0 && !is_account_server(jid.server()) && jid.server() != "msgr" &&
             jid.server() != "interop")
           jid.set_server("s.whatsapp.net");
       })},
      {.name = "codec/takes_texts_for_jids",
       .sentence = "Writes every text with an @ in it as a JID",
       .violates = Rule::NODE_42,
       .caught_by = "codec/node/text_with_at_signs_stays_text",
       .codec_tamper = writing_attributes([](codec::Attribute& attribute) {
         const std::string text = attribute.text();
         const std::size_t at = text.find('@');
         if (at == std::string::npos || at + 1 == text.size()) return;
         attribute.mutable_jid()->set_user(text.substr(0, at));
         attribute.mutable_jid()->set_server(text.substr(at + 1));
       })},
      {.name = "codec/takes_bytes_for_text",
       .sentence = "Writes bytes that spell a token or digits as such",
       .violates = Rule::NODE_36,
       .caught_by = "codec/node/bytes_are_written",
       .codec_tamper = asking([](Request& request) {
         if (!request.has_encode_payload()) return;
         for (codec::Element& element :
              *request.mutable_encode_payload()->mutable_node()->mutable_elements()) {
           if (!element.has_bytes() || element.bytes().empty() || element.bytes().size() > 40)
             continue;
           const std::string bytes = element.bytes();
           element.set_text(bytes);
         }
       })},
      {.name = "codec/spells_everything_out",
       .sentence = "Writes no token and packs nothing",
       .violates = Rule::NODE_19,
       .caught_by = "codec/node/tokens_are_written",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_encode_payload())
           response.mutable_encode_payload()->set_data(
               spelled_out(request.encode_payload().node()));
       })},
      {.name = "codec/packs_lower_case",
       .sentence = "Packs lower-case hexadecimal, which then is upper-case",
       .violates = Rule::NODE_23,
       .caught_by = "codec/node/what_must_not_be_packed_is_raw",
       .codec_tamper = writing_attributes([](codec::Attribute& attribute) {
         if (!is_lower_hex(attribute.text())) return;
         std::string text = attribute.text();
         std::ranges::transform(text, text.begin(), [](char character) {
           return character >= 'a' ? static_cast<char>(character - 'a' + 'A') : character;
         });
         attribute.set_text(text);
       })},
      {.name = "codec/cuts_lists",
       .sentence = "Writes the first 65535 of 65536 children",
       .violates = Rule::NODE_14,
       .caught_by = "codec/node/nodes_that_cannot_be_written_are_refused",
       .codec_tamper = asking([](Request& request) {
         if (!request.has_encode_payload()) return;
         auto& elements = *request.mutable_encode_payload()->mutable_node()->mutable_elements();
         if (elements.size() != 65'537) return;
         elements.RemoveLast();
         elements[0].set_children(65'535);
       })},
      {.name = "codec/drops_empty_attributes",
       .sentence = "Leaves out attributes whose value is empty",
       .violates = Rule::NODE_70,
       .caught_by = "codec/node/empty_attribute_values_are_written",
       .codec_tamper = asking([](Request& request) {
         if (!request.has_encode_payload()) return;
         for (codec::Element& element :
              *request.mutable_encode_payload()->mutable_node()->mutable_elements()) {
           auto& attributes = *element.mutable_attributes();
           for (int i = attributes.size(); i-- > 0;) {
             if (!attributes[i].has_jid() && attributes[i].text().empty())
               attributes.DeleteSubrange(i, 1);
           }
         }
       })},
      {.name = "codec/writes_a_byte_more",
       .sentence = "Writes a zero behind each node",
       .violates = Rule::NODE_09,
       .caught_by = "codec/node/one_node_is_written_per_payload",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_encode_payload())
           response.mutable_encode_payload()->mutable_data()->push_back('\0');
       })},
  };
}

}  // namespace doublecheck::deviations
