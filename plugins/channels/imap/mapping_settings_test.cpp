#include "mapping_settings.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

Owner read(const char* settings, const std::string& place = {}) {
  Owner owner;
  read_mapping_settings(owner, Settings(Json::parse(settings)), place);
  return owner;
}

TEST(ImapMappingSettings, ReadsForms) {
  const Owner owner = read(R"({"forms": [{"from": "Form@Rossi.example", "subject": "contact", "email": "E-mail"},
                                         {"from": "@shop.example", "name": "/Name = (.*)/", "believed": false}]})");
  ASSERT_EQ(owner.forms.size(), 2U);
  EXPECT_TRUE(owner.forms[0].is_about("form@rossi.example", "New contact"));
  EXPECT_FALSE(owner.forms[0].is_about("form@rossi.example", "New order"));
  EXPECT_EQ(owner.forms[0].belief, FormRule::Belief::believed);
  EXPECT_EQ(owner.forms[1].read("Name = Kasia")->name, "Kasia");
  EXPECT_EQ(owner.forms[1].belief, FormRule::Belief::claimed);
}

TEST(ImapMappingSettings, SaysWhereAFormIsWrong) {
  struct Case {
    const char* form;
    const char* pointer;
    const char* reason;
  };
  for (const Case& c :
       {Case{R"({"from": "a@b", "subject": "(", "name": "N"})", "/forms/0/subject",
             "reading the form: expected a regular expression (RE2), got \"(\": missing ): ("},
        Case{R"({"from": "a@b", "name": "/N (.*/"})", "/forms/0/name",
             "reading the form: expected a label or a regular expression, got \"/N (.*/\": missing ): N (.*"},
        Case{R"({"from": "a@b", "phone": "/N/"})", "/forms/0/phone",
             "reading the form: expected a label or a regular expression, got \"/N/\": a regular expression without a "
             "group"},
        Case{R"({"from": "a@b", "message": "M"})", "/forms/0",
             "reading the form: expected at least one of `name`, `email` and `phone`, found none"}}) {
    try {
      read(("{\"forms\": [" + std::string(c.form) + "]}").c_str());
      ADD_FAILURE() << c.form;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.errors().front().pointer, c.pointer);
      EXPECT_EQ(failure.errors().front().reason, c.reason);
      EXPECT_NE(failure.errors().front().remedy, "");
    }
  }
}

TEST(ImapMappingSettings, TakesWhatHoldsForAllFromBesideAnAccount) {
  const char* const settings = R"({"preset": "aruba_pec", "forms": [{"from": "a@b", "name": "N"}],
    "accounts": {"one": {}, "two": {"certified": false, "forms": []}, "three": {"preset": "gmail"}}})";
  EXPECT_EQ(read(settings, "/accounts/one").post, Owner::Post::certified);
  EXPECT_EQ(read(settings, "/accounts/one").forms.size(), 1U);
  EXPECT_EQ(read(settings, "/accounts/two").post, Owner::Post::ordinary);
  EXPECT_EQ(read(settings, "/accounts/two").forms.size(), 0U);
  EXPECT_EQ(read(settings, "/accounts/three").post, Owner::Post::ordinary);
  EXPECT_EQ(read(R"({"certified": true})").post, Owner::Post::certified);
}

}  // namespace
}  // namespace patchbay::imap
