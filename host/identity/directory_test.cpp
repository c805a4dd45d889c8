// Promises 5 and 6 in the store, and that engine and store never drift.
#include "identity/directory_fixture.hpp"

#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

namespace patchbay::identity {
namespace {

using nlohmann::json;
using store::ContactId;
using store::Verdict;

TEST(Directory, AnyOrderOfTheSamePersonasGivesTheSameContactsPromise5) {
  // A chain: each shares one identifier with the next; the last one stands alone.
  const std::vector<Identifiers> personas = {
      {whatsapp("PL.1"), name("Kasia")},
      {whatsapp("PL.1"), phone("+48 601 234 567")},
      {phone("0048601234567"), email("kasia@example.pl")},
      {email("Kasia@EXAMPLE.pl"), attested("customer_number", "K-7")},
      {phone("+48 602 345 678"), name("Kasia")},
  };
  const std::set<std::set<std::size_t>> expected = {{0, 1, 2, 3}, {4}};
  std::vector<std::size_t> order(personas.size());
  std::iota(order.begin(), order.end(), 0);
  Archive archive;
  do {
    archive.roll_back();
    std::map<std::size_t, store::PersonaId> born;
    for (const std::size_t i : order) {
      const Resolution resolution = archive.resolve(personas[i]);
      EXPECT_EQ(resolution.is, PersonaIs::added);
      born[i] = resolution.persona.id;
    }
    std::map<ContactId, std::set<std::size_t>> groups;
    for (std::size_t i = 0; i < personas.size(); ++i) {
      const Resolution again = archive.resolve(personas[i]);
      EXPECT_EQ(again.is, PersonaIs::known);
      EXPECT_EQ(again.persona.contact, archive.directory().contact_of(born[i]));
      groups[again.persona.contact].insert(i);
    }
    std::set<std::set<std::size_t>> partition;
    for (const auto& group : groups) {
      const auto& [contact, personas_of_it] = group;
      const std::set<std::size_t>& members = personas_of_it;
      partition.insert(members);
      // A contact bears the id of its member that came first.
      const std::size_t first =
          *std::find_if(order.begin(), order.end(), [&](std::size_t i) { return members.contains(i); });
      ASSERT_EQ(store::number(contact), store::number(born[first])) << testing::PrintToString(order);
    }
    ASSERT_EQ(partition, expected) << testing::PrintToString(order);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Directory, WhatJoinsTwoPersonasAndWhatDoesNot) {
  struct Case {
    const char* what;
    Identifiers one, other;
    bool together;
  };
  const Case cases[] = {
      {"the same number in another form", {phone("601 234 567")}, {phone("+48601234567"), name("Kasia")}, true},
      {"an address in another case", {email("kasia@example.pl")}, {email("KASIA@Example.PL"), name("Kasia")}, true},
      {"one of several identifiers", {whatsapp("PL.1"), phone("601234567")}, {phone("601234567")}, true},
      {"another number", {phone("601234567")}, {phone("601234568")}, false},
      {"the same id in another scope", {whatsapp("PL.1")}, {whatsapp("PL.1", "2058")}, false},
      {"the same text as another kind", {attested("customer_number", "7")}, {attested("loyalty_card", "7")}, false},
      {"a name", {name("Kasia"), phone("601234567")}, {name("Kasia"), phone("601234568")}, false},
      {"a name and nothing else", {name("Maria Rossi")}, {name("Maria Rossi")}, false},
      {"a name, and a number that is claimed",
       {name("Maria Rossi"), claimed(phone("+48601234567"))},
       {name("Maria Rossi")},
       false},
      {"a claimed address, second", {email("kasia@example.pl")}, {claimed(email("kasia@example.pl"))}, false},
      {"a claimed address, first", {claimed(email("kasia@example.pl"))}, {email("kasia@example.pl")}, false},
      {"text that is no number", {phone("none"), name("A")}, {phone("none"), name("B")}, false},
      {"an empty value", {email(""), name("A")}, {email(""), name("B")}, false},
      {"two customer numbers",
       {attested("customer_number", "7"), email("kasia@example.pl")},
       {attested("customer_number", "8"), email("kasia@example.pl")},
       false},
      {"no identifier at all", {}, {phone("601234567")}, false},
  };
  Archive archive;
  for (const Case& c : cases) {
    archive.roll_back();
    const Resolution one = archive.resolve(c.one, "first");
    const Resolution other = archive.resolve(c.other, "second");
    EXPECT_EQ(other.is, PersonaIs::added) << c.what;
    EXPECT_EQ(one.persona.contact == other.persona.contact, c.together) << c.what;
  }
}

TEST(Directory, NumbersInNationalFormAreReadInTheirRegion) {
  Archive archive;
  const Resolution dutch = archive.resolve({phone("06 12345678")}, "", "NL");
  EXPECT_EQ(archive.resolve({phone("+31612345678")}, "", "IT").persona.contact, dutch.persona.contact);
  EXPECT_NE(archive.resolve({phone("06 12345678")}, "", "IT").persona.contact, dutch.persona.contact);
}

TEST(Directory, ARepeatedPersonaIsKnownInWhateverOrderItsIdentifiersCome) {
  Archive archive;
  const Resolution first = archive.resolve({whatsapp("PL.1"), phone("601234567"), name("Kasia")});
  for (const Identifiers& again : {Identifiers{whatsapp("PL.1"), phone("601234567"), name("Kasia")},
                                   Identifiers{name("Kasia"), phone("601234567"), whatsapp("PL.1"), name("Kasia")}}) {
    const Resolution repeated = archive.resolve(again, "elsewhere");
    EXPECT_EQ(repeated.is, PersonaIs::known);
    EXPECT_EQ(repeated.persona.id, first.persona.id);
    EXPECT_TRUE(repeated.moves.empty());
  }
  const Resolution nameless = archive.resolve({name("Maria Rossi")}, "letter 1");
  EXPECT_EQ(archive.resolve({name("Maria Rossi")}, "letter 1").persona.id, nameless.persona.id) << "told again";
  EXPECT_NE(archive.resolve({name("Maria Rossi")}, "letter 2").persona.id, nameless.persona.id);
}

TEST(Directory, OnePersonaBringsThreeContactsTogetherAndSaysWhyPromise6) {
  Archive archive;
  const ContactId by_phone = archive.resolve({phone("601234567")}).persona.contact;
  const ContactId by_email = archive.resolve({email("kasia@example.pl")}).persona.contact;
  const ContactId by_user = archive.resolve({whatsapp("PL.1")}).persona.contact;
  const Resolution all = archive.resolve({whatsapp("PL.1"), phone("601234567"), email("kasia@example.pl")});
  EXPECT_EQ(all.persona.contact, by_phone);
  ASSERT_EQ(all.moves.size(), 2U);
  EXPECT_EQ(all.moves[0].from, by_email);
  EXPECT_EQ(all.moves[1].from, by_user);
  for (const Move& move : all.moves) {
    EXPECT_EQ(move.kind, MoveKind::merge);
    EXPECT_EQ(move.into, by_phone);
  }
  const json evidence = json::parse(all.moves[0].evidence);
  const auto mail = std::find_if(evidence.begin(), evidence.end(), [](const json& e) { return e["field"] == "email"; });
  ASSERT_NE(mail, evidence.end());
  EXPECT_EQ((*mail)["value"], "kasia@example.pl");
  EXPECT_EQ((*mail)["level"], "exact");
  EXPECT_EQ((*mail)["persona"], "persona_4");
  archive.commit();
  for (const ContactId id : {by_phone, by_email, by_user}) {
    const auto details = value_of(archive.reader()->show_contact(id));
    EXPECT_EQ(details.contact.id, by_phone) << "the old ids lead to the contact for ever";
    EXPECT_EQ(details.contact.aliases, (std::vector<ContactId>{by_email, by_user}));
    EXPECT_EQ(details.personas.size(), 4U);
  }
}

TEST(Directory, TheEvidenceOfALinkAddsUpToItsScore) {
  Archive archive;
  archive.resolve({phone("601234567"), name("Katarzyna Nowak")});
  const json evidence = json::parse(archive.resolve({phone("601234567"), name("Kasia Nowak")}).evidence);
  Millibits sum = 0;
  for (const json& line : evidence) sum += line["millibits"].get<Millibits>();
  const auto explained = value_of(archive.directory().engine().explain(PersonaId{1}, PersonaId{2}));
  EXPECT_EQ(sum, explained.judgement.total);
  EXPECT_GT(sum, 0);
}

TEST(Directory, BeforeItIsRebuiltItDecidesNothing) {
  Directory directory{Model(shipped_parameters())};
  Archive archive;
  EXPECT_EQ(directory.resolve(archive.writer(), {phone("601234567")}, "PL", {}).error().code, ErrorCode::unavailable);
  EXPECT_EQ(directory.load(*archive.reader(), [] { return false; }).error().code, ErrorCode::unavailable);
  EXPECT_EQ(directory.state(), DirectoryState::loading);
}

// Everybody shares a telephone and most have an address: more than four nodes to link at once.
std::vector<Identifiers> one_with_many_addresses() {
  std::vector<Identifiers> personas;
  for (int i = 0; i < 12; ++i)
    personas.push_back({whatsapp("PL.1"), email("kasia" + std::to_string(i) + "@example.pl"), name("Kasia Nowak")});
  return personas;
}

TEST(Directory, WhatIsTooMuchForOneTransactionIsWrittenInLaterOnes) {
  Archive archive(4);
  for (const Identifiers& persona : one_with_many_addresses()) archive.resolve(persona);
  archive.commit();
  EXPECT_EQ(archive.directory().state(), DirectoryState::behind);
  EXPECT_NE(archive.partition(), archive.batch());
  archive.catch_up();
  EXPECT_EQ(archive.directory().state(), DirectoryState::complete);
  EXPECT_EQ(archive.partition(), archive.batch());
  EXPECT_EQ(archive.partition().size(), 1U);
}

TEST(Directory, WhatWasPendingWhenTheProcessDiedIsWrittenAfterTheRestart) {
  Archive archive(4);
  for (const Identifiers& persona : one_with_many_addresses()) archive.resolve(persona);
  archive.commit();
  archive.restart();
  EXPECT_EQ(archive.directory().state(), DirectoryState::behind);
  // Somebody comes before it is.
  archive.resolve({whatsapp("PL.1"), email("kasia@other.example")});
  archive.commit();
  archive.catch_up();
  EXPECT_EQ(archive.partition(), archive.batch());
  archive.restart();
  EXPECT_EQ(archive.directory().state(), DirectoryState::complete) << "nothing is left to do";
}

TEST(Directory, ADecisionMergesAndSplitsUntilItIsTakenBackAndThenAllIsAsBefore) {
  Archive archive;
  const store::PersonaId anna = archive.resolve({phone("601234567"), name("Anna Nowak")}).persona.id;
  const store::PersonaId again = archive.resolve({phone("601234567"), name("Anna Nowak-Kowalska")}).persona.id;
  const store::PersonaId bert = archive.resolve({phone("602345678"), name("Bert")}).persona.id;
  archive.commit();
  const auto before = archive.partition();
  ASSERT_EQ(archive.contact_of(anna), archive.contact_of(again));

  archive.decide(again, anna, Verdict::not_the_same);
  archive.decide(bert, again, Verdict::same);
  EXPECT_EQ(store::number(archive.contact_of(anna)), store::number(anna));
  EXPECT_EQ(store::number(archive.contact_of(again)), store::number(again)) << "its old id comes back";
  EXPECT_EQ(archive.contact_of(bert), archive.contact_of(again));
  archive.commit();
  const auto decided = archive.partition();
  archive.restart();
  EXPECT_EQ(archive.directory().state(), DirectoryState::complete);
  EXPECT_EQ(archive.partition(), decided) << "decisions survive a restart";

  EXPECT_EQ(archive.directory().decided_about(again), (std::vector<Directory::Pair>{{anna, again}, {again, bert}}));
  archive.take_back(anna, again);
  archive.take_back(again, bert);
  archive.commit();
  EXPECT_EQ(archive.partition(), before);
  EXPECT_EQ(archive.taken_back(anna, again).error().code, ErrorCode::not_found);
  for (const auto& [other, code] :
       {std::pair(anna, ErrorCode::invalid), {store::PersonaId{99}, ErrorCode::not_found}}) {
    const store::Decision decision{anna, other, Verdict::same, {}};
    EXPECT_EQ(archive.directory().decide(archive.writer(), {&decision, 1}).error().code, code);
  }
}

// Personas of few identifiers, so that many share some; transactions that fail, a process that dies, and decisions in
// between. Whatever happened, what is committed is what one run over all of it makes.
TEST(Directory, EngineAndStoreNeverDrift) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&random](std::uint32_t of) { return static_cast<std::uint32_t>(random() % of); };
    Archive archive(seed % 2 == 0 ? 3 : Engine::most_nodes_at_once);
    const auto persona = [&] {
      static const char* const names[] = {"Anna Nowak", "Ania Nowak", "Bert Nowak", "Anna Rossi", "Luca Ferri"};
      Identifiers identifiers;
      if (any(3) != 0) identifiers.push_back(phone("+4860123456" + std::to_string(any(5))));
      if (any(3) != 0) identifiers.push_back(email("a" + std::to_string(any(5)) + "@example.pl"));
      if (any(4) == 0) identifiers.push_back(attested("customer_number", std::to_string(any(3))));
      if (any(4) != 0) identifiers.push_back(name(names[any(5)]));
      return identifiers;
    };
    std::uint32_t sightings = 0;
    for (int step = 0; step < 60; ++step) {
      const std::int64_t known = store::number(archive.writer().next_persona()) - 1;
      const auto one_of = [&] { return store::PersonaId{1 + std::int64_t{any(static_cast<std::uint32_t>(known))}}; };
      const std::uint32_t what = any(20);
      if (what < 12 || known < 4) {
        archive.resolve(persona(), std::to_string(++sightings));
      } else if (what < 14) {
        const auto [left, right] = std::minmax({one_of(), one_of()});
        if (left != right) archive.decide(left, right, any(2) == 0 ? Verdict::same : Verdict::not_the_same);
      } else if (what < 15) {
        // The store refuses where there is none to take back; the transaction is over then.
        const auto [left, right] = std::minmax({one_of(), one_of()});
        const auto moves = archive.taken_back(left, right);
        if (moves)
          archive.take(*moves);
        else
          archive.roll_back();
      } else if (what < 16 && archive.directory().state() == DirectoryState::behind) {
        archive.take(value_of(archive.directory().catch_up(archive.writer())));
      } else if (what < 17) {
        archive.roll_back();
      } else if (what < 18) {
        archive.restart();
      } else {
        archive.commit();
      }
    }
    archive.commit();
    archive.catch_up();
    ASSERT_EQ(archive.partition(), archive.batch()) << "seed " << seed;
    for (const auto& [contact, personas] : archive.partition()) {
      ASSERT_EQ(store::number(contact), store::number(*personas.begin())) << "seed " << seed;
      for (const store::PersonaId id : personas) ASSERT_EQ(archive.directory().contact_of(id), contact);
    }
  }
}

}  // namespace
}  // namespace patchbay::identity
