#include "plugin/host_table.hpp"

#include <patchbay/bytes.hpp>

#include <string>
#include <utility>

namespace patchbay::plugin {

void HostSide::collect() {
  const std::lock_guard lock(mutex_);
  collecting_ = true;
}

std::vector<Failure> HostSide::collected() {
  const std::lock_guard lock(mutex_);
  collecting_ = false;
  return std::exchange(reports_, {});
}

void HostSide::report(const pb_error& error) {
  {
    const std::lock_guard lock(mutex_);
    constexpr std::size_t most_reports = 100;  // more mistakes than a person reads at once
    if (collecting_) {
      if (reports_.size() < most_reports)
        reports_.push_back({error.code, error.until_us, std::string(view(error.pointer)),
                            std::string(view(error.reason)), std::string(view(error.remedy))});
      return;
    }
  }
  services.report(error);
}

pb_code HostSide::bug(std::string_view reason) {
  pb_error error{};
  error.size = sizeof error;
  error.code = PB_BUG;
  error.reason = bytes(reason);
  error.remedy = bytes("tell the plugin's author");
  report(error);
  return PB_BUG;
}

pb_code HostSide::in_running(std::string_view doing) {
  switch (state.load(std::memory_order_acquire)) {
    case State::running:
      return PB_OK;
    case State::stopping:
    case State::closed:
      return PB_STOPPING;
    case State::opened:
      break;
  }
  return bug(std::string(doing) + ": the instance has not been started");
}

pb_code HostSide::in_running_or_stopping(std::string_view doing) {
  return state.load(std::memory_order_acquire) == State::stopping ? PB_OK : in_running(doing);
}

}  // namespace patchbay::plugin
