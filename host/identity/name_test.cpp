#include "identity/name.hpp"

#include <gtest/gtest.h>

#include "identity/similarity.hpp"
#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

TEST(Text, FoldsAlphabetsAccentsAndMarksIntoOneForm) {
  struct Case {
    const char* given;
    const char* folded;
  };
  for (const Case& c : {Case{"Łukasz  Żółć", "lukasz zolc"}, Case{"O'Brien-Smith", "obrien smith"}, Case{"  ", ""},
                        Case{"GROẞ Straße 5", "gross strasse 5"}, Case{"Смирнова", "smirnova"}, Case{"Totò", "toto"}}) {
    EXPECT_EQ(folded(c.given), c.folded);
  }
}

TEST(Text, KnowsWhatIsWrittenWhereThereIsNothing) {
  for (const char* text : {"", "n a", "0000", "unknown", "xxx", "99999"}) EXPECT_TRUE(is_placeholder(text)) << text;
  for (const char* text : {"x", "anna", "10", "na na"}) EXPECT_FALSE(is_placeholder(text)) << text;
}

TEST(Similarity, CountsEditsWithSwapsOfNeighbours) {
  EXPECT_EQ(edits("martha", "marhta", 3), 1U);
  EXPECT_EQ(edits("kitten", "sitting", 3), 3U);
  EXPECT_EQ(edits("kitten", "sitting", 2), 3U);  // more than that
  EXPECT_EQ(edits("", "ab", 2), 2U);
}

// The worked examples of Winkler (1990): .961, .840, .813.
TEST(Similarity, LikenessIsWinklers) {
  EXPECT_NEAR(likeness("martha", "marhta"), 961, 2);
  EXPECT_NEAR(likeness("dwayne", "duane"), 840, 2);
  EXPECT_NEAR(likeness("dixon", "dicksonx"), 813, 2);
  EXPECT_EQ(likeness("same", "same"), 1000U);
  for (const auto& [left, right] : {std::pair{"martha", "marhta"}, {"dwayne", "duane"}, {"torino", "orbetello"}}) {
    const std::uint32_t measure = likeness(left, right);
    EXPECT_EQ(likeness(left, right, measure), measure);
    EXPECT_LT(likeness(left, right, measure + 1), measure + 1);
  }
}

std::string written(const NameWord* word) { return word ? word->text : ""; }

TEST(Name, TellsGivenFromFamilyName) {
  struct Case {
    const char* display;
    const char* given;
    const char* family;
  };
  for (const Case& c : {Case{"Anna Rossi", "anna", "rossi"}, Case{"Rossi, Anna", "anna", "rossi"},
                        Case{"ROSSI ANNA", "anna", "rossi"}, Case{"Dr. Jan van der Berg", "jan", "berg"},
                        Case{"Anna", "anna", ""}, Case{"n/a", "", ""}, Case{"A. Rossi", "a", "rossi"}}) {
    const Name name = read_name(c.display);
    EXPECT_EQ(written(first_given(name)), c.given) << c.display;
    EXPECT_EQ(written(last_family(name)), c.family) << c.display;
  }
}

TEST(Name, ReadsTheGenerationBehindIt) {
  EXPECT_EQ(read_name("Mario Rossi Jr.").generation, Generation::junior);
  EXPECT_EQ(read_name("Mario Rossi, Sr").generation, Generation::senior);
  EXPECT_EQ(read_name("Sr. Mario Rossi").generation, Generation::unsaid);
  EXPECT_TRUE(compare_names(read_name("Mario Rossi Jr"), read_name("Mario Rossi Sr")).generations_contradict);
}

TEST(Name, ComparesGivenAndFamilyNameOnce) {
  using enum NameLevel;
  struct Case {
    const char* left;
    const char* right;
    NameLevel given, family;
    bool swapped;
  };
  for (const Case& c :
       {Case{"Anna Rossi", "anna rossi", exact, exact, false},
        Case{"Beppe Conti", "Giuseppe Conti", variant, exact, false},
        Case{"Totò Conti", "Salvatore Conti", variant, exact, false},
        Case{"A. Rossi", "Anna Rossi", initial, exact, false},
        Case{"Marco Conti", "Marc Conti", other_name, exact, false},
        Case{"Darla Conti", "Darlene Conti", other_name, exact, false},
        Case{"Anna Rossi", "Anna Spangenberg", exact, different, false},
        Case{"Anna Rossi", "Anna Rosst", exact, near, false}, Case{"Anna", "Anna Rossi", exact, missing, false},
        Case{"Kasia", "Katarzyna Nowak", variant, missing, false}}) {
    for (const bool turned : {false, true}) {
      const NameComparison compared =
          compare_names(read_name(turned ? c.right : c.left), read_name(turned ? c.left : c.right));
      EXPECT_EQ(compared.given.level, c.given) << c.left << " / " << c.right;
      EXPECT_EQ(compared.family.level, c.family) << c.left << " / " << c.right;
      EXPECT_EQ(compared.swapped, c.swapped) << c.left << " / " << c.right;
    }
  }
  const NameComparison swapped = compare_names(read_name("Harrison", "Norman"), read_name("Norman", "Harrison"));
  EXPECT_EQ(swapped.given.level, exact);
  EXPECT_EQ(swapped.family.level, exact);
  EXPECT_TRUE(swapped.swapped);
}

TEST(Name, TitlesAndRanksAreNoNames) {
  EXPECT_TRUE(read_name("Sir", "Baronet").words.empty());
  EXPECT_TRUE(read_name("Sir").words.empty());
  const Name baronet = read_name("Rev. Dr. James Cory, 1st Baronet");
  EXPECT_EQ(first_given(read_name("Rev. Dr. James Cory"))->text, "james");
  for (const NameWord& word : baronet.words) EXPECT_NE(word.text, "baronet");
  // A family may be called Lord.
  ASSERT_NE(last_family(read_name("Mary", "Lord")), nullptr);
  EXPECT_EQ(last_family(read_name("Mary", "Lord"))->text, "lord");
}

}  // namespace
}  // namespace patchbay::identity
