// Promise 5: whatever happens in whatever order, the contacts are those that a rebuild from nothing makes.
//
// PATCHBAY_IDENTITY_SEQUENCES sets how many random sequences are run, PATCHBAY_IDENTITY_SEED where they begin.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>

#include "identity/engine.hpp"
#include "identity/test_oracle.hpp"

namespace patchbay::identity {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Few values of each sort, so that they meet, contradict and grow common.
class People {
 public:
  explicit People(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(std::uint64_t in_a_hundred) { return below(100) < in_a_hundred; }

  // One of two senders who write from everywhere: more variants than may speak for them, now and then.
  Persona loyal() {
    static constexpr std::array languages{"it", "de", ""};
    const bool first = chance(70);
    Persona persona{.name = first ? "Anna Rossi" : "", .region = "IT"};
    persona.emails.emplace_back(first ? "mail1@rossi.example" : "mail2@rossi.example");
    persona.address.street = chance(50) ? "Via Roma" : "Via Verdi";
    persona.address.number = std::to_string(1 + below(4));
    persona.address.town = chance(80) ? "Milano" : "Lodi";
    persona.language = languages[below(languages.size())];
    return persona;
  }

  Persona persona() {
    if (chance(loyal_)) return loyal();
    static constexpr std::array given{"Anna", "Bruno", "Giuseppe",  "Beppe", "Carla",
                                      "Ann",  "Kasia", "Katarzyna", "G",     ""};
    static constexpr std::array family{"Rossi", "Rosso", "Spangenberg", "Bianchi", "Rossi Jr", "Rossi Sr", "Verdi", ""};
    static constexpr std::array dates{"1980-02-29", "1950-03-01", "1980-02-28", "1980-01-01", "", "", ""};
    static constexpr std::array towns{"Milano", "Lodi", "Wien", ""};
    Persona persona;
    persona.region = "IT";
    persona.given_name = given[below(given.size())];
    persona.family_name = family[below(family.size())];
    persona.birth_date = dates[below(dates.size())];
    if (chance(45)) persona.emails.push_back("mail" + std::to_string(below(spread_)) + "@rossi.example");
    if (chance(10)) persona.emails.emplace_back("info@firm.example");
    if (chance(35)) persona.phones.push_back("+3934712345" + std::to_string(10 + below(spread_)));
    if (chance(10))
      persona.ids.push_back({"customer_number", "", "K" + std::to_string(below(4)), IdentifierRule::one_per_person});
    if (chance(10))
      persona.ids.push_back({"instagram_user", "1", "U" + std::to_string(below(4)), IdentifierRule::account});
    if (chance(30)) {
      persona.address.street = chance(50) ? "Via Roma" : "Via Verdi";
      persona.address.number = std::to_string(1 + below(3));
      persona.address.postcode = chance(50) ? "20121" : "20122";
    }
    persona.address.town = towns[below(towns.size())];
    return persona;
  }
  // How many mailboxes and numbers there are to go round.
  void spread(std::uint64_t values) { spread_ = values; }
  // How many in a hundred personas are of loyal senders.
  void loyal_share(std::uint64_t in_a_hundred) { loyal_ = in_a_hundred; }

 private:
  std::mt19937_64 random_;
  std::uint64_t spread_ = 6;
  std::uint64_t loyal_ = 0;
};

// The engine beside the plain record of what it was told.
class Pair {
 public:
  Pair(const Model& model, std::size_t most_nodes) : model_(model), engine_(model, most_nodes) {}

  void add(const Persona& persona) {
    const PersonaId id{next_++};
    const Digest16 origin = digest_of({"row", std::to_string(static_cast<std::uint64_t>(id))});
    world_.facts[id] = {persona, origin};
    follow(engine_.add(id, persona, origin));
  }
  void remove(PersonaId id) {
    world_.facts.erase(id);
    follow(engine_.remove(id));
  }
  void correct(PersonaId id, const Persona& persona) {
    world_.facts[id].persona = persona;
    follow(engine_.correct(id, persona));
  }
  void decide(PersonaId left, PersonaId right, Decision decision) {
    world_.decisions[std::minmax(left, right)] = decision;
    follow(engine_.decide(left, right, decision));
  }
  void take_back(PersonaId left, PersonaId right) {
    world_.decisions.erase(std::minmax(left, right));
    follow(engine_.take_back(left, right));
  }
  void drain() { follow(engine_.drain()); }

