// Starting the worker program, hearing what it writes to standard error, and saying how it ended.
//
// The program is opened once and started from that descriptor, so that an upgrade on disk does not mix versions. It
// gets the descriptors that worker/serve.hpp names, an empty environment and a session of its own. Any thread; a worker
// ends with the thread that started it at the latest (prctl(2), PR_SET_PDEATHSIG), so that one must stay.
#pragma once

#include "plugin/sealed_file.hpp"

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::plugin {

// The program patchbay-worker beside the running one, or where it is installed.
[[nodiscard]] Result<Descriptor> open_worker_program();

struct WorkerProcess {
  pid_t id = -1;
  Descriptor socket, errors;  // errors: what it writes to standard error, not blocking
};

// What a worker may claim of the processor while others want it, too.
enum class Claim : std::uint8_t {
  usual,     // less than the host
  small,     // of one that is busy for long
  smallest,  // of one on probation
};
inline constexpr int usual_niceness = 5;

[[nodiscard]] Result<WorkerProcess> start_worker(const Descriptor& program, const Descriptor& library,
                                                 const std::string& name, Claim claim);

// Two things together. The niceness of its session (sched(7), autogroup), so that it does not count how many threads it
// has. And where the claim is less than usual, the longest slice for its threads (sched_setattr(2), from Linux 6.12):
// whoever wakes up with a shorter one goes first, and does not wait for the end of the slice in which this one is. What
// the kernel does not have makes no difference.
void set_claim(pid_t process, Claim claim);

// How long a thread of it could have run and had to wait for a processor since it was made: of the one that waited
// most. Zero where the kernel does not say.
[[nodiscard]] std::chrono::nanoseconds time_in_run_queue(pid_t id);

// What all of its threads have used.
[[nodiscard]] std::chrono::nanoseconds time_on_processor(pid_t id);

// Ends the process, unless it ends by itself within `patience`, and waits for that: "it was ended by signal 11
// (Segmentation fault)". One whose socket has closed is on its way out, but on a loaded machine that takes a while.
inline constexpr std::chrono::milliseconds for_its_farewell{500};
[[nodiscard]] std::string end_worker(pid_t id, std::chrono::milliseconds patience);

// The last lines of a stream, each cut where it would fill a screen.
class LastLines {
 public:
  // Gives the lines that are whole now.
  [[nodiscard]] std::vector<std::string> add(std::string_view part);
  // What stands without an end of line, as a line.
  [[nodiscard]] std::vector<std::string> finish();
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

 private:
  std::string keep(std::string line);

  std::deque<std::string> lines_;
  std::string begun_;
};

}  // namespace patchbay::plugin
