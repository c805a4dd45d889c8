// Small questions about text: is it UTF-8, how is it shown to a person, which word was meant. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::config {

// The offset of the first byte that is not UTF-8 (RFC 3629) or is a control character no text file has; nothing where
// all is well.
[[nodiscard]] std::optional<std::size_t> first_bad_byte(std::string_view text);

// For a person's eyes: control characters as \xNN, and cut with "..." past 80 bytes.
[[nodiscard]] std::string printable(std::string_view text);
// The same in quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

// "a", "a or b", "a, b or c"
[[nodiscard]] std::string listed(const std::vector<std::string>& words);

// The one of `known` that `word` was most likely meant to be: a slip or two away, or different in case only.
[[nodiscard]] std::optional<std::string> meant(std::string_view word, const std::vector<std::string>& known);

// The remedy for a word that is not known: "did you mean host?", else "known are a, b and c", else what is given.
[[nodiscard]] std::string known_words(std::string_view word, const std::vector<std::string>& known,
                                      std::string_view none_known);

}  // namespace patchbay::config
