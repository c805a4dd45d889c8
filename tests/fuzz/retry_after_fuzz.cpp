// Any text as a Retry-After field: no wait is longer than a day, and white space around it means nothing.
#include "delivery/retry_after.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// The first three bytes are the time, in hours since 1970: some centuries.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  if (size < 3) return 0;
  std::uint32_t hours = 0;
  for (std::size_t i = 0; i < 3; ++i) hours = hours << 8 | data[i];
  const TimePoint now{std::chrono::hours(hours % (24 * 366 * 600))};
  const std::string text(reinterpret_cast<const char*>(data) + 3, size - 3);
  const auto until = delivery::parse_retry_after(text, now);
  if (until && *until > now + delivery::longest_retry_after) std::abort();
  if (delivery::parse_retry_after(" \t" + text + "\t ", now) != until) std::abort();
  return 0;
}
