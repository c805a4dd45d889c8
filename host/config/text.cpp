#include "config/text.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

namespace patchbay::config {

namespace {

constexpr std::size_t most_shown = 80;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

// Damerau's distance with adjacent swaps (optimal string alignment).
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before = previous;
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace

std::optional<std::size_t> first_bad_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_control(c) && c != '\t' && c != '\n' && c != '\r') return at;
    const std::size_t length = utf8_sequence_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    if (shown.size() >= most_shown) return shown + "...";
    const std::size_t length = utf8_sequence_length(text.substr(at));
    if (length == 0 || is_control(text[at])) {
      const auto byte = static_cast<unsigned char>(text[at]);
      shown += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
      at += 1;
    } else {
      shown += text.substr(at, length);
      at += length;
    }
  }
  return shown;
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::optional<std::string> meant(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t longest_word = 64;
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  const std::string wanted = lower_case(word);
  const std::size_t most_slips = wanted.size() <= 3 ? 1 : 2;
  std::optional<std::string> best;
  std::size_t fewest = most_slips + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > longest_word) continue;
    const std::size_t count = slips(wanted, lower_case(candidate));
    // A word of which every letter was changed is another word.
    if (count >= fewest || count >= candidate.size()) continue;
    fewest = count;
    best = candidate;
  }
  return best;
}

std::string known_words(std::string_view word, const std::vector<std::string>& known, std::string_view none_known) {
  if (known.empty()) return std::string(none_known);
  if (const auto best = meant(word, known)) return "did you mean " + printable(*best) + "?";
  constexpr std::size_t most_listed = 20;
  std::vector<std::string> words(known.begin(),
                                 known.begin() + static_cast<std::ptrdiff_t>(std::min(known.size(), most_listed)));
  for (std::string& each : words) each = printable(each);
  return "known: " + listed(words) + (known.size() > most_listed ? ", ..." : "");
}

}  // namespace patchbay::config
