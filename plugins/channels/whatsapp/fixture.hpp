// For the tests: bodies of fixtures/*.json by name, mapped with the settings of a business with two numbers.
#pragma once

#include "mapping.hpp"

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace patchbay::whatsapp {

inline Json fixture(const std::string& file, const std::string& name) {
  std::ifstream stream(std::string(WHATSAPP_FIXTURES) + "/" + file + ".json");
  const Json all = Json::parse(stream);
  if (!all.contains(name)) throw std::logic_error("no fixture " + name + " in " + file);
  return all.at(name);
}

inline Numbers two_numbers() {
  Numbers numbers;
  numbers.portfolio = "1029";
  numbers.by_id["310000000000001"] = {"it", "IT", "Rossi Milano"};
  numbers.by_id["310000000000002"] = {"pl", "PL", ""};
  return numbers;
}

// When the tests' bodies arrive.
inline constexpr TimePoint arrival{std::chrono::seconds{1'800'000'000}};

inline TimePoint at_second(std::int64_t seconds) { return TimePoint{std::chrono::seconds{seconds}}; }

inline Batch mapped(const std::string& file, const std::string& name) {
  return map_body(two_numbers(), fixture(file, name).dump(), arrival);
}

// "kind=value" of each identifier, in order; claimed ones in brackets.
inline std::string identifiers(const Participant& participant) {
  std::string all;
  for (const Identifier& identifier : participant.identifiers) {
    std::string one = identifier.kind + "=" + identifier.value;
    if (!identifier.scope.empty()) one += "@" + identifier.scope;
    if (identifier.trust == Trust::claimed) one = "(" + one + ")";
    all += (all.empty() ? "" : " ") + one;
  }
  return all;
}

}  // namespace patchbay::whatsapp
