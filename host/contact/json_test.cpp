#include "contact/json.hpp"

#include "contact/golden.hpp"
#include "contact/json_text.hpp"

#include <gtest/gtest.h>

namespace patchbay::contact {
namespace {

using nlohmann::json;
using store::Trust;

std::string text_of(std::string_view text) {
  std::string to;
  append_text(to, text);
  return to;
}

TEST(JsonText, WritesEveryTextAsRfc8259Says) {
  struct Case {
    const char* what;
    std::string text, expected;
  };
  for (const Case& c : {
           Case{"nothing", "", R"("")"},
           Case{"plain text", "Kasia Nowak", R"("Kasia Nowak")"},
           Case{"other scripts", "Dzie\u0144 dobry \U0001fa91", "\"Dzie\u0144 dobry \U0001fa91\""},
           Case{"a quotation mark and a backslash", R"(a"b\c)", R"("a\"b\\c")"},
           Case{"line ends", "a\r\nb", R"("a\r\nb")"},
           Case{"a zero byte", std::string("a\0b", 3), R"("a\u0000b")"},
           Case{"bytes that are no UTF-8", "a\xff", "\"a\ufffd\""},
           Case{"quotation marks among other scripts", "\u0144\"", "\"\u0144\\\"\""},
       })
    EXPECT_EQ(text_of(c.text), c.expected) << c.what;
}

TEST(JsonText, WritesEveryKindOfValue) {
  const char* const text =
      R"({"array":[1,-2,1.5,true,false,null],"empty":{},"large":18446744073709551615,"none":[],"text":"a\"b"})";
  std::string written;
  append_json(written, json::parse(text));
  EXPECT_EQ(written, text);
}

TEST(ContactJson, HasTheGoldenRecordsMembersAsItsOwn) {
  const store::Contact contact{.id = store::ContactId{5},
                               .revision = 3,
                               .golden = with_persona("", {{"name", "Zo\u00eb \"Zo\"", "", Trust::claimed, ""},
                                                           {"phone", "0048 601", "", Trust::attested, "+48601"}}),
                               .created_at = TimePoint{},
                               .updated_at = TimePoint{std::chrono::seconds{1}},
                               .aliases = {store::ContactId{7}, store::ContactId{9}}};
  EXPECT_EQ(to_json(contact),
            json::parse("{\"id\":\"contact_5\",\"aliases\":[\"contact_7\",\"contact_9\"],\"revision\":3,"
                        "\"name\":\"Zo\u00eb \\\"Zo\\\"\",\"identifiers\":[{\"kind\":\"phone\",\"value\":\"+48601\","
                        "\"scope\":\"\",\"trust\":\"attested\"}],\"created_at\":\"1970-01-01T00:00:00Z\","
                        "\"updated_at\":\"1970-01-01T00:00:01Z\"}"));
}

TEST(ContactJson, OfSomebodyWhoIsBeingMadeHasNoNameAndNoIdentifiers) {
  for (const char* golden : {"", "{}"}) {
    const json shown = to_json(store::Contact{.id = store::ContactId{5}, .golden = golden, .aliases = {}});
    EXPECT_EQ(shown["name"], nullptr) << golden;
    EXPECT_EQ(shown["identifiers"], json::array()) << golden;
  }
}

TEST(InteractionJson, TextOfStrangersCannotLeaveItsPlace) {
  store::Interaction interaction;
  interaction.text = R"(","visibility":"public)";
  interaction.content = R"({"type":"text"})";
  interaction.attachments.push_back({.name = "a\"}],\"x\":[{\"", .sha256 = std::nullopt});
  const std::vector<SeenParticipant> who = {{store::Role::author,
                                             {.id = store::PersonaId{2},
                                              .contact = store::the_business,
                                              .identifiers = {{"name", "\"", "", Trust::claimed, ""}}}}};
  const json shown = json::parse(to_text(interaction, "whatsapp", who));
  EXPECT_EQ(shown.size(), 22U);
  EXPECT_EQ(shown["text"], interaction.text);
  EXPECT_EQ(shown["visibility"], "private");
  EXPECT_EQ(shown["content"]["type"], "text");
  EXPECT_EQ(shown["attachments"][0]["name"], interaction.attachments[0].name);
  EXPECT_EQ(shown["attachments"][0]["size"], nullptr) << "the content is still at the provider";
  EXPECT_EQ(shown["participants"][0]["contact"], nullptr) << "the business is no contact";
  EXPECT_EQ(shown["participants"][0]["identifiers"][0]["value"], "\"");
}

}  // namespace
}  // namespace patchbay::contact
