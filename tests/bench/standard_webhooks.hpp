// Whether a request carries a v1 signature of Standard Webhooks over its id, its timestamp and its body. The timestamp
// itself is not judged: a gateway whose clock is wrong signs, too.
#pragma once

#include "framing.hpp"
#include "hmac.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace patchbay::bench {

inline bool is_signed(const Message& request, Hmac& hmac) {
  const std::string expected = "v1," + base64(hmac({header(request.head, "webhook-id"), ".",
                                                    header(request.head, "webhook-timestamp"), ".", request.body}));
  std::string_view signatures = header(request.head, "webhook-signature");
  while (!signatures.empty()) {
    const std::size_t end = std::min(signatures.find(' '), signatures.size());
    if (signatures.substr(0, end) == expected) return true;
    signatures.remove_prefix(std::min(end + 1, signatures.size()));
  }
  return false;
}

}  // namespace patchbay::bench
