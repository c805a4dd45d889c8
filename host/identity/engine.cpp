#include "identity/engine.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace patchbay::identity {
namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

std::string number_of(PersonaId id) { return std::to_string(static_cast<std::uint64_t>(id)); }

std::uint64_t signature_of(const Features& features, std::uint64_t value) {
  for (const CountedValue& counted : counted_values_of(features))
    if (counted.value == value) return counted.signature;
  return 0;
}

tl::unexpected<Error> unknown(PersonaId id) {
  return failure(ErrorCode::not_found, "looking up persona " + number_of(id) + ": there is none with this number",
                 "it may have been erased");
}

}  // namespace

Engine::Engine(const Model& model, std::size_t most_nodes)
    : model_(model),
      most_nodes_(most_nodes),
      variants_(nodes_.ranks()),
      keys_(nodes_.ranks()),
      counts_([this](NodeIndex node, std::uint64_t value) { return signature_of(nodes_.features(node), value); }),
      edges_(model_.link(),
             [this](NodeIndex third, NodeIndex left, NodeIndex right) {
               return leave_open(nodes_.features(third), nodes_.features(left), nodes_.features(right));
             }),
      view_(nodes_, edges_),
      clusters_(view_, nodes_.ranks(), model_.cut()) {}

const Engine::Known* Engine::find(PersonaId id) const {
  const Known* known = personas_.find(static_cast<std::uint64_t>(id));
  return known && known->node != no_node ? known : nullptr;
}

Result<Changes> Engine::add(PersonaId id, const Persona& persona, const Digest16& origin) {
  return add(id, features_of(persona), origin);
}

Result<Changes> Engine::add(PersonaId id, const Features& features, const Digest16& origin) {
  if (find(id))
    return failure(ErrorCode::conflict, "adding persona " + number_of(id) + ": it is there already",
                   "correct it instead");
  effort_ = {};
  return place(id, features, origin);
}

Result<Changes> Engine::remove(PersonaId id) {
  if (!find(id)) return unknown(id);
  effort_ = {};
  return take_away(id);
}

Result<Changes> Engine::correct(PersonaId id, const Persona& persona) {
  const Known* known = find(id);
  if (!known) return unknown(id);
  effort_ = {};
  const Digest16 origin = known->origin;
  Changes changes = take_away(id);
  changes.append(place(id, features_of(persona), origin));
  return changes;
}

Result<Changes> Engine::decide(PersonaId left, PersonaId right, Decision decision) {
  if (!find(left)) return unknown(left);
  if (!find(right)) return unknown(right);
  if (left == right)
    return failure(ErrorCode::invalid, "deciding about persona " + number_of(left) + ": it was named twice",
                   "name two personas");
  effort_ = {};
  constraints_.decide(left, right, decision);
  return replace(std::array{left, right});
}

Result<Changes> Engine::take_back(PersonaId left, PersonaId right) {
  effort_ = {};
  constraints_.take_back(left, right);
  std::vector<PersonaId> there;
  for (const PersonaId id : {left, right})
    if (find(id)) there.push_back(id);
  return replace(there);
}

Changes Engine::replace(std::span<const PersonaId> ids) {
  Changes changes;
  for (const PersonaId id : ids) {
    const Known known = *find(id);
    Features features = nodes_.features(known.node);
    renew_digests(features);
    if (node_digest(features, known.origin, constraints_.standing(id)) == nodes_[known.node].digest) continue;
    changes.append(take_away(id));
    changes.append(place(id, features, known.origin));
  }
  for (const PersonaId id : ids) {
    rebuild_decisions(speaker(find(id)->node));
    dirty_.push_back(speaker(find(id)->node));
  }
  changes.append(settle(most_nodes_));
  return changes;
}

Changes Engine::place(PersonaId id, const Features& features, const Digest16& origin) {
  const Standing standing = constraints_.standing(id);
  const Digest16 digest = node_digest(features, origin, standing);
  NodeIndex node = nodes_.find(digest);
  const bool is_new = node == no_node;
  if (is_new) {
    const bool has_variants = features.has_identifier() && standing == Standing::shared;
    node = nodes_.add(digest, features);
    nodes_[node].has_variants = has_variants;
  }
  take_in(nodes_[node].personas, {{id}});
  personas_[static_cast<std::uint64_t>(id)] = {node, origin};

  Changes changes;
  if (!is_new) {
    if (nodes_[node].follows) take_in(nodes_[speaker(node)].followers, {{id}});
    changes = contacts_.renew(speaker(node), nodes_);
  } else if (nodes_[node].has_variants) {
    changes = seat(node);
  } else {
    open_node(node);
  }
  if (!constraints_.about(id).empty()) {
    rebuild_decisions(speaker(node));
    dirty_.push_back(speaker(node));
  }
  if (!dirty_.empty()) changes.append(settle(most_nodes_));
  return changes;
}

Changes Engine::take_away(PersonaId id) {
  const NodeIndex node = find(id)->node;
  const NodeIndex spoke = speaker(node);
  personas_[static_cast<std::uint64_t>(id)] = {};
  take_out(nodes_[node].personas, id);
  Changes changes;
  if (nodes_[node].follows) {
    take_out(nodes_[spoke].followers, id);
    changes = contacts_.renew(spoke, nodes_);
  } else if (!nodes_[node].personas.empty()) {
    changes = contacts_.renew(node, nodes_);
  }
  if (nodes_[node].personas.empty()) changes.append(close_for_good(node));
  if (!constraints_.about(id).empty() && nodes_.is_there(spoke)) {
    rebuild_decisions(spoke);
    dirty_.push_back(spoke);
  }
  // The others of the decisions no longer see it.
  for (const Constraints::Entry& entry : constraints_.about(id)) {
    if (const Known* other = find(entry.other)) {
      rebuild_decisions(speaker(other->node));
      dirty_.push_back(speaker(other->node));
    }
  }
  changes.append(settle(most_nodes_));
  return changes;
}

