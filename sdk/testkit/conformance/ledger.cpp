#include "conformance/ledger.hpp"

#include <algorithm>

namespace patchbay::conformance {
namespace {

std::string says(const std::vector<Participant>& participants) {
  std::string text;
  for (const Participant& participant : participants) {
    text += "|" + std::to_string(static_cast<int>(participant.role));
    for (const Identifier& each : participant.identifiers)
      text += " " + each.kind + " " + each.value + " " + each.scope;
  }
  return text;
}

// Without times: a source without ids may be read at another time.
std::string says(const Interaction& of) {
  return "interaction " + std::to_string(static_cast<int>(of.kind)) + "|" + of.account + "|" + of.conversation + "|" +
         of.in_reply_to + "|" + of.subject + "|" + of.text + says(of.participants);
}

std::string says(const Fact& of) {
  return "fact " + std::to_string(static_cast<int>(of.kind)) + "|" + std::to_string(static_cast<int>(of.receipt)) +
         "|" + of.account + "|" + of.target + "|" + of.text + says(of.participants);
}

std::map<std::string, std::size_t> counted(const std::vector<Item>& items) {
  std::map<std::string, std::size_t> counts;
  for (const Item& item : items) ++counts[item.says];
  return counts;
}

std::string shown(const Item& item) {
  const std::string text = item.says.substr(0, 120);
  return item.id.empty() ? "\"" + text + "\"" : item.id + " (\"" + text + "\")";
}

}  // namespace

Json Ledger::durable(const Batch& batch) {
  Json items = Json::array(), states = Json::array();
  for (const Interaction& one : batch.interactions) items.push_back({one.account, one.external_id, says(one)});
  // A fact may do without an id: the host tells it apart by its content.
  for (const Fact& one : batch.facts)
    items.push_back({one.account, one.external_id.empty() ? says(one) : one.external_id, says(one)});
  for (const auto& [key, value] : batch.states) states.push_back({key, value});
  return {{"items", std::move(items)}, {"states", std::move(states)}};
}

void Ledger::apply(const Json& record) {
  if (record.contains("answered")) requests_.insert(record.at("answered").get<std::size_t>());
  if (record.contains("delivered")) events_.insert(record.at("delivered").get<std::size_t>());
  for (const Json& state : record.value("states", Json::array())) {
    const auto key = state.at(0).get<std::string>(), value = state.at(1).get<std::string>();
    if (value.empty())
      states_.erase(key);
    else
      states_[key] = value;
  }
  for (const Json& one : record.value("items", Json::array())) {
    Item item{one.at(0).get<std::string>(), one.at(1).get<std::string>(), one.at(2).get<std::string>()};
    if (!item.id.empty() && !known_.emplace(item.account, item.id).second)
      ++repeated_;
    else
      items_.push_back(std::move(item));
  }
}

std::string Ledger::lost(const Ledger& expected) const {
  std::map<std::string, std::size_t> here = counted(items_);
  for (const Item& item : expected.items_) {
    std::size_t& left = here[item.says];
    const bool by_id = !item.id.empty() && known_.contains({item.account, item.id});
    if (left == 0 && !by_id) return shown(item);
    if (left > 0) --left;
  }
  return {};
}

std::string Ledger::doubled(const Ledger& expected) const {
  std::map<std::string, std::size_t> allowed = counted(expected.items_);
  std::map<std::string, std::size_t> seen;
  for (const Item& item : items_) {
    const bool once_expected = !item.id.empty() && expected.known_.contains({item.account, item.id});
    if (++seen[item.says] > std::max<std::size_t>(1, allowed[item.says]) && !once_expected) return shown(item);
  }
  return {};
}

}  // namespace patchbay::conformance
