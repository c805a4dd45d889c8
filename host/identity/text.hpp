// Text as people write it, brought to one form: ASCII letters and digits in lower case, words one space apart.
//
// Other alphabets are transliterated (ICU: Cyrillic and Greek by the BGN and UNGEGN tables, which is how their owners
// mostly spell themselves in Latin letters), accents and case go, an apostrophe joins ("O'Brien" is "obrien"), and all
// else that is neither letter nor digit parts words.
//
// Pure. Any thread. Never fails: what cannot be transliterated is left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::identity {

[[nodiscard]] std::string folded(std::string_view utf8);

// The words of folded text.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view folded_text);

// "n/a", "unknown", "0000", "-", "xxx": what people and forms write where there is nothing to write. Takes folded text.
[[nodiscard]] bool is_placeholder(std::string_view folded_text);

// 64 bits that stand for a value of one sort. The same on every machine and in every version: stored counts and keys
// rest on it.
[[nodiscard]] std::uint64_t fingerprint(std::string_view sort, std::string_view text);
// One that stands for both, in this order.
[[nodiscard]] std::uint64_t joined(std::uint64_t first, std::uint64_t second);

}  // namespace patchbay::identity
