#include "conformance/detection/mutant.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "conformance/detection/stanza_kind.h"
#include "conformance/deviations/deviation.h"
#include "conformance/deviations/run_in_process.h"
#include "harness/suite/filter.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::deviations {
namespace {

using harness::Case;

std::string folder_of(Change change) {
  switch (change) {
    case Change::kForcedOpen:
    case Change::kForcedShut:
      return "guard";
    case Change::kLeftOpen:
      return "close";
    default:
      return "stanza";
  }
}

// ---- Looking on

// What can be changed in what one case makes an endpoint do and decide.
struct Seen {
  std::set<std::pair<Change, std::string>> changeable;
};

class GuardWatch final : public GuardObserver {
 public:
  explicit GuardWatch(Seen& seen) : seen_(seen) {}
  bool decide(Rule rule, bool holds) override {
    seen_.changeable.emplace(holds ? Change::kForcedShut : Change::kForcedOpen,
                             std::string(rule_id(rule)));
    return holds;
  }

 private:
  Seen& seen_;
};

template <typename Tamper>
class Watch final : public Tamper {
 public:
  explicit Watch(Seen& seen) : seen_(seen) {}
  void sending(trace::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (const wire::Node& stanza : stanzas) {
      const std::string kind = kind_of(stanza);
      for (const Change change : {Change::kDropped, Change::kDoubled, Change::kDelayed})
        seen_.changeable.emplace(change, kind);
      const auto same = [&](const wire::Node& other) { return kind_of(other) == kind; };
      if (!std::ranges::all_of(stanzas, same)) seen_.changeable.emplace(Change::kReordered, kind);
    }
  }
  bool closing(trace::ConnectionId, const std::string& reason) override {
    seen_.changeable.emplace(Change::kLeftOpen, kind_of_reason(reason));
    return true;
  }

 private:
  Seen& seen_;
};

// ---- Changing

// Stanzas of a kind, dealt with in one way.
template <typename Tamper>
class StanzaMutation final : public Tamper {
 public:
  StanzaMutation(Change change, std::string kind) : change_(change), kind_(std::move(kind)) {}

  void sending(trace::ConnectionId connection, std::vector<wire::Node>& stanzas) override {
    if (change_ == Change::kReordered) return reorder(stanzas);
    std::vector<wire::Node> sent;
    std::vector<wire::Node> held;
    for (wire::Node& stanza : stanzas) {
      const bool meant = is_meant(stanza);
      if (meant && change_ == Change::kDropped) continue;
      if (meant && change_ == Change::kDoubled) sent.push_back(stanza);
      (meant && change_ == Change::kDelayed ? held : sent).push_back(std::move(stanza));
    }
    std::vector<wire::Node>& waiting = waiting_[connection];
    if (!sent.empty()) std::ranges::move(std::exchange(waiting, {}), std::back_inserter(sent));
    std::ranges::move(held, std::back_inserter(waiting));
    stanzas = std::move(sent);
  }

 private:
  bool is_meant(const wire::Node& stanza) const { return kind_of(stanza) == kind_; }

  // To the end, or to the beginning if that is where they are.
  void reorder(std::vector<wire::Node>& stanzas) const {
    std::vector<wire::Node> meant;
    std::vector<wire::Node> others;
    const bool last = !stanzas.empty() && is_meant(stanzas.back());
    for (wire::Node& stanza : stanzas)
      (is_meant(stanza) ? meant : others).push_back(std::move(stanza));
    std::vector<wire::Node>& first = last ? meant : others;
    std::ranges::move(last ? others : meant, std::back_inserter(first));
    stanzas = std::move(first);
  }

  Change change_;
  std::string kind_;
  std::map<trace::ConnectionId, std::vector<wire::Node>> waiting_;
};

template <typename Tamper>
class NeverCloses final : public Tamper {
 public:
  explicit NeverCloses(std::string reason) : reason_(std::move(reason)) {}
  bool closing(trace::ConnectionId, const std::string& reason) override {
    return kind_of_reason(reason) != reason_;
  }

 private:
  std::string reason_;
};

template <typename Tamper>
std::unique_ptr<Tamper> tamper_for(const Mutant& mutant) {
  if (mutant.change == Change::kLeftOpen)
    return std::make_unique<NeverCloses<Tamper>>(mutant.point);
  return std::make_unique<StanzaMutation<Tamper>>(mutant.change, mutant.point);
}

// What one case makes the reference do; nothing when it does not pass.
Seen look_on(const Case& one) {
  Seen seen;
  GuardWatch guard(seen);
  Watch<server::Tamper> server_watch(seen);
  Watch<client::Tamper> client_watch(seen);
  const report::CaseResult result = run_on_reference(one, {.server_tamper = &server_watch,
                                                           .client_tamper = &client_watch,
                                                           .codec_tamper = {},
                                                           .guard = &guard});
  return result.verdict == report::Verdict::kPass ? seen : Seen{};
}

}  // namespace

std::string to_string(Change change) {
  switch (change) {
    case Change::kForcedOpen:
      return "forced-open";
    case Change::kForcedShut:
      return "forced-shut";
    case Change::kDropped:
      return "dropped";
    case Change::kDoubled:
      return "doubled";
    case Change::kDelayed:
      return "delayed";
    case Change::kReordered:
      return "reordered";
    case Change::kLeftOpen:
      return "left-open";
  }
  std::unreachable();
}

std::string Mutant::name() const {
  return role + "/" + folder_of(change) + "/" + point + "/" + to_string(change);
}

std::optional<Rule> Mutant::rule() const {
  return folder_of(change) == "guard" ? rule_from_id(point) : std::nullopt;
}

report::CaseResult run_on_mutant(const Case& one, const Mutant& mutant) {
  if (const auto rule = mutant.rule()) {
    ForcedGuard guard(*rule, mutant.change == Change::kForcedOpen);
    return run_on_reference(one, {.guard = &guard});
  }
  const auto server_tamper = tamper_for<server::Tamper>(mutant);
  const auto client_tamper = tamper_for<client::Tamper>(mutant);
  return run_on_reference(
      one, {.server_tamper = server_tamper.get(), .client_tamper = client_tamper.get()});
}

std::vector<Mutant> enumerate_mutants(std::string_view cases) {
  std::map<std::tuple<std::string, Change, std::string>, std::vector<const Case*>> found;
  for (const Case& one : harness::all_cases()) {
    if (!harness::matches_filter(one.id(), cases)) continue;
    for (const auto& [change, point] : look_on(one).changeable) {
      found[{std::string(one.role()), change, point}].push_back(&one);
      // The other half of a guard exists even where no case makes it decide so.
      if (change == Change::kForcedOpen)
        found[{std::string(one.role()), Change::kForcedShut, point}];
      if (change == Change::kForcedShut)
        found[{std::string(one.role()), Change::kForcedOpen, point}];
    }
  }
  std::vector<Mutant> mutants;
  for (auto& [key, reached_in] : found) {
    const auto& [role, change, point] = key;
    mutants.push_back({role, change, point, std::move(reached_in)});
  }
  return mutants;
}

}  // namespace doublecheck::deviations
