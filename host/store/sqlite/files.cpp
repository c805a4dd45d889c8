#include "store/sqlite/files.hpp"

#include "base/fault_points.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace patchbay::store::sqlite {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20U;

class SystemFiles final : public Files {
 public:
  int make(const char* path) override { return ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); }
  ssize_t write(int descriptor, const char* bytes, std::size_t size) override {
    return ::write(descriptor, bytes, size);
  }
  int sync(int descriptor) override { return ::fsync(descriptor); }
  int close(int descriptor) override { return ::close(descriptor); }
  int rename(const char* from, const char* to) override { return ::rename(from, to); }
  int unlink(const char* path) override { return ::unlink(path); }
  int make_folder(const char* path) override { return ::mkdir(path, 0700); }
  int sync_folder(const char* path) override {
    const Descriptor descriptor(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0) return -1;
    return ::fsync(descriptor.number());
  }
};

// A file that is being written; closed at the end, through the same calls.
class Writing {
 public:
  Writing(Files& files, const std::filesystem::path& path) : files_(files), number_(files.make(path.c_str())) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() {
    if (number_ >= 0) files_.close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  Files& files_;
  int number_;
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  [[nodiscard]] Digest32 end() {
    Digest32 digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

Status write_all(Files& files, int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = files.write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("writing", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Hands the file over piece by piece.
Status read_pieces(const std::filesystem::path& path, const std::function<Status(std::string_view)>& take) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number() < 0) return system_failure("opening", path, errno);
  std::vector<char> piece(piece_size);
  for (;;) {
    const ssize_t got = ::read(descriptor.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading", path, errno);
    if (got == 0) return {};
    PATCHBAY_CHECK(take({piece.data(), static_cast<std::size_t>(got)}));
  }
}

}  // namespace

Files& system_files() {
  static SystemFiles files;  // has no state
  return files;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

tl::unexpected<Error> system_failure(std::string_view doing, const std::filesystem::path& path, int error) {
  return failure(ErrorCode::unavailable,
                 std::string(doing) + " " + path.string() + ": " + std::generic_category().message(error),
                 "free space on its disk and let the user who runs patchbay write there; work goes on by itself");
}

Status sync_folder(Files& files, const std::filesystem::path& folder) {
  if (files.sync_folder(folder.c_str()) != 0) return system_failure("syncing", folder, errno);
  return {};
}

Status make_folder_in(Files& files, const std::filesystem::path& folder) {
  if (files.make_folder(folder.c_str()) != 0 && errno != EEXIST)
    return system_failure("making the folder", folder, errno);
  return {};
}

Status write_file(Files& files, const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path unfinished = path;
  unfinished += ".part";
  {
    const Writing file(files, unfinished);
    if (file.number() < 0) return system_failure("making", unfinished, errno);
    PATCHBAY_CRASH_POINT("blobs.before_write");
    Status written = write_all(files, file.number(), bytes, unfinished);
    PATCHBAY_CRASH_POINT("blobs.before_sync");
    if (written && files.sync(file.number()) != 0) written = system_failure("syncing", unfinished, errno);
    if (!written) {
      files.unlink(unfinished.c_str());
      return written;
    }
  }
  PATCHBAY_CRASH_POINT("blobs.before_rename");
  if (files.rename(unfinished.c_str(), path.c_str()) != 0) return system_failure("naming", path, errno);
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::string bytes;
  PATCHBAY_CHECK(read_pieces(path, [&](std::string_view piece) -> Status {
    bytes += piece;
    return {};
  }));
  return bytes;
}

Result<Digest32> digest_file(const std::filesystem::path& path, const std::function<void(std::uint64_t)>& each) {
  Sha256 sha256;
  PATCHBAY_CHECK(read_pieces(path, [&](std::string_view piece) -> Status {
    sha256.add(piece);
    each(piece.size());
    return {};
  }));
  return sha256.end();
}

Result<Digest32> copy_file(Files& files, const std::filesystem::path& from, const std::filesystem::path& to,
                           const std::function<void(std::uint64_t)>& each) {
  const Writing file(files, to);
  if (file.number() < 0) return system_failure("making", to, errno);
  Sha256 sha256;
  PATCHBAY_CHECK(read_pieces(from, [&](std::string_view piece) {
    sha256.add(piece);
    each(piece.size());
    return write_all(files, file.number(), piece, to);
  }));
  if (files.sync(file.number()) != 0) return system_failure("syncing", to, errno);
  return sha256.end();
}

}  // namespace patchbay::store::sqlite
