// Learns the weights from personas whose truth nobody knows: expectation and maximisation over the pairs that share a
// key (Winkler, 1988), held to the weights that ship as firmly as some hundred known pairs would.
//
// What two strangers agree in is counted in pairs drawn at random; what one person's personas agree in, in pairs that
// share a key, each as far as the model of the round before takes it for one person. Then follow the prior and the
// population. Bits for shared identifiers, households and rules are no matter of training.
//
// Pure: a function of the personas, whatever their order, and of the parameters. Any thread. Takes some twenty
// comparisons of memory a persona. Cannot fail; of too few personas it learns little.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "identity/model.hpp"
#include "identity/persona.hpp"

namespace patchbay::identity {

struct WeightChange {
  Field field{};
  Level level = 0;
  double before = 0;  // bits; of a value whose frequency is not known
  double after = 0;
};

struct Training {
  Parameters parameters;
  std::vector<WeightChange> weights;  // of each level that has one
  std::size_t pairs = 0;              // that share a key
  double matches = 0;                 // how many of them are one person's, as far as the trained model tells
  std::size_t rounds = 0;
};

// Of each level that has one.
[[nodiscard]] std::vector<WeightChange> weight_changes(const Parameters& before, const Parameters& after);

[[nodiscard]] Training train(std::span<const Persona> personas, const Parameters& shipped);

}  // namespace patchbay::identity
