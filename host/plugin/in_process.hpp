// An instance whose plugin runs in this process.
//
// All calls to the plugin are made on one executor, under one lock: an own thread, or an executor that was given and
// outlives the instance; a plugin that offers run/1 gets an own thread in any case. close() is the exception, which
// makes the last calls on the caller's thread, after the current one has returned; it must not be called from within
// the instance's Services or another call of the plugin, but may be from a Done. Poll is called when start succeeded,
// and again after the time that it returned. Where a plugin offers run/1 as well, run is taken: it has the own thread
// for itself, and other calls are made inside of pb_host_run.next.
//
// What was on its way when the instance stopped: requests are answered 503; what is to be sent comes back with
// PB_STOPPING; what is to be rendered, judged or replayed is dropped unanswered, so that it stays in its queue.
// Failure: what the plugin reported while it was opened, checked or started, all mistakes joined.
#pragma once

#include "base/executor.hpp"
#include "base/result.hpp"
#include "plugin/catalog.hpp"
#include "plugin/instance.hpp"
#include "plugin/loader.hpp"
#include "plugin/services.hpp"

#include <memory>

namespace patchbay::plugin {

[[nodiscard]] Result<std::unique_ptr<Instance>> open_in_process(const Functions& functions, const Manifest& manifest,
                                                                const OpenSettings& settings, Services& services,
                                                                Executor* executor);

}  // namespace patchbay::plugin
