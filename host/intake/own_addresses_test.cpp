#include "intake/own_addresses.hpp"

#include <gtest/gtest.h>

namespace patchbay::intake {
namespace {

using store::Trust;

TEST(OwnAddresses, AreFoundInWhateverFormTheyCome) {
  const auto own = OwnAddresses::from(
      {"rossi.example", "Bücher.example", "365ab.test", "Sales@Partner.example", "02 1234567", "+48 601 234 567"},
      "IT");
  ASSERT_TRUE(own) << own.error().text();
  struct Case {
    const char* what;
    const char* kind;
    const char* value;
    const char* region;
    bool own;
  };
  const Case cases[] = {
      {"any mailbox of an own domain", "email", "anybody@rossi.example", "", true},
      {"in capitals", "email", "Info@ROSSI.example", "", true},
      {"an international domain", "email", "post@xn--bcher-kva.example", "", true},
      {"a domain that starts with digits", "email", "hello@365ab.test", "", true},
      {"a domain below it is another one", "email", "info@mail.rossi.example", "", false},
      {"a domain that ends alike", "email", "info@notrossi.example", "", false},
      {"one mailbox of another's domain", "email", "sales@partner.example", "", true},
      {"the next mailbox", "email", "support@partner.example", "", false},
      {"a number from the settings in national form", "phone", "+39021234567", "", true},
      {"itself in national form", "phone", "02 1234567", "IT", true},
      {"the same digits in another country", "phone", "02 1234567", "NL", false},
      {"a foreign number", "phone", "0048601234567", "IT", true},
      {"another number", "phone", "+48601234568", "", false},
      {"an address as a name", "name", "info@rossi.example", "", false},
      {"no address", "email", "rossi.example", "", false},
      {"empty", "email", "", "", false},
  };
  for (const Case& c : cases)
    EXPECT_EQ(
        own->include({{"name", "Rossi", "", Trust::claimed, ""}, {c.kind, c.value, "", Trust::attested, ""}}, c.region),
        c.own)
        << c.what;
  EXPECT_FALSE(own->include({}, "IT"));
}

TEST(OwnAddresses, OfNobodyIncludeNobody) {
  EXPECT_FALSE(OwnAddresses().include({{"email", "info@rossi.example", "", Trust::attested, ""}}, "IT"));
}

TEST(OwnAddresses, MistakesAreNamedWithARemedy) {
  for (const char* wrong : {"", "rossi", "info@", "@rossi.example", "12", "rossi example", "a b@rossi.example"}) {
    const auto own = OwnAddresses::from({"rossi.example", wrong}, "IT");
    ASSERT_FALSE(own) << wrong;
    EXPECT_EQ(own.error().code, ErrorCode::invalid);
    EXPECT_NE(own.error().reason.find("got \"" + std::string(wrong) + "\""), std::string::npos) << own.error().reason;
    EXPECT_FALSE(own.error().remedy.empty());
  }
}

}  // namespace
}  // namespace patchbay::intake
