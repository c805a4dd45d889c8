// Any bytes as a time, or as the body of a request that opens deliveries: they are read or refused, and a time that was
// read is written as one that reads the same.
#include "api/moment.hpp"
#include "api/opening_request.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = api::moment_of(text)) {
    const auto again = api::moment_of(rfc3339(*time));
    if (!again || *again != *time) __builtin_trap();
  } else if (time.error().code != ErrorCode::invalid) {
    __builtin_trap();
  }
  const auto replay = api::replay_request_of(text);
  if (replay && replay->filter.state == store::DeliveryState::open) __builtin_trap();
  const auto fill = api::fill_request_of(text);
  if (fill && fill->destination.empty()) __builtin_trap();
  return 0;
}
