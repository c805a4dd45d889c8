// The sub-commands of `patchbay identity` beside `evaluate`, one file each; as in commands.hpp.
#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace patchbay::cli {

void add_identity_review(CLI::App& identity, Context& context);
void add_identity_explain(CLI::App& identity, Context& context);
void add_identity_train(CLI::App& identity, Context& context);

// Why two are, or are not, one: the answer of the API (docs/api.md) for people.
void print_explanation(Context& context, const nlohmann::json& explained);
// "contact_3  Anna Rossi"
[[nodiscard]] std::string line_of_contact(const nlohmann::json& contact);
// "97.2 %"
[[nodiscard]] std::string in_percent(const nlohmann::json& share);

}  // namespace patchbay::cli
