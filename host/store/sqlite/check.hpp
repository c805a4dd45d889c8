// Whether a store is whole: a short look at each start, and the full examination that `patchbay check --store` makes.
//
// Damaged pages are found whenever they are read (page_guard.hpp); these look for it, and for what no page tells: rows
// that refer to nothing, large content that is gone or changed. [any-thread] Neither changes anything; both may run
// beside a gateway. Fails with `corrupt` where a look finds damage, else as a Reader does.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace patchbay::store {

namespace sqlite {
class Blobs;
class Connection;

// Structure, references and files, as far as it comes within `budget`.
[[nodiscard]] Status check_quickly(Connection& connection, const Blobs& blobs, Duration budget);

// The content that rows refer to, each name once.
[[nodiscard]] Result<std::vector<Digest32>> blobs_referred_to(Connection& connection);

// Every page, every row and every reference; what was found, at most a hundred lines. Empty: the database is whole.
[[nodiscard]] Result<std::vector<std::string>> check_fully(Connection& connection);
}  // namespace sqlite

struct StoreCheck {
  std::vector<std::string> damage;  // at most some hundred lines; empty: it is whole
  std::uint64_t pages = 0, blobs = 0;
};

// Reads all of the store in `folder`; `done` is told now and then which share of the work is done (0 to 1).
[[nodiscard]] Result<StoreCheck> check_sqlite(const std::filesystem::path& folder,
                                              const std::function<void(double)>& done);

}  // namespace patchbay::store
