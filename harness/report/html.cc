#include "harness/report/html.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/report/page_assets.h"
#include "harness/report/page_data.h"
#include "harness/report/page_template.h"
#include "harness/report/text.h"
#include "harness/report/verdicts.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

// What a row shows of a text; the opened case has more of it.
constexpr std::size_t kMaxRowText = 300;
// Cases listed above the table, so that a run in which everything fails can still be read.
constexpr std::size_t kMaxAttention = 12;

using Counts = std::map<Verdict, std::size_t>;

std::size_t count_of(const Counts& counts, Verdict verdict) {
  const auto found = counts.find(verdict);
  return found == counts.end() ? 0 : found->second;
}

std::string short_text(std::string_view text) { return escape_markup(clipped(text, kMaxRowText)); }

// "'sha256-…'": lets a content security policy admit this text alone.
std::string policy_hash(std::string_view text) {
  return fmt::format("'sha256-{}'", to_base64(sha256(as_bytes(text))));
}

// A fragment that finds the element with this id, whatever the id is made of.
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

std::string layer_id(std::string_view layer) { return fmt::format("layer-{}", layer); }

std::string chip(Verdict verdict) {
  const std::string name = to_string(verdict);
  return fmt::format("<span class=\"chip {0}\">{0}</span>", name);
}

// A bar of one segment per verdict, as wide as its share. An image, for the page's policy allows no
// style attributes.
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

std::string fact(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, short_text(value));
}

std::string cases_text(std::size_t count) {
  return grouped(count) + (count == 1 ? " case" : " cases");
}

std::string headline(const Run& run) {
  if (run.subject.name.empty()) return "Implementation under test";
  return run.subject.version.empty() ? run.subject.name
                                     : run.subject.name + " " + run.subject.version;
}

// As in "3 failed".
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

// "5 failed, 1 flaky": the counts of those verdicts that `wanted` selects. Empty when there are
// none.
template <typename Wanted>
std::string counts_text(const Counts& counts, Wanted wanted) {
  std::string text;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = count_of(counts, verdict);
    if (count == 0 || !wanted(verdict)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), word_for(verdict));
  }
  return text;
}

std::string red_counts(const Counts& counts) { return counts_text(counts, is_red); }

struct Outcome {
  std::string_view kind;  // "green", "red"
  std::string_view word;
  std::string statement;
};

Outcome outcome_of(const Run& run, const Counts& counts) {
  if (succeeded(run)) {
    const std::size_t unsupported = count_of(counts, Verdict::kUnsupported);
    return {"green", "Passed",
            fmt::format("{} ran, and nothing failed unexpectedly.",
                        cases_text(run.cases.size() - unsupported))};
  }
  if (const std::string red = red_counts(counts); !red.empty()) {
    return {"red", "Failed", fmt::format("{}; {} in all.", red, cases_text(run.cases.size()))};
  }
  return {"red", "Nothing was checked",
          run.cases.empty() ? "No case was selected." : "All selected cases are unsupported."};
}

std::string facts(const Run& run) {
  std::string started = run.started_at;
  if (const std::size_t t = started.find('T'); t != std::string::npos) started[t] = ' ';
  if (started.ends_with('Z')) started.replace(started.size() - 1, 1, " UTC");
  return fact("Role", run.subject.role) + fact("Reached", run.subject.how) +
         fact("Driver", run.driver) + fact("Seed", std::to_string(run.seed)) +
         fact("Started", started) + fact("Took", duration_text(run.seconds)) +
         fact("Suite", run.suite_version);
}

std::string verdict_counts(const Counts& counts) {
  std::string items;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = count_of(counts, verdict);
    if (count == 0) continue;
    items += fmt::format("<li><a href=\"#cases\" data-verdict=\"{}\"><b>{}</b> {}</a></li>\n",
                         to_string(verdict), grouped(count), chip(verdict));
  }
  return items;
}

// The cases of a run by layer, layers in the order in which they first appear.
struct Layer {
  std::string name;
  std::vector<std::size_t> cases;  // indices into run.cases
  Counts counts;
};

std::vector<Layer> layers_of(const Run& run) {
  std::vector<Layer> layers;
  std::map<std::string_view, std::size_t> index_of;
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    const CaseResult& result = run.cases[i];
    const auto [found, is_new] = index_of.try_emplace(result.layer, layers.size());
    if (is_new) layers.push_back({result.layer, {}, {}});
    Layer& layer = layers[found->second];
    layer.cases.push_back(i);
    ++layer.counts[result.verdict];
  }
  return layers;
}

std::string layer_overview(const std::vector<Layer>& layers) {
  if (layers.empty()) return {};
  std::string items;
  for (const Layer& layer : layers) {
    const std::string red = red_counts(layer.counts);
    std::string calm =
        counts_text(layer.counts, [](Verdict verdict) { return verdict != Verdict::kPass; });
    if (calm.empty()) calm = "all passed";
    items += fmt::format(
        "<li><a href=\"{}\"><span class=\"name\">{}</span><span class=\"count\">{}</span>{}"
        "<span class=\"{}\">{}</span></a></li>\n",
        fragment(layer_id(layer.name)), short_text(layer.name), grouped(layer.cases.size()),
        bar(layer.counts, layer.cases.size()), red.empty() ? "calm" : "red",
        red.empty() ? calm : red);
  }
  return fmt::format("<section class=\"overview\">\n<h2>Layers</h2>\n<ul>\n{}</ul>\n</section>\n",
                     items);
}

