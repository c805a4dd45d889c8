// The business's own addresses: who is never a contact.
//
// Made once from `business.own` of the settings: domains, e-mail addresses and phone numbers. Immutable; any thread.
#pragma once

#include "base/result.hpp"
#include "store/records.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::intake {

class OwnAddresses {
 public:
  OwnAddresses() = default;
  // `region` is where numbers in national form are read. An entry that is none of the three is an error.
  [[nodiscard]] static Result<OwnAddresses> from(const std::vector<std::string>& entries, std::string_view region);

  // Whether one of a persona's e-mail addresses or phone numbers is the business's own.
  [[nodiscard]] bool include(const std::vector<store::Identifier>& identifiers, std::string_view region) const;

 private:
  std::set<std::string, std::less<>> domains_, emails_, phones_;
};

}  // namespace patchbay::intake
