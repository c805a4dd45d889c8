#include "plugin/worker_process.hpp"

#include "plugin/frame_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

namespace patchbay::plugin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_lines = 100;
constexpr std::size_t longest_line = 1000;
// Above those that the worker gets, so that none is overwritten while they are put in place.
constexpr int first_apart = 16;

std::string reason(int number) { return std::generic_category().message(number); }

Result<Descriptor> apart(int number) {
  Descriptor copy(::fcntl(number, F_DUPFD_CLOEXEC, first_apart));
  if (copy.number() < 0)
    return failure(ErrorCode::unavailable, "starting a worker: " + reason(errno), "raise the limit of open files");
  return copy;
}

struct Pipe {
  Descriptor reading, writing;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure(ErrorCode::unavailable, "making a pipe: " + reason(errno), "raise the limit of open files");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  ::fcntl(pipe.reading.number(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// What posix_spawn does in the new process, in order.
class Actions {
 public:
  Actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  void put(const Descriptor& from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from.number(), to); }
  void close_from(int number) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, number); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::vector<pid_t> threads_of(pid_t process) {
  std::vector<pid_t> threads;
  std::error_code error;
  for (fs::directory_iterator at("/proc/" + std::to_string(process) + "/task", error), end; !error && at != end;
       at.increment(error))
    threads.push_back(static_cast<pid_t>(std::atoi(at->path().filename().c_str())));
  return threads;
}

int niceness_of(Claim claim) {
  switch (claim) {
    case Claim::usual:
      return usual_niceness;
    case Claim::small:
      return 10;
    case Claim::smallest:
      break;
  }
  return 15;
}

// What sched_setattr(2) takes, of which the C library has no declaration.
struct SchedulingOfThread {
  std::uint32_t size = sizeof(SchedulingOfThread);
  std::uint32_t policy = 0;  // SCHED_OTHER
  std::uint64_t flags = 0;
  std::int32_t nice = usual_niceness;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // the slice in nanoseconds; zero = the kernel's own
  std::uint64_t deadline = 0, period = 0;
};
constexpr std::uint64_t longest_slice = 100'000'000;

}  // namespace

Result<Descriptor> open_worker_program() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  const std::array candidates{folder / "patchbay-worker", folder / "../libexec/patchbay/patchbay-worker"};
  for (const fs::path& candidate : candidates) {
    Descriptor program(::open(candidate.c_str(), O_RDONLY | O_CLOEXEC));
    if (program.number() >= 0) return apart(program.number());
  }
  return failure(ErrorCode::not_found,
                 "starting a worker: the program is neither at " + candidates[0].string() + " nor at " +
                     candidates[1].lexically_normal().string(),
                 "install patchbay-worker beside patchbay");
}

Result<WorkerProcess> start_worker(const Descriptor& program, const Descriptor& library, const std::string& name,
                                   Claim claim) {
  auto [near, far] = PATCHBAY_TRY(FrameSocket::pair());
  Pipe errors = PATCHBAY_TRY(make_pipe());
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::array<std::pair<int, int>, 6> places{{{nothing.number(), 0},
                                                   {nothing.number(), 1},
                                                   {errors.writing.number(), 2},
                                                   {far.number(), 3},
                                                   {library.number(), 4},
                                                   {program.number(), 5}}};
  Actions actions;
  std::vector<Descriptor> kept;
  for (const auto& [from, to] : places) actions.put(kept.emplace_back(PATCHBAY_TRY(apart(from))), to);
  actions.close_from(static_cast<int>(places.size()));

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::string program_name = "patchbay-worker", shown = name;
  const std::array<char*, 3> arguments{program_name.data(), shown.data(), nullptr};
  const std::array<char*, 1> environment{nullptr};
  WorkerProcess process;
  // As fexecve(3) does it, in the new process, whose descriptor 5 the program is.
  const int failed =
      ::posix_spawn(&process.id, "/proc/self/fd/5", actions.get(), &attributes, arguments.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return failure(ErrorCode::unavailable, "starting a worker: " + reason(failed),
                   "let the gateway's user start more processes");
  set_claim(process.id, claim);
  process.socket = std::move(near);
  process.errors = std::move(errors.reading);
  return process;
}

void set_claim(pid_t process, Claim claim) {
  SchedulingOfThread wanted;
  wanted.runtime = claim == Claim::usual ? 0 : longest_slice;
  for (const pid_t thread : threads_of(process)) ::syscall(SYS_sched_setattr, thread, &wanted, 0);
  const Descriptor group(::open(("/proc/" + std::to_string(process) + "/autogroup").c_str(), O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(niceness_of(claim));
  if (group.number() >= 0) static_cast<void>(::write(group.number(), text.data(), text.size()) != 0);
}

std::chrono::nanoseconds time_on_processor(pid_t id) {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(id, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return std::chrono::nanoseconds{0};
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

std::chrono::nanoseconds time_in_run_queue(pid_t id) {
  std::chrono::nanoseconds longest{0};
  for (const pid_t thread : threads_of(id)) {
    // Time on a processor, time of waiting for one, and how often (Documentation/scheduler/sched-stats.rst).
    std::ifstream file("/proc/" + std::to_string(id) + "/task/" + std::to_string(thread) + "/schedstat");
    std::chrono::nanoseconds::rep ran = 0, waited = 0;
    if (file >> ran >> waited) longest = std::max(longest, std::chrono::nanoseconds{waited});
  }
  return longest;
}

std::string end_worker(pid_t id, std::chrono::milliseconds patience) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, id, 0U)));
  pollfd gone{.fd = process.number(), .events = POLLIN, .revents = 0};
  const bool stayed = ::poll(&gone, 1, static_cast<int>(patience.count())) != 1;
  if (stayed) ::kill(id, SIGKILL);
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  if (stayed) return "it was ended by the host";
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return "it was ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "it ended by itself with status " + std::to_string(WEXITSTATUS(status));
}

std::string LastLines::keep(std::string line) {
  if (line.size() > longest_line) line = line.substr(0, longest_line) + "...";
  lines_.push_back(line);
  if (lines_.size() > most_lines) lines_.pop_front();
  return line;
}

std::vector<std::string> LastLines::add(std::string_view part) {
  std::vector<std::string> whole;
  for (std::size_t end = part.find('\n'); end != std::string_view::npos; end = part.find('\n')) {
    begun_.append(part.substr(0, end));
    whole.push_back(keep(std::exchange(begun_, {})));
    part.remove_prefix(end + 1);
  }
  // A line without an end takes no more memory than one that is cut.
  begun_.append(part.substr(0, longest_line + 1 - std::min(begun_.size(), longest_line + 1)));
  return whole;
}

std::vector<std::string> LastLines::finish() {
  if (begun_.empty()) return {};
  return {keep(std::exchange(begun_, {}))};
}

}  // namespace patchbay::plugin
