#include "plugin/sealed_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace patchbay::plugin {
namespace {

std::string error_text(int number) { return std::generic_category().message(number); }

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EACCES:
    case EPERM:
      return ErrorCode::denied;
    default:
      return ErrorCode::unavailable;
  }
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Result<int> open_here(int folder, const std::string& name) {
  // Not blocking, so that a named pipe cannot hold the host up; no regular file minds.
  const int file = ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file >= 0) return file;
  const int number = errno;
  return failure(code_of(number), number == ELOOP ? "it is a symbolic link to a link" : error_text(number),
                 number == EACCES ? "let the user that Patchbay runs as read it" : "");
}

// The link's target, or the name itself where it is no link.
Result<std::string> without_link(int folder, const std::string& name) {
  std::array<char, 256> target{};
  const ssize_t length = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  if (length < 0) return name;
  std::string found(target.data(), static_cast<std::size_t>(length));
  if (static_cast<std::size_t>(length) == target.size() || !is_plain_name(found))
    return failure(ErrorCode::denied, "it is a symbolic link out of the plugin's folder",
                   "put the file itself into the folder");
  return found;
}

struct Opened {
  Descriptor file;
  std::uint64_t size;
};

Result<Opened> open_in(const std::filesystem::path& folder, const std::string& name, std::uint64_t limit) {
  if (!is_plain_name(name))
    return failure(ErrorCode::invalid, "expected the name of a file in the plugin's folder",
                   "write it without a slash");
  const Descriptor directory(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) return failure(code_of(errno), error_text(errno));
  const std::string target = PATCHBAY_TRY(without_link(directory.number(), name));
  Descriptor file(PATCHBAY_TRY(open_here(directory.number(), target)));
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) return failure(ErrorCode::unavailable, error_text(errno));
  if (!S_ISREG(facts.st_mode))
    return failure(ErrorCode::invalid,
                   S_ISDIR(facts.st_mode) ? "expected a file, found a folder" : "it is no regular file",
                   "put the file itself there");
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size > limit)
    return failure(
        ErrorCode::invalid,
        "it has " + std::to_string(size) + " bytes, of which at most " + std::to_string(limit) + " are taken",
        "make it smaller; a library shrinks when it is stripped");
  return Opened{std::move(file), size};
}

// Hands the file's parts to `take` until its end, or until it has grown past the limit.
template <class Take>
Status read_parts(int file, std::uint64_t limit, Take take) {
  std::array<char, 65536> part;
  std::uint64_t taken = 0;
  for (;;) {
    const ssize_t length = ::read(file, part.data(), part.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return failure(ErrorCode::unavailable, error_text(errno));
    if (length == 0) return {};
    taken += static_cast<std::uint64_t>(length);
    if (taken > limit) return failure(ErrorCode::unavailable, "it grew while it was read", "try again");
    PATCHBAY_CHECK(take(std::string_view(part.data(), static_cast<std::size_t>(length))));
  }
}

Status write_all(int file, std::string_view part) {
  while (!part.empty()) {
    const ssize_t length = ::write(file, part.data(), part.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return failure(ErrorCode::unavailable, "copying it into memory: " + error_text(errno));
    part.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

Result<Descriptor> make_memory_file(const std::string& name) {
#ifndef MFD_EXEC
  constexpr unsigned MFD_EXEC = 0x0010;  // Linux 6.3; asked for first, since a system may forbid files without it
#endif
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int file = ::memfd_create(name.c_str(), flags | MFD_EXEC);
  if (file < 0 && errno == EINVAL) file = ::memfd_create(name.c_str(), flags);
  if (file < 0) return failure(ErrorCode::unavailable, "making a file in memory: " + error_text(errno));
  return Descriptor(file);
}

constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

Result<Descriptor> sealed(Descriptor memory) {
  if (::fcntl(memory.number(), F_ADD_SEALS, all_seals) != 0)
    return failure(ErrorCode::unavailable, "sealing the copy in memory: " + error_text(errno));
  return memory;
}

}  // namespace

Result<Mapping> Mapping::of(const Descriptor& file) {
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) return failure(ErrorCode::unavailable, error_text(errno));
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return Mapping({});
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (at == MAP_FAILED) return failure(ErrorCode::unavailable, "mapping it: " + error_text(errno));
  return Mapping({static_cast<const std::uint8_t*>(at), size});
}

Result<Mapping> Mapping::of_sealed(const Descriptor& file, std::size_t length) {
  constexpr int needed = F_SEAL_SHRINK | F_SEAL_WRITE;
  const int seals = ::fcntl(file.number(), F_GET_SEALS);
  if (seals < 0 || (seals & needed) != needed)
    return failure(ErrorCode::invalid, "reading a file in memory: it is not sealed");
  auto mapping = PATCHBAY_TRY(of(file));
  if (mapping.bytes().size() != length)
    return failure(ErrorCode::invalid, "reading a file in memory: expected " + std::to_string(length) +
                                           " bytes, found " + std::to_string(mapping.bytes().size()));
  return mapping;
}

Mapping::Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Mapping::~Mapping() {
  if (!bytes_.empty()) ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

Result<std::string> read_text(const std::filesystem::path& folder, const std::string& name, std::uint64_t limit) {
  const Opened opened = PATCHBAY_TRY(open_in(folder, name, limit));
  std::string text;
  text.reserve(static_cast<std::size_t>(opened.size));
  PATCHBAY_CHECK(read_parts(opened.file.number(), limit, [&](std::string_view part) -> Status {
    text.append(part);
    return {};
  }));
  return text;
}

Result<Descriptor> read_sealed(const std::filesystem::path& folder, const std::string& name, std::uint64_t limit) {
  const Opened opened = PATCHBAY_TRY(open_in(folder, name, limit));
  Descriptor memory = PATCHBAY_TRY(make_memory_file(name.substr(0, 200)));
  PATCHBAY_CHECK(
      read_parts(opened.file.number(), limit, [&](std::string_view part) { return write_all(memory.number(), part); }));
  return sealed(std::move(memory));
}

Result<Descriptor> sealed_copy(const std::string& name, std::string_view bytes) {
  Descriptor memory = PATCHBAY_TRY(make_memory_file(name));
  PATCHBAY_CHECK(write_all(memory.number(), bytes));
  return sealed(std::move(memory));
}

}  // namespace patchbay::plugin
