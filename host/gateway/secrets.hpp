// The secrets of one channel or destination, behind handles.
//
// Made from the settings; immutable; any thread. A secret leaves it only as a signature, as a header of a request that
// the host sends, or, with the capability `secrets.reveal`, as itself.
#pragma once

#include <patchbay/abi.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

class SecretBox {
 public:
  explicit SecretBox(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

  [[nodiscard]] pb_code sign(pb_secret secret, std::string_view scheme, std::string_view message,
                             const pb_writer& out) const;
  [[nodiscard]] pb_code verify(pb_secret secret, std::string_view scheme, std::string_view message,
                               std::string_view signature) const;
  // Null for a handle that is none.
  [[nodiscard]] const std::string* find(pb_secret secret) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace patchbay::gateway
