#include "harness/suite/expected_failures.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace doublecheck::harness {
namespace {

using Json = nlohmann::ordered_json;  // a list that is written again keeps its order
using report::CaseResult;
using report::Verdict;

std::optional<std::string> text_of(const Json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  return std::ranges::equal(text, kForm, [](char c, char form) {
    return form == 'd' ? c >= '0' && c <= '9' : c == form;
  });
}

Result<Json> read_list(std::string_view text) {
  if (text.size() > kMaxExpectedFailuresBytes) {
    return fail("expected failures", "the file is larger than kMaxExpectedFailuresBytes");
  }
  auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail("expected failures", "the file is not a JSON object");
  const auto list = json.find("expected");
  if (list == json.end() || !list->is_array())
    return fail("expected failures", "there is no list `expected`");
  return json;
}

bool has_failed(const CaseResult& result) {
  return result.verdict == Verdict::kFail || result.verdict == Verdict::kWarn;
}

Json entry_for(const CaseResult& result) {
  Json entry{{"case", result.id}};
  if (!result.requirements.empty()) entry["requirement"] = result.requirements.front();
  entry["reason"] = result.message;
  entry["message"] = result.message;
  return entry;
}

}  // namespace

Result<ExpectedFailures> parse_expected_failures(std::string_view text) {
  const auto json = read_list(text);
  if (!json) return std::unexpected(json.error());
  ExpectedFailures expected;
  for (const auto& entry : (*json)["expected"]) {
    const auto id = entry.is_object() ? text_of(entry, "case") : std::nullopt;
    const auto reason = entry.is_object() ? text_of(entry, "reason") : std::nullopt;
    if (!id || !reason || reason->empty())
      return fail("expected failures", "an entry without case or reason: " + entry.dump());
    ExpectedFailure failure{.reason = *reason,
                            .owner = text_of(entry, "owner"),
                            .expires = text_of(entry, "expires"),
                            .message = text_of(entry, "message")};
    if (failure.expires && !is_date(*failure.expires)) {
      return fail("expected failures",
                  *id + " expires at no date of the form 2027-06-30: " + *failure.expires);
    }
    if (!expected.emplace(*id, std::move(failure)).second) {
      return fail("expected failures", *id + " is listed twice");
    }
  }
  return expected;
}

void apply_expected_failures(const ExpectedFailures& expected, std::string_view today,
                             CaseResult& result) {
  const auto found = expected.find(result.id);
  if (found == expected.end()) return;
  const ExpectedFailure& listed = found->second;
  if (result.verdict == Verdict::kPass) {
    result.verdict = Verdict::kUnexpectedPass;
    result.message = "passes, although it is listed as a known failure: " + listed.reason;
  } else if (!has_failed(result)) {
    return;
  } else if (listed.expires && *listed.expires < today) {
    result.message +=
        "; it is listed as a known failure until " + *listed.expires + ", which is past";
  } else if (listed.message && *listed.message != result.message) {
    result.message += "; it is listed as a known failure of another kind: " + *listed.message;
  } else {
    result.verdict = Verdict::kExpectedFail;
    result.expected_fail_reason = listed.reason;
  }
}

Result<UpdatedList> update_expected_failures(std::string_view text, const report::Run& run) {
  auto json = read_list(text);
  if (!json) return propagate(json);
  UpdatedList updated;
  Json kept = Json::array();
  std::map<std::string, const CaseResult*> results;
  for (const CaseResult& result : run.cases) results[result.id] = &result;
  for (Json entry : (*json)["expected"]) {
    const std::string id = entry.is_object() ? text_of(entry, "case").value_or("") : "";
    const auto ran = results.find(id);
    if (ran != results.end()) {
      const CaseResult& result = *ran->second;
      results.erase(ran);
      if (result.verdict == Verdict::kPass) {
        updated.changes.push_back("- " + id);
        continue;
      }
      if (has_failed(result) && text_of(entry, "message") != result.message) {
        entry["message"] = result.message;
        updated.changes.push_back("~ " + id);
      }
    }
    kept.push_back(std::move(entry));
  }
  for (const auto& [id, result] : results) {
    if (!has_failed(*result)) continue;
    kept.push_back(entry_for(*result));
    updated.changes.push_back("+ " + id);
  }
  (*json)["expected"] = std::move(kept);
  updated.json = json->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return updated;
}

}  // namespace doublecheck::harness
