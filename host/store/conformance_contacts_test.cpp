// Personas, contacts and merges, for every engine.
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>

namespace patchbay::store {
namespace {

using testing::ElementsAre;

std::vector<ContactId> ids_of(const std::vector<Contact>& contacts) {
  std::vector<ContactId> ids;
  for (const Contact& one : contacts) ids.push_back(one.id);
  return ids;
}

Contact contact_named(ContactId id, const std::string& name) {
  Contact contact;
  contact.id = id;
  contact.revision = 1;
  contact.golden = R"({"name":")" + name + R"("})";
  contact.created_at = noon;
  contact.updated_at = noon;
  return contact;
}

}  // namespace

TEST_P(StoreConformance, APersonaIsFoundByItsDigestWithItsIdentifiersAsGiven) {
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("anna"))), std::nullopt);
  const Persona added = VALUE_OF(writer().add_persona(persona_of(
      {phone("+390211"), {"instagram_user", "77", "account 5", Trust::claimed, "77"}, display_name("Änna")}, "anna")));
  EXPECT_EQ(number(added.contact), number(added.id));
  EXPECT_DONE(writer().add_link({added.id, added.contact, R"([{"field":"phone"}])", noon}));
  commit();
  reopen();
  begin();
  const auto found = VALUE_OF(writer().find_persona(digest("anna")));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, added.id);
  EXPECT_EQ(found->contact, added.contact);
  EXPECT_EQ(found->first_seen, noon);
  ASSERT_EQ(found->identifiers.size(), 3U);
  EXPECT_EQ(found->identifiers[0].value, "00390211");
  EXPECT_EQ(found->identifiers[0].normal, "+390211");
  EXPECT_EQ(found->identifiers[1].scope, "account 5");
  EXPECT_EQ(found->identifiers[1].trust, Trust::claimed);
  EXPECT_EQ(found->identifiers[2].value, "Änna");
  EXPECT_FALSE(writer().add_persona(persona_of({}, "anna")));  // equal personas are one row
  writer().roll_back();
  const ContactDetails details = VALUE_OF(reader().show_contact(added.contact));
  ASSERT_EQ(details.links.size(), 1U);
  EXPECT_EQ(details.links[0].evidence, R"([{"field":"phone"}])");
  EXPECT_EQ(details.links[0].contact, added.contact);
  EXPECT_EQ(details.personas.at(0).digest, digest("anna"));
}

TEST_P(StoreConformance, APersonaThatWasRolledBackIsNotFound) {
  begin();
  static_cast<void>(VALUE_OF(writer().add_persona(persona_of({display_name("Anna")}, "anna"))));
  ASSERT_TRUE(VALUE_OF(writer().find_persona(digest("anna"))));
  writer().roll_back();
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("anna"))), std::nullopt);
  const Persona berta = VALUE_OF(writer().add_persona(persona_of({display_name("Berta")}, "berta")));
  commit();
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("berta")))->id, berta.id);
  writer().roll_back();
}

TEST_P(StoreConformance, APersonaThatWasFoundBeforeAMergeIsFoundWithTheContactThatIsLeft) {
  begin();
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({display_name("Anna")}, "anna")));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({display_name("Bert")}, "bert")));
  commit();
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("bert")))->contact, bert.contact);
  EXPECT_DONE(writer().merge_contact(bert.contact, anna.contact, "[]", noon));
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("bert")))->contact, anna.contact);
  writer().roll_back();
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("bert")))->contact, bert.contact) << "the merge was undone";
  writer().roll_back();
}

TEST_P(StoreConformance, TheGoldenRecordIsWhatWasPutLast) {
  begin();
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  EXPECT_EQ(VALUE_OF(writer().contact(anna.contact)).revision, 0);
  Contact contact = contact_named(anna.contact, "Anna");
  contact.revision = 3;
  contact.updated_at = noon + std::chrono::hours{1};
  EXPECT_DONE(writer().put_contact(contact));
  EXPECT_EQ(VALUE_OF(writer().contact(anna.contact)).golden, R"({"name":"Anna"})");
  EXPECT_EQ(writer().contact(ContactId{99}).error().code, ErrorCode::not_found);
  writer().roll_back();
  begin();
  EXPECT_EQ(VALUE_OF(writer().add_persona(persona_of({}, "anna"))).contact, anna.contact);
  EXPECT_DONE(writer().put_contact(contact));
  commit();
  const Contact shown = VALUE_OF(reader().show_contact(anna.contact)).contact;
  EXPECT_EQ(shown.revision, 3);
  EXPECT_EQ(shown.created_at, noon);
  EXPECT_EQ(shown.updated_at, noon + std::chrono::hours{1});
  EXPECT_EQ(reader().show_contact(ContactId{99}).error().code, ErrorCode::not_found);
}