// The cases that are red, the most urgent first.
std::vector<const CaseResult*> red_cases(const Run& run) {
  std::vector<const CaseResult*> red;
  for (const Verdict verdict : kVerdicts) {
    if (!is_red(verdict)) continue;
    for (const CaseResult& result : run.cases) {
      if (result.verdict == verdict) red.push_back(&result);
    }
  }
  return red;
}

std::string attention(const Run& run) {
  const std::vector<const CaseResult*> red = red_cases(run);
  if (red.empty()) return {};
  std::string items;
  for (std::size_t i = 0; i < std::min(red.size(), kMaxAttention); ++i) {
    items += fmt::format(
        "<li>{}<div><a class=\"sentence\" href=\"{}\">{}</a><p class=\"message\">{}</p></div></li>\n",
        chip(red[i]->verdict), fragment(red[i]->id), short_text(red[i]->sentence),
        short_text(red[i]->message));
  }
  std::string more;
  if (red.size() > kMaxAttention) {
    more = fmt::format(
        "<p class=\"more\"><a href=\"#cases\" data-verdict=\"red\">and {} more</a></p>\n",
        grouped(red.size() - kMaxAttention));
  }
  return fmt::format(
      "<section class=\"attention\">\n<h2>Needs attention</h2>\n<ol>\n{}</ol>\n{}</section>\n",
      items, more);
}

// The level of the requirement whose text a failure shows; empty when the catalogue does not know
// it.
std::string_view level_of(const CaseResult& result) {
  if (result.requirements.empty()) return {};
  const auto rule = rule_from_id(result.requirements.front());
  return rule ? to_string(requirement(*rule).level) : std::string_view();
}

std::string row(const CaseResult& result, std::size_t index) {
  std::string rules;
  for (const std::string& id : result.requirements)
    rules += fmt::format("<code>{}</code> ", short_text(id));
  const std::string_view level = level_of(result);
  const std::string message = result.message.empty() ? std::string()
                                                     : fmt::format("<p class=\"message\">{}</p>",
                                                                   short_text(result.message));
  return fmt::format(
      "<tr id=\"{}\" data-index=\"{}\" data-verdict=\"{}\" data-level=\"{}\">"
      "<td>{}</td>"
      "<td><a class=\"sentence\" href=\"{}\">{}</a><span class=\"id\">{}</span>{}</td>"
      "<td><span class=\"level\">{}</span> {}</td>"
      "<td>{}</td></tr>\n",
      escape_attribute(result.id), index, to_string(result.verdict), level, chip(result.verdict),
      fragment(result.id), short_text(result.sentence), short_text(result.id), message, level,
      rules, duration_text(result.seconds));
}

std::string layer_section(const Run& run, const Layer& layer) {
  std::string rows;
  for (const std::size_t index : layer.cases) rows += row(run.cases[index], index);
  return fmt::format(
      "<section class=\"layer\" id=\"{0}\" data-layer=\"{1}\">\n"
      "<h3>{2} <span class=\"count\">{3}</span>{4}</h3>\n<table>\n"
      "<colgroup><col class=\"verdict\"><col><col class=\"rules\"><col class=\"took\"></colgroup>\n"
      "<thead><tr><th>Verdict</th><th>Case</th><th>Requirements</th><th>Took</th></tr></thead>\n"
      "<tbody>\n{5}</tbody>\n</table>\n</section>\n",
      escape_attribute(layer_id(layer.name)), escape_attribute(layer.name), short_text(layer.name),
      grouped(layer.cases.size()), bar(layer.counts, layer.cases.size()), rows);
}

std::string option(std::string_view value, std::string_view text) {
  return fmt::format("<option value=\"{}\">{}</option>", escape_attribute(value), short_text(text));
}

std::string layer_options(const std::vector<Layer>& layers) {
  std::string options;
  for (const Layer& layer : layers) options += option(layer.name, layer.name);
  return options;
}

std::string verdict_options(const Counts& counts) {
  std::string options;
  for (const Verdict verdict : kVerdicts) {
    if (count_of(counts, verdict) > 0) options += option(to_string(verdict), to_string(verdict));
  }
  return options;
}

std::string red_verdicts() {
  std::string names;
  for (const Verdict verdict : kVerdicts) {
    if (is_red(verdict)) names += (names.empty() ? "" : " ") + to_string(verdict);
  }
  return names;
}

}  // namespace

std::string to_html(const Run& run) {
  const Counts counts = tally(run);
  const Outcome outcome = outcome_of(run, counts);
  const std::vector<Layer> layers = layers_of(run);
  std::string sections;
  for (const Layer& layer : layers) sections += layer_section(run, layer);
  return fill_template(
      kPageHtml, {
                     {"script_hash", policy_hash(kPageJs)},
                     {"style_hash", policy_hash(kPageCss)},
                     {"style", std::string(kPageCss)},
                     {"script", std::string(kPageJs)},
                     {"outcome", std::string(outcome.kind)},
                     {"outcome_word", std::string(outcome.word)},
                     {"statement", outcome.statement},
                     {"headline", short_text(headline(run))},
                     {"facts", facts(run)},
                     {"bar", run.cases.empty() ? std::string() : bar(counts, run.cases.size())},
                     {"verdict_counts", verdict_counts(counts)},
                     {"layer_overview", layer_overview(layers)},
                     {"attention", attention(run)},
                     {"case_count", cases_text(run.cases.size())},
                     {"layer_options", layer_options(layers)},
                     {"verdict_options", verdict_options(counts)},
                     {"red_verdicts", red_verdicts()},
                     {"sections", std::move(sections)},
                     {"requirements", requirement_table(run)},
                     {"cases", case_lines(run)},
                 });
}

}  // namespace doublecheck::report
