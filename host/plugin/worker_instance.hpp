// An instance whose plugin runs in a worker process: the same Instance, with the process border in between.
//
// It has one thread, which starts the worker, reads its socket and calls the Services; each Done is called there. The
// functions of Instance send their frame on the caller's thread and wait for nothing; while the worker is slow frames
// queue up here. close() waits for the plugin, but not for ever: a worker that has not closed in time is ended.
//
// When the worker ends before it was closed, in whatever way, the instance is lost: requests that it had are answered
// 503; what it was to send ends with PB_TIMEOUT, since nobody knows whether it was taken, and what comes later with
// PB_STOPPING, since it never got there; what is to be rendered, judged or delivered may be tried again; each Done gets
// the error. Services::lost is told first: the signal, what the worker was given last and what it wrote last.
//
// A plugin that is busy with one call for longer than its manifest allows (limits.call_seconds) is ended, and lost. It
// is asked for a sign of life only while it has been given something.
#pragma once

#include "plugin/catalog.hpp"
#include "plugin/instance.hpp"
#include "plugin/sealed_file.hpp"
#include "plugin/services.hpp"

#include <memory>

namespace patchbay::plugin {

// Both descriptors are borrowed for the call.
struct WorkerFiles {
  const Descriptor& program;
  const Descriptor& library;  // sealed
};

// Starts a worker and opens the instance in it. The error is why no worker could be had or confined, or what the plugin
// reported, all mistakes joined.
[[nodiscard]] Result<std::unique_ptr<Instance>> open_in_worker(const WorkerFiles& files, const Manifest& manifest,
                                                               const OpenSettings& settings, Services& services);

}  // namespace patchbay::plugin
