// A child process that ends with its owner at the latest. One thread, which must be permanent: the child is killed when
// it ends. Throws where the system refuses.
#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::faults {

class Process {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // What it says on standard error is added to `log`.
  Process(const std::vector<std::string>& words, const Environment& environment, const std::string& log)
      : name_(words.front()), id_(::fork()) {
    if (id_ < 0) throw std::runtime_error("starting " + name_ + ": " + std::strerror(errno));
    if (id_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(descriptor, STDERR_FILENO);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (!end_) static_cast<void>(kill());
  }

  void signal(int number) const { ::kill(id_, number); }

  // How it ended, once it has.
  std::optional<int> ended() {
    if (!end_) look(WNOHANG);
    return end_;
  }
  int wait() {
    if (!end_) look(0);
    return *end_;
  }
  int kill() {
    signal(SIGKILL);
    return wait();
  }

  [[nodiscard]] std::string described(int end) const {
    if (WIFSIGNALED(end)) return name_ + " was ended by signal " + std::to_string(WTERMSIG(end));
    return name_ + " ended with status " + std::to_string(WEXITSTATUS(end));
  }

 private:
  void look(int how) {
    int end = 0;
    if (::waitpid(id_, &end, how) == id_) end_ = end;
  }

  std::string name_;
  pid_t id_;
  std::optional<int> end_;
};

}  // namespace patchbay::faults
