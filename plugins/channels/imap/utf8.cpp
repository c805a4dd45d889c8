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
