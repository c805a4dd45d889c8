// UTF-8 (RFC 3629) at the border: everything inside the host is valid. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay {

// How many bytes the well-formed sequence at the start of `text` has; 0 where there is none. `text` is not empty.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
// The text itself where it is valid, else with U+FFFD in place of each byte that does not belong.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace patchbay
