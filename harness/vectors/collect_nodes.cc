#include <stdexcept>

#include "harness/vectors/collected_file.h"
#include "harness/vectors/node_json.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

const Json& input_of(const CollectedFile& file, const Json& one) {
  const Json& input = one.at("input");
  if (!input.contains("same_node_as")) return input;
  for (const Json& other : file.cases()) {
    if (other.at("name") == input.at("same_node_as")) return input_of(file, other);
  }
  throw std::runtime_error("no node of that name: " + input.dump());
}

// The node with bytes where `decoded` has them instead of a string. Its JIDs are printed, so it is
// not used as it is.
Json with_bytes(Json node, const Json& decoded) {
  const Json& content = decoded.at("content");
  if (content.contains("bytes")) node["content"] = content;
  if (!content.contains("nodes")) return node;
  for (std::size_t i = 0; i < content.at("nodes").size(); ++i) {
    Json& child = node["content"]["nodes"][i];
    child = with_bytes(child, content.at("nodes")[i]);
  }
  return node;
}

// A payload that is not what an encoder writes for the node, or need not be.
Vector decoded_payload(const CollectedFile& file, const Json& one, const Json& payload) {
  Vector vector = file.begin(one, "decode_payload");
  vector.input = {{"payload", payload}};
  vector.output = {{"node", input_of(file, one)}};
  return vector;
}

Vector written_payload(const CollectedFile& file, const Json& one) {
  Vector vector = file.begin(one, "encode_and_decode_payload");
  vector.input = {{"node", input_of(file, one)}};
  vector.output = {{"payload", one.contains("output") ? one.at("output")
                                                      : Json{{"length", one.at("output_length")},
                                                             {"sha256", one.at("output_sha256")}}}};
  if (one.contains("decoded"))
    vector.output["decoded"] = with_bytes(input_of(file, one), one.at("decoded"));
  return vector;
}

// Values that look like something else: only written, never read.
Vector confusable_payload(const CollectedFile& file, const Json& one) {
  Vector vector = file.begin(one, "encode_payload");
  vector.input = {{"node", input_of(file, one)}};
  if (one.contains("expect")) {
    vector.flag = kMustReject;
  } else {
    vector.output = {{"payload", one.at("plain_string_encoding")}};
  }
  return vector;
}

void collect_valid_nodes(Collected& to) {
  const CollectedFile file(kNodes, "node");
  for (const Json& one : file.cases()) {
    if (one.at("direction") == "encode") {
      to.vectors.push_back(confusable_payload(file, one));
    } else if (one.at("direction") == "encode+decode" && one.at("canonical") == true) {
      to.vectors.push_back(written_payload(file, one));
    } else {
      to.vectors.push_back(decoded_payload(file, one, one.at("output")));
      std::size_t number = 0;
      for (const Json& alternative : one.value("alternatives", Json::array())) {
        Vector& other = to.vectors.emplace_back(decoded_payload(file, one, alternative));
        other.id += "-alternative-" + std::to_string(++number);
      }
    }
  }
}

void collect_borderline_nodes(Collected& to) {
  const CollectedFile file(kNodesInvalid, "node-invalid");
  for (const Json& one : file.cases()) {
    Vector& vector = to.vectors.emplace_back(file.begin(one, "decode_payload"));
    vector.input = {{"payload", one.at("input")}};
    if (one.at("expect") == "reject") {
      vector.flag = kMustReject;
    } else if (one.at("expect") == "either") {
      vector.flag = std::string(kContested) + one.at("contested").get<std::string>();
    } else {
      vector.output = Json::object();
      if (one.contains("expect_node")) vector.output["node"] = one.at("expect_node");
    }
  }
}

void collect_stanzas(Collected& to) {
  const CollectedFile file(kStanzas, "stanza");
  for (const Json& one : file.cases()) {
    Vector& vector = to.vectors.emplace_back(file.begin(one, "decode_payload"));
    vector.input = {{"payload", one.at("encoding")}};
    vector.output = {{"node", node_of_stanza(one.at("stanza"))}};
  }
  for (const auto& [list, operation] :
       {std::pair{"ack_cases", "ack"}, {"message_id_cases", "message_id"}}) {
    for (const Json& one : file.json().at(list)) {
      Vector& vector = to.vectors.emplace_back(file.begin(one, operation));
      vector.id =
          file.layer() + "/" + slug(operation) + "-" + slug(one.at("name").get<std::string>());
      vector.input = one.at("input");
      vector.output = one.at("output");
    }
  }
}

}  // namespace

void collect_nodes(Collected& to) {
  collect_valid_nodes(to);
  collect_borderline_nodes(to);
  collect_stanzas(to);
}

}  // namespace doublecheck::corpus
