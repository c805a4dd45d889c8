// Promises 5 and 6 for the exact rule, against the real store.
#include "identity/exact.hpp"

#include "base/temporary_folder.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <stdexcept>

namespace patchbay::identity {
namespace {

using nlohmann::json;
using store::ContactId;
using store::Trust;
using Identifiers = std::vector<store::Identifier>;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}
void expect_done(const Status& status) { ASSERT_TRUE(status) << status.error().text(); }

store::Identifier phone(std::string number) { return {"phone", std::move(number), "", Trust::attested, ""}; }
store::Identifier email(std::string address) { return {"email", std::move(address), "", Trust::attested, ""}; }
store::Identifier whatsapp(std::string user, std::string portfolio = "1029") {
  return {"whatsapp_user", std::move(user), std::move(portfolio), Trust::attested, ""};
}
store::Identifier name(std::string text) { return {"name", std::move(text), "", Trust::claimed, ""}; }
store::Identifier claimed(store::Identifier identifier) {
  identifier.trust = Trust::claimed;
  return identifier;
}

// A store of its own, with one transaction open from beginning to end.
class Archive {
 public:
  Archive() : store_(value_of(store::open_sqlite(folder_.path(), store::OpenAs::writer, clock_))) {
    if (Status begun = writer().begin(); !begun) throw std::runtime_error(begun.error().text());
  }
  ~Archive() {
    writer().roll_back();
    store_.reset();
  }
  store::Writer& writer() { return store_->writer(); }
  void forget_all() {
    writer().roll_back();
    expect_done(writer().begin());
  }
  std::unique_ptr<store::Reader> reader() {
    expect_done(writer().commit());
    return value_of(store_->reader());
  }
  Resolution resolve(const Identifiers& persona, std::string_view region = "PL") {
    return value_of(resolver_.resolve(writer(), persona, region, at_));
  }

