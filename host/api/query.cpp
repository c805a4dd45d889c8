#include "api/query.hpp"

#include "base/signature.hpp"
#include "base/utf8.hpp"

#include <charconv>
#include <limits>

namespace patchbay::api {
namespace {

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain.push_back(' ');
    } else if (text[i] != '%') {
      plain.push_back(text[i]);
    } else {
      const auto byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      plain.append(*byte);
      i += 2;
    }
  }
  return is_utf8(plain) ? std::optional(plain) : std::nullopt;
}

}  // namespace

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value)
      return failure(ErrorCode::invalid,
                     "reading the query: expected UTF-8 with % and two hexadecimal digits, got " + as_utf8(pair),
                     "percent-encode it");
    query.values_.emplace(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::int64_t> Query::number(std::string_view name, std::int64_t least, std::int64_t most,
                                   std::int64_t otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return failure(ErrorCode::invalid, "reading the query: expected " + std::string(name) +
                                           " to be a whole number from " + std::to_string(least) + " to " +
                                           std::to_string(most) + ", got " + text);
  return value;
}

Result<store::Page> Query::page() const {
  constexpr std::int64_t largest_page = 500, usual_page = 50;
  const std::int64_t after = PATCHBAY_TRY(number("after", 0, std::numeric_limits<std::int64_t>::max(), 0));
  const std::int64_t limit = PATCHBAY_TRY(number("limit", 1, largest_page, usual_page));
  return store::Page{after, static_cast<std::size_t>(limit)};
}

}  // namespace patchbay::api