TEST_P(StoreConformance, AMergeMovesPersonasAndLinksAndKeepsTheOldIdsForEver) {
  begin();
  std::vector<Persona> people;
  for (const char* word : {"a", "b", "c"}) {
    people.push_back(VALUE_OF(writer().add_persona(persona_of({}, word))));
    EXPECT_DONE(writer().put_contact(contact_named(people.back().contact, word)));
    EXPECT_DONE(writer().add_link({people.back().id, people.back().contact, R"(["first"])", noon}));
  }
  const ContactId a = people[0].contact;
  const ContactId b = people[1].contact;
  const ContactId c = people[2].contact;
  EXPECT_DONE(writer().merge_contact(c, b, R"(["phone"])", noon));
  EXPECT_DONE(writer().merge_contact(b, a, R"(["e-mail"])", noon));
  EXPECT_DONE(writer().merge_contact(c, a, "[]", noon));  // they are one already
  for (const ContactId id : {a, b, c}) EXPECT_EQ(VALUE_OF(writer().contact(id)).id, a);
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("c")))->contact, a);
  EXPECT_EQ(VALUE_OF(writer().add_persona(persona_of({}, "d", c))).contact, a);
  commit();
  reopen();
  for (const ContactId id : {a, b, c}) {
    const ContactDetails details = VALUE_OF(reader().show_contact(id));
    EXPECT_EQ(details.contact.id, a);
    EXPECT_THAT(details.contact.aliases, ElementsAre(b, c));
    EXPECT_EQ(details.personas.size(), 4U);
    std::vector<std::string> evidence;
    for (const Link& link : details.links) {
      EXPECT_EQ(link.contact, a);
      evidence.push_back(link.evidence);
    }
    EXPECT_THAT(evidence, ElementsAre(R"(["first"])", R"(["first"])", R"(["e-mail"])", R"(["first"])", R"(["phone"])"));
  }
  EXPECT_EQ(VALUE_OF(reader().counts()).contacts, 1);
}

TEST_P(StoreConformance, ASplitGivesPersonasTheirOldContactBackWithItsAliases) {
  begin();
  std::vector<Persona> people;
  for (const char* word : {"a", "b", "c", "d"}) {
    people.push_back(VALUE_OF(writer().add_persona(persona_of({}, word))));
    EXPECT_DONE(writer().put_contact(contact_named(people.back().contact, word)));
  }
  const auto [a, b, c, d] = std::tuple(people[0].contact, people[1].contact, people[2].contact, people[3].contact);
  EXPECT_DONE(writer().merge_contact(c, b, "[]", noon));
  EXPECT_DONE(writer().merge_contact(b, a, "[]", noon));
  EXPECT_DONE(writer().merge_contact(d, a, "[]", noon));
  EXPECT_EQ(writer().next_persona(), PersonaId{number(people[3].id) + 1});
  commit();
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("b")))->contact, a);
  const PersonaId parted[] = {people[1].id, people[2].id};
  EXPECT_DONE(writer().split_contact(a, b, parted, R"(["operator"])", noon));
  EXPECT_EQ(VALUE_OF(writer().find_persona(digest("b")))->contact, b);
  EXPECT_EQ(VALUE_OF(writer().personas_of(c)).size(), 2U) << "under an alias, too";
  commit();
  reopen();
  const ContactDetails part = VALUE_OF(reader().show_contact(c));
  EXPECT_EQ(part.contact.id, b);
  EXPECT_THAT(part.contact.aliases, ElementsAre(c));
  EXPECT_EQ(part.contact.revision, 0);
  EXPECT_EQ(part.contact.golden, "{}");
  ASSERT_EQ(part.personas.size(), 2U);
  EXPECT_EQ(part.personas[1].id, people[2].id);
  const ContactDetails rest = VALUE_OF(reader().show_contact(a));
  EXPECT_THAT(rest.contact.aliases, ElementsAre(d));
  EXPECT_EQ(rest.personas.size(), 2U);

  begin();
  EXPECT_FALSE(writer().split_contact(a, b, parted, "[]", noon)) << "they are not of that contact any more";
  writer().roll_back();
  begin();
  EXPECT_DONE(writer().merge_contact(b, a, "[]", noon));
  commit();
  EXPECT_THAT(VALUE_OF(reader().show_contact(a)).contact.aliases, ElementsAre(b, c, d));
}

