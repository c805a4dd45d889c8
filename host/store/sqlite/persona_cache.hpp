// The personas that were met last, so that whoever writes again costs no look-up.
//
// For the writer only, on its thread: it alone changes personas, so what is here is what the database holds, provided
// that it is forgotten when a transaction is rolled back or contacts change hands. Bounded: two generations, of which
// the older one goes when the younger one is full.
#pragma once

#include "store/records.hpp"

#include <cstring>
#include <unordered_map>
#include <utility>

namespace patchbay::store::sqlite {

class PersonaCache {
 public:
  [[nodiscard]] const Persona* find(const Digest16& digest) {
    if (const auto found = young_.find(digest); found != young_.end()) return &found->second;
    auto node = old_.extract(digest);
    if (!node) return nullptr;
    make_room();
    return &young_.insert(std::move(node)).position->second;
  }
  void put(const Persona& persona) {
    make_room();
    young_.insert_or_assign(persona.digest, persona);
  }
  void forget() {
    young_.clear();
    old_.clear();
  }

 private:
  static constexpr std::size_t generation = 2048;  // some 600 bytes each

  struct FirstBytes {  // of a digest: evenly spread already
    std::size_t operator()(const Digest16& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  using Generation = std::unordered_map<Digest16, Persona, FirstBytes>;

  void make_room() {
    if (young_.size() < generation) return;
    old_ = std::exchange(young_, {});
  }

  Generation young_, old_;
};

}  // namespace patchbay::store::sqlite
