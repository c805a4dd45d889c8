// Where one HTTP/1.1 message ends: just enough for two programs that talk to servers and clients they know. Bodies
// have a Content-Length; chunked ones are refused. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace patchbay::bench {

struct Message {
  std::string_view head, body;
  [[nodiscard]] std::size_t size() const { return head.size() + body.size(); }
};

inline char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

// The value of a header; `name` in lower case. Empty where there is none.
inline std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t line = head.find("\r\n"); line != head.npos; line = head.find("\r\n", line)) {
    line += 2;
    const std::string_view rest = head.substr(line);
    if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
    if (!std::equal(name.begin(), name.end(), rest.begin(), [](char a, char b) { return a == lower(b); })) continue;
    std::string_view value = rest.substr(name.size() + 1);
    value = value.substr(0, value.find("\r\n"));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return {};
}

// The first message of what was received, once it is whole.
inline std::optional<Message> first_message(std::string_view received) {
  const std::size_t end = received.find("\r\n\r\n");
  if (end == received.npos) return std::nullopt;
  const std::string_view head = received.substr(0, end + 4);
  if (!header(head, "transfer-encoding").empty()) throw std::runtime_error("reading a message: it is chunked");
  std::size_t length = 0;
  for (const char digit : header(head, "content-length")) {
    if (digit < '0' || digit > '9') throw std::runtime_error("reading a message: its Content-Length is no number");
    length = length * 10 + static_cast<std::size_t>(digit - '0');
  }
  if (received.size() < head.size() + length) return std::nullopt;
  return Message{head, received.substr(head.size(), length)};
}

}  // namespace patchbay::bench
