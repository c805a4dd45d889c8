#include <sys/stat.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "api/admin.hpp"
#include "base/temporary_folder.hpp"

namespace patchbay::api {
namespace {

namespace fs = std::filesystem;

class LocalTokenTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path file() const { return folder_.path() / "admin.token"; }
  static std::string content_of(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const fs::path& path, const char* text) { std::ofstream(path) << text; }

  TemporaryFolder folder_;
};

TEST_F(LocalTokenTest, IsReadBackByWhoMayReadTheFolderAndByNobodyElse) {
  const ::mode_t before = ::umask(0);
  const Result<std::string> made = make_local_token(folder_.path());
  ::umask(before);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->size(), 64U) << "256 bits in hexadecimal";
  EXPECT_EQ(read_local_token(folder_.path()).value(), *made);
  struct ::stat info {};
  ASSERT_EQ(::lstat(file().c_str(), &info), 0);
  EXPECT_TRUE(S_ISREG(info.st_mode));
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(LocalTokenTest, IsANewOneAtEachStart) {
  std::set<std::string> tokens;
  for (int start = 0; start < 10; ++start) tokens.insert(make_local_token(folder_.path()).value());
  EXPECT_EQ(tokens.size(), 10U);
  EXPECT_TRUE(tokens.contains(read_local_token(folder_.path()).value()));
}

TEST_F(LocalTokenTest, NeverWritesThroughALinkThatSomebodyPutInTheWay) {
  for (const char* name : {"admin.token", "admin.token.new"}) {
    const fs::path elsewhere = folder_.path() / "elsewhere";
    write(elsewhere, "mine");
    fs::remove(folder_.path() / name);
    fs::create_symlink(elsewhere, folder_.path() / name);
    const Result<std::string> made = make_local_token(folder_.path());
    ASSERT_TRUE(made) << name << ": " << made.error().text();
    EXPECT_EQ(content_of(elsewhere), "mine") << name;
    EXPECT_FALSE(fs::is_symlink(file())) << name;
    EXPECT_EQ(content_of(file()), *made) << name;
  }
}

TEST_F(LocalTokenTest, TakesTheModeAndDraftOfAnEarlierStartInItsStride) {
  write(file(), "old");
  fs::permissions(file(), fs::perms::all);
  write(folder_.path() / "admin.token.new", "half");
  const Result<std::string> made = make_local_token(folder_.path());
  ASSERT_TRUE(made);
  EXPECT_EQ(content_of(file()), *made);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(folder_.path() / "admin.token.new"));
}

TEST_F(LocalTokenTest, FailsWithAReasonWhereTheFolderIsNotThere) {
  const fs::path missing = folder_.path() / "missing";
  const Result<std::string> made = make_local_token(missing);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::unavailable);
  EXPECT_NE(made.error().reason.find("No such file or directory"), std::string::npos) << made.error().reason;
  const Result<std::string> read = read_local_token(missing);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::denied);
  EXPECT_NE(read.error().remedy.find("start the gateway"), std::string::npos);
}

TEST_F(LocalTokenTest, AnEmptyFileIsNoToken) {
  write(file(), "");
  EXPECT_FALSE(read_local_token(folder_.path()));
}

}  // namespace
}  // namespace patchbay::api
