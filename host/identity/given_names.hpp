// The given names that are known, and which of them are forms of one another: Kasia is Katarzyna, Beppe is Giuseppe.
//
// A name belongs to each formal name of which it is a form, and a formal name to itself; two names are forms of one
// when they share a formal name. Alex is both Alexander and Alexandra, which are not each other.
//
// Read once from the table that tools/given_names/generate.mjs writes (its head names the sources). Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace patchbay::identity {

using FormalName = std::uint16_t;

struct GivenName {
  bool known = false;
  std::span<const FormalName> formal;  // in ascending order; lives as long as the program
  std::uint16_t number = 0;            // stands for it while the program runs; 0 where it is not known
};

// Takes a folded word.
[[nodiscard]] GivenName given_name(std::string_view word);
[[nodiscard]] GivenName given_name_of(std::uint16_t number);
[[nodiscard]] bool forms_of_one(std::span<const FormalName> left, std::span<const FormalName> right);

}  // namespace patchbay::identity
