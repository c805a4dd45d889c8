#include "signature.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

using Lines = std::vector<std::string>;

TEST(ImapSignature, FindsNumbersAndAddresses) {
  const Mentions found = mentions_in(
      "Kasia Nowak\nNowak Sp. z o.o.\nul. Długa 5/7, 00-238 Warszawa\ntel. 601 234 567, +48 22 123 45 67\n"
      "kasia@nowak.example | www.nowak.example");
  EXPECT_EQ(found.phones, (Lines{"601 234 567", "+48 22 123 45 67"}));
  EXPECT_EQ(found.postal_addresses, (Lines{"ul. Długa 5/7, 00-238 Warszawa"}));
  EXPECT_EQ(found.emails, Lines{"kasia@nowak.example"});
}

TEST(ImapSignature, KnowsHowAddressesLookInOtherCountries) {
  for (const char* const line : {"Via Roma 1", "20121 Milano (MI)", "Keizersgracht 12, 1015 CJ Amsterdam",
                                 "Hauptstraße 5", "Dorpsstraat 8", "Calle Mayor 3, 28013 Madrid"})
    EXPECT_EQ(mentions_in(line).postal_addresses, Lines{line});
}

TEST(ImapSignature, TakesNoOtherNumberForAPhone) {
  for (const char* const line :
       {"P.IVA 01234567890", "NIP 525-000-09-57", "IBAN IT60X0542811101000000123456", "Ordine 2026/0012345", "12345"}) {
    const Mentions found = mentions_in(line);
    EXPECT_EQ(found.phones, Lines{}) << line;
    EXPECT_EQ(found.postal_addresses, Lines{}) << line;
  }
  EXPECT_EQ(mentions_in("Cell. (02) 123-4567 int. 3").phones, Lines{"(02) 123-4567"});
  EXPECT_EQ(mentions_in("0039 02 1234567").phones, Lines{"0039 02 1234567"});
}

TEST(ImapSignature, IsBounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "+39 02 12345" + std::to_string(100 + i) + "\n";
  EXPECT_EQ(mentions_in(many).phones.size(), 5U);
}

}  // namespace
}  // namespace patchbay::imap
