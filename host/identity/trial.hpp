// What other weights would change, before anybody adopts them.
//
// Reads all personas and decisions from the store, whether or not a gateway runs, and makes an engine of its own of
// them, so that it takes the memory of one and says exactly what the gateway would write after its next start.
//
// One thread. Keeps nothing. Fails as the store does.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "identity/directory.hpp"
#include "identity/model.hpp"
#include "identity/persona.hpp"
#include "store/store.hpp"

namespace patchbay::identity {

// All of them, to learn from.
[[nodiscard]] Result<std::vector<Persona>> personas_in(store::Reader& reader);

struct TriedOut {
  std::size_t personas = 0;
  std::size_t contacts = 0;    // as the store has them
  std::size_t merges = 0;      // contacts that would become part of another
  std::size_t splits = 0;      // parts that would leave their contact
  std::vector<Move> examples;  // the first of both, without evidence; ascending by where they go
};

[[nodiscard]] Result<TriedOut> try_out(store::Reader& reader, const Model& model, std::size_t most_examples);

}  // namespace patchbay::identity
