// Who is this? Decides to which contact a persona belongs, and keeps why.
//
// Called inside the store's transaction, on the committer's thread. Today's rule is an exact match on a normalised
// identifier: personas that share one are one contact, whatever the order in which they come (the connected components
// of shared identifiers). The decision and its evidence are durable with the transaction or not at all.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace patchbay::identity {

enum class PersonaIs : std::uint8_t { known, added };

struct Merge {
  store::Contact from;  // as it was before
  store::ContactId into{};
};

struct Resolution {
  store::Persona persona;  // with its contact as it stands after the merges
  PersonaIs is = PersonaIs::known;
  bool contact_created = false;
  std::vector<Merge> merges;  // contacts that the persona brought together
  std::string evidence;       // JSON array, empty for a known persona
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // `region` is where national phone numbers are read; identifiers come as given and are normalised here.
  [[nodiscard]] virtual Result<Resolution> resolve(store::Writer& writer, std::vector<store::Identifier> identifiers,
                                                   std::string_view region, TimePoint at) = 0;
};

}  // namespace patchbay::identity
