// The part of confine() that says which files may be used. Landlock is called as a system call, since the C library has
// no functions for it; its newer rights are written out here, since Debian 12's headers do not have them all.
#include "worker/confine.hpp"

#include "plugin/sealed_file.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace patchbay::worker {
namespace {

using plugin::Descriptor;

constexpr std::uint64_t truncate = 1U << 14U;              // version 3
constexpr std::uint64_t control_devices = 1U << 15U;       // version 5
constexpr std::uint64_t bind_and_connect_tcp = 3;          // version 4
constexpr std::uint64_t abstract_sockets_and_signals = 3;  // version 6

constexpr std::uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REFER | truncate;
// Those that make sense for a file; asking for others there is an error.
constexpr std::uint64_t of_files =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | truncate;

struct Ruleset {
  std::uint64_t files, network, scopes;
};

Ruleset handled_by(long version) {
  Ruleset all{LANDLOCK_ACCESS_FS_MAKE_SYM | (LANDLOCK_ACCESS_FS_MAKE_SYM - 1), 0, 0};  // all rights of version 1
  if (version >= 2) all.files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) all.files |= truncate;
  if (version >= 4) all.network = bind_and_connect_tcp;
  if (version >= 5) all.files |= control_devices;
  if (version >= 6) all.scopes = abstract_sockets_and_signals;
  return all;
}

// What loading a library and telling the time of a place take.
constexpr std::array<const char*, 9> always_readable{"/lib",         "/lib64",         "/usr/lib",
                                                     "/usr/lib64",   "/usr/local/lib", "/etc/ld.so.cache",
                                                     "/dev/urandom", "/etc/localtime", "/usr/share/zoneinfo"};

std::string reason() { return std::generic_category().message(errno); }

Status allow(const Descriptor& ruleset, const std::string& path, std::uint64_t rights) {
  const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat facts {};
  if (place.number() < 0 || ::fstat(place.number(), &facts) != 0) return failure(ErrorCode::not_found, reason());
  if (!S_ISDIR(facts.st_mode)) rights &= of_files;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = place.number();
  if (::syscall(SYS_landlock_add_rule, ruleset.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return failure(ErrorCode::denied, reason());
  return {};
}

Status allow_all(const Descriptor& ruleset, const std::vector<std::string>& paths, std::uint64_t rights) {
  for (const std::string& path : paths)
    if (Status allowed = allow(ruleset, path, rights); !allowed)
      return failure(ErrorCode::unavailable, "letting the plugin use " + path + ": " + allowed.error().reason,
                     "make the folder, and let the user that Patchbay runs as use it");
  return {};
}

}  // namespace

Result<std::vector<std::string>> confine_files(const std::vector<std::string>& readable,
                                               const std::vector<std::string>& writable) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1)
    return std::vector<std::string>{"confining files: this kernel has no Landlock, or it is switched off (" + reason() +
                                    "), so that the plugin may read what the gateway's user may read"};
  const Ruleset handled = handled_by(version);
  const Descriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (ruleset.number() < 0) return std::vector<std::string>{"confining files: " + reason()};
  for (const char* path : always_readable)
    static_cast<void>(allow(ruleset, path, reading & handled.files));  // not every system has each of them
  PATCHBAY_CHECK(allow_all(ruleset, readable, reading & handled.files));
  PATCHBAY_CHECK(allow_all(ruleset, writable, writing & handled.files));
  if (::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) != 0)
    return std::vector<std::string>{"confining files: " + reason()};
  return std::vector<std::string>{};
}

}  // namespace patchbay::worker
