#include "harness/report/page_parts.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/report/page_assets.h"
#include "harness/report/page_template.h"
#include "harness/report/text.h"
#include "harness/report/verdicts.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

constexpr std::size_t kMaxRowText = 300;

// "'sha256-…'": lets a content security policy admit this text alone.
std::string policy_hash(std::string_view text) {
  return fmt::format("'sha256-{}'", to_base64(sha256(as_bytes(text))));
}

std::string red_verdicts() {
  std::string names;
  for (const Verdict verdict : kVerdicts) {
    if (is_red(verdict)) names += (names.empty() ? "" : " ") + to_string(verdict);
  }
  return names;
}

std::string option(std::string_view value, std::string_view text) {
  return fmt::format("<option value=\"{}\">{}</option>", escape_attribute(value), short_text(text));
}

std::string select_element(std::string_view name, std::string_view label,
                           std::string_view options) {
  return fmt::format("<select name=\"{}\" aria-label=\"{}\">{}</select>\n", name, label, options);
}

}  // namespace

std::size_t count_of(const Counts& counts, Verdict verdict) {
  const auto found = counts.find(verdict);
  return found == counts.end() ? 0 : found->second;
}

std::string_view word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "passed";
    case Verdict::kFail:
      return "failed";
    case Verdict::kWarn:
      return "warned";
    case Verdict::kUnsupported:
      return "unsupported";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kFlaky:
      return "flaky";
    case Verdict::kExpectedFail:
      return "failed as expected";
    case Verdict::kUnexpectedPass:
      return "passed unexpectedly";
  }
  return {};
}

std::string counts_text(const Counts& counts, bool (*wanted)(Verdict)) {
  std::string text;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = count_of(counts, verdict);
    if (count == 0 || !wanted(verdict)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), word_for(verdict));
  }
  return text;
}

std::string short_text(std::string_view text) { return escape_markup(clipped(text, kMaxRowText)); }

std::string cases_text(std::size_t count) {
  return grouped(count) + (count == 1 ? " case" : " cases");
}

std::string subject_name(const Run& run) {
  if (run.subject.name.empty()) return "Implementation under test";
  return run.subject.version.empty() ? run.subject.name
                                     : run.subject.name + " " + run.subject.version;
}

std::string time_text(std::string time) {
  if (const std::size_t t = time.find('T'); t != std::string::npos) time[t] = ' ';
  if (time.ends_with('Z')) time.replace(time.size() - 1, 1, " UTC");
  return time;
}

std::string fragment(std::string_view id) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/";
  std::string out = "#";
  for (const char c : visible(id)) {
    if (kPlain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string chip(Verdict verdict) {
  const std::string name = to_string(verdict);
  return fmt::format("<span class=\"chip {0}\">{0}</span>", name);
}

// An image, for the page's policy allows no style attributes.
std::string bar(const Counts& counts, std::size_t total) {
  std::string segments;
  double x = 0;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = count_of(counts, verdict);
    if (count == 0) continue;
    const double width = 100.0 * static_cast<double>(count) / static_cast<double>(total);
    segments += fmt::format("<rect class=\"{}\" x=\"{:.3f}\" width=\"{:.3f}\" height=\"1\"/>",
                            to_string(verdict), x, width);
    x += width;
  }
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{}</svg>",
      segments);
}

std::string_view level_of(const CaseResult& result) {
  if (result.requirements.empty()) return {};
  const auto rule = rule_from_id(result.requirements.front());
  return rule ? to_string(requirement(*rule).level) : std::string_view();
}

std::string requirement_ids(const CaseResult& result) {
  std::string ids = fmt::format("<span class=\"level\">{}</span>", level_of(result));
  for (const std::string& id : result.requirements)
    ids += fmt::format(" <code>{}</code>", short_text(id));
  return ids;
}

std::string row_attributes(const CaseResult& described, std::string_view verdicts) {
  return fmt::format("id=\"{}\" data-level=\"{}\" data-role=\"{}\" data-verdicts=\"{}\"",
                     escape_attribute(described.id), level_of(described),
                     escape_attribute(described.role), verdicts);
}

std::string layer_id(std::string_view layer) { return fmt::format("layer-{}", layer); }

std::string layer_section(std::string_view layer, std::size_t cases, const Counts& counts,
                          std::string_view table) {
  std::size_t total = 0;
  for (const auto& [verdict, count] : counts) total += count;
  return fmt::format(
      "<section class=\"layer\" id=\"{}\" data-layer=\"{}\">\n"
      "<h3>{} <span class=\"count\">{}</span>{}</h3>\n{}</section>\n",
      escape_attribute(layer_id(layer)), escape_attribute(layer), short_text(layer), grouped(cases),
      bar(counts, total), table);
}

std::string choice(std::string_view name, std::string_view label, std::string_view all,
                   const std::vector<std::string>& values) {
  if (values.size() < 2) return {};
  std::string options = option("", all);
  for (const std::string& value : values) options += option(value, value);
  return select_element(name, label, options);
}

std::string role_choice(const std::vector<PageCase>& cases) {
  std::set<std::string> roles;
  for (const PageCase& one : cases) roles.insert(one.result->role);
  return choice("role", "Role", "All roles", {roles.begin(), roles.end()});
}

std::string verdict_choice(const std::vector<PageCase>& cases) {
  std::set<Verdict> present;
  for (const PageCase& one : cases) present.insert(one.result->verdict);
  std::string options = option("", "All verdicts") + option("red", "needs attention");
  for (const Verdict verdict : kVerdicts) {
    if (present.contains(verdict)) options += option(to_string(verdict), to_string(verdict));
  }
  return select_element("verdict", "Verdict", options);
}

std::string level_choice() {
  std::vector<std::string> levels;
  for (const auto level :
       {Requirement::Level::kMust, Requirement::Level::kMustNot, Requirement::Level::kShould,
        Requirement::Level::kShouldNot, Requirement::Level::kMay}) {
    levels.emplace_back(to_string(level));
  }
  return choice("level", "Level", "All levels", levels);
}

std::string render(const Page& page) {
  return fill_template(kPageHtml, {{"script_hash", policy_hash(kPageJs)},
                                   {"style_hash", policy_hash(kPageCss)},
                                   {"style", std::string(kPageCss)},
                                   {"script", std::string(kPageJs)},
                                   {"title", page.title},
                                   {"kind", page.kind},
                                   {"layout", page.layout},
                                   {"headline", page.headline},
                                   {"outcome", page.outcome},
                                   {"facts", page.facts},
                                   {"overview", page.overview},
                                   {"case_count", cases_text(page.rows)},
                                   {"filters", page.filters},
                                   {"red_verdicts", red_verdicts()},
                                   {"sections", page.sections},
                                   {"requirements", requirement_table(page.cases)},
                                   {"cases", case_lines(page.cases)}});
}

}  // namespace doublecheck::report
