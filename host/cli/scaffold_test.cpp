#include "cli/scaffold.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace patchbay::cli {
namespace {

namespace fs = std::filesystem;

class Scaffold : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "patchbay-scaffold-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    fs::create_directory(root / "template");
    write("template/newcomer.cpp", "class Newcomer {};  // newcomer");
    write("template/manifest.json", R"({"name": "newcomer", "title": "Newcomer"})");
  }
  void TearDown() override { fs::remove_all(root); }

  void write(const fs::path& file, const std::string& text) const { std::ofstream(root / file) << text; }
  [[nodiscard]] std::string read(const fs::path& file) const {
    std::ifstream in(root / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path root;
};

TEST_F(Scaffold, FillsTheNameInAsNameClassAndTitle) {
  const Status made = scaffold({{root / "template"}}, "trip_advisor2", root / "deep/er/trip");
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(read("deep/er/trip/trip_advisor2.cpp"), "class TripAdvisor2 {};  // trip_advisor2");
  EXPECT_EQ(read("deep/er/trip/manifest.json"), R"({"name": "trip_advisor2", "title": "Trip advisor2"})");
}

TEST_F(Scaffold, PutsLayersTogetherAndNamesTheSourceByItsLanguage) {
  fs::create_directory(root / "any");
  write("any/CMakeLists.txt", "patchbay_add_plugin(newcomer SOURCES newcomer.cpp TESTS newcomer_test.cpp)");
  const Status made = scaffold({{root / "any", root / "nothing", root / "template"}, ".c"}, "trip", root / "trip");
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(read("trip/CMakeLists.txt"), "patchbay_add_plugin(trip SOURCES trip.c TESTS trip_test.cpp)");
  EXPECT_TRUE(fs::exists(root / "trip/manifest.json"));
}

TEST_F(Scaffold, LeavesWhatIsThereAlone) {
  fs::create_directory(root / "mine");
  write("mine/manifest.json", "my own");
  fs::create_symlink(root / "nowhere", root / "link");
  for (const char* const there : {"mine", "mine/manifest.json", "link"}) {
    const Status made = scaffold({{root / "template"}}, "trip", root / there);
    ASSERT_FALSE(made) << there;
    EXPECT_EQ(made.error().code, ErrorCode::conflict) << there;
  }
  EXPECT_EQ(read("mine/manifest.json"), "my own");
  EXPECT_FALSE(fs::exists(root / "nowhere"));
}

TEST_F(Scaffold, SaysWhatIsMissingWithoutATemplateAndLeavesNoFolder) {
  const Status made = scaffold({{root / "none"}}, "trip", root / "trip");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::not_found);
  EXPECT_NE(made.error().remedy.find("--component sdk"), std::string::npos);
  EXPECT_FALSE(fs::exists(root / "trip"));
}

TEST_F(Scaffold, AFailureOnTheWayLeavesNoFolder) {
  fs::create_symlink(root / "nowhere", root / "template/broken.json");
  ASSERT_FALSE(scaffold({{root / "template"}}, "trip", root / "trip"));
  EXPECT_FALSE(fs::exists(root / "trip"));
}

TEST(PluginName, IsWhatAManifestTakes) {
  for (const std::string& good :
       {std::string("a"), std::string("trip_advisor"), std::string("x2"), std::string(64, 'a')})
    EXPECT_TRUE(valid_plugin_name(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("Trip"), std::string("2x"), std::string("_x"), std::string("trip-advisor"),
        std::string("a b"), std::string("../x"), std::string("tríp"), std::string(65, 'a')}) {
    const Status valid = valid_plugin_name(bad);
    ASSERT_FALSE(valid) << bad;
    EXPECT_EQ(valid.error().code, ErrorCode::invalid);
    EXPECT_FALSE(valid.error().remedy.empty());
  }
}

}  // namespace
}  // namespace patchbay::cli
