// The host's side of the ABI: the function tables that plugins call, and how a call finds the instance that it names.
//
// The tables and the register of instances live as long as the process, as abi.h promises: a plugin's own thread may
// call at any time, with a handle that is long gone, and is told PB_NOT_FOUND. They are the one global of this module.
// Any thread. A call costs two atomic additions more than what it does.
#pragma once

#include "base/result.hpp"
#include "plugin/messages.hpp"
#include "plugin/services.hpp"

#include <patchbay/abi.h>

#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::plugin {

enum class State : std::uint8_t { opened, running, stopping, closed };

// What a plugin's calls reach of one instance.
class HostSide {
 public:
  explicit HostSide(Services& lent, bool may_reveal_secrets) : services(lent), may_reveal(may_reveal_secrets) {}
  HostSide(const HostSide&) = delete;
  HostSide& operator=(const HostSide&) = delete;
  virtual ~HostSide() = default;

  // patchbay.run/1
  virtual pb_code next(std::uint32_t timeout_ms) = 0;
  // patchbay.stream/1, the part that stays in the process of the plugin
  virtual pb_code watch(const pb_stream_watch& wanted) = 0;
  virtual pb_code unwatch(pb_token token) = 0;

  // While a call collects, what the plugin reports is kept for it; else it goes on to the services.
  void collect();
  [[nodiscard]] std::vector<Failure> collected();  // ends the collecting
  void report(const pb_error& error);
  // Reports a broken promise of the plugin. Returns PB_BUG.
  pb_code bug(std::string_view reason);
  // PB_OK while submits are taken; else the code that the plugin gets, with a report where it should have known.
  pb_code in_running(std::string_view doing);
  // Likewise for answers to what the host has asked, which may also come while the instance stops.
  pb_code in_running_or_stopping(std::string_view doing);

  Services& services;
  const bool may_reveal;
  std::atomic<State> state{State::opened};

 private:
  std::mutex mutex_;
  bool collecting_ = false;
  std::vector<Failure> reports_;
};

// Gives the instance its handle. Unavailable when there are too many.
[[nodiscard]] Result<pb_instance> enter(HostSide& side);
// From now on the handle is unknown. Waits until no call with it is under way, so not to be called from within one.
void leave(pb_instance handle);

[[nodiscard]] const pb_host& host_table();
// A line for the log as plugins give it: at most 4 KiB, cut between characters, nothing in it that a terminal would act
// upon. Giving it twice changes nothing more.
[[nodiscard]] std::string log_line(std::string_view text);
[[nodiscard]] std::int32_t log_level(std::int32_t given);  // one that is unknown is PB_LOG_DEBUG
// The ids of the host extensions.
[[nodiscard]] std::span<const std::string_view> host_extension_names();

}  // namespace patchbay::plugin
