// Learned weights as JSON: the form in which a training's outcome is handed over and in which the store keeps it.
//
// It holds what training changes and nothing else, each figure under the names of its field and level, so that a newer
// version of Patchbay reads what an older one wrote: what it does not find there is as it ships. `version` is that of
// the model which whoever wrote it made of these weights; where another comes of them, they are read otherwise today.
//
// Pure. Any thread. What is no such document is `invalid`.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "identity/model.hpp"
#include "store/records.hpp"

namespace patchbay::identity {

// 16 digits, base 16.
[[nodiscard]] std::string version_text(const Model& model);

[[nodiscard]] nlohmann::json learned_json(const Parameters& parameters);
// Those that ship, with what was learned in its place.
[[nodiscard]] Result<Parameters> parameters_of(const nlohmann::json& learned);
struct StoredModel {
  Parameters parameters;
  std::string written_as;  // its version for whoever wrote it; empty where the weights are those that ship
};
// Of what the store holds, if anything.
[[nodiscard]] Result<StoredModel> stored_model(const std::optional<store::LearnedModel>& stored);

}  // namespace patchbay::identity
