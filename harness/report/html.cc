#include "harness/report/html.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/report/page_parts.h"
#include "harness/report/text.h"
#include "harness/report/verdicts.h"

namespace doublecheck::report {
namespace {

// Cases listed above the table, so that a run in which everything fails can still be read.
constexpr std::size_t kMaxAttention = 12;

std::string fact(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, short_text(value));
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
  return fmt::format("<dl class=\"facts\">\n{}</dl>",
                     fact("Role", run.subject.role) + fact("Reached", run.subject.how) +
                         fact("Driver", run.driver) + fact("Seed", std::to_string(run.seed)) +
                         fact("Started", time_text(run.started_at)) +
                         fact("Took", duration_text(run.seconds)) +
                         fact("Suite", run.suite_version));
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

std::string row(const CaseResult& result, std::size_t index) {
  const std::string message = result.message.empty() ? std::string()
                                                     : fmt::format("<p class=\"message\">{}</p>",
                                                                   short_text(result.message));
  return fmt::format(
      "<tr {}>"
      "<td>{}</td>"
      "<td><a class=\"sentence\" data-index=\"{}\" href=\"{}\">{}</a>"
      "<span class=\"id\">{}</span>{}</td>"
      "<td class=\"rules\">{}</td>"
      "<td class=\"took\">{}</td></tr>\n",
      row_attributes(result, to_string(result.verdict)), chip(result.verdict), index,
      fragment(result.id), short_text(result.sentence), short_text(result.id), message,
      requirement_ids(result), duration_text(result.seconds));
}

std::string table(const Run& run, const Layer& layer) {
  std::string rows;
  for (const std::size_t index : layer.cases) rows += row(run.cases[index], index);
  return fmt::format(
      "<table>\n"
      "<colgroup><col class=\"verdict\"><col><col class=\"rules\"><col class=\"took\"></colgroup>\n"
      "<thead><tr><th>Verdict</th><th>Case</th><th>Requirements</th><th>Took</th></tr></thead>\n"
      "<tbody>\n{}</tbody>\n</table>\n",
      rows);
}

std::string summary(const Run& run, const Counts& counts) {
  return fmt::format(
      "<section class=\"summary\" aria-label=\"Summary\">\n{}\n<ul class=\"verdicts\">\n{}</ul>\n"
      "</section>\n",
      run.cases.empty() ? std::string() : bar(counts, run.cases.size()), verdict_counts(counts));
}

}  // namespace

std::string to_html(const Run& run) {
  const Counts counts = tally(run);
  const Outcome outcome = outcome_of(run, counts);
  const std::vector<Layer> layers = layers_of(run);
  Page page;
  page.headline = short_text(subject_name(run));
  page.title = fmt::format("{}: {}", outcome.word, page.headline);
  page.kind = "conformance report";
  page.layout = "run";
  page.outcome = fmt::format("<p class=\"outcome {}\"><strong>{}</strong> {}</p>", outcome.kind,
                             outcome.word, outcome.statement);
  page.facts = facts(run);
  page.overview = summary(run, counts) + attention(run) + layer_overview(layers);
  page.rows = run.cases.size();
  page.cases = page_cases(run);
  std::vector<std::string> names;
  for (const Layer& layer : layers) {
    names.push_back(layer.name);
    page.sections += layer_section(layer.name, layer.cases.size(), layer.counts, table(run, layer));
  }
  page.filters = choice("layer", "Layer", "All layers", names) + level_choice() +
                 role_choice(page.cases) + verdict_choice(page.cases);
  return render(page);
}

}  // namespace doublecheck::report
