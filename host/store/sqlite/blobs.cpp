#include "store/sqlite/blobs.hpp"

#include "base/fault_points.hpp"
#include "store/sqlite/folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace patchbay::store::sqlite {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> system_failure(std::string_view doing, const std::filesystem::path& path, int error) {
  return failure(ErrorCode::unavailable,
                 std::string(doing) + " " + path.string() + ": " + std::generic_category().message(error),
                 "free space on its disk and let the user who runs patchbay write there; work goes on by itself");
}

Status write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("writing", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.number() < 0) return system_failure("opening", folder, errno);
  if (::fsync(descriptor.number()) != 0) return system_failure("syncing", folder, errno);
  return {};
}

Status write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path unfinished = path;
  unfinished += ".part";
  {
    const Descriptor descriptor(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (descriptor.number() < 0) return system_failure("making", unfinished, errno);
    PATCHBAY_CRASH_POINT("blobs.before_write");
    Status written = write_all(descriptor.number(), bytes, unfinished);
    PATCHBAY_CRASH_POINT("blobs.before_sync");
    if (written && ::fsync(descriptor.number()) != 0) written = system_failure("syncing", unfinished, errno);
    if (!written) {
      ::unlink(unfinished.c_str());
      return written;
    }
  }
  PATCHBAY_CRASH_POINT("blobs.before_rename");
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return system_failure("naming", path, errno);
  return {};
}

}  // namespace

std::filesystem::path Blobs::path_of(const Digest32& sha256) const {
  const std::string name = hex(bytes_of(sha256));
  return folder_ / name.substr(0, 2) / name;
}

Result<Digest32> Blobs::put(std::string_view bytes) {
  const Digest32 sha256 = patchbay::sha256(bytes);
  const std::filesystem::path path = path_of(sha256);
  struct stat found {};
  const bool there = ::stat(path.c_str(), &found) == 0 && static_cast<std::uint64_t>(found.st_size) == bytes.size();
  if (!there) {
    PATCHBAY_CHECK(make_folder(folder_));
    PATCHBAY_CHECK(make_folder(path.parent_path()));
    PATCHBAY_CHECK(write_file(path, bytes));
  }
  // Also for a file that is there: the sync after its renaming may have failed.
  PATCHBAY_CRASH_POINT("blobs.before_folder_sync");
  PATCHBAY_CHECK(sync_folder(path.parent_path()));
  PATCHBAY_CHECK(sync_folder(folder_));
  PATCHBAY_CHECK(sync_folder(folder_.parent_path()));
  PATCHBAY_CRASH_POINT("blobs.after_folder_sync");
  return sha256;
}

Result<std::string> Blobs::get(const Digest32& sha256) const {
  const std::filesystem::path path = path_of(sha256);
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number() < 0) {
    if (errno != ENOENT) return system_failure("opening", path, errno);
    return failure(ErrorCode::corrupt, "reading " + path.string() + ": the file is missing", "restore the last backup");
  }
  struct stat found {};
  if (::fstat(descriptor.number(), &found) != 0) return system_failure("reading", path, errno);
  std::string bytes(static_cast<std::size_t>(found.st_size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ::ssize_t got = ::read(descriptor.number(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading", path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (have != bytes.size() || patchbay::sha256(bytes) != sha256) {
    return failure(ErrorCode::corrupt, "reading " + path.string() + ": the content is not what its name says",
                   "restore the file from the last backup");
  }
  return bytes;
}

}  // namespace patchbay::store::sqlite
