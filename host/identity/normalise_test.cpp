#include "identity/normalise.hpp"

#include <gtest/gtest.h>

namespace patchbay::identity {
namespace {

struct Case {
  const char* what;
  const char* kind;
  const char* value;
  const char* region;
  std::optional<std::string> normal;
};

TEST(NormalForm, IsWhatEqualIdentifiersShare) {
  const std::string long_local(65, 'a');
  const Case cases[] = {
      {"case", "email", "Kasia.Nowak@Example.PL", "", "kasia.nowak@example.pl"},
      {"white space around", "email", "  kasia@example.pl\n", "", "kasia@example.pl"},
      {"international domain (RFC 5891)", "email", "post@bücher.example", "", "post@xn--bcher-kva.example"},
      {"international domain in capitals", "email", "post@BÜCHER.example", "", "post@xn--bcher-kva.example"},
      {"local part beyond ASCII is kept", "email", "żaneta@example.pl", "", "żaneta@example.pl"},
      {"plus tags name different mailboxes to the sender", "email", "k+shop@example.pl", "", "k+shop@example.pl"},
      {"no at sign", "email", "kasia", "", std::nullopt},
      {"nothing before the at sign", "email", "@example.pl", "", std::nullopt},
      {"nothing after it", "email", "kasia@", "", std::nullopt},
      {"two at signs", "email", "a@b@example.pl", "", std::nullopt},
      {"a space inside", "email", "a b@example.pl", "", std::nullopt},
      {"local part over 64 octets (RFC 5321)", "email", nullptr, "", std::nullopt},
      {"domain without a dot", "email", "root@localhost", "", std::nullopt},

      {"international form needs no region", "phone", "+48 601 234 567", "", "+48601234567"},
      {"national form, Poland", "phone", "601 234 567", "PL", "+48601234567"},
      {"national form with trunk zero, Netherlands", "phone", "06-12345678", "NL", "+31612345678"},
      {"Italian numbers keep their zero", "phone", "02 1234 5678", "IT", "+390212345678"},
      {"double zero, Italy", "phone", "0048601234567", "IT", "+48601234567"},
      {"national form without a region", "phone", "601 234 567", "", std::nullopt},
      {"a word", "phone", "ROSSI", "IT", std::nullopt},
      {"too short", "phone", "12", "IT", std::nullopt},
      {"an extension is nobody's number", "phone", "+39 02 12345678 ext. 5", "IT", std::nullopt},

      {"WhatsApp user ids are as they are", "whatsapp_user", " IT.ENC12345 ", "", "IT.ENC12345"},
      {"a name never decides", "name", "Kasia Nowak", "", std::nullopt},
      {"a display name never decides", "username", "kasia", "", std::nullopt},
      {"empty", "customer_number", "  ", "", std::nullopt},
  };
  for (const Case& c : cases) {
    const std::string value = c.value ? std::string(c.value) : long_local + "@example.pl";
    EXPECT_EQ(normal_form(c.kind, value, c.region), c.normal) << c.what;
  }
}

}  // namespace
}  // namespace patchbay::identity
