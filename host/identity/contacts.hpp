// The contacts: what of a cluster is joined by pairs that link, each under the id of its first persona.
//
// A cluster may hold together what no single pair would join (two nodes at a mean of .2); such a part is a contact of
// its own, and its pairs stand in review. Pure but for the record of what was, which tells the changes.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "identity/edges.hpp"
#include "identity/nodes.hpp"
#include "identity/paged.hpp"

namespace patchbay::identity {

// The id of a contact's first persona.
using ContactId = PersonaId;

struct Changes {
  std::vector<ContactId> changed;  // that are new, or have other personas than before
  std::vector<ContactId> gone;     // ids that no contact bears any more

  void append(const Changes& more);
};

class Contacts {
 public:
  // The parts of a cluster that linking pairs and operators' decisions hold together.
  [[nodiscard]] static std::vector<std::vector<NodeIndex>> parts_of(std::span<const NodeIndex> cluster,
                                                                    const Edges& edges, const Nodes& nodes,
                                                                    Probability link);

  // A node that goes; what is left of its contact bears the id of its first persona at once.
  Changes forget(NodeIndex node, const Nodes& nodes);
  // `parts` are all that is left of the contacts of their nodes.
  Changes replace(const std::vector<std::vector<NodeIndex>>& parts, const Nodes& nodes);
  // A node of this contact stands for other personas than before.
  Changes renew(NodeIndex node, const Nodes& nodes);

  // no_contact for a node that was never placed.
  [[nodiscard]] ContactId contact_of(NodeIndex node) const;
  [[nodiscard]] std::span<const NodeIndex> nodes_of(ContactId contact) const;
  // Each contact with its nodes, in no order that means anything. As long as nothing changes.
  [[nodiscard]] std::vector<std::pair<ContactId, std::span<const NodeIndex>>> all() const;

  static constexpr ContactId no_contact{~0ULL};

 private:
  using Part = SmallList<NodeIndex>;  // ascending; empty where no contact bears the id
  [[nodiscard]] Part& part_of(ContactId contact) { return nodes_of_[static_cast<std::uint64_t>(contact)]; }

  Paged<Part> nodes_of_;
  std::vector<ContactId> contact_of_;
};

}  // namespace patchbay::identity
