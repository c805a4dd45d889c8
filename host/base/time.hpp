// Time as the host uses it. Nobody reads a clock but through Clock, so that tests need no patience.
#pragma once

#include <chrono>
#include <string>

namespace patchbay {

using Duration = std::chrono::microseconds;
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

// [any-thread] Owned by the composition root.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;       // wall clock
  [[nodiscard]] virtual Duration monotonic() const = 0;  // never goes back
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] Duration monotonic() const override;
};

// RFC 3339 in UTC with microseconds where there are any: "2026-03-02T10:11:12Z", "2026-03-02T10:11:12.000250Z".
[[nodiscard]] std::string rfc3339(TimePoint time);

}  // namespace patchbay
