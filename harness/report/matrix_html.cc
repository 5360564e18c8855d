#include "harness/report/matrix_html.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

#include "harness/report/matrix.h"
#include "harness/report/page_parts.h"
#include "harness/report/text.h"
#include "harness/report/verdicts.h"

namespace doublecheck::report {
namespace {

// More columns than this scroll sideways.
constexpr std::size_t kColumnsThatFit = 6;

std::size_t rows_of(const Matrix& matrix) {
  std::size_t rows = 0;
  for (const MatrixLayer& layer : matrix.layers) rows += layer.rows.size();
  return rows;
}

std::vector<Counts> counts_of(const Matrix& matrix) {
  std::vector<Counts> counts(matrix.names.size());
  for (const MatrixLayer& layer : matrix.layers) {
    for (const MatrixRow& row : layer.rows) {
      for (std::size_t column = 0; column < row.results.size(); ++column) {
        if (row.results[column] != nullptr) ++counts[column][row.results[column]->verdict];
      }
    }
  }
  return counts;
}

std::size_t total_of(const Counts& counts) {
  std::size_t total = 0;
  for (const auto& [verdict, count] : counts) total += count;
  return total;
}

// Takes the cases that bear on security out.
Matrix without_security(const Matrix& matrix, Matrix& taken) {
  Matrix kept{matrix.names, {}};
  taken.names = matrix.names;
  for (const MatrixLayer& layer : matrix.layers) {
    MatrixLayer open{layer.name, {}};
    MatrixLayer secret{layer.name, {}};
    for (const MatrixRow& row : layer.rows) {
      const bool secured = std::ranges::any_of(row.results, [](const CaseResult* result) {
        return result != nullptr && bears_on_security(*result);
      });
      (secured ? secret : open).rows.push_back(row);
    }
    if (!open.rows.empty()) kept.layers.push_back(std::move(open));
    if (!secret.rows.empty()) taken.layers.push_back(std::move(secret));
  }
  return kept;
}

// How many cases have which verdict; `column` makes each count a filter.
std::string verdict_list(const Counts& counts, const std::string& column) {
  std::string items;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = count_of(counts, verdict);
    if (count == 0) continue;
    const std::string shown = fmt::format("<b>{}</b> {}", grouped(count), chip(verdict));
    items += column.empty()
                 ? fmt::format("<li>{}</li>", shown)
                 : fmt::format(
                       "<li><a href=\"#cases\" data-verdict=\"{}\" data-subject=\"{}\">{}</a></li>",
                       to_string(verdict), column, shown);
  }
  return fmt::format("<ul class=\"verdicts\">{}</ul>", items);
}

std::string implementations(std::span<const Run> runs, const Matrix& matrix) {
  const std::vector<Counts> counts = counts_of(matrix);
  std::string items;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    items += fmt::format(
        "<li><h3>{}</h3><p class=\"hint\">{} · {} · {} · seed {} · suite {}</p>{}{}</li>\n",
        short_text(matrix.names[i]), short_text(runs[i].subject.role),
        short_text(runs[i].subject.how), short_text(time_text(runs[i].started_at)), runs[i].seed,
        short_text(runs[i].suite_version),
        bar(counts[i], std::max<std::size_t>(1, total_of(counts[i]))),
        verdict_list(counts[i], std::to_string(i)));
  }
  return fmt::format(
      "<section class=\"implementations\">\n<h2>Implementations</h2>\n<ul>\n{}</ul>\n</section>\n",
      items);
}

std::string security_counts(const Matrix& taken) {
  const std::vector<Counts> counts = counts_of(taken);
  std::string items;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    items += fmt::format("<li><h3>{}</h3>{}</li>\n", short_text(taken.names[i]),
                         verdict_list(counts[i], {}));
  }
  return fmt::format(
      "<section class=\"implementations\" id=\"security\">\n<h2>Security</h2>\n"
      "<p class=\"hint\">{} of requirements that bear on security are counted here, and not shown "
      "below.</p>\n<ul>\n{}</ul>\n</section>\n",
      cases_text(rows_of(taken)), items);
}

std::string one_version(std::span<const Run> runs) {
  std::set<std::string> versions;
  for (const Run& run : runs) versions.insert(run.suite_version);
  if (versions.size() < 2) return {};
  return "<p class=\"outcome\">These runs are of different versions of the suite: one case may "
         "have become another.</p>\n";
}

