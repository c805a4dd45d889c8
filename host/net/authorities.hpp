// The certificates of those whose word about a server's name is taken.
#pragma once

#include "base/result.hpp"

#include <string>

namespace patchbay::net {

// As PEM: what is in that file, or the system's where no file is named. Reads the file; any thread.
[[nodiscard]] Result<std::string> read_authorities(const std::string& ca_file);

}  // namespace patchbay::net
