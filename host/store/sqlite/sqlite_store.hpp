// The embedded store: one SQLite database in a folder of its own, for one gateway on one machine.
//
//   patchbay.db (+ -wal, -shm)   everything but large content
//   blobs/ab/abcdef...           attachments and originals above 64 KiB, named by their SHA-256
//   lock                         held (flock) by the gateway that writes
//   restore/                     while a restored database waits to take its place (restore.hpp)
//
// Every page is under a checksum (page_guard.hpp), so that damage is found where it is read: the call fails with
// `corrupt`, and `damaged` is told. As a writer the store also looks for damage before it opens (check.hpp,
// log_check.hpp) and fails with `corrupt` rather than to work on what is left.
//
// As a writer the store holds the lock until it ends, brings the schema up to date, and owns the one connection that
// writes and checkpoints. As reader_only, for a command beside a running gateway or without one, it takes no lock,
// writes no row and never checkpoints; SQLite may create the empty -wal and -shm files that it needs to read, so the
// folder has to be writable for the user. writer() must not be called then: it ends the process.
//
// [any-thread] open_sqlite, reader() and id(). Writer and Readers as store.hpp says. `clock` must outlive the call
// only.
//
// Fails with `conflict` when another gateway has the folder, `invalid` for a folder on a network file system or a
// database that a newer Patchbay wrote, `not_found` when there is nothing to read, else as the Writer does.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace patchbay::store {

namespace sqlite {
class Files;
}

enum class OpenAs : std::uint8_t { writer, reader_only };

struct SqliteOptions {
  std::function<void(const Error&)> damaged = nullptr;       // [any-thread] that reads or writes
  std::function<void(std::string_view)> remarked = nullptr;  // during open_sqlite: what the operator may want to know
  Duration first_check = std::chrono::milliseconds{300};     // how long the check at the start may take
  int pages_until_checkpoint = 4000;                         // of the log: 16 MB
  sqlite::Files* files = nullptr;                            // the kernel's, unless a test has its own
};

[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& folder, OpenAs as,
                                                         const Clock& clock, SqliteOptions options = {});

}  // namespace patchbay::store
