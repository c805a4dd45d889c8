#include "oauth2/form.hpp"

#include <algorithm>

namespace patchbay::oauth2 {
namespace {

constexpr std::size_t most_members = 100;

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '*';
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> plain(std::string_view text) {
  std::string to;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      to += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit(text[i + 1]), low = digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    to += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return to;
}

}  // namespace

std::string encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string to;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (stays(c))
      to += c;
    else if (c == ' ')
      to += '+';
    else
      to += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return to;
}

std::string encoded(const Form& form) {
  std::string to;
  for (const auto& [name, value] : form) {
    if (!to.empty()) to += '&';
    to += encoded(name) + "=" + encoded(value);
  }
  return to;
}

std::optional<Form> decoded(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = plain(pair.substr(0, equals));
    auto value = plain(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || form.size() == most_members) return std::nullopt;
    if (std::ranges::find(form, *name, &Form::value_type::first) != form.end()) return std::nullopt;
    form.emplace_back(std::move(*name), std::move(*value));
  }
  return form;
}

std::string_view value_of(const Form& form, std::string_view name) {
  const auto found = std::ranges::find(form, name, &Form::value_type::first);
  return found == form.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace patchbay::oauth2
