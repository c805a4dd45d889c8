// Finds out which input makes a plugin crash, and keeps it from crashing it for ever.
//
// What an instance had been given and had not ended when it crashed is suspect. While there are suspects, inputs go in
// one at a time, so that the next crash leaves no doubt: a suspect that is answered is innocent, and one that crashes
// the instance again, alone, is guilty. The caller asks is_guilty() before it offers an input, and puts a guilty one
// aside where a person can look at it. What never comes again is forgotten after an hour, and what the plugin never
// answers holds up the others for half a minute at most.
//
// An input is told by its content, since who sends it does not know that it came before. [any-thread]
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace patchbay::gateway {

class Suspects final {
 public:
  using Give = std::function<void()>;

  explicit Suspects(const Clock& clock) : clock_(clock) {}

  // True once for each input that crashed the instance twice: it is in the caller's hands then, and forgotten here.
  [[nodiscard]] bool is_guilty(const std::string& input);
  // Gives it to the instance, now or when those before it have ended.
  void offer(std::uint64_t number, const std::string& input, Give give);
  // What was given under this number was answered by the plugin.
  void ended(std::uint64_t number);
  struct Proven {
    std::uint64_t number = 0;
    std::string input;
  };
  // The instance crashed. What waited is given now: an instance that has ended refuses it at once. Gives the input that
  // is guilty from now on, if there is one. In company another instance of the same worker may have crashed it, so that
  // nothing is proven by it.
  enum class Company : std::uint8_t { alone, with_others };
  std::optional<Proven> crashed(Company company = Company::alone);

 private:
  struct Waiting {
    std::uint64_t number = 0;
    std::string input;
    Give give;
  };
  struct Given {
    std::string input;
    Duration since{};  // monotonic
  };
  struct Suspicion {
    bool proven = false;
    Duration since{};  // monotonic
  };

  [[nodiscard]] bool is_careful() const;
  [[nodiscard]] std::vector<Give> next();
  void forget_old();

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::uint64_t, Given> in_hand_;  // numbers grow
  std::map<std::string, Suspicion> suspicions_;
  std::deque<Waiting> waiting_;
};

}  // namespace patchbay::gateway
