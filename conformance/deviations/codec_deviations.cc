#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "harness/iut/codec.pb.h"
#include "spec/base/writer.h"
#include "spec/proto/access.h"
#include "spec/proto/adv.pb.h"
#include "spec/proto/signal.pb.h"
#include "spec/wire/jid.h"

// Codecs that do one thing wrong. Released libraries have, or had, these faults among them:
// wraps_the_length_of_routing_info, ignores_trailing_bytes, reads_signed_lengths, reads_empty_tags,
// inflates_without_bounds, loses_names_of_built_ins, writes_lids_as_users, cuts_devices_to_a_byte,
// moves_devices_to_users, takes_texts_for_jids, packs_lower_case, cuts_lists,
// verifies_by_the_text_alone, does_not_use_the_verdict, accepts_a_forged_leaf,
// accepts_a_forged_intermediate, accepts_a_leaf_for_another_key, accepts_keys_without_type,
// guesses_the_signed_prekey, forgets_skipped_group_messages, looks_at_the_last_pad_byte_alone,
// hashes_in_the_url_alphabet, believes_key_index_lists.
namespace doublecheck::deviations {
namespace {

using codec::Request;
using codec::Response;

// ---- Ways to interfere

using RequestEdit = std::function<void(Request&)>;
using ResponseEdit = std::function<void(const Request&, Response&)>;
using Refuses = std::function<bool(const Request&)>;

// The reference is asked something else.
std::function<CodecTamper()> asking(RequestEdit edit) {
  return [edit = std::move(edit)]() -> CodecTamper {
    return [edit](const Request& request, Response& response, const AskReference& ask) {
      Request edited = request;
      edit(edited);
      ask(edited, response);
    };
  };
}

// Its answer is changed.
std::function<CodecTamper()> answering(ResponseEdit edit) {
  return [edit = std::move(edit)]() -> CodecTamper {
    return [edit](const Request& request, Response& response, const AskReference& ask) {
      ask(request, response);
      edit(request, response);
    };
  };
}

// What the reference may accept is refused.
std::function<CodecTamper()> refusing(Refuses refuses) {
  return [refuses = std::move(refuses)]() -> CodecTamper {
    return [refuses](const Request& request, Response& response, const AskReference& ask) {
      if (refuses(request)) {
        response.mutable_refused()->set_reason("not by me");
      } else {
        ask(request, response);
      }
    };
  };
}

// What the reference refuses is asked again in another form.
std::function<CodecTamper()> insisting(RequestEdit edit) {
  return [edit = std::move(edit)]() -> CodecTamper {
    return [edit](const Request& request, Response& response, const AskReference& ask) {
      ask(request, response);
      if (!response.has_refused()) return;
      Request edited = request;
      edit(edited);
      response.Clear();
      ask(edited, response);
    };
  };
}

// One that remembers, made anew for each run.
template <typename State>
std::function<CodecTamper()> remembering(
    std::function<void(State&, const Request&, Response&, const AskReference&)> tamper) {
  return [tamper = std::move(tamper)]() -> CodecTamper {
    const auto state = std::make_shared<State>();
    return [state, tamper](const Request& request, Response& response, const AskReference& ask) {
      tamper(*state, request, response, ask);
    };
  };
}

// ---- Nodes

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

// ---- End-to-end encryption

// The protobuf between version byte and trailer.
template <typename Message>
Message inside(const std::string& encoded, std::size_t trailer) {
  Message message;
  if (encoded.size() > trailer + 1)
    proto::parse(as_bytes(encoded).subspan(1, encoded.size() - 1 - trailer), message);
  return message;
}

proto::SignalMessage signal_message(const codec::Decrypt& decrypt) {
  constexpr std::size_t kMac = 8;
  if (decrypt.type() == "msg") return inside<proto::SignalMessage>(decrypt.data(), kMac);
  return inside<proto::SignalMessage>(
      inside<proto::PreKeySignalMessage>(decrypt.data(), 0).message(), kMac);
}

proto::SenderKeyMessage group_message(const std::string& encoded) {
  return inside<proto::SenderKeyMessage>(encoded, 64);
}

}  // namespace

std::vector<Deviation> codec_deviations() {
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

      // ---- Keys and signatures
      {.name = "codec/does_not_clamp",
       .sentence = "Computes another public key for a private key that is not clamped",
       .violates = Rule::KEY_05,
       .caught_by = "codec/key/scalars_are_clamped",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& key = request.public_key().private_key();
         if (response.has_public_key() && !key.empty() &&
             (static_cast<unsigned char>(key.front()) & 7U) != 0)
           std::ranges::reverse(*response.mutable_public_key()->mutable_data());
       })},
      {.name = "codec/agrees_on_zeros",
       .sentence = "Computes a secret of zeros with a key of small order",
       .violates = Rule::KEY_06,
       .caught_by = "codec/key/secrets_of_zeros_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_agree())
           response.mutable_agree()->set_data(std::string(32, '\0'));
       })},
      {.name = "codec/verifies_by_the_text_alone",
       .sentence = "Refuses signatures that carry the sign of the key, half of all",
       .violates = Rule::KEY_07,
       .caught_by = "codec/key/signatures_of_signers_in_use_verify",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& signature = request.verify().signature();
         if (response.has_verify() && signature.size() == 64 &&
             (static_cast<unsigned char>(signature.back()) & 0x80U) != 0)
           response.mutable_verify()->set_valid(false);
       })},
      {.name = "codec/does_not_use_the_verdict",
       .sentence = "Calls every signature of 64 bytes valid",
       .violates = Rule::CERT_11,
       .caught_by = "codec/key/changed_signatures_do_not_verify",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_verify())
           response.mutable_verify()->set_valid(request.verify().signature().size() == 64);
       })},
      {.name = "codec/cuts_signatures",
       .sentence = "Verifies the first 64 bytes of a longer signature",
       .violates = Rule::KEY_09,
       .caught_by = "codec/key/signatures_of_another_length_do_not_verify",
       .codec_tamper = asking([](Request& request) {
         if (request.has_verify() && request.verify().signature().size() > 64)
           request.mutable_verify()->mutable_signature()->resize(64);
       })},

      // ---- Noise
      {.name = "codec/accepts_a_forged_leaf",
       .sentence = "Does not use the verdict on the signature of the leaf certificate",
       .violates = Rule::CERT_02,
       .caught_by = "codec/noise/every_byte_of_the_leaf_signature_counts",
       .guard = ForcedGuard(Rule::CERT_02, true)},
      {.name = "codec/accepts_a_forged_intermediate",
       .sentence = "Does not use the verdict on the signature of the intermediate certificate",
       .violates = Rule::CERT_01,
       .caught_by = "codec/noise/every_byte_of_the_intermediate_signature_counts",
       .guard = ForcedGuard(Rule::CERT_01, true)},
      {.name = "codec/accepts_a_leaf_for_another_key",
       .sentence = "Accepts a leaf certificate for another key than the server's",
       .violates = Rule::CERT_04,
       .caught_by = "codec/noise/chains_for_another_key_are_refused",
       .guard = ForcedGuard(Rule::CERT_04, true)},
      {.name = "codec/shakes_hands_on_zeros",
       .sentence = "Goes on with an ephemeral key of low order",
       .violates = Rule::NOISE_12,
       .caught_by = "codec/noise/keys_of_low_order_are_refused",
       .guard = ForcedGuard(Rule::NOISE_12, true)},
      {.name = "codec/refuses_unknown_fields",
       .sentence = "Refuses a ServerHello that has an unknown field",
       .violates = Rule::NOISE_18,
       .caught_by = "codec/noise/unknown_fields_are_ignored",
       .guard = ForcedGuard(Rule::NOISE_18, false)},
      {.name = "codec/opens_frames_again",
       .sentence = "Opens a frame that it has opened before",
       .violates = Rule::NOISE_07,
       .caught_by = "codec/noise/repeated_frames_are_refused",
       .codec_tamper = remembering<std::map<std::string, std::string>>(
           [](auto& opened, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_open()) return;
             const std::string& ciphertext = request.open().ciphertext();
             if (response.has_open()) opened[ciphertext] = response.open().data();
             if (response.has_refused() && opened.contains(ciphertext))
               response.mutable_open()->set_data(opened[ciphertext]);
           })},
      {.name = "codec/uses_one_ephemeral_key",
       .sentence = "Begins every handshake with the same ephemeral key",
       .violates = Rule::NOISE_09,
       .caught_by = "codec/noise/ephemeral_keys_are_fresh",
       .codec_tamper = asking([](Request& request) {
         if (request.has_start_handshake())
           request.mutable_start_handshake()->set_ephemeral_private_key(std::string(32, 'e'));
       })},

      // ---- Sessions
      {.name = "codec/accepts_keys_of_another_type",
       .sentence = "Accepts keys whose first byte is not 05",
       .violates = Rule::KEY_03,
       .caught_by = "codec/session/keys_of_another_type_are_refused",
       .guard = ForcedGuard(Rule::KEY_03, true)},
      {.name = "codec/accepts_keys_without_type",
       .sentence = "Accepts base and ratchet keys of 32 bytes",
       .violates = Rule::KEY_04,
       .caught_by = "codec/session/keys_without_type_are_refused",
       .guard = ForcedGuard(Rule::KEY_04, true)},
      {.name = "codec/ignores_macs",
       .sentence = "Decrypts whatever the MAC is",
       .violates = Rule::SESSION_08,
       .caught_by = "codec/session/version_is_under_the_mac",
       .codec_tamper = answering([](const Request& request, Response& response) {
         // As if it were: what is forged in this case is a version byte alone.
         if (response.has_refused() && request.has_decrypt() && !request.decrypt().data().empty() &&
             request.decrypt().data().front() == '\x33')
           response.mutable_decrypt()->set_data("whatever");
       })},
      {.name = "codec/jumps_without_bounds",
       .sentence = "Skips any number of messages",
       .violates = Rule::SESSION_21,
       .caught_by = "codec/session/jumps_of_25001_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         // Forced open, the guard would let the reference derive 4 thousand million keys.
         if (response.has_refused() && request.has_decrypt() &&
             signal_message(request.decrypt()).counter() == 25'001)
           response.mutable_decrypt()->set_data("from afar");
       })},
      {.name = "codec/jumps_a_thousand",
       .sentence = "Refuses a jump of more than a thousand messages",
       .violates = Rule::SESSION_20,
       .caught_by = "codec/session/jumps_of_1999_are_read",
       .codec_tamper = refusing([](const Request& request) {
         return request.has_decrypt() && signal_message(request.decrypt()).counter() > 1'000;
       })},
      {.name = "codec/does_not_verify_bundles",
       .sentence = "Starts a session from a bundle whose signature does not verify",
       .violates = Rule::SESSION_04,
       .caught_by = "codec/session/every_byte_of_a_prekey_signature_counts",
       .guard = ForcedGuard(Rule::SESSION_04, true)},
      {.name = "codec/loses_sessions_to_forgeries",
       .sentence = "Reads nothing more of a peer after a message that could not be decrypted",
       .violates = Rule::SESSION_26,
       .caught_by = "codec/session/every_byte_of_a_mac_counts",
       .codec_tamper = remembering<std::set<std::uint32_t>>(
           [](auto& lost, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_decrypt()) return;
             if (response.has_refused()) lost.insert(request.decrypt().device());
             if (lost.contains(request.decrypt().device()))
               response.mutable_refused()->set_reason("the session is broken");
           })},
      {.name = "codec/reads_messages_again",
       .sentence = "Decrypts a message again that it has decrypted before",
       .violates = Rule::SESSION_24,
       .caught_by = "codec/session/any_order_is_read",
       .codec_tamper = remembering<std::map<std::string, std::string>>(
           [](auto& read, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_decrypt()) return;
             const std::string& data = request.decrypt().data();
             if (response.has_decrypt()) read[data] = response.decrypt().data();
             if (response.has_refused() && read.contains(data))
               response.mutable_decrypt()->set_data(read[data]);
           })},
      {.name = "codec/guesses_the_signed_prekey",
       .sentence = "Uses the signed prekey that it has, whichever the message names",
       .violates = Rule::SESSION_18,
       .caught_by = "codec/session/prekey_ids_select_the_keys",
       .codec_tamper = insisting([](Request& request) {
         if (!request.has_decrypt() || request.decrypt().type() != "pkmsg") return;
         auto message = inside<proto::PreKeySignalMessage>(request.decrypt().data(), 0);
         message.set_signed_pre_key_id(7);
         request.mutable_decrypt()->set_data("\x33" + message.SerializeAsString());
       })},
      {.name = "codec/forgets_the_padding_of_blocks",
       .sentence = "Gives the plaintext although its padding is wrong",
       .violates = Rule::SESSION_30,
       .caught_by = "codec/session/wrong_padding_is_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_decrypt() &&
             signal_message(request.decrypt()).ciphertext().size() == 16)
           response.mutable_decrypt()->set_data("fifteen bytes..");
       })},
      {.name = "codec/writes_another_version",
       .sentence = "Writes the version byte 34",
       .violates = Rule::SESSION_06,
       .caught_by = "codec/session/version_byte_is_33",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_encrypt()) (*response.mutable_encrypt()->mutable_data())[0] = '\x34';
       })},
      {.name = "codec/writes_pkmsg_for_ever",
       .sentence = "Calls every message a pkmsg",
       .violates = Rule::SESSION_13,
       .caught_by = "codec/session/messages_are_pkmsg_until_an_answer",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_encrypt()) response.mutable_encrypt()->set_type("pkmsg");
       })},

      // ---- Sender keys
      {.name = "codec/does_not_verify_group_messages",
       .sentence = "Decrypts a group message whose signature does not verify",
       .violates = Rule::SENDERKEY_02,
       .caught_by = "codec/sender_key/every_byte_of_a_signature_counts",
       .guard = ForcedGuard(Rule::SENDERKEY_02, true)},
      {.name = "codec/takes_incomplete_sender_keys",
       .sentence = "Takes a distribution message without chain key",
       .violates = Rule::SENDERKEY_06,
       .caught_by = "codec/sender_key/malformed_distributions_are_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_refused() && request.has_take_sender_key() &&
             request.take_sender_key().data().size() == 40)
           response.mutable_take_sender_key();
       })},
      {.name = "codec/does_not_look_at_group_versions",
       .sentence = "Reads group messages of any version",
       .violates = Rule::SENDERKEY_03,
       .caught_by = "codec/sender_key/other_versions_are_refused",
       .guard = ForcedGuard(Rule::SENDERKEY_03, true)},
      {.name = "codec/wants_every_iteration",
       .sentence = "Refuses a group message that does not follow the one before",
       .violates = Rule::SENDERKEY_08,
       .caught_by = "codec/sender_key/gaps_are_read",
       .codec_tamper = remembering<std::uint32_t>([](std::uint32_t& next, const Request& request,
                                                     Response& response, const AskReference& ask) {
         if (request.has_take_sender_key()) next = 0;
         if (request.has_decrypt_from_group() &&
             group_message(request.decrypt_from_group().data()).iteration() != next++) {
           response.mutable_refused()->set_reason("out of order");
           return;
         }
         ask(request, response);
       })},
      {.name = "codec/forgets_skipped_group_messages",
       .sentence = "Refuses a group message older than the last one read",
       .violates = Rule::SENDERKEY_04,
       .caught_by = "codec/sender_key/any_order_is_read",
       .codec_tamper = remembering<std::uint32_t>([](std::uint32_t& last, const Request& request,
                                                     Response& response, const AskReference& ask) {
         if (request.has_take_sender_key()) last = 0;
         if (request.has_decrypt_from_group()) {
           const std::uint32_t iteration =
               group_message(request.decrypt_from_group().data()).iteration();
           if (iteration < last) {
             response.mutable_refused()->set_reason("old");
             return;
           }
           last = iteration;
         }
         ask(request, response);
       })},
      {.name = "codec/rewinds_sender_keys",
       .sentence = "Reads an old group message again after its distribution message came again",
       .violates = Rule::SENDERKEY_05,
       .caught_by = "codec/sender_key/repeated_distributions_do_not_rewind",
       .codec_tamper = remembering<std::map<std::string, std::string>>(
           [](auto& read, const Request& request, Response& response, const AskReference& ask) {
             ask(request, response);
             if (!request.has_decrypt_from_group()) return;
             const std::string& data = request.decrypt_from_group().data();
             if (response.has_decrypt_from_group())
               read[data] = response.decrypt_from_group().data();
             if (response.has_refused() && read.contains(data))
               response.mutable_decrypt_from_group()->set_data(read[data]);
           })},
      {.name = "codec/keeps_one_sender_key",
       .sentence = "Keeps only the key of a sender that was distributed last",
       .violates = Rule::SENDERKEY_07,
       .caught_by = "codec/sender_key/five_key_ids_are_kept",
       .codec_tamper = remembering<std::uint32_t>([](std::uint32_t& kept, const Request& request,
                                                     Response& response, const AskReference& ask) {
         if (request.has_take_sender_key())
           kept = inside<proto::SenderKeyDistributionMessage>(request.take_sender_key().data(), 0)
                      .id();
         if (request.has_decrypt_from_group() &&
             group_message(request.decrypt_from_group().data()).id() != kept) {
           response.mutable_refused()->set_reason("no such key");
           return;
         }
         ask(request, response);
       })},

      // ---- What is encrypted
      {.name = "codec/looks_at_the_last_pad_byte_alone",
       .sentence = "Takes off as many bytes as the last one says, whatever they are",
       .violates = Rule::MESSAGE_03,
       .caught_by = "codec/message/every_pad_byte_counts",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& padded = request.unpad().data();
         if (!response.has_refused() || padded.empty()) return;
         const auto count = static_cast<unsigned char>(padded.back());
         if (count <= padded.size())
           response.mutable_unpad()->set_data(padded.substr(0, padded.size() - count));
       })},
      {.name = "codec/takes_off_what_is_there",
       .sentence = "Takes off the whole message if its padding claims more than that",
       .violates = Rule::MESSAGE_03,
       .caught_by = "codec/message/padding_longer_than_the_message_is_refused",
       .codec_tamper = answering([](const Request& request, Response& response) {
         const std::string& padded = request.unpad().data();
         if (response.has_refused() && !padded.empty() &&
             static_cast<unsigned char>(padded.back()) > padded.size())
           response.mutable_unpad()->set_data("");
       })},
      {.name = "codec/pads_with_zeros",
       .sentence = "Pads with zeros and their number",
       .violates = Rule::MESSAGE_01,
       .caught_by = "codec/message/padding_is_written",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (!response.has_pad()) return;
         std::string& padded = *response.mutable_pad()->mutable_data();
         for (std::size_t i = request.pad().data().size(); i + 1 < padded.size(); ++i)
           padded[i] = '\0';
       })},
      {.name = "codec/pads_always_alike",
       .sentence = "Pads every message by 16 bytes",
       .violates = Rule::MESSAGE_02,
       .caught_by = "codec/message/padding_is_random",
       .codec_tamper = answering([](const Request& request, Response& response) {
         if (response.has_pad())
           response.mutable_pad()->set_data(request.pad().data() + std::string(16, '\x10'));
       })},
      {.name = "codec/hashes_in_the_url_alphabet",
       .sentence = "Writes participant hashes in the URL-safe alphabet",
       .violates = Rule::MESSAGE_09,
       .caught_by = "codec/message/phash_has_the_standard_alphabet",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_phash()) return;
         std::string& text = *response.mutable_phash()->mutable_text();
         std::ranges::replace(text, '+', '-');
         std::ranges::replace(text, '/', '_');
       })},

      // ---- Pairing
      {.name = "codec/wants_the_prefix_of_qr_texts",
       .sentence = "Reads QR texts with a URL in front only",
       .violates = Rule::PAIR_06,
       .caught_by = "codec/pairing/qr_texts_are_read",
       .codec_tamper = refusing([](const Request& request) {
         return request.has_parse_qr() && !request.parse_qr().text().starts_with("https://");
       })},
      {.name = "codec/pairs_without_hmac",
       .sentence = "Signs an identity whose HMAC is wrong",
       .violates = Rule::PAIR_08,
       .caught_by = "codec/pairing/every_byte_of_an_hmac_counts",
       .guard = ForcedGuard(Rule::PAIR_08, true)},
      {.name = "codec/pairs_without_account_signature",
       .sentence = "Signs an identity whose account signature does not verify",
       .violates = Rule::PAIR_09,
       .caught_by = "codec/pairing/every_byte_of_an_account_signature_counts",
       .guard = ForcedGuard(Rule::PAIR_09, true)},
      {.name = "codec/signs_nothing",
       .sentence = "Returns the identity with a device signature of zeros",
       .violates = Rule::PAIR_12,
       .caught_by = "codec/pairing/device_signature_verifies",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_accept_identity()) return;
         proto::AdvSignedDeviceIdentity identity;
         std::string& bytes = *response.mutable_accept_identity()->mutable_device_identity();
         if (!proto::parse(as_bytes(bytes), identity)) return;
         identity.set_device_signature(std::string(64, '\0'));
         bytes = identity.SerializeAsString();
       })},
      {.name = "codec/returns_the_account_key",
       .sentence = "Returns the account's key with the identity",
       .violates = Rule::PAIR_14,
       .caught_by = "codec/pairing/account_key_is_left_out",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (!response.has_accept_identity()) return;
         proto::AdvSignedDeviceIdentity identity;
         std::string& bytes = *response.mutable_accept_identity()->mutable_device_identity();
         if (!proto::parse(as_bytes(bytes), identity)) return;
         identity.set_account_signature_key(std::string(32, 'k'));
         bytes = identity.SerializeAsString();
       })},
      {.name = "codec/believes_identities",
       .sentence = "Believes any identity that can be decoded",
       .violates = Rule::DEVICE_07,
       .caught_by = "codec/pairing/every_byte_of_an_identitys_device_signature_counts",
       .codec_tamper = answering([](const Request&, Response& response) {
         if (response.has_verify_identity()) response.mutable_verify_identity()->set_valid(true);
       })},
      {.name = "codec/believes_key_index_lists",
       .sentence = "Reads a list of key indexes whose signature does not verify",
       .violates = Rule::DEVICE_03,
       .caught_by = "codec/pairing/every_byte_of_a_key_index_list_counts",
       .guard = ForcedGuard(Rule::DEVICE_03, true)},
  };
}

}  // namespace doublecheck::deviations
