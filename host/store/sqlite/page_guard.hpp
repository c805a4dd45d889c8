// A SQLite VFS over the system's that knows when a page is not what was written: no damaged page is ever used.
//
// Each page of a guarded database ends in eight bytes that SQLite leaves alone (its "reserved bytes"). On its way to
// the database file a page gets its checksum there, which binds its content to its place; on its way back the checksum
// must hold, or the read fails with SQLITE_IOERR_DATA. A page in the write-ahead log is under the checksum that SQLite
// gave its frame, which SQLite itself looks at only when it recovers the log; with Log::verified it must hold at every
// read, so that a damaged frame is neither used nor moved into the database.
//
// Guarded is a database of 4 KiB pages whose header has the eight reserved bytes or our application_id: a header that
// has only one of them is damaged, too. Everything else passes as it is (a database from before the guard; what SQLite
// keeps in temporary files).
//
// The VFS is registered once, by its first use, over the default VFS of that moment. [any-thread]; what a thread's last
// call found is that thread's.
#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace patchbay::store::sqlite {

inline constexpr int guard_bytes = 8;                   // of each page
inline constexpr std::int32_t guard_mark = 0x50617463;  // the database's application_id: "Patc"

// Frames that a transaction has written and not committed may be without their final checksum, so the log is verified
// only on a connection that reads, or that keeps a transaction's pages in memory until it commits (cache_spill off).
enum class Log : std::uint8_t { trusted, verified };
// Pages that were never written (SQLite leaves free ones out) read as zeros: damage, but for one who copies all pages.
enum class Unwritten : std::uint8_t { damaged, allowed };

[[nodiscard]] const char* page_guard();  // the VFS's name
void set_guard(sqlite3* handle, Log log, Unwritten unwritten) noexcept;
// From now on, though the file has no header yet.
void arm_guard(sqlite3* handle) noexcept;
[[nodiscard]] bool is_guarded(sqlite3* handle) noexcept;

// What the guard found last on this thread ("page 17 of /var/lib/patchbay/patchbay.db ..."), once.
[[nodiscard]] std::string take_damage();

// SQLite's checksum of the log (the file format's section 4.2): `words` little- or big-endian, 8 bytes at a time.
struct LogChecksum {
  std::uint32_t first = 0, second = 0;
  bool operator==(const LogChecksum&) const = default;
};
enum class WordOrder : std::uint8_t { little, big };
[[nodiscard]] LogChecksum log_checksum(LogChecksum seed, WordOrder order, const std::uint8_t* bytes, std::size_t size);

inline constexpr std::size_t guarded_page_size = 4096;
inline constexpr std::size_t log_header_size = 32, frame_header_size = 24;

[[nodiscard]] inline std::uint32_t big_endian_32(const std::uint8_t* bytes) noexcept {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
}

}  // namespace patchbay::store::sqlite
