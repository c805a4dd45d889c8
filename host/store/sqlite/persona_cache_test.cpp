#include "store/sqlite/persona_cache.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace patchbay::store::sqlite {
namespace {

Persona numbered(std::uint32_t number) {
  Persona persona;
  persona.id = PersonaId{number};
  std::memcpy(persona.digest.data(), &number, sizeof number);
  return persona;
}

TEST(PersonaCache, KeepsWhomItMetLastAndStaysBounded) {
  PersonaCache cache;
  const Persona regular = numbered(0);
  cache.put(regular);
  for (std::uint32_t number = 1; number <= 10'000; ++number) {
    cache.put(numbered(number));
    ASSERT_NE(cache.find(regular.digest), nullptr) << "after " << number << " others";
  }
  EXPECT_EQ(cache.find(regular.digest)->id, regular.id);
  EXPECT_NE(cache.find(numbered(10'000).digest), nullptr);
  EXPECT_EQ(cache.find(numbered(1).digest), nullptr) << "room was made";
  cache.forget();
  EXPECT_EQ(cache.find(regular.digest), nullptr);
}

}  // namespace
}  // namespace patchbay::store::sqlite
