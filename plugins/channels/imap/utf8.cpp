#include "utf8.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace patchbay::imap {

namespace {

// What a set is called, and by which richer one it is read: those who write the first mean the second.
constexpr std::array<std::pair<std::string_view, const char*>, 12> meant{{
    {"iso-8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"ks_c_5601-1987", "cp949"},
    {"ks_c_5601", "cp949"},
    {"euc-kr", "cp949"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"x-sjis", "cp932"},
    {"unicode-1-1-utf-7", "utf-7"},
}};

std::string lower(std::string_view text) {
  std::string to(text);
  std::transform(to.begin(), to.end(), to.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return to;
}

class Converter {
 public:
  explicit Converter(const char* from) : converter_(g_mime_iconv_open("UTF-8", from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (is_open()) g_mime_iconv_close(converter_);
  }
  [[nodiscard]] bool is_open() const { return converter_ != reinterpret_cast<iconv_t>(-1); }

  [[nodiscard]] std::string convert(std::string_view bytes) {
    std::string input(bytes), to;
    std::array<char, 4096> part;
    char* from = input.data();
    std::size_t left = input.size();
    iconv(converter_, nullptr, nullptr, nullptr, nullptr);
    while (left > 0) {
      char* at = part.data();
      std::size_t room = part.size();
      const std::size_t went = iconv(converter_, &from, &left, &at, &room);
      const int problem = errno;
      to.append(part.data(), part.size() - room);
      if (went != static_cast<std::size_t>(-1) || problem == E2BIG) continue;
      append_utf8(to, replacement_character);
      if (problem == EINVAL) break;  // it ends within a character
      ++from;
      --left;
    }
    return to;
  }

 private:
  iconv_t converter_;
};

}  // namespace

char32_t next_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  if (first < 0xC2 || first > 0xF4) return replacement_character;
  const unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  char32_t point = first & (0x3FU >> more);
  for (unsigned i = 0; i < more; ++i) {
    if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) return replacement_character;
    point = (point << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  constexpr std::array<char32_t, 4> least{0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < least.at(more) || point > 0x10FFFF || is_surrogate ? replacement_character : point;
}

void append_utf8(std::string& to, char32_t point) {
  const auto tail = [&](unsigned shift) { to += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xC0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    to += static_cast<char>(0xE0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    to += static_cast<char>(0xF0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_point(text, at) == replacement_character && text.substr(begin, 3) != "\xEF\xBF\xBD") return false;
  }
  return true;
}

std::string_view cut_utf8(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  const std::string name = lower(charset);
  const bool says_little = name.empty() || name == "us-ascii" || name == "ascii" || name == "utf-8" || name == "utf8";
  if (!says_little) {
    const auto* const richer =
        std::find_if(meant.begin(), meant.end(), [&](const auto& one) { return one.first == name; });
    Converter converter(richer == meant.end() ? g_mime_charset_iconv_name(name.c_str()) : richer->second);
    if (converter.is_open()) return converter.convert(bytes);
  }
  if (is_utf8(bytes)) return std::string(bytes);
  if (name == "utf-8" || name == "utf8") return Converter("UTF-8").convert(bytes);
  return Converter("windows-1252").convert(bytes);
}

}  // namespace patchbay::imap
