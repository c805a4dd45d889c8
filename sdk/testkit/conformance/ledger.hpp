// What the store behind a plugin has taken over several of the plugin's lives, and whether that is what it should be.
//
// Grows by records, which can be sent from one process to another. A plain value; one thread.
#pragma once

#include <patchbay/testkit/fake_host.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace patchbay::conformance {

// An interaction or fact as the store tells it apart, and as a person would: by what it says.
struct Item {
  std::string account, id, says;
};

class Ledger {
 public:
  // Records: what became durable with a batch; that a request or an event needs no further attempt.
  [[nodiscard]] static Json durable(const Batch& batch);
  [[nodiscard]] static Json answered(std::size_t request) { return {{"answered", request}}; }
  [[nodiscard]] static Json delivered(std::size_t event) { return {{"delivered", event}}; }
  void apply(const Json& record);

  [[nodiscard]] const std::map<std::string, std::string>& states() const { return states_; }
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  [[nodiscard]] const std::set<std::size_t>& requests() const { return requests_; }
  [[nodiscard]] const std::set<std::size_t>& events() const { return events_; }
  [[nodiscard]] std::size_t repeated() const { return repeated_; }  // came again under an id that was durable

  // What is wrong with these items where `expected` would be right, as text; empty where nothing is. More of a source
  // that goes on is not wrong.
  [[nodiscard]] std::string lost(const Ledger& expected) const;
  [[nodiscard]] std::string doubled(const Ledger& expected) const;

 private:
  std::map<std::string, std::string> states_;
  std::vector<Item> items_;
  std::set<std::pair<std::string, std::string>> known_;
  std::set<std::size_t> requests_, events_;
  std::size_t repeated_ = 0;
};

}  // namespace patchbay::conformance
