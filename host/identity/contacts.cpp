#include "identity/contacts.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace patchbay::identity {
namespace {

ContactId id_of(std::span<const NodeIndex> part, const Nodes& nodes) {
  ContactId first = Contacts::no_contact;
  for (const NodeIndex node : part) first = std::min(first, first_persona(nodes[node]));
  return first;
}

}  // namespace

void Changes::append(const Changes& more) {
  const auto add = [](std::vector<ContactId>& list, const std::vector<ContactId>& ids) {
    list.insert(list.end(), ids.begin(), ids.end());
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  // What went and came back is there, and the other way round.
  std::erase_if(gone, [&more](ContactId id) {
    return std::find(more.changed.begin(), more.changed.end(), id) != more.changed.end();
  });
  std::erase_if(changed,
                [&more](ContactId id) { return std::find(more.gone.begin(), more.gone.end(), id) != more.gone.end(); });
  add(changed, more.changed);
  add(gone, more.gone);
}

std::vector<std::vector<NodeIndex>> Contacts::parts_of(std::span<const NodeIndex> cluster, const Edges& edges,
                                                       const Nodes& nodes, Probability link) {
  std::map<NodeIndex, std::size_t> part_of;
  for (const NodeIndex node : cluster) part_of[node] = cluster.size();
  std::vector<std::vector<NodeIndex>> parts;
  for (const NodeIndex first : cluster) {
    if (part_of[first] != cluster.size()) continue;
    std::vector<NodeIndex>& part = parts.emplace_back();
    const auto take = [&](NodeIndex node) {
      const auto found = part_of.find(node);
      if (found == part_of.end() || found->second != cluster.size()) return;
      found->second = parts.size() - 1;
      part.push_back(node);
    };
    take(first);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const NodeIndex node = part[i];
      for (const Edge& edge : edges.of(node))
        if (edge.weight() >= link) take(edge.to);
      for (const NodeIndex same : nodes[node].same) take(same);
    }
  }
  return parts;
}

Changes Contacts::forget(NodeIndex node, const Nodes& nodes) {
  const ContactId contact = contact_of(node);
  if (contact == no_contact) return {};
  contact_of_[node] = no_contact;
  Part& left = part_of(contact);
  take_out(left, node);
  if (!left.empty()) return renew(left.front(), nodes);
  return {.changed = {}, .gone = {contact}};
}

Changes Contacts::replace(const std::vector<std::vector<NodeIndex>>& parts, const Nodes& nodes) {
  std::map<ContactId, Part> before;
  for (const auto& part : parts) {
    for (const NodeIndex node : part) {
      const ContactId contact = contact_of(node);
      if (contact == no_contact || part_of(contact).empty()) continue;
      before.emplace(contact, std::move(part_of(contact)));
    }
  }
  Changes changes;
  for (std::vector<NodeIndex> nodes_of_it : parts) {
    std::sort(nodes_of_it.begin(), nodes_of_it.end());
    const ContactId id = id_of(nodes_of_it, nodes);
    Part part;
    for (const NodeIndex node : nodes_of_it) {
      if (node >= contact_of_.size()) contact_of_.resize(node + 1, no_contact);
      contact_of_[node] = id;
      part.push_back(node);
    }
    const auto was = before.find(id);
    const bool unchanged =
        was != before.end() && std::equal(was->second.begin(), was->second.end(), part.begin(), part.end());
    if (was != before.end()) before.erase(was);
    if (!unchanged) changes.changed.push_back(id);
    part_of(id) = std::move(part);
  }
  for (const auto& [id, was] : before) changes.gone.push_back(id);
  std::sort(changes.changed.begin(), changes.changed.end());
  return changes;
}

Changes Contacts::renew(NodeIndex node, const Nodes& nodes) {
  const ContactId before = contact_of(node);
  Part part = std::move(part_of(before));
  const ContactId id = id_of(part, nodes);
  for (const NodeIndex member : part) contact_of_[member] = id;
  part_of(id) = std::move(part);
  Changes changes{.changed = {id}, .gone = {}};
  if (id != before) changes.gone.push_back(before);
  return changes;
}

ContactId Contacts::contact_of(NodeIndex node) const {
  return node < contact_of_.size() ? contact_of_[node] : no_contact;
}

std::span<const NodeIndex> Contacts::nodes_of(ContactId contact) const {
  const Part* found = nodes_of_.find(static_cast<std::uint64_t>(contact));
  if (!found) return {};
  return *found;
}

std::vector<std::pair<ContactId, std::span<const NodeIndex>>> Contacts::all() const {
  std::vector<std::pair<ContactId, std::span<const NodeIndex>>> list;
  nodes_of_.for_each([&list](std::uint64_t id, const Part& part) {
    if (!part.empty()) list.emplace_back(ContactId{id}, part);
  });
  return list;
}

}  // namespace patchbay::identity