// The cells of one row; what they open is added to `cases`.
std::string cells(std::span<const Run> runs, const Matrix& matrix, const MatrixRow& row,
                  std::vector<PageCase>& cases) {
  std::string html;
  for (std::size_t column = 0; column < row.results.size(); ++column) {
    const CaseResult* result = row.results[column];
    if (result == nullptr) {
      html += "<td class=\"absent\">· not run</td>";
      continue;
    }
    const std::string id = row.described->id + " at " + matrix.names[column];
    html += fmt::format(
        "<td><a id=\"{}\" data-index=\"{}\" href=\"{}\" aria-label=\"{}: {}\">{}</a></td>",
        escape_attribute(id), cases.size(), fragment(id), to_string(result->verdict),
        escape_attribute(matrix.names[column]), chip(result->verdict));
    cases.push_back({result, matrix.names[column], assess(*result, elsewhere(runs, row, column))});
  }
  return html;
}

std::string verdict_words(const MatrixRow& row) {
  std::string words;
  for (const CaseResult* result : row.results) {
    words += (words.empty() ? "" : " ") +
             (result == nullptr ? std::string("-") : to_string(result->verdict));
  }
  return words;
}

std::string matrix_row(std::span<const Run> runs, const Matrix& matrix, const MatrixRow& row,
                       std::vector<PageCase>& cases) {
  return fmt::format(
      "<tr {}><th scope=\"row\"><span class=\"sentence\">{}</span><span class=\"id\">{}</span>"
      "<span class=\"rules\">{}</span></th>{}</tr>\n",
      row_attributes(*row.described, verdict_words(row)), short_text(row.described->sentence),
      short_text(row.described->id), requirement_ids(*row.described),
      cells(runs, matrix, row, cases));
}

std::string table_head(const Matrix& matrix) {
  std::string columns;
  std::string heads;
  for (const std::string& name : matrix.names) {
    columns += "<col class=\"subject\">";
    heads += fmt::format("<th scope=\"col\">{}</th>", short_text(name));
  }
  return fmt::format(
      "<colgroup><col>{}</colgroup>\n<thead><tr><th scope=\"col\">Case</th>{}</tr></thead>\n",
      columns, heads);
}

std::string matrix_section(std::span<const Run> runs, const Matrix& matrix,
                           const MatrixLayer& layer, std::vector<PageCase>& cases) {
  std::string rows;
  Counts counts;
  for (const MatrixRow& row : layer.rows) {
    rows += matrix_row(runs, matrix, row, cases);
    for (const CaseResult* result : row.results) {
      if (result != nullptr) ++counts[result->verdict];
    }
  }
  return layer_section(
      layer.name, layer.rows.size(), counts,
      fmt::format("<table>\n{}<tbody>\n{}</tbody>\n</table>\n", table_head(matrix), rows));
}

std::string subject_choice(const Matrix& matrix) {
  if (matrix.names.size() < 2) return {};
  std::string options = "<option value=\"\">at any of them</option>";
  for (std::size_t i = 0; i < matrix.names.size(); ++i)
    options += fmt::format("<option value=\"{}\">at {}</option>", i, short_text(matrix.names[i]));
  return fmt::format(
      "<select name=\"subject\" aria-label=\"Implementation\">{}</select>\n"
      "<label><input type=\"checkbox\" name=\"differ\"> only where they differ</label>\n",
      options);
}

std::string matrix_statement(const Matrix& matrix) {
  std::size_t different = 0;
  for (const MatrixLayer& layer : matrix.layers)
    different += static_cast<std::size_t>(std::ranges::count_if(layer.rows, differs));
  return fmt::format("<p class=\"outcome\">{}. Verdicts differ in {}.</p>",
                     cases_text(rows_of(matrix)), grouped(different));
}

}  // namespace

std::string to_matrix_html(std::span<const Run> runs, const MatrixOptions& options) {
  Matrix matrix = merge(runs);
  Matrix taken;
  if (options.counts_only_for_security) matrix = without_security(matrix, taken);
  Page page;
  page.headline = fmt::format("{} {}", grouped(runs.size()),
                              runs.size() == 1 ? "implementation" : "implementations");
  page.title = page.headline;
  page.kind = "conformance matrix";
  page.layout = matrix.names.size() > kColumnsThatFit ? "matrix wide" : "matrix";
  page.outcome = matrix_statement(matrix) + one_version(runs);
  page.overview = implementations(runs, matrix);
  if (options.counts_only_for_security) page.overview += security_counts(taken);
  page.rows = rows_of(matrix);
  std::vector<std::string> layer_names;
  for (const MatrixLayer& layer : matrix.layers) {
    layer_names.push_back(layer.name);
    page.sections += matrix_section(runs, matrix, layer, page.cases);
  }
  page.filters = choice("layer", "Layer", "All layers", layer_names) + level_choice() +
                 role_choice(page.cases) + verdict_choice(page.cases) + subject_choice(matrix);
  return render(page);
}

}  // namespace doublecheck::report
