// UTF-8 (RFC 3629) at the border: everything inside the host is valid. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace patchbay {

[[nodiscard]] bool is_utf8(std::string_view text);
// The text itself where it is valid, else with U+FFFD in place of each byte that does not belong.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace patchbay
