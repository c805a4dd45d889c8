// The rule "whoever shares a normalised identifier is one contact".
//
// Personas and the identifiers they share form a graph; a contact is one of its connected components, so that the order
// of arrival makes no difference. A persona without any identifier that can be compared is a contact of its own each
// time it is seen: two people called Maria Rossi are two, until something says otherwise.
// Identifiers that somebody merely claims (Trust::claimed) are kept and shown, and join nobody.
//
// [the committer's thread] Keeps nothing between calls.
#pragma once

#include "base/random.hpp"
#include "identity/resolver.hpp"

namespace patchbay::identity {

class ExactResolver final : public Resolver {
 public:
  explicit ExactResolver(Random random) : random_(std::move(random)) {}
  [[nodiscard]] Result<Resolution> resolve(store::Writer& writer, std::vector<store::Identifier> identifiers,
                                           std::string_view region, TimePoint at) override;

 private:
  Random random_;
};

// Personas equal in all of these are the same persona: kind, value, scope and trust of every identifier in a fixed
// order, and the region in which numbers are read.
[[nodiscard]] Digest16 persona_digest(const std::vector<store::Identifier>& identifiers, std::string_view region);

}  // namespace patchbay::identity
