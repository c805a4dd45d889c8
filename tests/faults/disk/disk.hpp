// A disk that fails when it is told to, and that forgets what was not synced when its power is cut.
//
// It stands below SQLite as the default VFS and below the store's own files as their Files, over a real folder: reading
// and locking are the system's, and each call that makes, changes, syncs or names something passes through here, is
// counted, may be failed, and is remembered until it is synced.
//
// What a power cut leaves (save): of each file, what was synced, and of the writes since then, by the seed: none; those
// up to one of which only some sectors of 512 bytes arrived; or any of their sectors. A name is there if its folder was
// synced, or by the seed. SQLite's own VFS syncs the folder of a log together with the log, and so does this one.
//
// One per process, since SQLite's VFS is. [any-thread] between begin() and the next begin().
#pragma once

#include "store/sqlite/files.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace patchbay::faults {

enum class Lasting : std::uint8_t { once, until_mended };

struct Fault {
  std::uint64_t call = std::numeric_limits<std::uint64_t>::max();  // from 0; none
  int error = 0;                                                   // errno
  Lasting lasting = Lasting::once;
};

// A disk that says "synced" without doing it: what the harness must find out.
enum class Honesty : std::uint8_t { honest, forgets_syncs };

class Disk final : public store::sqlite::Files {
 public:
  // Registers itself below SQLite at the first use, which must come before the first database is opened.
  [[nodiscard]] static Disk& instance();

  // A new, empty disk over this folder.
  void begin(const std::filesystem::path& root, Fault fault = {}, Honesty honesty = Honesty::honest);
  // From this call on nothing arrives, and every call fails.
  void cut_power_at(std::uint64_t call);
  void mend();
  [[nodiscard]] std::uint64_t calls() const;
  [[nodiscard]] bool fired() const;  // the fault, or the cut
  [[nodiscard]] bool power_is_cut() const;
  void save(std::uint64_t seed, const std::filesystem::path& into) const;

  int make(const char* path) override;
  ssize_t write(int descriptor, const char* bytes, std::size_t size) override;
  int sync(int descriptor) override;
  int close(int descriptor) override;
  int rename(const char* from, const char* to) override;
  int unlink(const char* path) override;
  int make_folder(const char* path) override;
  int sync_folder(const char* path) override;

  // For the VFS: 0, or the errno with which this call is to fail.
  [[nodiscard]] int step();
  void made(const std::string& path);
  void wrote(const std::string& path, std::int64_t offset, std::string_view bytes);
  void truncated(const std::string& path, std::int64_t size);
  void synced(const std::string& path);
  void removed(const std::string& path);
  void folder_synced(const std::string& path);

 private:
  struct Change {
    std::int64_t offset = 0;
    std::string bytes;
    bool truncates = false;  // to `offset`
  };
  struct Inode {
    std::string durable;
    std::vector<Change> pending;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;  // null: a folder

  Disk() = default;
  void adopt(const std::string& folder);
  [[nodiscard]] bool below_root(const std::string& path) const;
  [[nodiscard]] static std::string apply(const std::string& content, const Change& change);

  mutable std::mutex mutex_;
  std::filesystem::path root_;
  Fault fault_;
  Honesty honesty_ = Honesty::honest;
  std::uint64_t cut_at_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t calls_ = 0;
  bool fired_ = false, mended_ = false, dead_ = false;
  Names now_, durable_;
  std::map<int, std::pair<std::string, std::int64_t>> open_;  // by descriptor: the path, and how much was written
};

}  // namespace patchbay::faults
