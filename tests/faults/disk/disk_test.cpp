// The store and the group commit on a disk that fails and on one that loses power.
//
// PATCHBAY_FAULT_STEP: every how many-th call is failed, 1 being each. PATCHBAY_POWER_CUTS and PATCHBAY_SEED: how many
// cuts are tried, and from which seed on.
#include "faults/disk/disk.hpp"
#include "base/temporary_folder.hpp"
#include "faults/disk/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <random>

namespace patchbay::faults {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

// Where nothing is ever synced for real, so that it may be memory.
class Folder : public TemporaryFolder {
 public:
  Folder() : TemporaryFolder(fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) {}
};

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

constexpr std::uint64_t script = 1;  // the seed of the session whose calls are enumerated
constexpr int short_session = 6, long_session = 24;

// Fails one call of the session after the other, until there is none left to fail.
std::uint64_t fail_calls(int error, Lasting lasting) {
  Disk& disk = Disk::instance();
  const std::uint64_t step = number_from("PATCHBAY_FAULT_STEP", 5);
  for (std::uint64_t call = 0;; call += step) {
    const Folder folder;
    const fs::path root = folder.path() / "store";
    disk.begin(root, {.call = call, .error = error, .lasting = lasting});
    const Ledger ledger = run_session(disk, root, script, short_session);
    const bool fired = disk.fired();
    disk.begin(root);
    EXPECT_THAT(verify(root, ledger), IsEmpty()) << "call " << call << " failed with " << error;
    EXPECT_EQ(static_cast<int>(ledger.accepted.size()), ledger.attempted) << "call " << call;
    for (const Error& refusal : ledger.refusals) {
      EXPECT_EQ(refusal.code, ErrorCode::unavailable) << "call " << call << ": " << refusal.text();
      EXPECT_FALSE(refusal.remedy.empty()) << refusal.text();
    }
    if (!fired || testing::Test::HasFailure()) return call;
  }
}

TEST(DiskFaults, ADiskThatIsFullFromAnyCallOnRefusesAndGoesOnWhenThereIsSpace) {
  EXPECT_GT(fail_calls(ENOSPC, Lasting::until_mended), 100U);
}

TEST(DiskFaults, AnErrorAtAnyCallRefusesWhatItHitsAndNothingElse) { EXPECT_GT(fail_calls(EIO, Lasting::once), 100U); }

struct Cut {
  std::vector<std::string> found;
  std::size_t accepted = 0;
};

Cut cut_power(std::uint64_t seed, std::uint64_t calls, Honesty honesty) {
  Disk& disk = Disk::instance();
  const Folder folder;
  std::mt19937_64 random(seed);
  disk.begin(folder.path() / "store", {}, honesty);
  disk.cut_power_at(random() % calls);
  const Ledger ledger = run_session(disk, folder.path() / "store", script, long_session);
  const fs::path left = folder.path() / "left" / "store";
  fs::create_directories(left);
  disk.save(seed, left);
  disk.begin(left);
  return {verify(left, ledger), ledger.accepted.size()};
}

std::uint64_t calls_of_a_session() {
  Disk& disk = Disk::instance();
  const Folder folder;
  disk.begin(folder.path() / "store");
  const Ledger ledger = run_session(disk, folder.path() / "store", script, long_session);
  EXPECT_THAT(ledger.mistakes, IsEmpty());
  return disk.calls();
}

TEST(PowerCuts, LoseNothingThatWasAccepted) {
  const std::uint64_t cuts = number_from("PATCHBAY_POWER_CUTS", 40), first = number_from("PATCHBAY_SEED", 1);
  const std::uint64_t calls = calls_of_a_session();
  std::size_t accepted = 0;
  for (std::uint64_t seed = first; seed < first + cuts; ++seed) {
    const Cut cut = cut_power(seed, calls, Honesty::honest);
    EXPECT_THAT(cut.found, IsEmpty()) << "seed " << seed;
    accepted += cut.accepted;
  }
  EXPECT_GT(accepted, cuts * 5) << "the cuts came too early to mean anything";
  std::cout << "power cuts: " << cuts << " from seed " << first << ", " << accepted
            << " interactions accepted before them\n";
}

TEST(PowerCuts, AreFoundOutOnADiskThatOnlySaysThatItSynced) {
  const std::uint64_t calls = calls_of_a_session();
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    if (!cut_power(seed, calls, Honesty::forgets_syncs).found.empty()) ++lost;
  EXPECT_GT(lost, 5) << "the checker does not see what is lost";
}

}  // namespace
}  // namespace patchbay::faults
