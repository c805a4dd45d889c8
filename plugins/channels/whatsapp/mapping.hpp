// From one webhook body to what becomes durable together: interactions, facts, notices, consents, and at most one
// original that could not be read.
//
// Pure: no clock, no network, no state. Any thread. It never throws for what a body holds; a body of another shape
// comes back as one quarantined original. The rules are in docs/channels/whatsapp.md.
#pragma once

#include "envelope.hpp"

#include <map>
#include <patchbay/settings.hpp>
#include <string>
#include <string_view>

namespace patchbay::whatsapp {

struct Number {
  std::string key;     // in the settings: becomes the account of what comes over it
  std::string region;  // ISO 3166-1 alpha-2, or empty
  std::string name;    // for people, or empty
};

struct Numbers {
  std::string portfolio;                // the scope of user ids
  std::map<std::string, Number> by_id;  // phone_number_id
};

// Throws a Failure that names the settings' pointer.
[[nodiscard]] Numbers read_numbers(const Settings& settings);

// `now` dates what Meta does not date.
[[nodiscard]] Batch map_body(const Numbers& numbers, std::string_view body, TimePoint now);

}  // namespace patchbay::whatsapp