  [[nodiscard]] const oracle::World& world() const { return world_; }
  [[nodiscard]] std::size_t size() const { return world_.facts.size(); }
  [[nodiscard]] PersonaId any(std::uint64_t number) const {
    return std::next(world_.facts.begin(), static_cast<std::ptrdiff_t>(number % size()))->first;
  }

  void expect_same(std::uint64_t sequence) {
    drain();
    ASSERT_FALSE(engine_.pending());
    const oracle::Batch batch(world_, model_);
    const oracle::Answer answer = oracle::answer_of(engine_);
    ASSERT_EQ(answer.contacts, batch.answer().contacts) << "sequence " << sequence;
    ASSERT_EQ(answer.review, batch.answer().review) << "sequence " << sequence;
    ASSERT_EQ(answer.related, batch.answer().related) << "sequence " << sequence;
    // What the changes told adds up to what there is.
    std::map<ContactId, std::vector<PersonaId>> there;
    for (const ContactId id : engine_.contacts()) there[id] = engine_.personas_of(id);
    ASSERT_EQ(followed_, there) << "sequence " << sequence;
  }

 private:
  void follow(const Result<Changes>& changes) {
    ASSERT_TRUE(changes.has_value()) << changes.error().text();
    for (const ContactId id : changes->gone) {
      EXPECT_TRUE(engine_.personas_of(id).empty());
      followed_.erase(id);
    }
    for (const ContactId id : changes->changed) followed_[id] = engine_.personas_of(id);
  }

  const Model& model_;
  oracle::World world_;
  Engine engine_;
  std::uint64_t next_ = 1;
  std::map<ContactId, std::vector<PersonaId>> followed_;
};

void run_sequence(std::uint64_t sequence, const Model& model) {
  People people(sequence);
  static constexpr std::array<std::size_t, 3> limits{3, 12, Engine::most_nodes_at_once};
  Pair pair(model, limits[people.below(limits.size())]);
  people.spread(3 + people.below(12));
  static constexpr std::array<std::uint64_t, 4> loyal_shares{0, 0, 30, 60};
  people.loyal_share(loyal_shares[people.below(loyal_shares.size())]);
  const std::uint64_t operations = 50 + people.below(30);
  while (pair.size() < 20) pair.add(people.persona());
  for (std::uint64_t i = 0; i < operations; ++i) {
    const std::uint64_t what = people.below(100);
    const PersonaId one = pair.any(people.below(1000));
    const PersonaId other = pair.any(people.below(1000));
    if (what < 40 || pair.size() < 20) {
      pair.add(people.persona());
    } else if (what < 60) {
      pair.remove(one);
    } else if (what < 72) {
      pair.correct(one, people.persona());
    } else if (what < 80 && one != other) {
      pair.decide(one, other, Decision::same);
    } else if (what < 90 && one != other) {
      pair.decide(one, other, Decision::not_the_same);
    } else if (what < 96 && !pair.world().decisions.empty()) {
      const auto& decisions = pair.world().decisions;
      const auto decision = std::next(decisions.begin(), static_cast<std::ptrdiff_t>(people.below(decisions.size())));
      pair.take_back(decision->first.first, decision->first.second);
    } else if (what < 98) {
      pair.drain();
    }
  }
  pair.expect_same(sequence);
}

TEST(EngineModel, RandomSequencesOfEverythingEndWhereARebuildFromNothingDoes) {
  const Model model(shipped_parameters());
  const std::uint64_t first = from_environment("PATCHBAY_IDENTITY_SEED", 1);
  const std::uint64_t count = from_environment("PATCHBAY_IDENTITY_SEQUENCES", 120);
  for (std::uint64_t sequence = first; sequence < first + count; ++sequence) {
    run_sequence(sequence, model);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(EngineModel, VariantsChangeTheirSpeakerWhileTheirContactIsStillToBeJudged) {
  // One in which the followers' contact and their new speaker's were two for a while.
  run_sequence(5827, Model(shipped_parameters()));
}

TEST(EngineModel, AnIdentifierOfMoreThanFiftyNodesIsThinnedTheSameWayInEveryOrder) {
  const Model model(shipped_parameters());
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    People people(sequence);
    Pair pair(model, Engine::most_nodes_at_once);
    for (int i = 0; i < 60; ++i) {
      Persona persona = people.persona();
      persona.emails = {"reception@firm.example"};
      pair.add(persona);
    }
    pair.expect_same(sequence);
    for (int i = 0; i < 20; ++i) pair.remove(pair.any(people.below(1000)));
    pair.expect_same(sequence);
  }
}

}  // namespace
}  // namespace patchbay::identity
