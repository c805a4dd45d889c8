// tests/npm/receiver.mjs as a process of the test's own, and an HTTP client to reach it.
//
// One thread. The process ends with the object. Whatever goes wrong throws std::runtime_error with the remedy.
#pragma once

#include <patchbay/values.hpp>

#include <sys/types.h>
#include <string>
#include <vector>

namespace patchbay::tests {

class Receiver {
 public:
  // Deliveries must bear a signature by each of `keys` (whsec_ or whpk_).
  explicit Receiver(const std::vector<std::string>& keys);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver();

  [[nodiscard]] const std::string& url() const { return url_; }
  // {"requests", "applied", "duplicates", "refused", "malformed"}
  [[nodiscard]] Json summary() const;
  // One JSON object for each request so far.
  [[nodiscard]] std::string log() const;

 private:
  std::string log_file_;
  std::string url_;
  pid_t process_ = -1;
};

// Does on the network what a plugin asked for; secret headers are left out.
[[nodiscard]] HttpResult perform(const HttpCall& call);

}  // namespace patchbay::tests
