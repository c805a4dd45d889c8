// An instance whose plugin runs in a worker process: the same Instance, with the process border in between.
//
// The functions of Instance send their frame on the caller's thread and wait for nothing; while the worker is slow
// frames queue up here. Each Done is called on the thread of the worker (worker_session.hpp). close() waits for the
// plugin, but not for ever: a worker in which it has not closed in time is ended.
//
// When the worker ends before the instance was closed, in whatever way, the instance is lost: requests that it had are
// answered 503; what it was to send ends with PB_TIMEOUT, since nobody knows whether it was taken, and what comes later
// with PB_STOPPING, since it never got there; what is to be rendered, judged or delivered may be tried again; each Done
// gets the error. Services::lost is told first: the signal, what the instance was given last and what the worker wrote
// last.
//
// A plugin that is busy with one call for longer than its manifest allows (limits.call_seconds) is ended, and lost. It
// is asked for a sign of life only while it has been given something.
#pragma once

#include "plugin/instance.hpp"
#include "plugin/worker_session.hpp"

#include <functional>
#include <memory>

namespace patchbay::plugin {

// `ends_well` is called when it is closed while its worker lives.
[[nodiscard]] std::unique_ptr<Instance> make_worker_instance(std::shared_ptr<Worker> worker, std::shared_ptr<Seat> seat,
                                                             std::function<void()> ends_well);

}  // namespace patchbay::plugin
