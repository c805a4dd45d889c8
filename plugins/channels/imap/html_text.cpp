#include "html_text.hpp"

#include "response.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t longest_tag = 64 * 1024;  // what never ends is no tag
constexpr int deepest_quote = 32;

constexpr std::array<std::pair<std::string_view, char32_t>, 40> entities{{
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},     {"nbsp", ' '},
    {"euro", 0x20AC},  {"copy", 0xA9},    {"reg", 0xAE},     {"trade", 0x2122}, {"hellip", 0x2026}, {"ndash", 0x2013},
    {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201C}, {"rdquo", 0x201D},  {"laquo", 0xAB},
    {"raquo", 0xBB},   {"bull", 0x2022},  {"middot", 0xB7},  {"deg", 0xB0},     {"agrave", 0xE0},   {"egrave", 0xE8},
    {"eacute", 0xE9},  {"igrave", 0xEC},  {"ograve", 0xF2},  {"ugrave", 0xF9},  {"Egrave", 0xC8},   {"auml", 0xE4},
    {"ouml", 0xF6},    {"uuml", 0xFC},    {"Auml", 0xC4},    {"Ouml", 0xD6},    {"Uuml", 0xDC},     {"szlig", 0xDF},
    {"ccedil", 0xE7},  {"ntilde", 0xF1},  {"aacute", 0xE1},  {"oacute", 0xF3},
}};

// Elements that stand on lines of their own.
constexpr std::array<std::string_view, 22> blocks{
    "ADDRESS", "ARTICLE", "BLOCKQUOTE", "DIV", "DL", "FOOTER", "FORM", "H1",    "H2", "H3", "H4",
    "H5",      "H6",      "HEADER",     "HR",  "OL", "P",      "PRE",  "TABLE", "UL", "TR", "LI"};
constexpr std::array<std::string_view, 5> unread{"SCRIPT", "STYLE", "HEAD", "TITLE", "TEMPLATE"};

