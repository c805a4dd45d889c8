#include "command.hpp"

#include "utf8.hpp"

#include <algorithm>
#include <optional>

namespace patchbay::imap {

namespace {

constexpr std::size_t small_literal = 4096;   // RFC 7888, section 5
constexpr std::size_t longest_quoted = 1024;  // what some servers take on one line
constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool can_be_quoted(std::string_view text) {
  return text.size() <= longest_quoted &&
         std::all_of(text.begin(), text.end(), [](char letter) { return letter >= ' ' && letter <= '~'; });
}

// UTF-16 in base64 without padding, between '&' and '-'.
class Shift {
 public:
  explicit Shift(std::string& to) : to_(to) {}

  void add(char32_t point) {
    if (point >= 0x10000) {
      point -= 0x10000;
      unit(static_cast<std::uint32_t>(0xD800U + (point >> 10U)));
      unit(static_cast<std::uint32_t>(0xDC00U + (point & 0x3FFU)));
    } else {
      unit(static_cast<std::uint32_t>(point));
    }
  }
  void end() {
    if (!is_open_) return;
    if (count_ != 0) to_ += base64[(bits_ << (6U - count_)) & 0x3FU];
    to_ += '-';
    is_open_ = false;
    bits_ = count_ = 0;
  }

 private:
  void unit(std::uint32_t value) {
    if (!is_open_) to_ += '&';
    is_open_ = true;
    bits_ = (bits_ << 16U) | value;
    for (count_ += 16; count_ >= 6;) {
      count_ -= 6;
      to_ += base64[(bits_ >> count_) & 0x3FU];
    }
    bits_ &= (1U << count_) - 1U;
  }

  std::string& to_;
  std::uint32_t bits_ = 0;
  unsigned count_ = 0;
  bool is_open_ = false;
};

// What stands between '&' and '-', or nothing where that is no UTF-16 in base64.
std::optional<std::string> unshifted(std::string_view letters) {
  std::string to;
  std::uint32_t bits = 0;
  unsigned count = 0;
  char32_t high = 0;
  for (const char letter : letters) {
    const std::size_t value = base64.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const char32_t unit = (bits >> count) & 0xFFFFU;
    bits &= (1U << count) - 1U;
    const bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (is_low != (high != 0)) return std::nullopt;
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else {
      append_utf8(to, high == 0 ? unit : 0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00));
      high = 0;
    }
  }
  if (high != 0 || count >= 6 || bits != 0) return std::nullopt;
  return to;
}

}  // namespace

Command::Command(std::string tag, std::string_view verb, Literals literals, Names names)
    : literals_(literals), names_(names), pieces_{std::move(tag)} {
  word(verb);
}

Command& Command::word(std::string_view text) {
  pieces_.back().append(" ").append(text);
  return *this;
}

void Command::quote(std::string_view text) {
  std::string& to = pieces_.back();
  to += " \"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') to += '\\';
    to += letter;
  }
  to += '"';
}

Command& Command::text(std::string_view text) {
  if (can_be_quoted(text)) {
    quote(text);
    return *this;
  }
  std::string& to = pieces_.back();
  const bool waits =
      literals_ == Literals::synchronising || (literals_ == Literals::small && text.size() > small_literal);
  to += " {" + std::to_string(text.size()) + (waits ? "}\r\n" : "+}\r\n");
  if (waits)
    pieces_.emplace_back(text);
  else
    to += text;
  return *this;
}

Command& Command::mailbox(std::string_view name) {
  // RFC 6855, section 3: a quoted string holds UTF-8 then, and no literal is needed.
  const bool is_quotable =
      is_utf8(name) && std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
  if (names_ == Names::modified_utf7 || !is_quotable) return text(encode_mailbox(name));
  quote(name);
  return *this;
}

std::deque<std::string> Command::pieces() && {
  pieces_.back() += "\r\n";
  return std::move(pieces_);
}

std::string encode_mailbox(std::string_view name) {
  std::string to;
  Shift shift(to);
  for (std::size_t at = 0; at < name.size();) {
    const char32_t point = next_point(name, at);
    if (point < ' ' || point > '~') {
      shift.add(point);
      continue;
    }
    shift.end();
    to += static_cast<char>(point);
    if (point == '&') to += '-';
  }
  shift.end();
  return to;
}

std::string decode_mailbox(std::string_view name) {
  std::string to;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = name[at] == '&' ? name.find('-', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      to += name[at++];
      continue;
    }
    const auto letters = unshifted(name.substr(at + 1, end - at - 1));
    if (!letters) return std::string(name);
    to += end == at + 1 ? "&" : *letters;
    at = end + 1;
  }
  return to;
}

std::string set_of(std::span<const std::uint32_t> numbers) {
  std::string to;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!to.empty()) to += ',';
    to += std::to_string(numbers[i]);
    if (last != i) to += ':' + std::to_string(numbers[last]);
    i = last + 1;
  }
  return to;
}

}  // namespace patchbay::imap