 private:
  SystemClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  ExactResolver resolver_{system_random};
  TimePoint at_{std::chrono::hours{500'000}};
};

// Each persona's contact once all are there, by the persona's place in the list. After that every persona is known.
std::vector<ContactId> contacts_of(Archive& archive, const std::vector<Identifiers>& personas) {
  std::vector<ContactId> contacts;
  for (const Identifiers& persona : personas) {
    const Resolution again = archive.resolve(persona);
    EXPECT_EQ(again.is, PersonaIs::known);
    contacts.push_back(again.persona.contact);
  }
  return contacts;
}

// Which personas are together, whatever their contacts are called.
std::set<std::set<std::size_t>> partition(const std::vector<ContactId>& contacts) {
  std::map<ContactId, std::set<std::size_t>> groups;
  for (std::size_t i = 0; i < contacts.size(); ++i) groups[contacts[i]].insert(i);
  std::set<std::set<std::size_t>> all;
  for (auto& [contact, group] : groups) all.insert(std::move(group));
  return all;
}

TEST(ExactIdentity, AnyOrderOfTheSamePersonasGivesTheSameContactsPromise5) {
  // A chain: each shares one identifier with the next; the last one stands alone.
  const std::vector<Identifiers> personas = {
      {whatsapp("PL.1"), name("Kasia")},
      {whatsapp("PL.1"), phone("+48 601 234 567")},
      {phone("0048601234567"), email("kasia@example.pl")},
      {email("Kasia@EXAMPLE.pl"), {"customer_number", "K-7", "", Trust::attested, ""}},
      {phone("+48 602 345 678"), name("Kasia")},
  };
  const std::set<std::set<std::size_t>> expected = {{0, 1, 2, 3}, {4}};
  std::vector<std::size_t> order(personas.size());
  std::iota(order.begin(), order.end(), 0);
  Archive archive;
  do {
    archive.forget_all();
    std::map<std::size_t, ContactId> born;
    for (const std::size_t i : order) {
      const Resolution resolution = archive.resolve(personas[i]);
      EXPECT_EQ(resolution.is, PersonaIs::added);
      born[i] = ContactId{store::number(resolution.persona.id)};
    }
    const std::vector<ContactId> contacts = contacts_of(archive, personas);
    ASSERT_EQ(partition(contacts), expected) << testing::PrintToString(order);
    // A contact bears the id of its member that came first.
    const std::size_t first = *std::find_if(order.begin(), order.end(), [](std::size_t i) { return i != 4; });
    ASSERT_EQ(contacts[0], born[first]) << testing::PrintToString(order);
    ASSERT_EQ(contacts[4], born[4]) << testing::PrintToString(order);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ExactIdentity, PeopleWhoOnlyShareANameAreNotOnePerson) {
  Archive archive;
  const Resolution one = archive.resolve({name("Maria Rossi")});
  const Resolution other = archive.resolve({name("Maria Rossi")});
  EXPECT_TRUE(other.contact_created);
  EXPECT_NE(one.persona.contact, other.persona.contact);
  const Resolution claimed = archive.resolve({name("Maria Rossi"), {"phone", "+48601234567", "", Trust::claimed, ""}});
  EXPECT_TRUE(claimed.contact_created);
}

TEST(ExactIdentity, WhatJoinsTwoPersonasAndWhatDoesNot) {
  struct Case {
    const char* what;
    Identifiers one, other;
    bool together;
  };
  const Case cases[] = {
      {"the same number in another form", {phone("601 234 567")}, {phone("+48601234567")}, true},
      {"an address in another case", {email("kasia@example.pl")}, {email("KASIA@Example.PL")}, true},
      {"one of several identifiers", {whatsapp("PL.1"), phone("601234567")}, {phone("601234567")}, true},
      {"another number", {phone("601234567")}, {phone("601234568")}, false},
      {"the same id in another scope", {whatsapp("PL.1")}, {whatsapp("PL.1", "2058")}, false},
      {"the same text as another kind",
       {{"customer_number", "7", "", Trust::attested, ""}},
       {{"loyalty_card", "7", "", Trust::attested, ""}},
       false},
      {"a name", {name("Kasia"), phone("601234567")}, {name("Kasia"), phone("601234568")}, false},
      {"a claimed address, second", {email("kasia@example.pl")}, {claimed(email("kasia@example.pl"))}, false},
      {"a claimed address, first", {claimed(email("kasia@example.pl"))}, {email("kasia@example.pl")}, false},
      {"an address that both claim",
       {claimed(email("kasia@example.pl"))},
       {claimed(email("kasia@example.pl")), name("Kasia")},
       false},
      {"text that is no number", {phone("none"), name("A")}, {phone("none"), name("B")}, false},
      {"an empty value", {email(""), name("A")}, {email(""), name("B")}, false},
      {"nothing but white space",
       {{"customer_number", "  ", "", Trust::attested, ""}, name("A")},
       {{"customer_number", "  ", "", Trust::attested, ""}, name("B")},
       false},
      {"no identifier at all", {}, {phone("601234567")}, false},
  };
  Archive archive;
  for (const Case& c : cases) {
    archive.forget_all();
    const Resolution one = archive.resolve(c.one);
    const Resolution other = archive.resolve(c.other);
    EXPECT_TRUE(one.contact_created) << c.what;
    EXPECT_EQ(one.persona.contact == other.persona.contact, c.together) << c.what;
    EXPECT_EQ(other.contact_created, !c.together) << c.what;
  }
}

TEST(ExactIdentity, NumbersInNationalFormAreReadInTheirRegion) {
  Archive archive;
  const Resolution dutch = archive.resolve({phone("06 12345678")}, "NL");
  EXPECT_EQ(archive.resolve({phone("+31612345678")}, "IT").persona.contact, dutch.persona.contact);
  EXPECT_NE(archive.resolve({phone("06 12345678")}, "IT").persona.contact, dutch.persona.contact);
}

TEST(ExactIdentity, ARepeatedPersonaIsKnownInWhateverOrderItsIdentifiersCome) {
  Archive archive;
  const Resolution first = archive.resolve({whatsapp("PL.1"), phone("601234567"), name("Kasia")});
  for (const Identifiers& again : {Identifiers{whatsapp("PL.1"), phone("601234567"), name("Kasia")},
                                   Identifiers{name("Kasia"), phone("601234567"), whatsapp("PL.1")},
                                   Identifiers{name("Kasia"), phone("601234567"), whatsapp("PL.1"), name("Kasia")}}) {
    const Resolution repeated = archive.resolve(again);
    EXPECT_EQ(repeated.is, PersonaIs::known);
    EXPECT_EQ(repeated.persona.id, first.persona.id);
    EXPECT_FALSE(repeated.contact_created);
    EXPECT_TRUE(repeated.merges.empty());
    EXPECT_TRUE(repeated.evidence.empty());
  }
  const auto details = value_of(archive.reader()->show_contact(first.persona.contact));
  EXPECT_EQ(details.personas.size(), 1U);
  EXPECT_EQ(details.links.size(), 1U);
}

TEST(ExactIdentity, OnePersonaBringsThreeContactsTogetherAndSaysWhyPromise6) {
  Archive archive;
  const ContactId by_phone = archive.resolve({phone("601234567")}).persona.contact;
  const ContactId by_email = archive.resolve({email("kasia@example.pl")}).persona.contact;
  const ContactId by_user = archive.resolve({whatsapp("PL.1")}).persona.contact;
  const Resolution all = archive.resolve({whatsapp("PL.1"), phone("601234567"), email("kasia@example.pl")});

  EXPECT_FALSE(all.contact_created);
  EXPECT_EQ(all.persona.contact, by_phone);
  ASSERT_EQ(all.merges.size(), 2U);
  EXPECT_EQ(all.merges[0].from.id, by_email);
  EXPECT_EQ(all.merges[1].from.id, by_user);
  for (const Merge& merge : all.merges) EXPECT_EQ(merge.into, by_phone);

  const json evidence = json::parse(all.evidence);
  ASSERT_EQ(evidence.size(), 3U);
  std::set<std::string> fields;
  for (const json& one : evidence) {
    fields.insert(one["field"]);
    EXPECT_EQ(one["level"], "exact");
  }
  EXPECT_EQ(fields, (std::set<std::string>{"email", "phone", "whatsapp_user"}));
  const auto mail = std::find_if(evidence.begin(), evidence.end(), [](const json& e) { return e["field"] == "email"; });
  EXPECT_EQ((*mail)["value"], "kasia@example.pl");
  EXPECT_EQ((*mail)["persona"], "persona_" + std::to_string(store::number(by_email)));

  const auto reader = archive.reader();
  for (const ContactId id : {by_phone, by_email, by_user}) {
    const auto details = value_of(reader->show_contact(id));
    EXPECT_EQ(details.contact.id, by_phone) << "the old ids lead to the contact for ever";
    EXPECT_EQ(details.contact.aliases, (std::vector<ContactId>{by_email, by_user}));
    EXPECT_EQ(details.personas.size(), 4U);
    EXPECT_EQ(details.links.size(), 6U) << "one for each persona, and one for each contact that was merged";
  }
}

TEST(ExactIdentity, EvidenceNamesEveryContactThatSharesAnIdentifierOnce) {
  Archive archive;
  archive.resolve({phone("601234567"), name("Kasia")});
  archive.resolve({phone("601234567"), name("Katarzyna")});
  const json evidence = json::parse(archive.resolve({phone("+48601234567"), name("K. Nowak")}).evidence);
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0]["persona"], "persona_1") << "the first that showed it";
}

TEST(PersonaDigest, TellsFieldsApart) {
  const Identifiers one = {{"phone", "12", "3", Trust::attested, ""}};
  EXPECT_EQ(persona_digest(one, "PL"), persona_digest({{"phone", "12", "3", Trust::attested, "other normal"}}, "PL"));
  for (const Identifiers& other :
       {Identifiers{{"phone", "1", "23", Trust::attested, ""}}, Identifiers{{"phone1", "2", "3", Trust::attested, ""}},
        Identifiers{{"phone", "12", "3", Trust::claimed, ""}}, Identifiers{}})
    EXPECT_NE(persona_digest(one, "PL"), persona_digest(other, "PL"));
  EXPECT_NE(persona_digest(one, "PL"), persona_digest(one, "IT"));
}

}  // namespace
}  // namespace patchbay::identity
