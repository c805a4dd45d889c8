#include "store/sqlite/blobs.hpp"

#include "base/fault_points.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace patchbay::store::sqlite {

namespace {

constexpr const char* restore_remedy = "copy the file of that name back from blobs/ of a backup";

}  // namespace

std::filesystem::path Blobs::path_of(const Digest32& sha256) const {
  const std::string name = hex(bytes_of(sha256));
  return folder_ / name.substr(0, 2) / name;
}

Result<Digest32> Blobs::put(std::string_view bytes) {
  const Digest32 sha256 = patchbay::sha256(bytes);
  const std::filesystem::path path = path_of(sha256);
  // A file whose content went bad on the disk is written again: the right content is at hand.
  if (const auto there = get(sha256); !there) {
    PATCHBAY_CHECK(make_folder_in(*files_, folder_));
    PATCHBAY_CHECK(make_folder_in(*files_, path.parent_path()));
    PATCHBAY_CHECK(write_file(*files_, path, bytes));
  }
  // Also for a file that is there: the sync after its renaming may have failed.
  PATCHBAY_CRASH_POINT("blobs.before_folder_sync");
  PATCHBAY_CHECK(sync_folder(*files_, path.parent_path()));
  PATCHBAY_CHECK(sync_folder(*files_, folder_));
  PATCHBAY_CHECK(sync_folder(*files_, folder_.parent_path()));
  PATCHBAY_CRASH_POINT("blobs.after_folder_sync");
  return sha256;
}

Result<std::string> Blobs::get(const Digest32& sha256) const {
  const std::filesystem::path path = path_of(sha256);
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number() < 0) {
    if (errno != ENOENT) return system_failure("opening", path, errno);
    return failure(ErrorCode::corrupt, "reading " + path.string() + ": the file is missing", restore_remedy);
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
                   restore_remedy);
  }
  return bytes;
}

}  // namespace patchbay::store::sqlite
