#include "quotation.hpp"

#include "response.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace patchbay::imap {

namespace {

constexpr std::size_t longest_signature = 15;    // lines
constexpr std::size_t longest_introduction = 3;  // lines that "On ... wrote:" is wrapped into

// "On Monday Kasia wrote:" in English, Italian, German, Spanish, French, Dutch, Polish, Portuguese
constexpr std::array<std::string_view, 10> wrote{" wrote:", "ha scritto:", "schrieb",   "escribió:", " a écrit",
                                                 "schreef", "napisał",     "escreveu:", "scrisse:",  "geschreven:"};
constexpr std::array<std::string_view, 9> on{"On ", "Il ", "Am ", "El ", "Le ", "Op ", "W dniu ", "Em ", "Dnia "};
constexpr std::array<std::string_view, 9> separators{
    "-----Original Message-----",     "-----Messaggio originale-----", "-----Ursprüngliche Nachricht-----",
    "-----Mensaje original-----",     "-----Message d'origine-----",   "-----Oorspronkelijk bericht-----",
    "-----Wiadomość oryginalna-----", "----- Original Message -----",  "________________________________"};
// The first two lines of the header that Outlook puts over what it quotes.
constexpr std::array<std::string_view, 6> from{"From:", "Da:", "Von:", "De:", "Van:", "Od:"};
constexpr std::array<std::string_view, 10> sent{"Sent:",      "Inviato:", "Gesendet:", "Enviado:", "Envoyé",
                                                "Verzonden:", "Wysłano:", "Date:",     "Data:",    "Enviada"};
constexpr std::array<std::string_view, 11> handed_on{
    "fwd:", "fw:", "wg:", "i:", "tr:", "rv:", "doorst:", "pd:", "enc:", "inoltra:", "vs:"};

template <class List>
bool begins_with(const List& list, std::string_view line) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return line.starts_with(one); });
}

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      begins_.push_back(at);
      at = end + 1;
    }
    begins_.push_back(text.size() + 1);
  }
  [[nodiscard]] std::size_t count() const { return begins_.size() - 1; }
  [[nodiscard]] std::string_view at(std::size_t i) const {
    std::string_view line = text_.substr(begins_[i], begins_[i + 1] - begins_[i] - 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  // Without the markup of bold type that HTML leaves, and white space.
  [[nodiscard]] std::string_view bare(std::size_t i) const {
    std::string_view line = at(i);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t' || line.front() == '*')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line;
  }
  [[nodiscard]] bool is_blank(std::size_t i) const {
    return at(i).find_first_not_of(" \t\r") == std::string_view::npos;
  }
  [[nodiscard]] bool is_quoted(std::size_t i) const { return at(i).starts_with('>'); }
  [[nodiscard]] std::string between(std::size_t from_line, std::size_t to_line) const {
    while (from_line < to_line && is_blank(from_line)) ++from_line;
    while (to_line > from_line && is_blank(to_line - 1)) --to_line;
    if (from_line == to_line) return {};
    return std::string(text_.substr(begins_[from_line], begins_[to_line] - begins_[from_line] - 1));
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> begins_;
};

// Where a signature begins with its "-- ", or `end`.
std::size_t signature_in(const Lines& lines, std::size_t end) {
  std::size_t after = 0;
  for (std::size_t i = end; i > 0 && after <= longest_signature; --i) {
    const std::string_view line = lines.at(i - 1);
    if (line == "-- " || line == "--") return i - 1;
    if (lines.is_quoted(i - 1)) return end;
    if (!lines.is_blank(i - 1)) ++after;
  }
  return end;
}

bool introduces(std::string_view line) {
  if (!line.ends_with(':')) return false;
  return std::any_of(wrote.begin(), wrote.end(), [&](std::string_view one) { return line.find(one) != line.npos; });
}

// Back over "On Monday, Kasia" / "wrote:" and the blank lines between it and what is quoted.
std::size_t with_introduction(const Lines& lines, std::size_t begin) {
  std::size_t i = begin;
  while (i > 0 && lines.is_blank(i - 1)) --i;
  if (i == 0 || !introduces(lines.bare(i - 1))) return begin;
  --i;
  // Its first line, if it was wrapped; nobody knows where it begins if that is none of those words.
  for (std::size_t first = i, more = 0; more < longest_introduction; ++more, --first) {
    if (begins_with(on, lines.bare(first))) return first;
    if (first == 0 || lines.is_blank(first - 1) || lines.is_quoted(first - 1)) break;
  }
  return i;
}

// Where what is quoted at the end begins, or `end`.
std::size_t quotation_in(const Lines& lines, std::size_t end) {
  std::size_t begin = end;
  for (std::size_t i = end; i > 0 && (lines.is_quoted(i - 1) || lines.is_blank(i - 1)); --i)
    if (lines.is_quoted(i - 1)) begin = i - 1;
  if (begin != end) begin = with_introduction(lines, begin);
  for (std::size_t i = 0; i < begin; ++i) {
    const std::string_view line = lines.bare(i);
    const bool is_header = begins_with(from, line) && ((i + 1 < end && begins_with(sent, lines.bare(i + 1))) ||
                                                       (i + 2 < end && begins_with(sent, lines.bare(i + 2))));
    const bool is_line =
        begins_with(separators, line) && (line[0] == '-' || (i + 1 < end && begins_with(from, lines.bare(i + 1))));
    if (is_header || is_line) return i;
  }
  return begin;
}

}  // namespace

Written take_apart(std::string_view text) {
  const Lines lines(text);
  std::size_t end = lines.count();
  Written written;
  const std::size_t last = signature_in(lines, end);
  if (last != end) written.signature = lines.between(last + 1, end);
  end = last;
  const std::size_t quoted = quotation_in(lines, end);
  written.quoted = lines.between(quoted, end);
  end = quoted;
  if (written.signature.empty()) {
    const std::size_t above = signature_in(lines, end);
    if (above != end) written.signature = lines.between(above + 1, end);
    end = above;
  }
  written.text = lines.between(0, end);
  return written;
}

bool is_forwarded(std::string_view subject) {
  return std::any_of(handed_on.begin(), handed_on.end(), [&](std::string_view one) {
    return subject.size() >= one.size() && same(subject.substr(0, one.size()), one);
  });
}

}  // namespace patchbay::imap
