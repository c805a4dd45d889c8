#include "faults/disk/vfs.hpp"

#include "faults/disk/disk.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>

namespace patchbay::faults {

namespace {

Disk* the_disk = nullptr;
sqlite3_vfs* below = nullptr;
thread_local int last_errno = 0;

struct File {
  sqlite3_file base;  // first, as SQLite wants it; the system's stands right behind the File
  std::string* path;
  bool names_folder;  // its first sync is its folder's, too, as SQLite's own VFS does it
};

File& ours(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&ours(file) + 1); }

// How SQLite calls it when the system answers so.
int code_of(int error, int otherwise) {
  last_errno = error;
  return error == ENOSPC ? SQLITE_FULL : otherwise;
}

int close(sqlite3_file* file) {
  delete ours(file).path;
  const int code = real(file)->pMethods->xClose(real(file));
  file->pMethods = nullptr;
  return code;
}
int read(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), into, amount, offset);
}
int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  if (const int error = the_disk->step()) return code_of(error, SQLITE_IOERR_WRITE);
  const int code = real(file)->pMethods->xWrite(real(file), from, amount, offset);
  if (code == SQLITE_OK)
    the_disk->wrote(*ours(file).path, offset, {static_cast<const char*>(from), static_cast<std::size_t>(amount)});
  return code;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int error = the_disk->step()) return code_of(error, SQLITE_IOERR_TRUNCATE);
  const int code = real(file)->pMethods->xTruncate(real(file), size);
  if (code == SQLITE_OK) the_disk->truncated(*ours(file).path, size);
  return code;
}
int sync(sqlite3_file* file, int) {
  if (const int error = the_disk->step()) return code_of(error, SQLITE_IOERR_FSYNC);
  the_disk->synced(*ours(file).path);
  if (ours(file).names_folder) the_disk->folder_synced(std::filesystem::path(*ours(file).path).parent_path().string());
  ours(file).names_folder = false;
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int is_reserved(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int op, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), op, argument);
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

constexpr sqlite3_io_methods methods{
    2,           close,   read,        write,           truncate,   sync,        file_size, lock,         unlock,
    is_reserved, control, sector_size, characteristics, map_shared, lock_shared, barrier,   unmap_shared, nullptr,
    nullptr};

int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  // Temporary files matter to nobody after a cut.
  constexpr int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  if (name == nullptr || (flags & kept) == 0) return below->xOpen(below, name, file, flags, flags_out);
  const bool changes = (flags & SQLITE_OPEN_READWRITE) != 0;
  if (changes)
    if (const int error = the_disk->step()) return code_of(error, SQLITE_CANTOPEN);
  std::error_code error;
  const bool there = std::filesystem::exists(name, error);
  const int code = below->xOpen(below, name, real(file), flags, flags_out);
  if (code != SQLITE_OK) return code;
  auto* one = new (file) File{};
  one->path = new std::string(name);
  one->names_folder = !there && (flags & SQLITE_OPEN_MAIN_DB) == 0;
  one->base.pMethods = &methods;
  if (!there && changes) the_disk->made(name);
  return code;
}
int remove(sqlite3_vfs*, const char* name, int sync_folder) {
  if (const int error = the_disk->step()) return code_of(error, SQLITE_IOERR_DELETE);
  const int code = below->xDelete(below, name, 0);
  if (code != SQLITE_OK) return code;
  the_disk->removed(name);
  if (sync_folder != 0) the_disk->folder_synced(std::filesystem::path(name).parent_path().string());
  return code;
}
int last_error(sqlite3_vfs*, int size, char* into) {
  if (last_errno == 0) return below->xGetLastError(below, size, into);
  const int error = last_errno;
  last_errno = 0;
  return error;
}

}  // namespace

void register_vfs(Disk& disk) {
  the_disk = &disk;
  sqlite3_initialize();
  below = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs vfs;
  vfs = *below;  // what it does not change are the system's own functions, which look at no VFS
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
  vfs.pNext = nullptr;
  vfs.zName = "patchbay_disk";
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xGetLastError = last_error;
  sqlite3_vfs_register(&vfs, 1);
}

}  // namespace patchbay::faults
