#include "folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace patchbay::file {
namespace {

// Personal data: for the user and the group that the operator gave the folder, and nobody else.
constexpr ::mode_t mode = 0640;

std::string said(int error) { return std::generic_category().message(error); }

const char* remedy_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space there, or raise the limit";
    case EACCES:
    case EPERM:
      return "let the user that Patchbay runs as write into that folder";
    case EROFS:
      return "mount it so that it can be written to";
    case ENOENT:
    case ENOTDIR:
      return "create the folder, or mount what belongs there";
    case EIO:
    case ESTALE:
      return "look at the disk, or at the server that it is on";
    default:
      return "look at the folder";
  }
}

// Calls it again when a signal came in between.
template <class Call>
auto patiently(Call&& call) {
  decltype(call()) result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

void sync_file(const Descriptor& file, std::string_view path) {
  if (patiently([&] { return ::fdatasync(file.number()); }) != 0) throw failed("syncing", path, errno);
}

void write_at(const Descriptor& file, std::uint64_t at, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ::ssize_t written =
        patiently([&] { return ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<::off_t>(at)); });
    if (written <= 0) throw failed("writing", path, written == 0 ? ENOSPC : errno);
    at += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Failure failed(std::string_view doing, std::string_view path, int error) {
  return Failure(Error{PB_TRANSIENT,
                       std::string(doing) + " " + std::string(path) + ": " + said(error) + "; " + remedy_of(error),
                       {},
                       {},
                       {}});
}

void Folder::check(const std::string& path) {
  struct ::stat status {};
  int error = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
  if (error == 0 && !S_ISDIR(status.st_mode)) error = ENOTDIR;
  if (error == 0 && ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0) error = errno;
  if (error != 0)
    throw invalid_settings("/folder", "looking at the folder " + path + ": " + said(error), remedy_of(error));
}

Folder::Folder(std::string path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!descriptor_) throw failed("opening the folder", path_, errno);
}

bool Folder::is_still_there() const {
  struct ::stat held {
  }, named{};
  return ::fstat(descriptor_.number(), &held) == 0 && ::stat(path_.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

std::optional<Descriptor> Folder::lock(const std::string& name) const {
  Descriptor file(::openat(descriptor_.number(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) throw failed("opening", path_of(name), errno);
  if (patiently([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) == 0) return file;
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw failed("locking", path_of(name), errno);
}

Descriptor Folder::create(const std::string& name) const {
  Descriptor file(
      ::openat(descriptor_.number(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) throw failed("creating", path_of(name), errno);
  sync();
  return file;
}

Descriptor Folder::open(const std::string& name) const {
  Descriptor file(::openat(descriptor_.number(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno != ENOENT) throw failed("opening", path_of(name), errno);
  return file;
}

bool Folder::has(const std::string& name) const {
  return ::faccessat(descriptor_.number(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

std::vector<std::string> Folder::names() const {
  const std::unique_ptr<::DIR, int (*)(::DIR*)> listing(::opendir(path_.c_str()), ::closedir);
  if (!listing) throw failed("reading the folder", path_, errno);
  std::vector<std::string> names;
  while (const ::dirent* entry = ::readdir(listing.get())) names.emplace_back(entry->d_name);
  return names;
}

std::string Folder::read(const std::string& name) const {
  const Descriptor file = open(name);
  return file ? read_all(file, path_of(name)) : std::string();
}

void Folder::replace(const std::string& name, std::string_view content) const {
  const std::string beside = name + ".new";
  const Descriptor file(
      ::openat(descriptor_.number(), beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) throw failed("creating", path_of(beside), errno);
  try {
    write_durably(file, 0, content, path_of(beside));
  } catch (const Failure&) {
    ::unlinkat(descriptor_.number(), beside.c_str(), 0);  // what it takes up may be what is missing
    throw;
  }
  rename(beside, name);
}

void Folder::rename(const std::string& from, const std::string& to) const {
  if (::renameat(descriptor_.number(), from.c_str(), descriptor_.number(), to.c_str()) != 0)
    throw failed("renaming", path_of(from), errno);
  sync();
}

void Folder::remove(const std::string& name) const {
  if (::unlinkat(descriptor_.number(), name.c_str(), 0) != 0 && errno != ENOENT)
    throw failed("removing", path_of(name), errno);
  sync();
}

// The names in it, as fsync of a file makes only its bytes durable.
void Folder::sync() const {
  if (patiently([&] { return ::fsync(descriptor_.number()); }) != 0) throw failed("syncing the folder", path_, errno);
}

std::string read_all(const Descriptor& file, std::string_view path) {
  struct ::stat status {};
  if (::fstat(file.number(), &status) != 0) throw failed("reading", path, errno);
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t length = 0;
  while (length < content.size()) {
    const ::ssize_t part = patiently([&] {
      return ::pread(file.number(), content.data() + length, content.size() - length, static_cast<::off_t>(length));
    });
    if (part < 0) throw failed("reading", path, errno);
    if (part == 0) break;
    length += static_cast<std::size_t>(part);
  }
  content.resize(length);
  return content;
}

void write_durably(const Descriptor& file, std::uint64_t at, std::string_view bytes, std::string_view path) {
  write_at(file, at, bytes, path);
  sync_file(file, path);
}

void cut_durably(const Descriptor& file, std::uint64_t length, std::string_view path) {
  if (patiently([&] { return ::ftruncate(file.number(), static_cast<::off_t>(length)); }) != 0)
    throw failed("cutting", path, errno);
  sync_file(file, path);
}

bool has_a_name(const Descriptor& file) {
  struct ::stat status {};
  return ::fstat(file.number(), &status) == 0 && status.st_nlink > 0;
}

}  // namespace patchbay::file
