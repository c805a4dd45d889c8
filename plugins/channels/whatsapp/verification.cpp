#include "verification.hpp"

#include <optional>

namespace patchbay::whatsapp {

namespace {

// Meta's challenge is ten digits. Nobody may have us repeat a page.
constexpr std::size_t longest_value = 512;

int hexadecimal_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain.push_back(' ');
    } else if (text[i] != '%') {
      plain.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hexadecimal_digit(text[i + 1]);
      const int low = hexadecimal_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      plain.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (plain.size() > longest_value) return std::nullopt;
  return plain;
}

}  // namespace

Verification read_verification(std::string_view query) {
  Verification verification;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::optional<std::string> key = decoded(pair.substr(0, equals));
    const std::optional<std::string> value = decoded(pair.substr(equals + 1));
    if (!key || !value) continue;
    if (*key == "hub.mode") verification.mode = *value;
    if (*key == "hub.verify_token") verification.token = *value;
    if (*key == "hub.challenge") verification.challenge = *value;
  }
  return verification;
}

}  // namespace patchbay::whatsapp
