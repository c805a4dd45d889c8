#include "mime_guard.hpp"

#include "response.hpp"

#include <algorithm>
#include <unordered_set>

namespace patchbay::imap {

namespace {

std::string beyond(std::string_view what, std::size_t most, std::string_view found) {
  return "expected at most " + std::to_string(most) + " " + std::string(what) + ", found " + std::string(found);
}

// The value of a boundary parameter that begins here.
std::string_view boundary_of(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  constexpr std::size_t longest = 256;  // RFC 2046 has 70
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    return text.substr(0, std::min(text.find('"'), longest));
  }
  return text.substr(0, std::min(text.find_first_of("; \t"), longest));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r");
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

}  // namespace

std::optional<std::string> exceeded(std::string_view message, const MimeLimits& limits) {
  std::unordered_set<std::string_view> boundaries;
  std::size_t parts = 0, messages = 0;
  bool is_header = true;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    const std::string_view line = trimmed(message.substr(at, end - at));
    if (is_header && end > limits.header) return beyond("bytes of header", limits.header, "more");
    if (line.empty()) is_header = false;
    at = end + 1;
    if (line.starts_with("--")) {
      std::string_view name = line.substr(2);
      if (boundaries.contains(name)) ++parts;
      if (name.ends_with("--") && boundaries.contains(name.substr(0, name.size() - 2))) ++parts;
      if (parts > limits.parts) return beyond("MIME parts", limits.parts, "more");
      continue;
    }
    // Long lines are content, or a header of no interest here.
    constexpr std::size_t longest = 4096;
    if (line.size() > longest || line.find_first_of("=/") == std::string_view::npos) continue;
    const std::string upper_line = upper(line);
    if (upper_line.find("MESSAGE/") != std::string::npos && ++messages > limits.messages)
      return beyond("messages within messages", limits.messages, "more");
    const std::size_t boundary = upper_line.find("BOUNDARY=");
    if (boundary == std::string::npos) continue;
    const std::string_view name = trimmed(boundary_of(line.substr(boundary + 9)));
    if (!name.empty()) boundaries.insert(name);
    if (boundaries.size() > limits.boundaries) return beyond("different boundaries", limits.boundaries, "more");
  }
  return std::nullopt;
}

}  // namespace patchbay::imap