template <class List>
bool is_one_of(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_space(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r' || letter == '\f';
}
bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'); }

// The text so far, with what separates it from what comes.
class Lines {
 public:
  void letter(char32_t point) {
    begin();
    append_utf8(text_, point);
  }
  void byte(char letter) {
    begin();
    text_ += letter;
  }
  void space() { is_spaced_ = true; }
  void line(int count) {
    newlines_ = std::max(newlines_, count);
    is_spaced_ = false;
  }
  void break_line() {
    newlines_ = std::min(newlines_ + 1, 2);
    is_spaced_ = false;
  }
  void quote(int change) {
    line(1);
    depth_ = std::clamp(depth_ + change, 0, deepest_quote);
  }
  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  void begin() {
    const bool is_first = text_.empty();
    if (!is_first && newlines_ > 0) {
      for (int i = 1; i < newlines_; ++i) text_ += "\n" + std::string(static_cast<std::size_t>(depth_), '>');
      text_ += '\n';
    }
    if ((is_first || newlines_ > 0) && depth_ > 0) text_ += std::string(static_cast<std::size_t>(depth_), '>') + ' ';
    if (!is_first && newlines_ == 0 && is_spaced_) text_ += ' ';
    newlines_ = 0;
    is_spaced_ = false;
  }

  std::string text_;
  int newlines_ = 0, depth_ = 0;
  bool is_spaced_ = false;
};

class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  std::string read() {
    while (at_ < html_.size()) {
      const char letter = html_[at_];
      if (letter == '<' && markup()) continue;
      if (letter == '&' && entity()) continue;
      ++at_;
      if (!is_space(letter))
        lines_.byte(letter);
      else if (preformatted_ > 0 && letter == '\n')
        lines_.break_line();
      else
        lines_.space();
    }
    return std::move(lines_).take();
  }

 private:
  // Whether a tag or a comment began here and was read.
  bool markup() {
    const std::string_view here = html_.substr(at_);
    if (here.starts_with("<!--")) return skip_behind("-->");
    if (here.size() < 2 || (!is_letter(here[1]) && here[1] != '/' && here[1] != '!' && here[1] != '?')) return false;
    std::size_t end = 1;
    for (char quote = 0; end < here.size() && end < longest_tag; ++end) {
      if (quote == 0 && here[end] == '>') break;
      if (quote == 0 && here[end] == '<') return false;
      if (quote == 0 && (here[end] == '"' || here[end] == '\'') && here[end - 1] == '=')
        quote = here[end];
      else if (here[end] == quote)
        quote = 0;
    }
    if (end == longest_tag || end == here.size()) return false;
    std::string_view name = here.substr(1, end - 1);
    const bool closes = name.starts_with('/');
    if (closes) name.remove_prefix(1);
    name = name.substr(0, std::min(name.find_first_of(" \t\r\n/>"), std::size_t{16}));
    at_ += end + 1;
    tag(upper(name), closes);
    return true;
  }

  void tag(const std::string& name, bool closes) {
    if (name == "BR") return lines_.break_line();
    if (!closes && is_one_of(unread, name)) {
      skip_element(name);
      return;
    }
    if (name == "BLOCKQUOTE") return lines_.quote(closes ? -1 : 1);
    if (name == "PRE") preformatted_ = std::max(0, preformatted_ + (closes ? -1 : 1));
    if (name == "TD" || name == "TH") return lines_.space();
    if (!is_one_of(blocks, name)) return;
    lines_.line(name == "P" || (name.size() == 2 && name[0] == 'H' && name[1] != 'R') ? 2 : 1);
    if (name == "LI" && !closes) {
      lines_.byte('-');
      lines_.space();
    }
  }

  // Everything up to the end of an element whose text nobody reads.
  void skip_element(const std::string& name) {
    if ((name == "HEAD" && !is_closed_[0]) || (name == "TITLE" && !is_closed_[1])) return;
    const std::string end = "</" + name;
    for (std::size_t at = html_.find("</", at_); at != std::string_view::npos; at = html_.find("</", at + 2)) {
      if (html_.size() - at < end.size() || !same(html_.substr(at, end.size()), end)) continue;
      at_ = std::min(html_.find('>', at), html_.size() - 1) + 1;
      return;
    }
    // What is never closed is all that is left; but of a head nobody may lose the body.
    if (name == "HEAD" || name == "TITLE")
      is_closed_[name == "HEAD" ? 0 : 1] = false;
    else
      at_ = html_.size();
  }

  bool skip_behind(std::string_view what) {
    const std::size_t end = html_.find(what, at_);
    at_ = end == std::string_view::npos ? html_.size() : end + what.size();
    return true;
  }

  bool entity() {
    const std::size_t end = html_.substr(at_, 12).find(';');
    if (end == std::string_view::npos || end < 2) return false;
    const std::string_view name = html_.substr(at_ + 1, end - 1);
    char32_t point = 0;
    if (name[0] == '#') {
      const bool is_hexadecimal = name.size() > 2 && (name[1] == 'x' || name[1] == 'X');
      for (const char digit : name.substr(is_hexadecimal ? 2 : 1)) {
        const char upper_digit = is_letter(digit) ? static_cast<char>(digit & ~0x20) : digit;
        const std::size_t value = std::string_view("0123456789ABCDEF").find(upper_digit);
        if (value >= (is_hexadecimal ? 16U : 10U) || point > 0x10FFFF) return false;
        point = point * (is_hexadecimal ? 16U : 10U) + static_cast<char32_t>(value);
      }
      if (point == 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = replacement_character;
    } else {
      const auto* const known =
          std::find_if(entities.begin(), entities.end(), [&](const auto& one) { return one.first == name; });
      if (known == entities.end()) return false;
      point = known->second;
    }
    at_ += end + 1;
    if (point == ' ' || point == 0xA0 || point == '\n' || point == '\r' || point == '\t')
      lines_.space();
    else
      lines_.letter(point);
    return true;
  }

  std::string_view html_;
  std::size_t at_ = 0;
  int preformatted_ = 0;
  std::array<bool, 2> is_closed_{true, true};  // the head, the title: as far as is known
  Lines lines_;
};

}  // namespace

std::string text_of_html(std::string_view html) { return Reader(html).read(); }

}  // namespace patchbay::imap
