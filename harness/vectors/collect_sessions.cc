#include <algorithm>

#include "harness/vectors/collected_file.h"
#include "harness/vectors/vector_files.h"

namespace doublecheck::corpus {
namespace {

// The verdicts on a sequence of messages, and what they make of the vector; false if one of them is
// not the same for everybody.
bool judge(Vector& vector, const Json& verdicts) {
  Json accepted = Json::array();
  for (const Json& verdict : verdicts) {
    if (verdict == "implementation-defined") return false;
    accepted.push_back(verdict == "accept");
  }
  vector.flag = accepted.back() == true ? kMustAccept : kMustReject;
  vector.output = {{"accepted", std::move(accepted)}};
  return true;
}

Json prekeys_of(const Json& prekey) {
  if (prekey.is_null()) return Json::array();
  return Json::array({{{"id", prekey.at("id")}, {"private_key", prekey.at("private")}}});
}

Json device_of(const Json& bob) {
  return {{"identity_private_key", bob.at("identity").at("private")},
          {"registration_id", bob.at("registration_id")},
          {"signed_prekeys", prekeys_of(bob.at("signed_prekey"))},
          {"one_time_prekeys", prekeys_of(bob.at("one_time_prekey"))}};
}

Json sequence_of(const Json& messages) {
  Json sequence = Json::array();
  for (const Json& message : messages)
    sequence.push_back({{"type", message.at("type")}, {"data", message.at("bytes")}});
  return sequence;
}

// A table of sequences, each for a receiver who has read nothing before.
void collect_table(const CollectedFile& file, const Json& table, const char* operation,
                   const char* sequence, Collected& to) {
  for (const Json& row : table.at("output").at("rows")) {
    Vector vector = file.begin(row, operation);
    vector.input = {{"messages", sequence_of(row.at("input").at(sequence))}};
    if (table.at("input").contains("bob"))
      vector.input["device"] = device_of(table.at("input").at("bob"));
    if (judge(vector, row.at("output").at("expected"))) {
      to.vectors.push_back(std::move(vector));
    } else {
      ++to.left_out;
    }
  }
}

void collect_file(const CollectedFile& file, const char* operation, const char* sequence,
                  const char* other_operation, Collected& to) {
  for (const Json& one : file.cases()) {
    if (one.at("name") == "acceptance-table") {
      collect_table(file, one, operation, sequence, to);
      continue;
    }
    Vector& vector = to.vectors.emplace_back(file.begin(one, other_operation));
    vector.input = one.at("input");
    vector.output = one.at("output");
  }
}

}  // namespace

void collect_sessions(Collected& to) {
  collect_file(CollectedFile(kSessions, "session"), "decrypt", "messages", "conversation", to);
  collect_file(CollectedFile(kSenderKey, "sender-key"), "decrypt_from_group", "steps",
               "sender_chain", to);
}

}  // namespace doublecheck::corpus
