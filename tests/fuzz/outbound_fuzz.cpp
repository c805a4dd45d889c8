// Any bytes as a request to send something: they are read or refused, and nothing else happens.
#include "outbound/request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // What stands before the first line break is the key.
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(all.find('\n'), all.size());
  const auto request = patchbay::outbound::parse_request(all.substr(0, end), all.substr(std::min(end + 1, all.size())));
  if (request && request->in_reply_to.has_value() == request->to.has_value()) __builtin_trap();
  return 0;
}
