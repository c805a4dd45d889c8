#include "store/sqlite/page_guard.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace patchbay::store::sqlite {

namespace {

constexpr const char* name_of_guard = "patchbay_guard";
// SQLite leaves numbers above 100 to others.
constexpr int set_guard_op = 0x50617401, arm_guard_op = 0x50617402, is_guarded_op = 0x50617403;

constexpr std::size_t content_size = guarded_page_size - guard_bytes;
constexpr std::string_view database_magic{"SQLite format 3\0", 16};

thread_local std::string last_damage;

struct Verification {
  Log log = Log::trusted;
  Unwritten unwritten = Unwritten::damaged;
};

// What SQLite allocates for each file that it opens; the system's own stands right behind it.
struct GuardedFile {
  sqlite3_file base;      // first, as SQLite wants it
  const char* name;       // lives as long as the file is open
  GuardedFile* database;  // of a log; itself for a database
  bool guarded;
  Verification verification;
  WordOrder order;  // of a log
  bool order_known;
};

GuardedFile& guarded(sqlite3_file* file) { return *reinterpret_cast<GuardedFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&guarded(file) + 1); }
sqlite3_vfs* system_of(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

std::uint64_t word_at(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// Four lanes, so that the multiplications overlap. Each step maps its lane one to one, so that damage within one
// eight-byte word is always seen, and any other misses with a chance of 2^-64.
std::uint64_t page_checksum(const std::uint8_t* page, std::int64_t offset) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
  std::array<std::uint64_t, 4> lane{static_cast<std::uint64_t>(offset) + 1, 2, 3, 4};
  const auto step = [](std::uint64_t state, std::uint64_t word) { return std::rotl((state ^ word) * odd, 29); };
  std::size_t at = 0;
  for (; at + 32 <= content_size; at += 32)
    for (std::size_t i = 0; i < lane.size(); ++i) lane[i] = step(lane[i], word_at(page + at + i * 8));
  for (std::size_t i = 0; at < content_size; at += 8, ++i) lane[i] = step(lane[i], word_at(page + at));
  std::uint64_t sum = 0;
  for (const std::uint64_t one : lane) sum = step(sum, one);
  return sum;
}

int damaged(std::string what) {
  sqlite3_log(SQLITE_IOERR_DATA, "%s", what.c_str());
  last_damage = std::move(what);
  return SQLITE_IOERR_DATA;
}

// ---- The database

// Takes from its first bytes whether the database is guarded.
int learn(GuardedFile& file, const std::uint8_t* header) {
  if (!std::equal(database_magic.begin(), database_magic.end(), header,
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    return SQLITE_OK;  // SQLite says what that is
  const bool marked = big_endian_32(header + 68) == static_cast<std::uint32_t>(guard_mark);
  file.guarded = file.guarded || marked || header[20] == guard_bytes;
  const bool right_size = header[16] == guarded_page_size >> 8U && header[17] == 0;
  if (file.guarded && !right_size) return damaged("page 1 of " + std::string(file.name) + " has a damaged header");
  return SQLITE_OK;
}

bool holds(const GuardedFile& file, const std::uint8_t* page, std::int64_t offset) {
  if (word_at(page + content_size) == page_checksum(page, offset)) return true;
  return file.verification.unwritten == Unwritten::allowed &&
         std::all_of(page, page + guarded_page_size, [](std::uint8_t byte) { return byte == 0; });
}

int read_database(GuardedFile& file, sqlite3_file* below, void* into, int amount, sqlite3_int64 offset) {
  const int code = below->pMethods->xRead(below, into, amount, offset);
  if (code != SQLITE_OK) return code;
  const auto* bytes = static_cast<const std::uint8_t*>(into);
  if (offset == 0 && amount >= 100)
    if (const int header = learn(file, bytes); header != SQLITE_OK) return header;
  if (!file.guarded || amount != guarded_page_size || offset % static_cast<std::int64_t>(guarded_page_size) != 0)
    return SQLITE_OK;
  if (holds(file, bytes, offset)) return SQLITE_OK;
  return damaged("page " + std::to_string(offset / static_cast<std::int64_t>(guarded_page_size) + 1) + " of " +
                 file.name + " is not what was written");
}

int write_database(GuardedFile& file, sqlite3_file* below, const void* from, int amount, sqlite3_int64 offset) {
  const auto* bytes = static_cast<const std::uint8_t*>(from);
  if (offset == 0 && amount >= 100)
    if (const int header = learn(file, bytes); header != SQLITE_OK) return header;
  if (!file.guarded || amount != guarded_page_size || offset % static_cast<std::int64_t>(guarded_page_size) != 0)
    return below->pMethods->xWrite(below, from, amount, offset);
  std::array<std::uint8_t, guarded_page_size> page;  // SQLite's own is not to be changed
  std::memcpy(page.data(), bytes, content_size);
  std::uint64_t sum = page_checksum(page.data(), offset);
  if constexpr (std::endian::native == std::endian::big) sum = __builtin_bswap64(sum);
  std::memcpy(page.data() + content_size, &sum, sizeof sum);
  return below->pMethods->xWrite(below, page.data(), amount, offset);
}

// ---- The log

int word_order(GuardedFile& file, sqlite3_file* below) {
  if (file.order_known) return SQLITE_OK;
  std::array<std::uint8_t, 4> magic{};
  const int code = below->pMethods->xRead(below, magic.data(), magic.size(), 0);
  if (code != SQLITE_OK) return code;
  file.order = (magic[3] & 1U) != 0 ? WordOrder::big : WordOrder::little;
  file.order_known = true;
  return SQLITE_OK;
}

int read_log(GuardedFile& file, sqlite3_file* below, void* into, int amount, sqlite3_int64 offset) {
  const int code = below->pMethods->xRead(below, into, amount, offset);
  if (code != SQLITE_OK || amount != guarded_page_size || !file.database ||
      file.database->verification.log == Log::trusted)
    return code;
  constexpr auto frame_size = static_cast<std::int64_t>(frame_header_size + guarded_page_size);
  const std::int64_t frame = offset - static_cast<std::int64_t>(frame_header_size);
  const std::int64_t number = (frame - static_cast<std::int64_t>(log_header_size)) / frame_size;
  if (const int known = word_order(file, below); known != SQLITE_OK) return known;

  // A frame's checksum goes on from the one before it, the first one's from the log's own.
  std::array<std::uint8_t, frame_header_size> header{};
  std::array<std::uint8_t, 8> before{};
  const std::int64_t before_at = number == 0 ? 24 : frame - frame_size + 16;
  if (const int read = below->pMethods->xRead(below, header.data(), header.size(), frame); read != SQLITE_OK)
    return read;
  if (const int read = below->pMethods->xRead(below, before.data(), before.size(), before_at); read != SQLITE_OK)
    return read;
  LogChecksum sum{big_endian_32(before.data()), big_endian_32(before.data() + 4)};
  sum = log_checksum(sum, file.order, header.data(), 8);
  sum = log_checksum(sum, file.order, static_cast<const std::uint8_t*>(into), guarded_page_size);
  if (sum == LogChecksum{big_endian_32(header.data() + 16), big_endian_32(header.data() + 20)}) return SQLITE_OK;
  return damaged("frame " + std::to_string(number + 1) + " (page " + std::to_string(big_endian_32(header.data())) +
                 ") of " + file.name + " is not what was written");
}

// ---- The methods of a file

int close(sqlite3_file* file) {
  const int code = real(file)->pMethods->xClose(real(file));
  file->pMethods = nullptr;
  return code;
}
int read(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
  GuardedFile& one = guarded(file);
  return one.database == &one ? read_database(one, real(file), into, amount, offset)
                              : read_log(one, real(file), into, amount, offset);
}
int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  GuardedFile& one = guarded(file);
  if (one.database == &one) return write_database(one, real(file), from, amount, offset);
  if (offset == 0) one.order_known = false;
  return real(file)->pMethods->xWrite(real(file), from, amount, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) { return real(file)->pMethods->xTruncate(real(file), size); }
int sync(sqlite3_file* file, int flags) { return real(file)->pMethods->xSync(real(file), flags); }
int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int is_reserved(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int op, void* argument) {
  GuardedFile& one = guarded(file);
  switch (op) {
    case set_guard_op:
      one.verification = *static_cast<Verification*>(argument);
      return SQLITE_OK;
    case arm_guard_op:
      one.guarded = true;
      return SQLITE_OK;
    case is_guarded_op:
      *static_cast<bool*>(argument) = one.guarded;
      return SQLITE_OK;
    default:
      return real(file)->pMethods->xFileControl(real(file), op, argument);
  }
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

// Version 2: no memory-mapped reads, which would pass the guard by.
constexpr sqlite3_io_methods methods{
    2,           close,   read,        write,           truncate,   sync,        file_size, lock,         unlock,
    is_reserved, control, sector_size, characteristics, map_shared, lock_shared, barrier,   unmap_shared, nullptr,
    nullptr};

// ---- The methods of the VFS

int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* const below = system_of(vfs);
  const bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
  if (!is_log && (flags & SQLITE_OPEN_MAIN_DB) == 0) return below->xOpen(below, name, file, flags, flags_out);
  auto* one = new (file) GuardedFile{};
  one->name = name;
  one->database = one;
  if (is_log) one->database = &guarded(sqlite3_database_file_object(name));
  real(file)->pMethods = nullptr;
  const int code = below->xOpen(below, name, real(file), flags, flags_out);
  file->pMethods = real(file)->pMethods != nullptr ? &methods : nullptr;
  return code;
}
int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  return system_of(vfs)->xDelete(system_of(vfs), name, sync_folder);
}
int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  return system_of(vfs)->xAccess(system_of(vfs), name, flags, result);
}
int full_name(sqlite3_vfs* vfs, const char* name, int size, char* full) {
  return system_of(vfs)->xFullPathname(system_of(vfs), name, size, full);
}
int randomness(sqlite3_vfs* vfs, int size, char* into) {
  return system_of(vfs)->xRandomness(system_of(vfs), size, into);
}
int sleep(sqlite3_vfs* vfs, int microseconds) { return system_of(vfs)->xSleep(system_of(vfs), microseconds); }
int current_time(sqlite3_vfs* vfs, double* now) { return system_of(vfs)->xCurrentTime(system_of(vfs), now); }
int current_time_64(sqlite3_vfs* vfs, sqlite3_int64* now) {
  return system_of(vfs)->xCurrentTimeInt64(system_of(vfs), now);
}
int last_error(sqlite3_vfs* vfs, int size, char* into) {
  return system_of(vfs)->xGetLastError(system_of(vfs), size, into);
}

sqlite3_vfs make_vfs() {
  sqlite3_initialize();
  sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(GuardedFile)) + below->szOsFile;
  vfs.mxPathname = below->mxPathname;
  vfs.zName = name_of_guard;
  vfs.pAppData = below;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_name;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time_64;
  return vfs;
}

}  // namespace

