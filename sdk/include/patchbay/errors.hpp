// How a plugin says that something went wrong.
//
// Inside a plugin an expected failure is thrown as a Failure; the trampolines of plugin.hpp catch it at the border,
// report it to the host and return its code. Any other exception becomes PB_BUG. Any thread, any state.
#pragma once

#include <patchbay/abi.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace patchbay {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

// One pb_error, owned.
struct Error {
  pb_code code = PB_BUG;
  std::string reason;   // a gerund chain: "reading the token: expected text, got 42"
  std::string remedy;   // what a person can do about it
  std::string pointer;  // RFC 6901, with PB_INVALID_SETTINGS
  TimePoint until{};    // with PB_RATE_LIMITED
};

class Failure : public std::runtime_error {
 public:
  explicit Failure(Error error) : std::runtime_error(error.reason), errors_{std::move(error)} {}
  // Several mistakes at once; the first one's code is the failure's. Must not be empty.
  explicit Failure(std::vector<Error> errors) : std::runtime_error(errors.at(0).reason), errors_(std::move(errors)) {}

  [[nodiscard]] const std::vector<Error>& errors() const noexcept { return errors_; }
  [[nodiscard]] pb_code code() const noexcept { return errors_.front().code; }

 private:
  std::vector<Error> errors_;
};

[[nodiscard]] inline Failure invalid_settings(std::string pointer, std::string reason, std::string remedy) {
  return Failure(Error{PB_INVALID_SETTINGS, std::move(reason), std::move(remedy), std::move(pointer), {}});
}
[[nodiscard]] inline Failure permanent(std::string reason, std::string remedy = {}) {
  return Failure(Error{PB_PERMANENT, std::move(reason), std::move(remedy), {}, {}});
}
[[nodiscard]] inline Failure transient(std::string reason) {
  return Failure(Error{PB_TRANSIENT, std::move(reason), {}, {}, {}});
}
[[nodiscard]] inline Failure auth_failed(std::string reason, std::string remedy) {
  return Failure(Error{PB_AUTH_FAILED, std::move(reason), std::move(remedy), {}, {}});
}

}  // namespace patchbay
