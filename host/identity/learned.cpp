#include "identity/learned.hpp"

#include <cmath>
#include <cstdio>
#include <string_view>

namespace patchbay::identity {
namespace {

using nlohmann::json;

// What no data can teach is a mistake: one pair in 2^60, or more people than there are.
constexpr double least_prior = -60;
constexpr double most_population = 1e11;

using Rates = std::array<Parameters::Levels, fields>;

json rates_json(const Rates& rates) {
  json object = json::object();
  for (std::size_t i = 0; i < fields; ++i) {
    const auto field = static_cast<Field>(i);
    for (std::size_t level = 0; level < most_levels; ++level)
      if (rates[i][level] > 0)
        object[std::string(name_of(field))][std::string(name_of(field, static_cast<Level>(level)))] = rates[i][level];
  }
  return object;
}

tl::unexpected<Error> unreadable(const std::string& where, std::string_view expected, const json& got) {
  return failure(ErrorCode::invalid,
                 "reading learned weights at " + where + ": expected " + std::string(expected) + ", got " +
                     got.dump(-1, ' ', false, json::error_handler_t::replace),
                 "`patchbay identity train` writes them");
}

Status read_number(const json& learned, const std::string& key, double least, double most, double& number) {
  const auto found = learned.find(key);
  if (found == learned.end()) return {};
  const bool fits = found->is_number() && found->get<double>() >= least && found->get<double>() <= most;
  if (!fits) return unreadable("/" + key, "a number from " + json(least).dump() + " to " + json(most).dump(), *found);
  number = found->get<double>();
  return {};
}

Status read_rates(const json& learned, const std::string& key, Rates& rates) {
  const auto found = learned.find(key);
  if (found == learned.end()) return {};
  if (!found->is_object()) return unreadable("/" + key, "an object", *found);
  for (std::size_t i = 0; i < fields; ++i) {
    const auto field = static_cast<Field>(i);
    const auto levels = found->find(name_of(field));
    if (levels == found->end()) continue;
    const std::string where = "/" + key + "/" + std::string(name_of(field));
    if (!levels->is_object()) return unreadable(where, "an object", *levels);
    for (std::size_t level = 0; level < most_levels; ++level) {
      const std::string_view name = name_of(field, static_cast<Level>(level));
      const auto rate = levels->find(name);
      if (rate == levels->end()) continue;
      const bool fits = rate->is_number() && rate->get<double>() > 0 && rate->get<double>() <= 1;
      if (!fits) return unreadable(where + "/" + std::string(name), "a rate above 0 and up to 1", *rate);
      // A level that has no weight as it ships has none.
      if (rates[i][level] > 0) rates[i][level] = rate->get<double>();
    }
  }
  return {};
}

}  // namespace

std::string version_text(const Model& model) {
  std::array<char, 17> text{};
  static_cast<void>(
      std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(model.version())));
  return text.data();
}

json learned_json(const Parameters& parameters) {
  return {{"version", version_text(Model(parameters))},
          {"prior", parameters.prior},
          {"population", parameters.population},
          {"same", rates_json(parameters.same)},
          {"strangers", rates_json(parameters.strangers)}};
}

Result<Parameters> parameters_of(const json& learned) {
  if (!learned.is_object()) return unreadable("/", "an object", learned);
  Parameters parameters = shipped_parameters();
  PATCHBAY_CHECK(read_number(learned, "prior", least_prior, 0, parameters.prior));
  PATCHBAY_CHECK(read_number(learned, "population", 1, most_population, parameters.population));
  PATCHBAY_CHECK(read_rates(learned, "same", parameters.same));
  PATCHBAY_CHECK(read_rates(learned, "strangers", parameters.strangers));
  return parameters;
}

Result<StoredModel> stored_model(const std::optional<store::LearnedModel>& stored) {
  if (!stored || stored->learned.empty()) return StoredModel{shipped_parameters(), {}};
  const json learned = json::parse(stored->learned, nullptr, false);
  StoredModel model;
  model.parameters = PATCHBAY_TRY(parameters_of(learned.is_discarded() ? json(stored->learned) : learned));
  if (const auto version = learned.find("version"); version != learned.end() && version->is_string())
    model.written_as = version->get<std::string>();
  return model;
}

}  // namespace patchbay::identity
