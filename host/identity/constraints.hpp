// What operators decided about pairs of personas: these two are the same, or they are not.
//
// A decision stands until it is taken back, whatever else is learned. The last one about a pair holds; where "same"
// joins by way of others what "not the same" parts, they are joined. A decision about a persona that is not there waits
// for it.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "identity/node.hpp"

namespace patchbay::identity {

enum class PersonaId : std::uint64_t {};  // grows in the order of arrival

enum class Decision : std::uint8_t { same, not_the_same };

class Constraints {
 public:
  struct Entry {
    PersonaId other{};
    Decision decision{};
  };

  void decide(PersonaId left, PersonaId right, Decision decision);
  void take_back(PersonaId left, PersonaId right);

  [[nodiscard]] std::span<const Entry> about(PersonaId persona) const;
  [[nodiscard]] Standing standing(PersonaId persona) const;

 private:
  void set_half(PersonaId from, PersonaId to, Decision decision);
  void erase_half(PersonaId from, PersonaId to);

  std::unordered_map<PersonaId, std::vector<Entry>> about_;
};

}  // namespace patchbay::identity
