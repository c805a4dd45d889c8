#include "cli/check_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace patchbay::cli {
namespace {

[[noreturn]] void become(char* const* parameters, int output) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv("/proc/self/exe", parameters);
  ::_exit(127);
}

// True once the process has ended, false at the deadline.
bool ends_within(pid_t child, std::chrono::seconds limit) {
  const auto number = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (number < 0) return true;  // an old kernel: it is waited for without a limit, and has one on processor time
  pollfd one{number, POLLIN, 0};
  const auto end = std::chrono::steady_clock::now() + limit;
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    ready = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  } while (ready < 0 && errno == EINTR);
  ::close(number);
  return ready > 0;
}

void set_limit(decltype(RLIMIT_CPU) which, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(which, &limit) != 0) return;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most) limit.rlim_max = most;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(which, &limit);
}

}  // namespace

Result<Ended> run_apart(const std::vector<std::string>& parameters, const std::string& output,
                        std::chrono::seconds limit) {
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0)
    return failure(ErrorCode::unavailable, "writing " + output + ": " + std::strerror(errno),
                   "free space on that disk");
  std::vector<std::string> words{"patchbay"};
  words.insert(words.end(), parameters.begin(), parameters.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const auto from = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) become(pointers.data(), file);
  ::close(file);
  if (child < 0)
    return failure(ErrorCode::unavailable, std::string("starting a process: ") + std::strerror(errno),
                   "raise the limit of processes");
  Ended ended;
  if (!ends_within(child, limit)) ended.how = Ended::How::by_timeout;
  // The leader is not reaped yet, so that its number is still that of its group, and of no other.
  ::kill(-child, SIGKILL);
  ::kill(child, ended.how == Ended::How::by_timeout ? SIGKILL : 0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - from);
  if (ended.how == Ended::How::by_timeout) return ended;
  ended.how = WIFSIGNALED(status) ? Ended::How::by_signal : Ended::How::by_itself;
  ended.number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return ended;
}

void limit_resources(std::chrono::seconds processor_time) {
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, 256);
  set_limit(RLIMIT_FSIZE, rlim_t{256} << 20U);
  set_limit(RLIMIT_CPU, static_cast<rlim_t>(processor_time.count()));
#ifndef PATCHBAY_SANITIZED
  set_limit(RLIMIT_AS, rlim_t{4} << 30U);  // sanitizers map more than there is
#endif
}

}  // namespace patchbay::cli
