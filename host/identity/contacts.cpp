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
  std::vector<NodeIndex>& left = nodes_of_[contact];
  std::erase(left, node);
  if (!left.empty()) return renew(left.front(), nodes);
  nodes_of_.erase(contact);
  return {.changed = {}, .gone = {contact}};
}

Changes Contacts::replace(const std::vector<std::vector<NodeIndex>>& parts, const Nodes& nodes) {
  std::map<ContactId, std::vector<NodeIndex>> before;
  for (const auto& part : parts) {
    for (const NodeIndex node : part) {
      const ContactId contact = contact_of(node);
      if (contact == no_contact) continue;
      const auto found = nodes_of_.find(contact);
      if (found == nodes_of_.end()) continue;
      before.emplace(contact, std::move(found->second));
      nodes_of_.erase(found);
    }
  }
  Changes changes;
  for (std::vector<NodeIndex> part : parts) {
    std::sort(part.begin(), part.end());
    const ContactId id = id_of(part, nodes);
    for (const NodeIndex node : part) {
      if (node >= contact_of_.size()) contact_of_.resize(node + 1, no_contact);
      contact_of_[node] = id;
    }
    const auto was = before.find(id);
    const bool unchanged = was != before.end() && was->second == part;
    if (was != before.end()) before.erase(was);
    if (!unchanged) changes.changed.push_back(id);
    nodes_of_[id] = std::move(part);
  }
  for (const auto& [id, was] : before) changes.gone.push_back(id);
  std::sort(changes.changed.begin(), changes.changed.end());
  return changes;
}

Changes Contacts::renew(NodeIndex node, const Nodes& nodes) {
  const ContactId before = contact_of(node);
  std::vector<NodeIndex> part = std::move(nodes_of_[before]);
  nodes_of_.erase(before);
  const ContactId id = id_of(part, nodes);
  for (const NodeIndex member : part) contact_of_[member] = id;
  nodes_of_[id] = std::move(part);
  Changes changes{.changed = {id}, .gone = {}};
  if (id != before) changes.gone.push_back(before);
  return changes;
}

ContactId Contacts::contact_of(NodeIndex node) const {
  return node < contact_of_.size() ? contact_of_[node] : no_contact;
}

std::span<const NodeIndex> Contacts::nodes_of(ContactId contact) const {
  const auto found = nodes_of_.find(contact);
  if (found == nodes_of_.end()) return {};
  return found->second;
}

}  // namespace patchbay::identity