TEST_P(StoreConformance, AnInteractionFollowsThePersonaThatItIsWith) {
  begin();
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({}, "bert", anna.contact)));
  const ChannelId channel = VALUE_OF(writer().channel("letters", "post"));
  Interaction interaction = message(channel, bert, "letter");
  interaction.with = bert.id;
  const InteractionId id = VALUE_OF(writer().add_interaction(interaction));
  commit();
  EXPECT_EQ(VALUE_OF(reader().show_interaction(id)).interaction.contact, anna.contact);
  begin();
  EXPECT_DONE(writer().split_contact(anna.contact, ContactId{number(bert.id)}, {&bert.id, 1}, "[]", noon));
  const auto known = VALUE_OF(writer().find_interaction(channel, digest("letter")));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->contact, ContactId{number(bert.id)});
  EXPECT_EQ(known->with, bert.id);
  commit();
  EXPECT_EQ(VALUE_OF(reader().show_interaction(id)).interaction.contact, ContactId{number(bert.id)});
  begin();
  EXPECT_DONE(writer().merge_contact(ContactId{number(bert.id)}, anna.contact, "[]", noon));
  EXPECT_EQ(VALUE_OF(writer().find_interaction(channel, digest("letter")))->contact, anna.contact);
  commit();
}

TEST_P(StoreConformance, PersonasAreListedInTheOrderOfTheirIdsWithoutTheBusiness) {
  begin();
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "anna")));
  Persona ours = persona_of({phone("+390212")}, "ours");
  ours.contact = the_business;
  static_cast<void>(VALUE_OF(writer().add_persona(ours)));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({display_name("Bert")}, "bert", anna.contact)));
  commit();
  const auto first = VALUE_OF(reader().list_personas(PersonaId{}, 1));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id, anna.id);
  EXPECT_EQ(first[0].digest, digest("anna"));
  EXPECT_EQ(first[0].identifiers.at(0).normal, "+390211");
  const auto rest = VALUE_OF(reader().list_personas(anna.id, 10));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].id, bert.id);
  EXPECT_EQ(rest[0].contact, anna.contact);
}

TEST_P(StoreConformance, ADecisionHoldsUntilItIsTakenBack) {
  begin();
  EXPECT_DONE(writer().put_decision({PersonaId{3}, PersonaId{5}, Verdict::same, noon}));
  EXPECT_DONE(writer().put_decision({PersonaId{1}, PersonaId{2}, Verdict::same, noon}));
  EXPECT_DONE(writer().put_decision({PersonaId{3}, PersonaId{5}, Verdict::not_the_same, noon}));
  commit();
  reopen();
  const auto decisions = VALUE_OF(reader().list_decisions());
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions[0].right, PersonaId{2});
  EXPECT_EQ(decisions[1].left, PersonaId{3});
  EXPECT_EQ(decisions[1].verdict, Verdict::not_the_same) << "the last one holds";
  EXPECT_EQ(decisions[1].decided_at, noon);
  begin();
  EXPECT_DONE(writer().remove_decision(PersonaId{3}, PersonaId{5}));
  commit();
  EXPECT_EQ(VALUE_OF(reader().list_decisions()).size(), 1U);
  begin();
  EXPECT_EQ(writer().remove_decision(PersonaId{3}, PersonaId{5}).error().code, ErrorCode::not_found);
  writer().roll_back();
}

TEST_P(StoreConformance, OfSeveralModelsTheLastOneHolds) {
  EXPECT_FALSE(VALUE_OF(reader().model()));
  begin();
  EXPECT_DONE(writer().add_model({R"({"prior": -14})", noon}));
  commit();
  EXPECT_EQ(VALUE_OF(reader().model())->learned, R"({"prior": -14})");
  begin();
  EXPECT_DONE(writer().add_model({"", noon}));
  writer().roll_back();
  EXPECT_EQ(VALUE_OF(reader().model())->learned, R"({"prior": -14})") << "a switch that fails leaves the old one";
  begin();
  EXPECT_DONE(writer().add_model({"", noon + std::chrono::minutes{1}}));
  commit();
  reopen();
  EXPECT_EQ(VALUE_OF(reader().model())->learned, "");
  EXPECT_EQ(VALUE_OF(reader().model())->adopted_at, noon + std::chrono::minutes{1});
}

