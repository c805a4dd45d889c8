// One instance in a worker process, as the host has it: what the Worker and the Instance of it share.
//
// Who may touch what stands beside it. The Services outlive the seat's end, not the seat.
#pragma once

#include "base/executor.hpp"
#include "plugin/instance.hpp"
#include "plugin/worker_calls.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>

namespace patchbay::plugin {

struct Seat {
  using Moment = std::optional<std::chrono::steady_clock::time_point>;

  // The port's functions get the seat's number from whoever makes it.
  Seat(std::uint32_t its_number, std::string of, Services& lent, WorkerCalls::Port port)
      : number(its_number), name(std::move(of)), services(lent), calls(lent, outstanding, std::move(port)) {}

  const std::uint32_t number;  // in the frames, from 1
  const std::string name;      // of the channel or destination
  Services& services;
  Outstanding outstanding;
  WorkerCalls calls;
  std::atomic<bool> is_lost{false};  // its worker ended before it did

  // Under the worker's lock for sending.
  bool is_told = true;    // what is for it goes to the worker
  bool has_work = false;  // it was given something since it last gave a sign of life
  FrameKind last_given = FrameKind::open;

  // Under the worker's lock for tasks.
  bool takes_tasks = true;

  // The worker's thread's own.
  std::optional<std::promise<Status>> opening;
  std::promise<void> ended;
  Moment deadline;  // of opening, then of closing
  // When it is asked for a sign of life; when somebody looks whether it burns time, since none has come; when it must
  // have come.
  Moment look_at, weighs_at, reply_by;
  std::chrono::steady_clock::time_point asked_at, weighed_at;
  std::chrono::nanoseconds queued_before{0};  // time_in_run_queue() when none had come
  std::chrono::nanoseconds ran_before{0};     // time_on_processor() at weighed_at
  bool is_busy = false;
  bool is_closing = false;
  bool is_over = false;
};

}  // namespace patchbay::plugin