const char* page_guard() {
  static sqlite3_vfs vfs = make_vfs();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  static_cast<void>(registered);  // fails only where memory ends; opening then says that there is no such VFS
  return name_of_guard;
}

void set_guard(sqlite3* handle, Log log, Unwritten unwritten) noexcept {
  Verification verification{log, unwritten};
  sqlite3_file_control(handle, "main", set_guard_op, &verification);
}

void arm_guard(sqlite3* handle) noexcept { sqlite3_file_control(handle, "main", arm_guard_op, nullptr); }

bool is_guarded(sqlite3* handle) noexcept {
  bool answer = false;
  sqlite3_file_control(handle, "main", is_guarded_op, &answer);
  return answer;
}

std::string take_damage() { return std::exchange(last_damage, {}); }

LogChecksum log_checksum(LogChecksum seed, WordOrder order, const std::uint8_t* bytes, std::size_t size) {
  constexpr auto native = std::endian::native == std::endian::little ? WordOrder::little : WordOrder::big;
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    std::array<std::uint32_t, 2> words{};
    std::memcpy(words.data(), bytes + at, 8);
    if (order != native)
      for (std::uint32_t& word : words) word = __builtin_bswap32(word);
    seed.first += words[0] + seed.second;
    seed.second += words[1] + seed.first;
  }
  return seed;
}

}  // namespace patchbay::store::sqlite