Changes Engine::close_for_good(NodeIndex node) {
  if (nodes_[node].has_variants) return unseat(node);
  Changes changes = contacts_.forget(node, nodes_);
  close_node(node);
  nodes_.remove(node);
  return changes;
}

void Engine::open_node(NodeIndex node) {
  nodes_[node].packed.read(left_);
  const KeyList keys = nodes_[node].packed.keys();
  clusters_.add(node);
  dirty_.push_back(node);
  KeyIndex::Pairs changed;
  keys_.add(node, keys, changed);
  for (const CountedValue& value : counted_values_of(left_))
    if (counts_.add(node, value) != Crossing::none) late_values_.insert(value.value);
  const std::vector<NodeIndex> candidates = keys_.candidates(node, keys);
  effort_.candidates += candidates.size();
  for (const NodeIndex other : candidates) judge(node, left_, other);
  for (const auto& [left, right] : changed) judge_again(left, right);
  rebuild_decisions(node);
}

void Engine::close_node(NodeIndex node) {
  KeyIndex::Pairs changed;
  keys_.remove(node, nodes_[node].packed.keys(), changed);
  for (const CountedValue& value : counted_values_of(nodes_.features(node))) {
    if (counts_.remove(node, value) == Crossing::none) continue;
    if (counts_.holders(value.value).empty()) {
      late_values_.erase(value.value);
    } else {
      late_values_.insert(value.value);
    }
  }
  const std::span<const Edge> edges = edges_.of(node);
  for (const Edge& edge : std::vector<Edge>(edges.begin(), edges.end())) edges_.set(node, edge.to, 0, false, dirty_);
  clusters_.remove(node, dirty_);
  clear_decisions(node);
  late_nodes_.erase(node);
  std::erase(dirty_, node);
  for (const auto& [left, right] : changed) judge_again(left, right);
}

void Engine::judge(NodeIndex left, const Features& features, NodeIndex right) {
  ++effort_.judged;
  nodes_[right].packed.read(right_);
  const Judgement judgement = model_.judge(compare(features, right_, counts_));
  const Probability probability = judgement.probability >= model_.keep() ? judgement.probability : 0;
  edges_.set(left, right, probability, judgement.related, dirty_);
}

void Engine::judge_again(NodeIndex left, NodeIndex right) {
  if (!keys_.pairs(left, nodes_[left].packed.keys(), right, nodes_[right].packed.keys())) {
    if (edges_.between(left, right)) edges_.set(left, right, 0, false, dirty_);
    return;
  }
  nodes_[left].packed.read(left_);
  judge(left, left_, right);
}

void Engine::judge_holders_again(std::uint64_t value) {
  const std::span<const NodeIndex> now = counts_.holders(value);
  const std::vector<NodeIndex> holders(now.begin(), now.end());
  for (const NodeIndex node : holders) {
    nodes_[node].packed.read(left_);
    for (const NodeIndex other : keys_.candidates(node, nodes_[node].packed.keys()))
      if (node < other && std::binary_search(holders.begin(), holders.end(), other)) judge(node, left_, other);
  }
}

Changes Engine::settle(std::size_t most_nodes) {
  for (auto value = late_values_.begin(); value != late_values_.end();) {
    if (counts_.holders(*value).size() > most_nodes) {
      ++value;
      continue;
    }
    judge_holders_again(*value);
    value = late_values_.erase(value);
  }
  std::sort(dirty_.begin(), dirty_.end());
  dirty_.erase(std::unique(dirty_.begin(), dirty_.end()), dirty_.end());
  const std::vector<NodeIndex> dirty = std::exchange(dirty_, {});
  if (dirty.empty()) return {};

  Changes changes;
  const std::optional<std::vector<ClusterIndex>> made = clusters_.repair(dirty, most_nodes);
  if (!made) {
    late_nodes_.insert(dirty.begin(), dirty.end());
    // Somebody who was never placed stands alone until then.
    for (const NodeIndex node : dirty)
      if (contacts_.contact_of(node) == Contacts::no_contact) changes.append(contacts_.replace({{node}}, nodes_));
    return changes;
  }
  std::vector<std::vector<NodeIndex>> parts;
  for (const ClusterIndex cluster : *made) {
    effort_.linked += clusters_.members(cluster).size();
    for (const NodeIndex node : clusters_.members(cluster)) late_nodes_.erase(node);
    for (auto& part : Contacts::parts_of(clusters_.members(cluster), edges_, nodes_, model_.link()))
      parts.push_back(std::move(part));
  }
  return contacts_.replace(parts, nodes_);
}

Changes Engine::drain() {
  effort_ = {};
  dirty_.insert(dirty_.end(), late_nodes_.begin(), late_nodes_.end());
  late_nodes_.clear();
  return settle(no_limit);
}

Changes Engine::drain_some() {
  effort_ = {};
  if (!late_values_.empty()) {
    const std::uint64_t value = *late_values_.begin();
    late_values_.erase(late_values_.begin());
    judge_holders_again(value);
    late_nodes_.insert(dirty_.begin(), dirty_.end());
    dirty_.clear();
    return {};
  }
  if (late_nodes_.empty()) return {};
  dirty_.push_back(*late_nodes_.begin());
  return settle(no_limit);
}

}  // namespace patchbay::identity
