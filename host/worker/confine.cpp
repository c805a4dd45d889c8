#include "worker/confine.hpp"

#include "plugin/frame.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace patchbay::worker {
namespace {

constexpr rlim_t most_files = 256;
constexpr rlim_t most_files_with_streams = 4096;
constexpr rlim_t most_tasks = 4096;
// Above the limit of data: libraries, shared memory, the reserves of malloc.
constexpr std::uint64_t more_addresses = std::uint64_t{1} << 30U;

#ifdef PATCHBAY_SANITIZED
constexpr bool memory_can_be_limited = false;  // sanitizers reserve terabytes of addresses
#else
constexpr bool memory_can_be_limited = true;
#endif

using Missing = std::vector<std::string>;

std::string reason() { return std::generic_category().message(errno); }

struct Limit {
  __rlimit_resource resource;
  const char* what;
  rlim_t most;
};

void lower(const Limit& limit, Missing& missing) {
  rlimit now{};
  bool is_set = ::getrlimit(limit.resource, &now) == 0;
  now.rlim_max = std::min(now.rlim_max, limit.most);  // RLIM_INFINITY is the largest number
  now.rlim_cur = now.rlim_max;
  is_set = is_set && ::setrlimit(limit.resource, &now) == 0;
  if (!is_set) missing.push_back(std::string("limiting ") + limit.what + ": " + reason());
}

void limit_resources(const plugin::Setup& setup, Missing& missing) {
  lower({RLIMIT_NOFILE, "open files", setup.streams ? most_files_with_streams : most_files}, missing);
  lower({RLIMIT_NPROC, "threads", most_tasks}, missing);
  lower({RLIMIT_CORE, "core dumps", 0}, missing);
  lower({RLIMIT_MEMLOCK, "locked memory", 0}, missing);
  lower({RLIMIT_MSGQUEUE, "message queues", 0}, missing);
  if (setup.writable.empty()) lower({RLIMIT_FSIZE, "the size of files", plugin::largest_payload}, missing);
  if (setup.cpu_seconds != 0) lower({RLIMIT_CPU, "CPU time", setup.cpu_seconds}, missing);
  if constexpr (memory_can_be_limited) {
    lower({RLIMIT_DATA, "memory", setup.memory_bytes}, missing);
    lower({RLIMIT_AS, "addresses", setup.memory_bytes + more_addresses}, missing);
  } else {
    missing.emplace_back("limiting memory: this build has a sanitizer, which needs more");
  }
}

void drop_capabilities(Missing& missing) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) missing.push_back("dropping capabilities: " + reason());
}

void add(Missing more, Missing& missing) {
  for (std::string& one : more) missing.push_back(std::move(one));
}

}  // namespace

Result<Missing> confine(const plugin::Setup& setup) {
  Missing missing;
  limit_resources(setup, missing);
  drop_capabilities(missing);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) missing.push_back("giving up new privileges: " + reason());
  add(PATCHBAY_TRY(confine_files(setup.readable, setup.writable)), missing);
  add(filter_system_calls(setup.writable.empty() ? FileWriting::refused : FileWriting::allowed), missing);
  if (!setup.strict || missing.empty()) return missing;
  std::string all;
  for (const std::string& one : missing) all += (all.empty() ? "" : "; ") + one;
  return failure(ErrorCode::denied, "confining the worker, on which its manifest insists (\"strict\"): " + all,
                 "run it on a kernel that has all of it, or let the operator choose isolation: in_process");
}

}  // namespace patchbay::worker
