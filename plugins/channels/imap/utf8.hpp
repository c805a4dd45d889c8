// Unicode in UTF-8, as far as mail needs it. Pure; any thread.
#pragma once

#include <patchbay/unicode.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay::imap {

[[nodiscard]] bool is_utf8(std::string_view text);
// At most that many bytes of it, whole characters.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t most);

// Bytes in that character set as UTF-8. What the set does not know, is not named, or does not fit is read as UTF-8
// where it is that, and as windows-1252 else, as mail programs do.
[[nodiscard]] std::string to_utf8(std::string_view bytes, std::string_view charset);

}  // namespace patchbay::imap
