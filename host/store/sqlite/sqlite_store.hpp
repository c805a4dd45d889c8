// The embedded store: one SQLite database in a folder of its own, for one gateway on one machine.
//
//   patchbay.db (+ -wal, -shm)   everything but large content
//   blobs/ab/abcdef...           attachments and originals above 64 KiB, named by their SHA-256
//   lock                         held (flock) by the gateway that writes
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

#include <cstdint>
#include <filesystem>
#include <memory>

namespace patchbay::store {

enum class OpenAs : std::uint8_t { writer, reader_only };

[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& folder, OpenAs as,
                                                         const Clock& clock);

}  // namespace patchbay::store
