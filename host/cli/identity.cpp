#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>

#include "base/csv.hpp"
#include "cli/commands.hpp"
#include "cli/field_map.hpp"
#include "cli/progress.hpp"
#include "identity/evaluation.hpp"

namespace patchbay::cli {
namespace {

struct Question {
  std::string data;
  std::string fields;
  std::string truth;
  std::string clusters;
  std::uint32_t orders = 1;
  std::uint64_t seed = 1;
};

using Row = std::vector<std::string>;

struct Table {
  Row header;
  std::vector<Row> rows;
};

// Some tables pad their cells with spaces, which no field means.
Row without_padding(Row row) {
  for (std::string& cell : row) {
    const std::size_t first = cell.find_first_not_of(" \t");
    cell = first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
  }
  return row;
}

Result<Table> read_table(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return failure(ErrorCode::not_found, "reading " + file + " failed", "name a file that can be read");
  CsvReader reader(in);
  Table table;
  for (;;) {
    auto row = reader.next();
    if (!row) return failure(std::move(row.error()).while_doing("reading " + file));
    if (!*row) break;
    if (table.header.empty()) {
      table.header = without_padding(std::move(**row));
      continue;
    }
    if ((*row)->size() > table.header.size())
      return failure(
          ErrorCode::invalid,
          "reading " + file + " at line " + std::to_string(reader.line()) + ": a row has more cells than the first",
          "put cells that hold commas in quotes");
    table.rows.push_back(without_padding(std::move(**row)));
  }
  if (table.rows.empty())
    return failure(ErrorCode::invalid, "reading " + file + ": there are no rows", "the first line names the columns");
  return table;
}

Result<std::vector<identity::LabelledRow>> labelled(const Table& table, const FieldMap& map, const Question& question) {
  std::vector<std::string> missing = map.missing(table.header);
  const auto truth = std::find(table.header.begin(), table.header.end(), question.truth);
  if (truth == table.header.end()) missing.push_back(question.truth);
  if (!missing.empty())
    return failure(ErrorCode::invalid,
                   "looking for the column " + missing.front() + " in " + question.data + ": it has none",
                   "its first line names the columns that there are");
  const auto column = static_cast<std::size_t>(truth - table.header.begin());
  std::map<std::string, identity::Label> labels;
  std::vector<identity::LabelledRow> rows;
  for (const Row& row : table.rows) {
    const std::string person = map.truth(column < row.size() ? row[column] : "");
    // Rows without a truth are one person each.
    const std::string label = person.empty() ? "\n" + std::to_string(rows.size()) : person;
    rows.push_back({map.persona(table.header, row),
                    labels.try_emplace(label, static_cast<identity::Label>(labels.size())).first->second});
  }
  return rows;
}

Status write_clusters(const std::string& file, const Table& table, const std::vector<identity::Label>& found) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  Row header = table.header;
  header.emplace_back("contact");
  out << csv_row(header);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    Row row = table.rows[i];
    row.resize(table.header.size());
    row.push_back(std::to_string(found[i]));
    out << csv_row(row);
  }
  out.close();
  if (out) return {};
  return failure(ErrorCode::unavailable, "writing " + file + " failed", "name a file that can be written");
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

void print(Context& context, const identity::Evaluation& evaluation, const Question& question, std::size_t rows) {
  if (context.json) {
    context.print({{"precision", evaluation.worst.precision},
                   {"recall", evaluation.worst.recall},
                   {"f1", evaluation.worst.f1},
                   {"b3_f1", evaluation.worst.b3_f1},
                   {"mixed_contacts", evaluation.worst.mixed},
                   {"jaccard_min", evaluation.jaccard_min},
                   {"review_rate", evaluation.review_rate},
                   {"rows_per_s", evaluation.rows_per_second},
                   {"p50_ms", milliseconds(evaluation.p50)},
                   {"p99_ms", milliseconds(evaluation.p99)}});
    return;
  }
  std::ostringstream text;
  text << std::fixed << std::setprecision(4);
  text << rows << " rows in " << question.orders << (question.orders == 1 ? " order" : " orders; the worst one counts")
       << "\n  precision       " << evaluation.worst.precision << "  of the pairs joined, so many are one person"
       << "\n  recall          " << evaluation.worst.recall << "  of one person's pairs, so many are joined"
       << "\n  F1              " << evaluation.worst.f1 << "\n  B-cubed F1      " << evaluation.worst.b3_f1
       << "\n  mixed contacts  " << evaluation.worst.mixed << "\n  least Jaccard   " << evaluation.jaccard_min
       << "  between any two orders"
       << "\n  review          " << evaluation.review_rate << "  pairs of contacts for each row" << std::setprecision(3)
       << "\n  rows a second   " << std::setprecision(0) << evaluation.rows_per_second << std::setprecision(3)
       << "\n  one row         " << milliseconds(evaluation.p50) << " ms (half), " << milliseconds(evaluation.p99)
       << " ms (99 of 100)\n";
  context.out << text.str();
}

void evaluate(Context& context, const Question& question) {
  const std::optional<FieldMap> map = FieldMap::read(context, question.fields);
  if (!map) return;
  const Result<Table> table = read_table(question.data);
  if (!table) return context.fail(table.error());
  const auto rows = labelled(*table, *map, question);
  if (!rows) return context.fail(rows.error());
  const identity::Model model(identity::shipped_parameters());
  const identity::Evaluation evaluation = identity::evaluate(*rows, model, {question.orders, question.seed},
                                                             context.clock, progress_on(context, "evaluating"));
  if (!question.clusters.empty()) {
    const Status written = write_clusters(question.clusters, *table, evaluation.found);
    if (!written) return context.fail(written.error());
  }
  print(context, evaluation, question, rows->size());
}

}  // namespace

void add_identity(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("identity", "How it is decided who somebody is");
  command->require_subcommand(1);
  auto question = std::make_shared<Question>();
  CLI::App* one = command->add_subcommand(
      "evaluate",
      "Measure the decisions on a table whose truth is known: feed its rows one at a time to the engine, in memory and "
      "with the weights that ship, and compare. Neither reads nor changes the store");
  one->add_option("--data", question->data, "The table: CSV (RFC 4180), the first line names the columns")->required();
  one->add_option("--fields", question->fields, "YAML: which column holds which field (docs/identity.md)")->required();
  one->add_option("--truth", question->truth, "The column that names the person")->required();
  one->add_option("--orders", question->orders,
                  "Feed the rows in so many orders: theirs, the reverse, then shuffled ones; the worst one counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  one->add_option("--seed", question->seed, "For the shuffled orders")->capture_default_str();
  one->add_option("--clusters", question->clusters, "Write the rows with the contact of each to this file, as CSV");
  one->callback([&context, question] { evaluate(context, *question); });
}

}  // namespace patchbay::cli
