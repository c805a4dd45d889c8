#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.hpp"
#include "cli/check_folder.hpp"
#include "cli/check_parity.hpp"
#include "cli/check_process.hpp"
#include "cli/check_subject.hpp"
#include "cli/plugin_commands.hpp"
#include "cli/table.hpp"
#include "cli/work_folder.hpp"

namespace patchbay::cli {
namespace {

using conformance::Finding;
using conformance::Outcome;
using nlohmann::json;
namespace fs = std::filesystem;

struct CheckOptions {
  std::string folder, previous, settings;
  std::uint64_t seed = 0;
  std::vector<std::string> only;
  std::string check, work;  // of the process of one check
};

// One of any sort.
struct Row {
  std::string name, clauses, what;
  std::chrono::seconds limit;
};

constexpr std::chrono::seconds folder_limit{60}, parity_limit{90};
constexpr std::size_t longest_quote = 200;

std::vector<Row> rows() {
  std::vector<Row> all;
  for (const FolderCheck& check : folder_checks()) all.push_back({check.name, check.clauses, check.what, folder_limit});
  for (const conformance::Check& check : conformance::checks())
    all.push_back({check.name, check.clauses, check.what, std::chrono::seconds{check.limit_seconds}});
  all.push_back({"parity", "W1", "In a worker it does what it does in this process", parity_limit});
  return all;
}

struct Checked {
  Row row;
  std::vector<Finding> findings;  // the worst first
  std::chrono::milliseconds took{0};

  [[nodiscard]] Outcome outcome() const { return findings.front().outcome; }
};

// ---- In the process of one check ----

json view(const Finding& finding) {
  return {{"result", conformance::name_of(finding.outcome)},
          {"clause", finding.clause},
          {"reason", finding.reason},
          {"remedy", finding.remedy}};
}

void write_result(const std::string& work, const std::vector<Finding>& findings) {
  json all = json::array();
  for (const Finding& finding : findings) all.push_back(view(finding));
  // Renamed, so that what is there is whole.
  std::ofstream(work + "/result.part") << all.dump(-1, ' ', false, json::error_handler_t::replace);
  fs::rename(work + "/result.part", work + "/result.json");
}

std::vector<Finding> run_one(const CheckOptions& options, const Row& row,
                             const std::function<std::vector<Finding>(const CheckedPlugin&)>& run) {
  const std::string folder = options.work + "/plugin";
  fs::create_directory(folder);
  auto checked = checked_plugin(options.folder, options.settings, folder);
  if (!checked) return {conformance::skip(row.clauses.substr(0, 2), checked.error().reason, checked.error().remedy)};
  conformance::Subject& subject = checked->subject;
  subject.seed = options.seed;
  const std::string doing = options.work + "/doing";
  subject.doing = [doing](std::string_view what) { std::ofstream(doing, std::ios::trunc) << what; };
  limit_resources(row.limit);
  return run(*checked);
}

std::vector<Finding> run_named(const CheckOptions& options, const Row& row) {
  for (const FolderCheck& check : folder_checks())
    if (row.name == check.name) return check.run(options.folder, options.previous);
  for (const conformance::Check& check : conformance::checks())
    if (row.name == check.name)
      return run_one(options, row, [&](const CheckedPlugin& checked) { return check.run(checked.subject); });
  return run_one(options, row, check_parity);
}

void run_check(const CheckOptions& options) {
  for (const Row& row : rows())
    if (options.check == row.name) write_result(options.work, run_named(options, row));
  std::_Exit(0);  // destructors of the plugin's library are no part of the check
}

// ---- In the process of the command ----

std::string read_file(const std::string& path, std::size_t last) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.size() > last ? text.substr(text.size() - last) : text;
}

Outcome outcome_of(std::string_view name) {
  for (const Outcome outcome : {Outcome::pass, Outcome::skip, Outcome::warn, Outcome::fail})
    if (name == conformance::name_of(outcome)) return outcome;
  return Outcome::crash;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t end = text.rfind('\n');
  return end == std::string::npos ? text : text.substr(end + 1);
}

std::vector<Finding> findings_of(const Row& row, const Ended& ended, const std::string& work) {
  const std::string clause = row.clauses.substr(0, row.clauses.find(' '));
  const std::string doing = one_line(read_file(work + "/doing", 300), longest_quote);
  const std::string during = doing.empty() ? std::string() : " during: " + doing;
  if (ended.how == Ended::How::by_timeout)
    return {conformance::fail(clause,
                              "it did not come back within " + std::to_string(row.limit.count()) + " s" + during,
                              "return from every call within the time that abi.h gives it")};
  const json result = json::parse(read_file(work + "/result.json", 1U << 20U), nullptr, false);
  if (ended.how == Ended::How::by_itself && result.is_array() && !result.empty()) {
    std::vector<Finding> findings;
    for (const json& one : result)
      findings.push_back({outcome_of(one.value("result", "")), one.value("clause", ""), one.value("reason", ""),
                          one.value("remedy", "")});
    return findings;
  }
  std::string how = ended.how == Ended::How::by_signal
                        ? std::string("the process ended by signal ") + ::strsignal(ended.number)
                        : "the plugin ended the process with exit status " + std::to_string(ended.number);
  const std::string said = one_line(last_line(read_file(work + "/output", 2000)), longest_quote);
  return {{Outcome::crash, clause, how + during + (said.empty() ? "" : "; last it said: " + said),
           "run it under a debugger or a sanitizer, with --reproduce"}};
}

Checked checked_apart(const CheckOptions& options, const Row& row, const std::string& root) {
  const std::string work = root + "/" + row.name;
  fs::create_directory(work);
  std::vector<std::string> parameters{"plugin",  "check-one", options.folder,
                                      "--check", row.name,    "--work",
                                      work,      "--seed",    std::to_string(options.seed)};
  if (!options.previous.empty()) parameters.insert(parameters.end(), {"--previous", options.previous});
  if (!options.settings.empty()) parameters.insert(parameters.end(), {"--settings", options.settings});
  const auto ended = run_apart(parameters, work + "/output", row.limit);
  Checked checked{row, {}, {}};
  if (ended) {
    checked.took = ended->took;
    checked.findings = findings_of(row, *ended, work);
  } else {
    checked.findings = {conformance::skip("", ended.error().reason, ended.error().remedy)};
  }
  std::stable_sort(checked.findings.begin(), checked.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.outcome > b.outcome; });
  std::error_code ignored;
  fs::remove_all(work, ignored);
  return checked;
}

