#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/admin_client.hpp"
#include "cli/identity_commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

constexpr std::size_t longest_value = 200;

std::string in_bits(const json& millibits) {
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%+.3f", millibits.get<double>() / 1000));
  return text.data();
}

void print_party(Context& context, const json& party) {
  context.out << line_of_contact(party["contact"]) << "\n  " << text_of(party["persona"]) << ":";
  bool first = true;
  for (const json& identifier : party["identifiers"]) {
    context.out << (first ? " " : ", ") << one_line(text_of(identifier["kind"]), longest_value) << " "
                << one_line(text_of(identifier["value"]), longest_value)
                << (identifier["trust"] == "claimed" ? " (claimed)" : "");
    first = false;
  }
  context.out << "\n";
}

// What came of it, in words.
std::string verdict_on(const json& explained) {
  const json& outcome = explained["outcome"];
  const bool in_review = explained["in_review"] == true;
  if (outcome == "same")
    return in_review ? "same: one contact, and in review: they may be relatives" : "same: one contact";
  const std::string review = in_review ? ", in review" : "";
  if (outcome == "possible") return "possible: two contacts that may be one" + review;
  if (outcome == "related") return "related: two of one house, telephone or mailbox" + review;
  return "apart: two contacts" + review;
}

std::vector<std::string> reasons_of(const json& explained) {
  std::vector<std::string> reasons;
  const auto add_if = [&](const char* member, const char* what) {
    if (explained[member] == true) reasons.emplace_back(what);
  };
  for (const json& decision : explained["decisions"])
    reasons.push_back("An operator said that " + text_of(decision["persona"]) + " and " + text_of(decision["other"]) +
                      (decision["verdict"] == "same" ? " are the same." : " are not the same."));
  add_if("contradict", "Nothing makes these one: Jr and Sr, or two ids of which everybody has one.");
  if (explained["outcome"] != "same")
    add_if("held", "One of them fits others that contradict this one, and so joins neither until somebody decides.");
  add_if("equal", "They are equal in all that identifies somebody.");
  add_if("variants", "They are variants of one sender of whom there are many: one from the start.");
  if (explained["compared"] == false && explained["equal"] == false)
    reasons.emplace_back("They share nothing by which to find one another, so that the engine does not compare them.");
  const bool low = explained["probability"].get<double>() < explained["thresholds"]["link"].get<double>();
  if (explained["outcome"] == "same" && low && explained["decisions"].empty())
    reasons.emplace_back("They are joined through others of their contact.");
  return reasons;
}

void explain(Context& context, const std::string& left, const std::string& right) {
  std::string path = "/api/v1/identity/explain";
  for (const auto& [name, party] : {std::pair("?left=", left), std::pair("&right=", right)}) {
    if (party.empty()) continue;
    const bool is_persona = party.starts_with("persona_");
    const auto number = store::number_of(party, is_persona ? "persona" : "contact");
    if (!number) {
      context.fail({ErrorCode::invalid, "reading an id: expected contact_17 or persona_17, got " + party, ""});
      context.exit = Exit::usage;
      return;
    }
    path +=
        name + (is_persona ? store::public_id(store::PersonaId{*number}) : store::public_id(store::ContactId{*number}));
  }
  const std::optional<json> explained = ask(context, "GET", path);
  if (!explained) return;
  if (context.json) return context.print(*explained);
  print_explanation(context, *explained);
}

}  // namespace

std::string line_of_contact(const json& contact) {
  const std::string name = contact["name"].is_null() ? "(no name)" : one_line(text_of(contact["name"]), longest_value);
  return text_of(contact["id"]) + "  " + name;
}

std::string in_percent(const json& share) {
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.1f %%", share.get<double>() * 100));
  return text.data();
}

void print_explanation(Context& context, const json& explained) {
  print_party(context, explained["left"]);
  print_party(context, explained["right"]);
  context.out << "\n" << verdict_on(explained) << "\n";
  for (const std::string& reason : reasons_of(explained)) context.out << "  " << reason << "\n";
  context.out << "\n";

  Table table({"FIELD", "LEVEL", "BITS", "IN COMMON"});
  for (const json& line : explained["evidence"])
    table.add({text_of(line["field"]), text_of(line["level"]), in_bits(line["millibits"]), text_of(line["value"])});
  table.add({"score", "", in_bits(explained["score"]), "one person at " + in_percent(explained["probability"])});
  table.print(context.out, "");
  const json& thresholds = explained["thresholds"];
  context.out << "\nAgainst two of one household: " << in_bits(explained["household"])
              << " bits; the lower of the two judgements holds.\nOne contact from " << in_percent(thresholds["link"])
              << " on, where the mean over all pairs of both sides is " << in_percent(thresholds["cluster"])
              << " or more. Weights: " << text_of(explained["model"]) << "\n";
}

void add_identity_explain(CLI::App& identity, Context& context) {
  auto left = std::make_shared<std::string>();
  auto right = std::make_shared<std::string>();
  CLI::App* one = identity.add_subcommand("explain",
                                          "Tell why two are, or are not, one: fields, levels and bits that add up to "
                                          "the score.\nNeeds the running gateway");
  one->add_option("ID", *left, "contact_17 or persona_17")->required();
  one->add_option(
      "OTHER", *right,
      "The other; without it, what holds a persona in its contact. Of contacts the two personas that agree best");
  one->callback([&context, left, right] { explain(context, *left, *right); });
}

}  // namespace patchbay::cli
