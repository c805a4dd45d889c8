// In which language a text is written. Pure; any thread; linear.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::imap {

// BCP 47 ("it", "zh-Hant"), or empty where the text is too short or too mixed to tell. UTF-8 in.
[[nodiscard]] std::string language_of(std::string_view text);

}  // namespace patchbay::imap
