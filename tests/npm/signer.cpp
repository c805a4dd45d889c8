// Signs what it is told with the host's own code: reads lines "KEY BASE64", writes for each the signature of the bytes
// by that key under the scheme standard-webhooks, or "-" where there is none. For signatures_test.mjs.
#include "base/signature.hpp"

#include <iostream>
#include <string>

int main() {
  std::ios::sync_with_stdio(false);
  std::string key, message;
  while (std::cin >> key >> message) {
    const auto bytes = patchbay::from_base64(message);
    const auto signature =
        bytes ? patchbay::sign(key, "standard-webhooks", *bytes) : patchbay::Result<std::string>("-");
    std::cout << (signature ? *signature : "-") << '\n';
  }
  return 0;
}
