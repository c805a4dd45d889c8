// Puts a backup in the place of a store, which no gateway may hold meanwhile.
//
// The backup is proven first (digests, every page, every reference), and copied into the store's folder. Then comes one
// renaming, from which on the restored database is the one that counts: whatever interrupts the rest, the next gateway
// or the next restore finishes it before anything else. What was there before stays, in `replaced-TIME`.
//
// Numbers that the CRM knows from after the backup must not name somebody else: ids go on behind a gap that is larger
// than what the time since the backup can have used up (10,000 ids a second).
//
// [any-thread] Fails with `conflict` where a gateway holds the store, or where there is one and it is not to be
// replaced; `corrupt` for a damaged backup; `invalid` for one that a newer Patchbay made. Until that one renaming the
// store is as it was.
#pragma once

#include "store/sqlite/backup.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace patchbay::store {

enum class Existing : std::uint8_t { refuse, replace };

struct Restored {
  Manifest manifest;
  std::filesystem::path replaced;  // where the old database is; empty where there was none
};

[[nodiscard]] Result<Restored> restore(const std::filesystem::path& backup, const std::filesystem::path& store,
                                       Existing existing, const Clock& clock, const TellShare& progress,
                                       sqlite::Files& files = sqlite::system_files());

namespace sqlite {
// Under the store's lock: finishes what a restore has begun. The folder with what was replaced, empty where none.
[[nodiscard]] Result<std::filesystem::path> finish_restore(const std::filesystem::path& store, const Clock& clock,
                                                           Files& files);
}  // namespace sqlite

}  // namespace patchbay::store
