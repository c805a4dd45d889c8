#include "form.hpp"

#include "response.hpp"
#include "utf8.hpp"

#include <re2/re2.h>
#include <algorithm>
#include <array>

namespace patchbay::imap {

namespace {

constexpr std::size_t longest_text = std::size_t{256} << 10U;  // of a form that is looked through
constexpr std::size_t longest_value = 500;                     // of all but the message
constexpr std::int64_t most_memory = std::int64_t{4} << 20U;   // of an expression

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r*");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r*") - begin + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string short_value(std::string_view text) {
  std::string value(cut_utf8(trimmed(text), longest_value));
  std::replace(value.begin(), value.end(), '\n', ' ');
  return value;
}

// The text as the labels of one rule divide it.
class Divided {
 public:
  Divided(std::string_view text, const FormRule& rule)
      : lines_(lines_of(text)), text_(text), finders_{&rule.name, &rule.email, &rule.phone, &rule.message} {}

  [[nodiscard]] std::string value(const Finder& finder) const {
    const auto [line, rest] = place(finder);
    if (line == lines_.size()) return short_value(finder.matched(text_));
    if (!rest.empty()) return short_value(rest);
    for (std::size_t i = line + 1; i < lines_.size() && !is_label(i); ++i)
      if (!trimmed(lines_[i]).empty()) return short_value(lines_[i]);
    return {};
  }

  // Up to the next label.
  [[nodiscard]] std::string message(const Finder& finder) const {
    const auto [line, rest] = place(finder);
    if (line == lines_.size()) return std::string(trimmed(finder.matched(text_)));
    std::string whole(rest);
    for (std::size_t i = line + 1; i < lines_.size() && !is_label(i); ++i) whole.append("\n").append(lines_[i]);
    const std::size_t begin = whole.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return {};
    return whole.substr(begin, whole.find_last_not_of(" \t\r\n") - begin + 1);
  }

 private:
  struct Place {
    std::size_t line;
    std::string_view rest;
  };
  [[nodiscard]] Place place(const Finder& finder) const {
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (std::string_view rest; finder.labels(lines_[i], rest)) return {i, rest};
    return {lines_.size(), {}};
  }
  [[nodiscard]] bool is_label(std::size_t line) const {
    std::string_view rest;
    return std::any_of(finders_.begin(), finders_.end(),
                       [&](const Finder* finder) { return finder->labels(lines_[line], rest); });
  }

  std::vector<std::string_view> lines_;
  std::string_view text_;
  std::array<const Finder*, 4> finders_;
};

}  // namespace

Compiled compiled(std::string_view written) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(false);
  options.set_max_mem(most_memory);
  auto made = std::make_shared<RE2>(re2::StringPiece(written.data(), written.size()), options);
  if (made->ok()) return {std::move(made), {}};
  return {nullptr, made->error()};
}

Finder::Finder(std::string_view written) {
  if (written.size() < 2 || !written.starts_with('/') || !written.ends_with('/')) {
    label_ = trimmed(written);
    if (label_.ends_with(':')) label_.pop_back();
    label_ = trimmed(std::string(label_));
    if (label_.empty()) error_ = "a label without letters";
    return;
  }
  Compiled made = compiled(written.substr(1, written.size() - 2));
  error_ = std::move(made.error);
  if (made.expression && made.expression->NumberOfCapturingGroups() < 1) {
    error_ = "a regular expression without a group";
    return;
  }
  expression_ = std::move(made.expression);
}

bool Finder::labels(std::string_view line, std::string_view& rest) const {
  line = trimmed(line);
  if (label_.empty() || line.size() < label_.size() || !same(line.substr(0, label_.size()), label_)) return false;
  const std::string_view behind = trimmed(line.substr(label_.size()));
  if (!behind.empty() && behind.front() != ':' && behind.front() != '=') return false;
  rest = behind.empty() ? behind : trimmed(behind.substr(1));
  return true;
}

std::string Finder::matched(std::string_view text) const {
  re2::StringPiece group;
  if (!expression_ || !RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_, &group)) return {};
  return std::string(group.data(), group.size());
}

bool FormRule::is_about(std::string_view author, std::string_view subject_line) const {
  const bool is_sender = from.starts_with('@') ? author.ends_with(from) : author == from;
  return is_sender &&
         (!subject || RE2::PartialMatch(re2::StringPiece(subject_line.data(), subject_line.size()), *subject));
}

std::optional<FilledIn> FormRule::read(std::string_view text) const {
  text = cut_utf8(text, longest_text);
  const Divided divided(text, *this);
  FilledIn found{divided.value(name), divided.value(email), divided.value(phone), divided.message(message)};
  if (found.name.empty() && found.email.empty() && found.phone.empty()) return std::nullopt;
  return found;
}

}  // namespace patchbay::imap
