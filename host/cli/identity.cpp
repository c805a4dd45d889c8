#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include "base/csv.hpp"
#include "cli/commands.hpp"
#include "cli/field_map.hpp"
#include "cli/identity_commands.hpp"
#include "cli/progress.hpp"
#include "cli/store_trial.hpp"
#include "identity/evaluation.hpp"
#include "identity/train.hpp"

namespace patchbay::cli {
namespace {

struct Question {
  std::string data;
  std::string fields;
  std::string truth;
  std::string clusters;
  std::uint32_t orders = 1;
  std::uint64_t seed = 1;
  bool train = false;
  bool in_memory = false;
};

// What learning from the rows themselves changes.
struct Trained {
  identity::Parameters shipped;
  identity::Training training;
  identity::Evaluation evaluation;
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

nlohmann::json figures_of(const identity::Evaluation& evaluation) {
  return {{"precision", evaluation.worst.precision},
          {"recall", evaluation.worst.recall},
          {"f1", evaluation.worst.f1},
          {"b3_f1", evaluation.worst.b3_f1},
          {"mixed_contacts", evaluation.worst.mixed},
          {"jaccard_min", evaluation.jaccard_min},
          {"review_rate", evaluation.review_rate},
          {"rows_per_s", evaluation.rows_per_second},
          {"p50_ms", milliseconds(evaluation.p50)},
          {"p99_ms", milliseconds(evaluation.p99)}};
}

nlohmann::json weights_of(const identity::Training& training) {
  nlohmann::json list = nlohmann::json::array();
  for (const identity::WeightChange& change : training.weights)
    list.push_back({{"field", identity::name_of(change.field)},
                    {"level", identity::name_of(change.field, change.level)},
                    {"shipped", change.before},
                    {"trained", change.after}});
  return list;
}

std::string text_of(const identity::Evaluation& evaluation) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(4);
  text << "  precision       " << evaluation.worst.precision << "  of the pairs joined, so many are one person"
       << "\n  recall          " << evaluation.worst.recall << "  of one person's pairs, so many are joined"
       << "\n  F1              " << evaluation.worst.f1 << "\n  B-cubed F1      " << evaluation.worst.b3_f1
       << "\n  mixed contacts  " << evaluation.worst.mixed << "\n  least Jaccard   " << evaluation.jaccard_min
       << "  between any two orders"
       << "\n  review          " << evaluation.review_rate << "  pairs of contacts for each row" << std::setprecision(3)
       << "\n  rows a second   " << std::setprecision(0) << evaluation.rows_per_second << std::setprecision(3)
       << "\n  one row         " << milliseconds(evaluation.p50) << " ms (half), " << milliseconds(evaluation.p99)
       << " ms (99 of 100)\n";
  return text.str();
}

std::string text_of(const identity::Training& training, const identity::Parameters& shipped) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(0) << "  learned from " << training.pairs << " pairs, of which about "
       << training.matches << " are one person's\n"
       << "                                  shipped   trained\n"
       << std::setprecision(2);
  const auto line = [&text](std::string_view name, std::string_view level, double before, double after) {
    text << "  " << std::left << std::setw(14) << name << std::setw(16) << level << std::right << std::setw(9) << before
         << std::setw(10) << after << "\n";
  };
  line("prior", "", shipped.prior, training.parameters.prior);
  line("population", "", shipped.population, training.parameters.population);
  for (const identity::WeightChange& change : training.weights)
    line(identity::name_of(change.field), identity::name_of(change.field, change.level), change.before, change.after);
  return text.str();
}

void print(Context& context, const identity::Evaluation& evaluation, const Question& question, std::size_t rows,
           const std::optional<Trained>& trained) {
  if (context.json) {
    nlohmann::json object = figures_of(evaluation);
    if (trained) {
      object["trained"] = figures_of(trained->evaluation);
      object["trained"]["prior"] = {{"shipped", trained->shipped.prior},
                                    {"trained", trained->training.parameters.prior}};
      object["trained"]["population"] = {{"shipped", trained->shipped.population},
                                         {"trained", trained->training.parameters.population}};
      object["trained"]["weights"] = weights_of(trained->training);
    }
    return context.print(object);
  }
  context.out << rows << " rows in " << question.orders
              << (question.orders == 1 ? " order\n" : " orders; the worst one counts\n") << text_of(evaluation);
  if (trained)
    context.out << "\nwith the weights learned from these rows\n"
                << text_of(trained->evaluation) << text_of(trained->training, trained->shipped);
}

void evaluate(Context& context, const Question& question) {
  const std::optional<FieldMap> map = FieldMap::read(context, question.fields);
  if (!map) return;
  const Result<Table> table = read_table(question.data);
  if (!table) return context.fail(table.error());
  const auto rows = labelled(*table, *map, question);
  if (!rows) return context.fail(rows.error());
  const identity::Parameters shipped = identity::shipped_parameters();
  const auto measured = [&](const identity::Parameters& parameters) {
    const identity::Model model(parameters);
    const auto trial = [&]() -> Result<std::unique_ptr<identity::Trial>> {
      if (question.in_memory) return identity::trial_in_memory(model);
      return trial_in_store(model, context.clock);
    };
    return identity::evaluate(*rows, {question.orders, question.seed}, context.clock, trial,
                              progress_on(context, "evaluating"));
  };
  const Result<identity::Evaluation> evaluation = measured(shipped);
  if (!evaluation) return context.fail(evaluation.error());
  std::optional<Trained> trained;
  if (question.train) {
    std::vector<identity::Persona> personas;
    for (const identity::LabelledRow& row : *rows) personas.push_back(row.persona);
    identity::Training training = identity::train(personas, shipped);
    Result<identity::Evaluation> again = measured(training.parameters);
    if (!again) return context.fail(again.error());
    trained = Trained{shipped, std::move(training), std::move(*again)};
  }
  if (!question.clusters.empty()) {
    const Status written = write_clusters(question.clusters, *table, evaluation->found);
    if (!written) return context.fail(written.error());
  }
  print(context, *evaluation, question, rows->size(), trained);
}

}  // namespace

void add_identity(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("identity", "How it is decided who somebody is");
  command->require_subcommand(1);
  add_identity_review(*command, context);
  add_identity_explain(*command, context);
  add_identity_train(*command, context);
  auto question = std::make_shared<Question>();
  CLI::App* one = command->add_subcommand(
      "evaluate",
      "Measure the decisions on a table whose truth is known: feed its rows one at a time, with the weights that ship, "
      "on the way of live traffic into a store of its own that is thrown away, and compare");
  one->add_option("--data", question->data, "The table: CSV (RFC 4180), the first line names the columns")->required();
  one->add_option("--fields", question->fields, "YAML: which column holds which field (docs/identity.md)")->required();
  one->add_option("--truth", question->truth, "The column that names the person")->required();
  one->add_option("--orders", question->orders,
                  "Feed the rows in so many orders: theirs, the reverse, then shuffled ones; the worst one counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  one->add_option("--seed", question->seed, "For the shuffled orders")->capture_default_str();
  one->add_option("--clusters", question->clusters, "Write the rows with the contact of each to this file, as CSV");
  one->add_flag("--memory", question->in_memory,
                "Ask the engine alone, without a store, some ten times sooner: the same but for times, and for ties "
                "between choices that are equally good");
  one->add_flag("--train", question->train,
                "Measure a second time, with weights that are learned from the rows, and show both. Their truth is not "
                "looked at for it");
  one->callback([&context, question] { evaluate(context, *question); });
}

}  // namespace patchbay::cli
