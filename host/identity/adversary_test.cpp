// People who look like others, and others who look like one: each story in every order of its personas, or in fifty.
//
// What must not happen: that a contact holds two people and no review item names it. What must: that one person's
// personas are joined, or stand in review; four of five are joined.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>

#include "identity/engine.hpp"

namespace patchbay::identity {
namespace {

// A persona and who it truly is.
struct Seen {
  char who;
  Persona persona;
};

struct Story {
  std::string name;
  std::vector<Seen> seen;
};

class Draft {
 public:
  explicit Draft(std::string name = {}) {
    persona_.name = std::move(name);
    persona_.region = "IT";
  }
  Draft& email(std::string text) { return persona_.emails.push_back(std::move(text)), *this; }
  Draft& phone(std::string text) { return persona_.phones.push_back(std::move(text)), *this; }
  Draft& customer(std::string text) {
    persona_.ids.push_back({"customer_number", "", std::move(text), IdentifierRule::one_per_person});
    return *this;
  }
  Draft& account(std::string kind, std::string text) {
    persona_.ids.push_back({std::move(kind), "1", std::move(text), IdentifierRule::account});
    return *this;
  }
  Draft& born(std::string date) { return persona_.birth_date = std::move(date), *this; }
  Draft& home(std::string street, std::string postcode = "20121", std::string town = "Milano") {
    persona_.address = {std::move(street), "", std::move(postcode), std::move(town), ""};
    return *this;
  }
  Draft& in(std::string country) { return persona_.address.country = std::move(country), *this; }
  Seen is(char who) const { return {who, persona_}; }

