#include "identity/country.hpp"

#include <gtest/gtest.h>

namespace patchbay::identity {
namespace {

TEST(Country, IsKnownByItsCodesAndByItsNames) {
  for (const char* germany :
       {"DE", "de", "DEU", "Germany", "Deutschland", "Germania", "Niemcy", "Alemania", "Allemagne"})
    EXPECT_EQ(country_code(germany), "de") << germany;
  EXPECT_EQ(country_code("UK"), "gb");
  EXPECT_EQ(country_code("The moon"), "");
  EXPECT_EQ(country_code(""), "");
}

}  // namespace
}  // namespace patchbay::identity