json view(const Checked& checked) {
  json findings = json::array();
  for (const Finding& finding : checked.findings) findings.push_back(view(finding));
  return {{"name", checked.row.name},
          {"what", checked.row.what},
          {"result", conformance::name_of(checked.outcome())},
          {"clause", checked.findings.front().clause},
          {"milliseconds", checked.took.count()},
          {"findings", std::move(findings)}};
}

void print(std::ostream& out, const Checked& checked) {
  constexpr std::size_t most_told = 5, longest_line = 500;
  const auto padded = [](std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  const Finding& worst = checked.findings.front();
  out << padded(std::string(conformance::name_of(worst.outcome)), 6) << padded(worst.clause, 4)
      << padded(checked.row.name, 18) << (worst.outcome == Outcome::pass ? checked.row.what : std::string());
  if (worst.outcome == Outcome::pass) {
    out << (worst.reason.empty() ? "" : " (" + worst.reason + ")") << "\n";
    return;
  }
  std::size_t told = 0;
  for (const Finding& finding : checked.findings) {
    if (finding.outcome == Outcome::pass || ++told > most_told) continue;
    out << (told == 1 ? "" : std::string(28, ' ')) << one_line(finding.reason, longest_line) << "\n";
    if (!finding.remedy.empty()) out << std::string(28, ' ') << "-> " << finding.remedy << "\n";
  }
  if (told > most_told) out << std::string(28, ' ') << "and " << told - most_told << " more; --json has them all\n";
}

bool is_wanted(const CheckOptions& options, const Row& row) {
  return options.only.empty() || std::find(options.only.begin(), options.only.end(), row.name) != options.only.end();
}

std::vector<Checked> check_all(Context& context, const CheckOptions& options, const std::string& work) {
  std::vector<Checked> all;
  bool admitted = true;
  for (const Row& row : rows()) {
    const bool is_gate = row.name == folder_checks().front().name;
    if (!is_gate && !is_wanted(options, row)) continue;
    Checked checked =
        admitted ? checked_apart(options, row, work)
                 : Checked{row,
                           {conformance::skip(row.clauses.substr(0, 2), "the gate refuses it", "see the check `gate`")},
                           {}};
    if (is_gate) admitted = checked.outcome() == Outcome::pass;
    if (is_gate && !is_wanted(options, row) && admitted) continue;
    if (!context.json) print(context.out, checked);
    context.out << std::flush;
    all.push_back(std::move(checked));
  }
  return all;
}

void summarise(Context& context, const CheckOptions& options, const std::vector<Checked>& all) {
  json counts = json::object(), checks = json::array();
  for (const Outcome outcome : {Outcome::pass, Outcome::warn, Outcome::fail, Outcome::crash, Outcome::skip})
    counts[std::string(conformance::name_of(outcome))] =
        std::count_if(all.begin(), all.end(), [&](const Checked& one) { return one.outcome() == outcome; });
  const bool good = counts["fail"] == 0 && counts["crash"] == 0;
  if (!good) context.exit = Exit::failed;
  if (context.json) {
    for (const Checked& one : all) checks.push_back(view(one));
    return context.print(
        {{"folder", options.folder}, {"seed", options.seed}, {"counts", counts}, {"checks", std::move(checks)}});
  }
  context.out << counts["pass"] << " pass, " << counts["warn"] << " warn, " << counts["fail"] << " fail, "
              << counts["crash"] << " crash, " << counts["skip"] << " skip";
  if (!good) context.out << "; the same again: --reproduce " << options.seed;
  context.out << "\n";
}

std::uint64_t any_seed() {
  std::array<std::uint8_t, 4> bytes{};
  system_random(bytes);
  std::uint32_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

void check(Context& context, CheckOptions options) {
  std::error_code error;
  for (std::string* path : {&options.folder, &options.previous, &options.settings})
    if (!path->empty()) *path = fs::absolute(*path, error).string();
  const WorkFolder work("check");
  if (work.path().empty())
    return context.fail({ErrorCode::unavailable, "making a folder for temporary files failed",
                         "set TMPDIR to a folder that can be written to"});
  if (!context.json) context.out << options.folder << ", seed " << options.seed << "\n";
  summarise(context, options, check_all(context, options, work.path()));
}

std::string is_check(const std::string& name) {
  std::string names;
  for (const Row& row : rows()) {
    if (row.name == name) return {};
    names += (names.empty() ? "" : ", ") + row.name;
  }
  return "expected one of " + names;
}

}  // namespace

void add_plugin_check(CLI::App& plugin, Context& context) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      plugin.add_subcommand("check",
                            "Check a plugin against the SDK's STANDARD.md, each check in a process of its own.\n"
                            "Exit status 0 without fail and crash. Its code runs: check only what you would run");
  command->add_option("FOLDER", options->folder, "The plugin's folder, as it was built")->required();
  CLI::Option* seed = command->add_option(
      "--reproduce", options->seed,
      "The seed of an earlier run, which it printed: what is random comes from it, and is the same");
  command->add_option("--previous", options->previous,
                      "The folder of an earlier release, whose settings must still be taken");
  command->add_option("--settings", options->settings, "A JSON file with settings to check with, secrets in clear");
  command->add_option("--only", options->only, "Only this check; may be repeated")
      ->take_all()
      ->expected(1)
      ->check(CLI::Validator(is_check, "CHECK"));
  command->callback([&context, options, seed] {
    if (seed->count() == 0) options->seed = any_seed();
    check(context, *options);
  });

  auto one = std::make_shared<CheckOptions>();
  CLI::App* hidden = plugin.add_subcommand("check-one", "One check in this process")->group("");
  hidden->add_option("FOLDER", one->folder)->required();
  hidden->add_option("--check", one->check)->required();
  hidden->add_option("--work", one->work)->required();
  hidden->add_option("--seed", one->seed);
  hidden->add_option("--previous", one->previous);
  hidden->add_option("--settings", one->settings);
  hidden->callback([one] { run_check(*one); });
}

}  // namespace patchbay::cli
