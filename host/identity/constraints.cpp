#include "identity/constraints.hpp"

#include <algorithm>

namespace patchbay::identity {

void Constraints::set_half(PersonaId from, PersonaId to, Decision decision) {
  erase_half(from, to);
  about_[from].push_back({to, decision});
}

void Constraints::erase_half(PersonaId from, PersonaId to) {
  const auto found = about_.find(from);
  if (found == about_.end()) return;
  std::erase_if(found->second, [to](const Entry& entry) { return entry.other == to; });
  if (found->second.empty()) about_.erase(found);
}

void Constraints::decide(PersonaId left, PersonaId right, Decision decision) {
  set_half(left, right, decision);
  set_half(right, left, decision);
}

void Constraints::take_back(PersonaId left, PersonaId right) {
  erase_half(left, right);
  erase_half(right, left);
}

std::span<const Constraints::Entry> Constraints::about(PersonaId persona) const {
  const auto found = about_.find(persona);
  if (found == about_.end()) return {};
  return found->second;
}

Standing Constraints::standing(PersonaId persona) const {
  const std::span<const Entry> entries = about(persona);
  const bool told_apart = std::any_of(entries.begin(), entries.end(),
                                      [](const Entry& entry) { return entry.decision == Decision::not_the_same; });
  return told_apart ? Standing::alone : Standing::shared;
}

}  // namespace patchbay::identity
