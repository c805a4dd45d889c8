#include "store/sqlite/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace patchbay::store::sqlite {

namespace {

tl::unexpected<Error> system_failure(std::string doing, const std::filesystem::path& path, int error) {
  return failure(ErrorCode::unavailable,
                 std::move(doing) + " " + path.string() + ": " + std::generic_category().message(error),
                 "let the user who runs patchbay write there, and see that the disk has space");
}

}  // namespace

std::optional<std::string_view> remote_file_system(std::uint64_t type) {
  struct Known {
    std::uint64_t type;
    std::string_view name;
  };
  // The numbers of statfs(2) and the kernel's magic.h.
  static constexpr std::array<Known, 8> known{{{0x6969, "NFS"},
                                               {0x517b, "SMB"},
                                               {0xff534d42, "CIFS"},
                                               {0xfe534d42, "SMB2"},
                                               {0x65735546, "FUSE"},
                                               {0x01021997, "9P"},
                                               {0x00c36400, "Ceph"},
                                               {0x5346414f, "AFS"}}};
  for (const Known& one : known) {
    if (one.type == (type & 0xffffffff)) return one.name;  // f_type is signed on some machines
  }
  return std::nullopt;
}

Status refuse_remote(const std::filesystem::path& folder) {
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) return system_failure("looking at", folder, errno);
  if (const auto name = remote_file_system(static_cast<std::uint64_t>(found.f_type))) {
    return failure(ErrorCode::invalid,
                   "opening the store in " + folder.string() + ": the folder is on " + std::string(*name) +
                       ", and SQLite's log needs memory that is shared on one machine, which it does not give",
                   "put the store on a local disk");
  }
  return {};
}

Status make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) {
    std::filesystem::create_directories(folder.parent_path(), error);
    if (error) return system_failure("making the folder", folder.parent_path(), error.value());
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_failure("making the folder", folder, errno);
  if (!std::filesystem::is_directory(folder, error)) return system_failure("making the folder", folder, ENOTDIR);
  return {};
}

Status make_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_failure("making the file", file, errno);
  ::close(descriptor);
  return {};
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_failure("making the file", file, errno);
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_failure("locking", file, errno);
    return failure(ErrorCode::conflict, "opening the store in " + folder.string() + ": another gateway holds it",
                   "end that gateway, or name another folder in the settings at /store/sqlite");
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace patchbay::store::sqlite
