// How a worker gives up what a plugin must not have, before any code of the plugin runs.
//
// In this order: resource limits, capabilities, no_new_privs, Landlock (landlock(7)), a filter of system calls
// (seccomp(2)). Refused to every plugin: sockets, programs, processes, signals to others, debugging, mounts, io_uring.
// Files: what programs need to load libraries may be read, and beyond that what the manifest asks for below paths that
// the settings name. Where no path may be written, opening for writing is refused by the filter, too, so that it also
// holds on a kernel without Landlock; there, reading is not confined, which is reported.
//
// RLIMIT_FSIZE is the largest payload and not zero, since it also bounds the files in memory in which a worker hands
// large payloads over. RLIMIT_NPROC counts all tasks of the user, so it only stops a flood of threads; the memory limit
// stops it earlier.
//
// [load] Once, with one thread: Landlock and the filter hold for the calling thread and what it starts. The error is a
// path that cannot be allowed, or with `strict` whatever could not be enforced.
#pragma once

#include "base/result.hpp"
#include "plugin/frame_tables.hpp"

#include <string>
#include <vector>

namespace patchbay::worker {

// What could not be enforced: a sentence each.
[[nodiscard]] Result<std::vector<std::string>> confine(const plugin::Setup& setup);

// The parts of it. Each tells what it could not do.
[[nodiscard]] Result<std::vector<std::string>> confine_files(const std::vector<std::string>& readable,
                                                             const std::vector<std::string>& writable);

enum class FileWriting : std::uint8_t { refused, allowed };
[[nodiscard]] std::vector<std::string> filter_system_calls(FileWriting writing);

}  // namespace patchbay::worker