 private:
  Persona persona_;
};

Draft named(std::string name) { return Draft(std::move(name)); }

const char* family_number = "02 1234567";  // a landline
const char* mobile = "347 1234567";

std::vector<std::vector<std::size_t>> orders_of(std::size_t count) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::vector<std::vector<std::size_t>> orders;
  if (count <= 5) {
    do orders.push_back(order);
    while (std::next_permutation(order.begin(), order.end()));
    return orders;
  }
  std::mt19937_64 random(7);
  for (int n = 0; n < 50; ++n) {
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    orders.push_back(order);
  }
  return orders;
}

struct Outcomes {
  std::size_t pairs = 0;  // of one person
  std::size_t joined = 0;
  std::size_t in_review = 0;
  std::string mistakes;  // contacts that mix people and are not in review
};

Outcomes tell(const Story& story, const std::vector<std::size_t>& order) {
  const Model model(shipped_parameters());
  Engine engine(model);
  for (const std::size_t i : order) {
    const auto added = engine.add(PersonaId{i}, story.seen[i].persona, digest_of({story.name, std::to_string(i)}));
    EXPECT_TRUE(added.has_value());
  }
  engine.drain();
  std::set<std::pair<ContactId, ContactId>> review;
  for (const ReviewItem& item : engine.review()) review.insert({item.left, item.right});
  const auto named_in_review = [&review](ContactId contact) {
    return std::any_of(review.begin(), review.end(),
                       [contact](const auto& item) { return item.first == contact || item.second == contact; });
  };

  Outcomes outcomes;
  for (std::size_t i = 0; i < story.seen.size(); ++i) {
    for (std::size_t j = i + 1; j < story.seen.size(); ++j) {
      const ContactId one = engine.contact_of(PersonaId{i}).value();
      const ContactId other = engine.contact_of(PersonaId{j}).value();
      const bool same_person = story.seen[i].who == story.seen[j].who;
      if (same_person) {
        ++outcomes.pairs;
        if (one == other) ++outcomes.joined;
        if (one != other && review.contains(std::minmax(one, other))) ++outcomes.in_review;
      } else if (one == other && !named_in_review(one)) {
        const Explanation why = engine.explain(PersonaId{i}, PersonaId{j}).value();
        outcomes.mistakes +=
            " " + std::to_string(i) + "+" + std::to_string(j) + " (" + std::to_string(why.judgement.total) + ")";
      }
    }
  }
  return outcomes;
}

std::vector<Story> stories_of_others() {
  std::vector<Story> stories;
  const auto story = [&stories](std::string name, std::vector<Seen> seen) {
    stories.push_back({std::move(name), std::move(seen)});
  };
  story("a family shares a landline",
        {named("Anna Rossi").phone(family_number).is('a'), named("Bruno Rossi").phone(family_number).is('b'),
         named("Carla Rossi").phone(family_number).is('c'), named("Dario Rossi").phone(family_number).is('d')});
  story("a family shares a mobile number",
        {named("Anna Rossi").phone(mobile).is('a'), named("Bruno Rossi").phone(mobile).is('b'),
         named("Carla Rossi").phone(mobile).is('c')});
  story("a nameless message from the family's number",
        {named("Anna Rossi").phone(mobile).is('a'), named("Bruno Rossi").phone(mobile).is('b'),
         Draft().phone(mobile).is('x')});
  story("a couple shares an e-mail address", {named("Anna Rossi").email("rossi@casa.example").is('a'),
                                              named("Bruno Rossi").email("rossi@casa.example").is('b'),
                                              named("Anna Rossi").email("rossi@casa.example").phone(mobile).is('a')});
  story("a couple whose names no table knows shares a mobile number",
        {named("Zdravka Petrova").phone(mobile).is('a'), named("Blagoj Petrov").phone(mobile).is('b')});
  story("a nameless letter from the couple's address",
        {named("Anna Rossi").email("rossi@casa.example").is('a'),
         named("Bruno Rossi").email("rossi@casa.example").is('b'), Draft().email("rossi@casa.example").is('x')});
  story("father and son, Sr and Jr, one house",
        {named("Mario Rossi Sr").home("Via Roma 12").is('f'), named("Mario Rossi Jr").home("Via Roma 12").is('s'),
         named("Mario Rossi").home("Via Roma 12").is('x')});
  story("father and son, birth dates differ", {named("Mario Rossi").home("Via Roma 12").born("1948-03-11").is('f'),
                                               named("Mario Rossi").home("Via Roma 12").born("1979-10-25").is('s')});
  story("father and son, one without a birth date",
        {named("Mario Rossi").home("Via Roma 12").born("1948-03-11").is('f'),
         named("Mario Rossi").home("Via Roma 12").born("1979-10-25").is('s'),
         named("Mario Rossi").home("Via Roma 12").is('x')});
  story("twins", {named("Marco Bianchi").home("Via Verdi 3").born("2001-05-06").is('a'),
                  named("Matteo Bianchi").home("Via Verdi 3").born("2001-05-06").is('b')});
  story("twins with names alike", {named("Darla Bianchi").home("Via Verdi 3").born("2001-05-06").is('a'),
                                   named("Darlene Bianchi").home("Via Verdi 3").born("2001-05-06").is('b')});
  story("brothers called Marco and Marc", {named("Marco Bianchi").home("Via Verdi 3").phone(family_number).is('a'),
                                           named("Marc Bianchi").home("Via Verdi 3").phone(family_number).is('b')});
  story("flats at one address",
        {named("Anna Rossi").home("Via Roma 100").is('a'), named("Luca Ferri").home("Via Roma 100").is('b'),
         named("Piotr Nowak").home("Via Roma 100").is('c'), named("Eva Gallo").home("Via Roma 100").is('d')});
  story("two of one given name in a block of flats",
        {named("Anna Rossi").home("Via Roma 100").is('a'), named("Anna Ferri").home("Via Roma 100").is('b'),
         named("Piotr Nowak").home("Via Roma 100").is('c'), named("Eva Gallo").home("Via Roma 100").is('d')});
  story("two of one given name at one door",
        {named("Anna Rossi").home("Via Roma 100").is('a'), named("Anna Ferri").home("Via Roma 100").is('b')});
  story("mother and daughter of one given name", {named("Anna Rossi").home("Via Roma 12").born("1951-03-11").is('a'),
                                                  named("Anna Ferri").home("Via Roma 12").born("1979-10-25").is('b')});
  story("grandfather and grandson", {named("Mario Rossi").home("Via Roma 12").phone(family_number).is('f'),
                                     named("Mario Rossi Jr").home("Via Roma 12").phone(family_number).is('s')});
  story("twins who share a mobile number and an e-mail address",
        {named("Marco Bianchi").phone(mobile).email("bianchi@casa.example").born("2001-05-06").is('a'),
         named("Luca Bianchi").phone(mobile).email("bianchi@casa.example").born("2001-05-06").is('b')});
  story("twins, a boy and a girl", {named("Paolo Bianchi").home("Via Verdi 3").born("2001-05-06").is('a'),
                                    named("Paola Bianchi").home("Via Verdi 3").born("2001-05-06").is('b')});
  story("brothers whose birthdays are a year apart",
        {named("Marco Bianchi").home("Via Verdi 3").born("2001-05-06").is('a'),
         named("Luca Bianchi").home("Via Verdi 3").born("2002-05-06").is('b')});
  story("married and on one telephone", {named("Anna Rossi").home("Via Roma 12").phone(family_number).is('a'),
                                         named("Luca Rossi").home("Via Roma 12").phone(family_number).is('b'),
                                         named("Rossi").home("Via Roma 12").phone(family_number).is('x')});
  story("a marketplace's alias for many buyers", {named("Anna Rossi").email("buyer@reply.market.example").is('a'),
                                                  named("Luca Ferri").email("buyer@reply.market.example").is('b'),
                                                  named("Piotr Nowak").email("buyer@reply.market.example").is('c'),
                                                  named("Eva Gallo").email("buyer@reply.market.example").is('d')});
  story("a postcode of two countries", {named("Anna Rossi").home("Bahnhofstrasse", "1010", "").in("AT").is('a'),
                                        named("Anna Rossi").home("Bahnhofstrasse", "1010", "").in("Schweiz").is('b')});
  story("nobles of one title", {named("Sir Baronet").home("", "20121", "Milano").born("1857-02-07").is('a'),
                                named("Sir Baronet").home("", "20121", "Milano").born("1860-11-08").is('b')});
  story("a recycled mobile number",
        {named("Anna Rossi").phone(mobile).is('a'), named("Karl Schmidt").phone(mobile).is('b'),
         named("Karl Schmidt").phone(mobile).email("karl@schmidt.example").is('b')});
  story("a number passed on between employees",
        {named("Anna Rossi").phone(mobile).email("a.rossi@firm.example").is('a'),
         named("Luca Ferri").phone(mobile).email("l.ferri@firm.example").is('b'),
         named("Eva Gallo").phone(mobile).email("e.gallo@firm.example").is('c')});
  story("reviews signed with a first name and an initial",
        {named("Marco R").account("review_author", "1").is('a'), named("Marco R").account("review_author", "2").is('b'),
         named("Marco Rossi").email("marco.rossi@uno.example").is('c')});
  story("two people of one name", {named("Maria Rossi").email("maria.rossi@uno.example").is('a'),
                                   named("Maria Rossi").email("maria.rossi@due.example").is('b'),
                                   named("Maria Rossi").is('c'), named("Maria Rossi").is('d')});
  story("two people of one name in one town",
        {named("Maria Rossi").home("", "20121", "Milano").email("maria@uno.example").is('a'),
         named("Maria Rossi").home("", "20121", "Milano").email("rossi@due.example").is('b')});
  story("a spoofed display name", {named("Anna Spangenberg").email("anna@spangenberg.example").is('a'),
                                   named("Anna Spangenberg").email("anna.spangenberg@evil.example").is('x')});
  story("no-reply senders", {named("Anna Rossi").email("no-reply@market.example").is('a'),
                             named("Luca Ferri").email("noreply@market.example").is('b'),
                             named("Anna Rossi").email("no-reply@shop.example").is('c')});
  story("placeholders",
        {named("n/a").phone("0000000000").email("n/a").is('a'), named("n/a").phone("0000000000").is('b'),
         named("Unknown").phone("000000").born("1900-01-01").is('c'),
         named("Anna Rossi").phone("0000000000").born("1900-01-01").is('d'),
         named("Anna Verdi").phone("0000000000").born("1900-01-01").is('e')});
  story("two customer numbers", {named("Anna Rossi").customer("K-1001").email("anna@rossi.example").is('a'),
                                 named("Anna Rossi").customer("K-2002").email("anna@rossi.example").is('b')});
  story("an Instagram handle is no name",
        {Draft().account("instagram_user", "anna").is('a'), named("Anna Rossi").email("anna@rossi.example").is('b')});

  Story office{"a hundred senders of one office address", {}};
  static constexpr std::array given{"Anna", "Luca", "Eva", "Piotr", "Karl", "Marta", "Sofia", "Hugo", "Ines", "Oskar"};
  static constexpr std::array family{"Rossi",    "Ferri", "Gallo",  "Nowak", "Schmidt",
                                     "Kowalska", "Lopez", "Jansen", "Vidal", "Weber"};
  for (std::size_t i = 0; i < 100; ++i)
    office.seen.push_back(
        {static_cast<char>(i),
         named(std::string(given[i % 10]) + " " + family[i / 10]).email("info@firm.example").is('?').persona});
  stories.push_back(std::move(office));
  Story care_home{"a care home", {}};
  for (std::size_t i = 0; i < 20; ++i)
    care_home.seen.push_back(named(std::string(given[i % 10]) + " " + family[(i * 7 + i / 10) % 10])
                                 .home("Via dei Tigli 1")
                                 .is(static_cast<char>('A' + i)));
  stories.push_back(std::move(care_home));
  return stories;
}

// All personas of each are one person.
std::vector<Story> stories_of_one() {
  std::vector<Story> stories;
  const auto story = [&stories](std::string name, std::vector<Draft> drafts) {
    Story& added = stories.emplace_back(Story{std::move(name), {}});
    for (const Draft& draft : drafts) added.seen.push_back(draft.is('a'));
  };
  story("e-mail and e-mail", {named("Anna Rossi").email("anna@rossi.example"), Draft().email("Anna@Rossi.example")});
  story("SMS and WhatsApp",
        {Draft().phone(mobile), named("Anna Rossi").phone("+39 347 1234567").account("whatsapp_user", "u1")});
  story("WhatsApp before and after it hides the number",
        {named("Anna").phone(mobile).account("whatsapp_user", "u1"), named("Anna").account("whatsapp_user", "u1")});
  story("letter and e-mail", {named("Anna Rossi").home("Via Roma 12").email("anna@rossi.example"),
                              named("A. Rossi").email("anna@rossi.example")});
  story("letter and letter", {named("Anna Rossi").home("Via Roma 12"), named("ROSSI ANNA").home("via roma, 12")});
  story("letter and SMS", {named("Anna Rossi").home("Via Roma 12").phone(mobile), Draft().phone(mobile)});
  story("letter and WhatsApp", {named("Anna Rossi").home("Via Roma 12").phone(mobile),
                                named("Anna").phone(mobile).account("whatsapp_user", "u1")});
  story("e-mail and WhatsApp", {named("Anna Rossi").email("anna@rossi.example").phone(mobile),
                                named("anna r.").phone(mobile).account("whatsapp_user", "u1")});
  story("e-mail and SMS", {named("Anna Rossi").email("anna@rossi.example").phone(mobile), Draft().phone(mobile)});
  story("Instagram and Instagram",
        {named("Anna").account("instagram_user", "77"), named("Anna Rossi").account("instagram_user", "77")});
  story("Instagram and e-mail", {named("Anna Rossi").account("instagram_user", "77").email("anna@rossi.example"),
                                 named("Anna Rossi").email("anna@rossi.example")});
  story("review and review",
        {named("Anna R").account("review_author", "9"), named("Anna Rossi").account("review_author", "9")});
  story("review and e-mail", {named("Anna Rossi").account("review_author", "9").customer("K-17"),
                              named("Anna Rossi").customer("K 17").email("anna@rossi.example")});
  story("SMS and SMS", {Draft().phone(mobile), Draft().phone("0039 347 1234567").customer("K-17")});
  story("SMS and Instagram", {Draft().phone(mobile), named("Anna").account("instagram_user", "77").phone(mobile)});
  story("SMS and review",
        {Draft().phone(mobile).customer("K-17"), named("Anna R").account("review_author", "9").customer("K 17")});
  story("WhatsApp and Instagram", {named("Anna").account("whatsapp_user", "u1").phone(mobile),
                                   named("anna.rossi").account("instagram_user", "77").phone(mobile)});
  story("WhatsApp and review", {named("Anna Rossi").account("whatsapp_user", "u1").phone(mobile),
                                named("Anna R").account("review_author", "9").phone(mobile)});
  story("Instagram and review", {named("Anna Rossi").account("instagram_user", "77").customer("K-17"),
                                 named("Anna R").account("review_author", "9").customer("K-17")});
  story("Instagram and letter", {named("Anna Rossi").account("instagram_user", "77").customer("K-17"),
                                 named("ROSSI ANNA").home("Via Roma 12").customer("K-17")});
  story("review and letter", {named("Anna R").account("review_author", "9").customer("K-17"),
                              named("Anna Rossi").home("Via Roma 12").customer("K-17")});
  story("a married name, one birth date at one address", {named("Anna Bianchi").home("Via Roma 12").born("1980-04-29"),
                                                          named("Anna Rossi").home("Via Roma 12").born("1980-04-29")});
  story("a slip in the birth date", {named("Anna Rossi").home("Via Roma 12").born("1980-04-29"),
                                     named("Anna Rossi").home("Via Roma 12").born("1980-04-24")});
  story("a birth date of another century", {named("Anna Rossi").home("Via Roma 12").born("1994-11-16"),
                                            named("Rossi").home("Via Roma 12").born("1904-03-02")});
  story("a title for a given name", {named("Sir Robert Miller").phone(mobile), named("Sir").phone(mobile)});
  story("a maiden and a married name",
        {named("Anna Bianchi").email("anna.b@posta.example"), named("Anna Rossi").email("anna.b@posta.example")});
  story("a scanned letter with its customer number",
        {named("Katarzyna Kowalska").customer("K-4711").email("kasia@poczta.example"),
         named("Katarzvna Kowa1ska").customer("K-4711")});
  story("a badly scanned letter with its customer number",
        {named("Katarzyna Kowalska").customer("K-4711").email("kasia@poczta.example"),
         named("Ka1arz na Kovva ska").customer("K-4711")});
  story("a scanned letter with an e-mail address",
        {named("Giovanni Esposito").email("g.esposito@posta.example").home("Via Verdi 3"),
         named("Giovarni Esposlto").email("g.esposito@posta.example").home("Via Verdl 3")});
  story("two alphabets, one e-mail address", {named("Екатерина Смирнова").email("kate@smirnova.example"),
                                              named("Ekaterina Smirnova").email("kate@smirnova.example")});
  story("two alphabets, one number",
        {named("Γιώργος Παπαδόπουλος").phone(mobile), named("Giorgos Papadopoulos").phone(mobile)});
  story("a nickname nobody knows",
        {named("Anna Rossi").phone(mobile), named("Bubu").phone(mobile).account("whatsapp_user", "u1")});
  story("given and family name swapped", {named("Spangenberg Anna").email("anna@spangenberg.example"),
                                          named("Anna Spangenberg").email("anna@spangenberg.example")});
  story("a compound surname", {named("María García López").phone(mobile), named("María García").phone(mobile)});
  story("a particle",
        {named("Jan van der Berg").email("jan@berg.example"), named("J. Vanderberg").email("jan@berg.example")});
  struct Forms {
    const char* language;
    const char* formal;
    const char* other;
  };
  for (const Forms& forms :
       {Forms{"English", "Robert Miller", "Bob Miller"}, Forms{"English", "Margaret Miller", "Peggy Miller"},
        Forms{"Italian", "Giuseppe Conti", "Beppe Conti"}, Forms{"Italian", "Domenico Conti", "Mimmo Conti"},
        Forms{"Italian", "Salvatore Conti", "Totò Conti"}, Forms{"Polish", "Katarzyna Nowak", "Kasia Nowak"},
        Forms{"Polish", "Małgorzata Nowak", "Gosia Nowak"}, Forms{"Spanish", "Francisco Vidal", "Paco Vidal"},
        Forms{"Spanish", "Rosario Vidal", "Charo Vidal"}, Forms{"Dutch", "Jacobus Jansen", "Koos Jansen"},
        Forms{"Dutch", "Margaretha Jansen", "Griet Jansen"}, Forms{"German", "Josef Huber", "Sepp Huber"},
        Forms{"German", "Wilhelm Huber", "Willi Huber"}, Forms{"German", "Margarete Huber", "Gretel Huber"},
        Forms{"French", "Georges Petit", "Jojo Petit"}, Forms{"French", "Marguerite Petit", "Margot Petit"}})
    for (const bool by_letter : {false, true}) {
      Draft one = named(forms.formal);
      Draft other = named(forms.other);
      if (by_letter) {
        one.home("Via Roma 12");
        other.home("Via Roma 12");
      } else {
        one.email("mail@petit.example");
        other.email("mail@petit.example");
      }
      story(std::string(forms.language) + ": " + forms.other + (by_letter ? ", by letter" : ", by e-mail"),
            {one, other});
    }
  return stories;
}

TEST(Adversary, NoContactMixesTwoPeopleUnlessAReviewItemNamesIt) {
  for (const Story& story : stories_of_others())
    for (const auto& order : orders_of(story.seen.size())) EXPECT_EQ(tell(story, order).mistakes, "") << story.name;
}

TEST(Adversary, AnOfficesAddressJoinsNoneOfItsFiveHundredSenders) {
  const Model model(shipped_parameters());
  for (const bool backwards : {false, true}) {
    Engine engine(model);
    constexpr std::uint64_t senders = 500;
    for (std::uint64_t i = 0; i < senders; ++i) {
      const std::uint64_t number = backwards ? senders - 1 - i : i;
      std::mt19937_64 random(number);
      const auto word = [&random] {
        std::string letters;
        while (letters.size() < 8) letters += static_cast<char>('a' + random() % 26);
        return letters;
      };
      const std::string given = word();
      Persona persona{.name = given + " " + word(), .region = "IT"};
      persona.emails.emplace_back("info@firm.example");
      ASSERT_TRUE(engine.add(PersonaId{number}, persona, digest_of({std::to_string(number)})).has_value());
    }
    engine.drain();
    EXPECT_EQ(engine.contacts().size(), senders);
  }
}

TEST(Adversary, OnePersonIsJoinedOrInReviewAndMostlyJoined) {
  std::size_t joined = 0;
  const std::vector<Story> stories = stories_of_one();
  for (const Story& story : stories) {
    bool always = true;
    for (const auto& order : orders_of(story.seen.size())) {
      const Outcomes outcomes = tell(story, order);
      EXPECT_EQ(outcomes.joined + outcomes.in_review, outcomes.pairs) << story.name;
      always = always && outcomes.joined == outcomes.pairs;
    }
    joined += always ? 1 : 0;
  }
  EXPECT_GE(joined * 100, stories.size() * 80) << joined << " of " << stories.size();
}

}  // namespace
}  // namespace patchbay::identity
