#include <CLI/CLI.hpp>

#include <iomanip>
#include <sstream>

#include "cli/admin_client.hpp"
#include "cli/identity_commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"
#include "identity/learned.hpp"
#include "identity/train.hpp"
#include "identity/trial.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

constexpr std::size_t most_examples = 10;

struct Wish {
  bool apply = false;
  bool revert = false;
};

// Other weights beside those that the store holds, and what they would change.
struct Offer {
  identity::Parameters now, then;
  std::optional<identity::Training> training;  // nothing: the weights that ship
  identity::TriedOut trial;
};

Result<Offer> offer_of(store::Reader& reader, const Wish& wish) {
  const auto adopted = PATCHBAY_TRY(reader.model());
  const identity::StoredModel stored = PATCHBAY_TRY(identity::stored_model(adopted));
  Offer offer{.now = stored.parameters, .then = identity::shipped_parameters(), .training = {}, .trial = {}};
  if (wish.revert && stored.written_as.empty())
    return failure(ErrorCode::conflict, "going back to the weights that ship: no others were adopted",
                   "`patchbay identity train` learns some");
  if (!wish.revert) {
    const std::vector<identity::Persona> personas = PATCHBAY_TRY(identity::personas_in(reader));
    offer.training = identity::train(personas, offer.then);
    offer.then = offer.training->parameters;
  }
  offer.trial = PATCHBAY_TRY(identity::try_out(reader, identity::Model(offer.then), most_examples));
  return offer;
}

json example_json(const identity::Move& move) {
  json example = {{"change", move.kind == identity::MoveKind::split ? "split" : "merge"},
                  {"from", store::public_id(move.from)},
                  {"into", store::public_id(move.into)},
                  {"personas", json::array()}};
  for (const store::PersonaId persona : move.personas) example["personas"].push_back(store::public_id(persona));
  return example;
}

json json_of(const Offer& offer, bool adopted) {
  json weights = json::array();
  for (const identity::WeightChange& change : identity::weight_changes(offer.now, offer.then))
    weights.push_back({{"field", identity::name_of(change.field)},
                       {"level", identity::name_of(change.field, change.level)},
                       {"now", change.before},
                       {"then", change.after}});
  json examples = json::array();
  for (const identity::Move& move : offer.trial.examples) examples.push_back(example_json(move));
  const auto pair = [](auto now, auto then) { return json{{"now", now}, {"then", then}}; };
  return {{"personas", offer.trial.personas},
          {"contacts", offer.trial.contacts},
          {"pairs", offer.training ? json(offer.training->pairs) : json()},
          {"matches", offer.training ? json(offer.training->matches) : json()},
          {"model", pair(identity::version_text(identity::Model(offer.now)),
                         identity::version_text(identity::Model(offer.then)))},
          {"prior", pair(offer.now.prior, offer.then.prior)},
          {"population", pair(offer.now.population, offer.then.population)},
          {"weights", std::move(weights)},
          {"would_merge", offer.trial.merges},
          {"would_split", offer.trial.splits},
          {"examples", std::move(examples)},
          {"adopted", adopted}};
}

std::string rounded(double number) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << number;
  return text.str();
}

void print_offer(Context& context, const Offer& offer) {
  if (offer.training)
    context.out << "learned from " << offer.trial.personas << " personas and " << offer.training->pairs
                << " pairs of them, of which about " << static_cast<std::uint64_t>(offer.training->matches + 0.5)
                << " are one person's\n\n";
  Table table({"WEIGHT", "LEVEL", "NOW", "THEN"});
  table.add({"prior", "", rounded(offer.now.prior), rounded(offer.then.prior)});
  table.add({"population", "", rounded(offer.now.population), rounded(offer.then.population)});
  for (const identity::WeightChange& change : identity::weight_changes(offer.now, offer.then))
    table.add({std::string(identity::name_of(change.field)), std::string(identity::name_of(change.field, change.level)),
               rounded(change.before), rounded(change.after)});
  table.print(context.out, "");
  context.out << "\nOf " << offer.trial.contacts << " contacts " << offer.trial.merges
              << " would become part of another, and " << offer.trial.splits << " parts would leave theirs.\n";
  for (const identity::Move& move : offer.trial.examples) {
    context.out << "  " << store::public_id(move.from);
    if (move.kind == identity::MoveKind::merge) {
      context.out << " would become part of " << store::public_id(move.into) << "\n";
      continue;
    }
    context.out << " would lose " << store::public_id(move.personas.front());
    if (move.personas.size() > 1) context.out << " and " << move.personas.size() - 1 << " more";
    context.out << " to " << store::public_id(move.into) << "\n";
  }
}

void train(Context& context, const Wish& wish) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const std::unique_ptr<store::Store> store = context.store_to_read(*settings);
  if (!store) return;
  const auto reader = store->reader();
  if (!reader) return context.fail(reader.error());
  const Result<Offer> offer = offer_of(**reader, wish);
  if (!offer) return context.fail(offer.error());
  if (!context.json) print_offer(context, *offer);
  if (wish.apply) {
    const json learned = wish.revert ? json() : identity::learned_json(offer->then);
    const auto adopted =
        ask(*settings, "POST", "/api/v1/identity/model", {.idempotency_key = {}, .body = {{"learned", learned}}});
    if (!adopted) return context.fail(adopted.error());
  }
  if (context.json) return context.print(json_of(*offer, wish.apply));
  context.out << (wish.apply
                      ? "\nAdopted. They hold from the gateway's next start on; what they change is then written "
                        "and told to destinations in small steps.\n"
                      : "\nNothing was changed. --apply adopts them.\n");
}

}  // namespace

void add_identity_train(CLI::App& identity, Context& context) {
  auto wish = std::make_shared<Wish>();
  CLI::App* one = identity.add_subcommand(
      "train",
      "Learn weights from the personas in the store, nobody having labelled them, and show them beside those that hold "
      "now, with the contacts that would change. Reads the store, whether or not the gateway runs, and takes the "
      "memory "
      "of a second engine");
  one->add_flag("--apply", wish->apply,
                "Adopt them, from the gateway's next start on. Needs the running gateway, which stores them");
  one->add_flag("--revert", wish->revert, "Go back to the weights that ship; shown and adopted in the same way");
  one->callback([&context, wish] { train(context, *wish); });
}

}  // namespace patchbay::cli
