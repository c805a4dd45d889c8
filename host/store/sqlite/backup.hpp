// A copy of a store at one moment, made while the gateway runs or while it does not, and proven before it is called
// done.
//
//   manifest.json                what is in it, with size and SHA-256 of each file, and what the rows count to
//   patchbay.db                  the database, whole: no log beside it
//   blobs/ab/abcdef...           the large content that its rows refer to
//
// The database is copied page by page through a reader in one read transaction, so that the gateway goes on and nobody
// but the gateway moves its log. Large content is copied afterwards: it was written before the rows that refer to it,
// and is never changed. Everything lies in TARGET.part until it is synced and examined (every page, every reference,
// every digest), and then gets its name; so a folder of that name is a whole backup.
//
// [any-thread] Fails with `conflict` where TARGET exists, `not_found` where there is no store, `corrupt` where the
// store is damaged (then TARGET does not come to be), else as a Reader does.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace patchbay::store {

namespace sqlite {
class Files;
Files& system_files();
}  // namespace sqlite

struct BackupFile {
  std::string path;  // within the backup
  std::uint64_t size = 0;
  std::string sha256;  // in hexadecimal
};

struct Manifest {
  TimePoint made_at{};
  std::string store_id;
  std::int64_t schema = 0;
  Counts counts;
  std::vector<BackupFile> files;  // the database first

  [[nodiscard]] std::uint64_t bytes() const;
};

// Told now and then which share of the work is done (0 to 1).
using TellShare = std::function<void(double)>;

[[nodiscard]] Result<Manifest> back_up(const std::filesystem::path& store, const std::filesystem::path& target,
                                       const Clock& clock, const TellShare& progress,
                                       sqlite::Files& files = sqlite::system_files());

}  // namespace patchbay::store