TEST_P(StoreConformance, TheIdsOfContactsAreListedInPagesEachOnce) {
  begin();
  const ContactId anna = VALUE_OF(writer().add_persona(persona_of({}, "a"))).contact;
  EXPECT_DONE(writer().add_persona(persona_of({}, "again", anna)));
  const ContactId bert = VALUE_OF(writer().add_persona(persona_of({}, "b"))).contact;
  EXPECT_DONE(writer().add_persona(persona_of({}, "ours", the_business)));
  commit();
  EXPECT_EQ(VALUE_OF(reader().list_contact_ids({}, 10)), (std::vector{anna, bert}));
  EXPECT_EQ(VALUE_OF(reader().list_contact_ids({}, 1)), std::vector{anna});
  EXPECT_EQ(VALUE_OF(reader().list_contact_ids(anna, 1)), std::vector{bert});
  EXPECT_TRUE(VALUE_OF(reader().list_contact_ids(bert, 1)).empty());
}

TEST_P(StoreConformance, AMergeThatCannotBeIsRefused) {
  begin();
  const Persona a = VALUE_OF(writer().add_persona(persona_of({}, "a")));
  const Persona b = VALUE_OF(writer().add_persona(persona_of({}, "b")));
  commit();
  begin();
  EXPECT_EQ(writer().merge_contact(a.contact, ContactId{99}, "[]", noon).error().code, ErrorCode::not_found);
  writer().roll_back();
  begin();
  EXPECT_EQ(writer().merge_contact(ContactId{99}, a.contact, "[]", noon).error().code, ErrorCode::not_found);
  writer().roll_back();
  begin();
  EXPECT_DONE(writer().merge_contact(b.contact, a.contact, "[]", noon));
  EXPECT_EQ(writer().put_contact(contact_named(b.contact, "b")).error().code, ErrorCode::conflict);
  writer().roll_back();
  EXPECT_EQ(VALUE_OF(reader().counts()).contacts, 2);
}

TEST_P(StoreConformance, ContactsAreFoundByGoldenTextAndByIdentifier) {
  begin();
  const auto add = [&](const std::string& name, Identifier identifier) {
    const Persona persona = VALUE_OF(writer().add_persona(persona_of({std::move(identifier)}, name)));
    EXPECT_DONE(writer().put_contact(contact_named(persona.contact, name)));
    return persona.contact;
  };
  const ContactId anna = add("Anna 100% Nowak", phone("+390211"));
  const ContactId bert = add("Bert_o Nowak", phone("+390222"));
  const ContactId jose = add("José", {"email", "Jose@Example.COM", "", Trust::attested, "jose@example.com"});
  commit();
  struct Case {
    const char* what;
    const char* text;
    std::vector<ContactId> found;
  };
  const Case cases[] = {{"part of a name, any case", "nowak", {anna, bert}},
                        {"a letter with an accent", "José", {jose}},
                        {"a percent sign is no wildcard", "100%", {anna}},
                        {"nothing but a percent sign", "%", {anna}},
                        {"an underscore is no wildcard", "t_o", {bert}},
                        {"an underscore that is not there", "n_a", {}},
                        {"a normal form", "+390222", {bert}},
                        {"a value as given", "Jose@Example.COM", {jose}},
                        {"part of a normal form", "+3902", {}},
                        {"a backslash", "\\", {}},
                        {"everything", "", {anna, bert, jose}}};
  for (const Case& c : cases) {
    EXPECT_EQ(ids_of(VALUE_OF(reader().find_contacts(c.text, {}))), c.found) << c.what;
  }
}

TEST_P(StoreConformance, ContactsArePagedByKeyToTheLastOne) {
  begin();
  std::vector<ContactId> all;
  for (int i = 0; i < 7; ++i) {
    all.push_back(VALUE_OF(writer().add_persona(persona_of({}, std::to_string(i)))).contact);
  }
  commit();
  std::vector<ContactId> seen;
  std::vector<std::size_t> sizes;
  Page page{0, 3};
  do {
    const auto found = ids_of(VALUE_OF(reader().find_contacts("", page)));
    seen.insert(seen.end(), found.begin(), found.end());
    sizes.push_back(found.size());
    if (!found.empty()) page.after = number(found.back());
  } while (sizes.back() == page.limit);
  EXPECT_EQ(seen, all);
  EXPECT_THAT(sizes, ElementsAre(3U, 3U, 1U));
}

}  // namespace patchbay::store
