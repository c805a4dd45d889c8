#include "signature.hpp"

#include "response.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>

namespace patchbay::imap {

namespace {

constexpr std::size_t most_of_a_kind = 5;
constexpr std::size_t longest_line = 200;
constexpr std::size_t least_digits = 7, most_digits = 15;  // E.164: at most 15

// How a line begins, or a word of it, that names a street in the languages of the mission.
constexpr std::array<std::string_view, 22> streets{
    "via ", "viale ", "piazza ",  "corso ", "largo ", "ul. ",    "ulica ",  "al. ",  "aleja ",   "pl. ",    "calle ",
    "c/ ",  "avda. ", "avenida ", "plaza ", "rue ",   "avenue ", "straße ", "str. ", "strasse ", "street ", "road "};
constexpr std::array<std::string_view, 5> street_ends{"straat", "laan", "weg", "straße", "strasse"};
constexpr std::array<std::string_view, 8> dialled{"tel", "cell", "mob", "phone", "fon", "gsm", "kom.", "ph."};
constexpr std::string_view in_numbers = " ()-./";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         static_cast<unsigned char>(letter) >= 0x80;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r*|");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r*|,;") - begin + 1);
}

void add(std::vector<std::string>& to, std::string_view value) {
  if (to.size() < most_of_a_kind && std::find(to.begin(), to.end(), value) == to.end()) to.emplace_back(value);
}

// A number that stands for nothing else: in international form, or behind a word that says so. Others are of taxes,
// companies and accounts.
bool is_called(std::string_view before, std::string_view number) {
  if (number.starts_with('+') || number.starts_with("00")) return true;
  std::string words;
  for (const char letter : before.substr(before.size() - std::min<std::size_t>(before.size(), 16)))
    words += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return std::any_of(dialled.begin(), dialled.end(),
                     [&](std::string_view one) { return words.find(one) != std::string::npos; });
}

void find_phones(std::string_view line, std::vector<std::string>& to) {
  for (std::size_t at = 0; at < line.size();) {
    const bool begins = is_digit(line[at]) || line[at] == '+' || line[at] == '(';
    if (!begins || (at > 0 && (is_letter(line[at - 1]) || is_digit(line[at - 1])))) {
      ++at;
      continue;
    }
    std::size_t end = at + 1, last = at, digits = 0;
    if (is_digit(line[at])) {
      digits = 1;
      last = end;
    }
    for (; end < line.size() && (is_digit(line[end]) || in_numbers.find(line[end]) != std::string_view::npos); ++end) {
      if (!is_digit(line[end])) continue;
      ++digits;
      last = end + 1;
    }
    const std::string_view number = line.substr(at, last - at);
    const bool ends = last == line.size() || !is_letter(line[last]);
    if (digits >= least_digits && digits <= most_digits && ends && is_called(line.substr(0, at), number))
      add(to, number);
    at = end;
  }
}

void find_emails(std::string_view line, std::vector<std::string>& to) {
  const auto is_of_address = [](char letter) {
    return is_letter(letter) || is_digit(letter) || letter == '.' || letter == '-' || letter == '_' || letter == '+';
  };
  for (std::size_t at = line.find('@'); at != std::string_view::npos; at = line.find('@', at + 1)) {
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_of_address(line[begin - 1])) --begin;
    while (end < line.size() && is_of_address(line[end])) ++end;
    while (end > at + 1 && line[end - 1] == '.') --end;
    if (begin < at && line.substr(at, end - at).find('.') != std::string_view::npos)
      add(to, line.substr(begin, end - begin));
  }
}

// Five digits (or 00-123 in Poland, 1234 AB in the Netherlands) before a word.
bool has_postcode(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (!is_digit(line[at]) || (at > 0 && (is_digit(line[at - 1]) || is_letter(line[at - 1]) || line[at - 1] == '+')))
      continue;
    std::size_t end = at;
    while (end < line.size() && is_digit(line[end])) ++end;
    const std::size_t digits = end - at;
    const std::string_view behind = line.substr(end);
    const auto word_at = [&](std::size_t from) {
      return from < behind.size() && behind[from] == ' ' && from + 1 < behind.size() && is_letter(behind[from + 1]);
    };
    if (digits == 5 && word_at(0)) return true;
    if (digits == 2 && behind.size() > 5 && behind[0] == '-' && is_digit(behind[1]) && is_digit(behind[2]) &&
        is_digit(behind[3]) && word_at(4))
      return true;
    if (digits == 4 && behind.size() > 4 && behind[0] == ' ' && behind[1] >= 'A' && behind[1] <= 'Z' &&
        behind[2] >= 'A' && behind[2] <= 'Z' && word_at(3))
      return true;
    at = end;
  }
  return false;
}

bool names_street(std::string_view line) {
  if (std::none_of(line.begin(), line.end(), is_digit)) return false;
  const bool begins = std::any_of(streets.begin(), streets.end(), [&](std::string_view one) {
    if (line.size() > one.size() && same(line.substr(0, one.size()), one)) return true;
    const std::size_t at = line.find(std::string(" ").append(one));
    return at != std::string_view::npos;
  });
  return begins || std::any_of(street_ends.begin(), street_ends.end(), [&](std::string_view one) {
           const std::size_t at = line.find(one);
           return at != std::string_view::npos && at > 2 && at + one.size() < line.size() &&
                  line[at + one.size()] == ' ';
         });
}

}  // namespace

Mentions mentions_in(std::string_view signature) {
  Mentions found;
  for (std::size_t at = 0; at <= signature.size();) {
    const std::size_t end = std::min(signature.find('\n', at), signature.size());
    const std::string_view line = trimmed(cut_utf8(signature.substr(at, end - at), longest_line));
    at = end + 1;
    find_emails(line, found.emails);
    if (has_postcode(line) || names_street(line))
      add(found.postal_addresses, line);
    else
      find_phones(line, found.phones);
  }
  return found;
}

}  // namespace patchbay::imap
