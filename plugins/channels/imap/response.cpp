#include "response.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace patchbay::imap {

namespace {

constexpr std::size_t kept_room = 16 * 1024;
constexpr std::size_t longest_shown = 80;

char upper(char letter) { return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter; }

std::string shown(std::string_view text) {
  std::string safe;
  for (const char letter : text.substr(0, longest_shown)) safe += letter < ' ' || letter > '~' ? '?' : letter;
  return "\"" + safe + "\"";
}

// What a line ends with if a literal follows: {n}, {n+} (RFC 7888), ~{n} (RFC 3516).
struct Announced {
  bool is_there = false;
  std::optional<std::uint64_t> size;  // none: it is no number that anybody means
};
Announced announced(std::string_view line) {
  if (!line.ends_with('}')) return {};
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return {};
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return {true, number_of(digits)};
}

// One line and its literals, read once from left to right; recursion is bounded by Limits::depth.
class Parser {
 public:
  Parser(std::string_view line, std::vector<std::string>& literals, const Limits& limits)
      : line_(line), literals_(literals), limits_(limits) {}

  [[nodiscard]] bool read(Response& to) {
    if (taken("+")) {
      to.kind = Response::Kind::continuation;
      skip_spaces();
      to.text = rest();
      return true;
    }
    if (taken("*"))
      to.kind = Response::Kind::untagged;
    else
      to.kind = Response::Kind::tagged;
    if (to.kind == Response::Kind::tagged) to.tag = word();
    if (!taken(" ")) return wrong("expected a space behind the tag");
    skip_spaces();
    std::string first = word();
    if (first.empty()) return wrong("expected the name of a response");
    if (const auto number = number_of(first)) {
      to.number = number;
      skip_spaces();
      first = word();
      if (first.empty()) return wrong("expected the name of a response behind its number");
    }
    to.name = imap::upper(first);
    return is_status(to.name) ? status(to) : values(to.values, End::of_line);
  }
  [[nodiscard]] const std::string& error() const { return error_; }

  static bool is_status(std::string_view name) {
    return name == "OK" || name == "NO" || name == "BAD" || name == "BYE" || name == "PREAUTH";
  }

 private:
  enum class End : std::uint8_t { of_line, parenthesis, bracket };

  bool wrong(std::string_view what) {
    error_ = std::string(what) + ", got " + shown(line_.substr(std::min(at_, line_.size())));
    return false;
  }
  [[nodiscard]] bool is_over() const { return at_ >= line_.size(); }
  bool taken(std::string_view what) {
    if (!line_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void skip_spaces() {
    while (!is_over() && line_[at_] == ' ') ++at_;
  }
  std::string rest() { return std::string(line_.substr(std::exchange(at_, line_.size()))); }
  std::string word() {
    const std::size_t end = std::min(line_.find_first_of(" ([", at_), line_.size());
    const std::size_t begin = std::exchange(at_, end);
    return std::string(line_.substr(begin, end - begin));
  }

  // resp-text: ["[" code [arguments] "]"] text
  bool status(Response& to) {
    skip_spaces();
    const std::size_t before = at_;
    if (taken("[")) {
      const std::size_t end = std::min(line_.find_first_of(" ]", at_), line_.size());
      to.code = imap::upper(line_.substr(at_, end - at_));
      at_ = end;
      if (!values(to.code_values, End::bracket)) {
        // People's text may begin with a bracket, too. Nobody needs to be cut off for that.
        error_.clear();
        to.code.clear();
        to.code_values.clear();
        at_ = before;
      }
      skip_spaces();
    }
    to.text = rest();
    return true;
  }

  bool values(std::vector<Value>& to, End end) {
    for (;;) {
      skip_spaces();
      if (is_over()) return end == End::of_line || wrong("expected the end of a list");
      if (end == End::parenthesis && taken(")")) return true;
      if (end == End::bracket && taken("]")) return true;
      if (++count_ > limits_.values) return wrong("expected at most " + std::to_string(limits_.values) + " values");
      if (!value(to.emplace_back(), end)) return false;
    }
  }

  bool value(Value& to, End within) {
    if (taken("(")) {
      to.type = Value::Type::list;
      if (++depth_ > limits_.depth) return wrong("expected lists at most " + std::to_string(limits_.depth) + " deep");
      if (!values(to.items, End::parenthesis)) return false;
      --depth_;
      return true;
    }
    if (taken("\"")) return quoted(to);
    const std::string_view here = line_.substr(at_);
    if (here.starts_with('{') || here.starts_with("~{")) {
      const std::size_t end = line_.find("}\r\n", at_);
      if (end != std::string_view::npos && announced(line_.substr(at_, end + 1 - at_)).is_there &&
          used_ < literals_.size()) {
        to.type = Value::Type::string;
        to.text = std::move(literals_[used_++]);
        at_ = end + 3;
        return true;
      }
    }
    return atom(to, within);
  }

  bool quoted(Value& to) {
    to.type = Value::Type::string;
    for (; !is_over(); ++at_) {
      char letter = line_[at_];
      if (letter == '"') {
        ++at_;
        return true;
      }
      // A backslash before anything else means itself: servers put subjects into quotes unescaped.
      if (letter == '\\' && at_ + 1 < line_.size() && (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\'))
        letter = line_[++at_];
      to.text += letter;
    }
    return wrong("expected the end of a quoted string");
  }

  // An atom ends at a space or a parenthesis, but what stands in brackets belongs to it: BODY[HEADER.FIELDS (DATE)]<0>
  bool atom(Value& to, End within) {
    const std::size_t begin = at_;
    for (bool in_brackets = false; !is_over(); ++at_) {
      const char letter = line_[at_];
      if (letter == '[' && within != End::bracket) in_brackets = true;
      if (letter == ']' && within == End::bracket) break;
      if (letter == ']') in_brackets = false;
      if (!in_brackets && (letter == ' ' || letter == '(' || letter == ')' || letter == '"')) break;
    }
    if (at_ == begin) return wrong("expected a value");
    to.text = line_.substr(begin, at_ - begin);
    to.type = same(to.text, "NIL") ? Value::Type::nil : Value::Type::atom;
    if (to.type == Value::Type::nil) to.text.clear();
    return true;
  }

  std::string_view line_;
  std::vector<std::string>& literals_;
  const Limits& limits_;
  std::size_t at_ = 0, used_ = 0, depth_ = 0, count_ = 0;
  std::string error_;
};

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string upper(std::string_view text) {
  std::string to(text);
  std::transform(to.begin(), to.end(), to.begin(), [](char letter) { return upper(letter); });
  return to;
}

bool same(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char left, char right) { return upper(left) == upper(right); });
}

bool Value::is(std::string_view atom) const { return type == Type::atom && same(text, atom); }

std::size_t ResponseReader::held() const {
  std::size_t literals = 0;
  for (const std::string& literal : literals_) literals += literal.capacity();
  return buffer_.capacity() + line_.capacity() + literals;
}

std::string ResponseReader::take_rest() {
  std::string rest = buffer_.substr(begin_);
  buffer_.clear();
  begin_ = seen_ = 0;
  return rest;
}

// In a status response all that looks like a literal is text for people.
bool ResponseReader::takes_literals() const {
  const std::string_view line(line_);
  if (line.starts_with('+')) return false;
  const std::size_t begin = line.find(' ');
  if (begin == std::string_view::npos) return false;
  const std::size_t end = line.find(' ', begin + 1);
  const std::string name = imap::upper(line.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1));
  return !Parser::is_status(name);
}

// Moves what is there of the response in course out of the buffer; true when it is whole.
bool ResponseReader::gather() {
  for (;;) {
    if (missing_) {
      const std::size_t count = std::min(*missing_, buffer_.size() - begin_);
      literals_.back().append(buffer_, begin_, count);
      begin_ += count;
      seen_ = begin_;
      *missing_ -= count;
      if (*missing_ != 0) return false;
      missing_.reset();
    }
    const std::size_t end = buffer_.find('\n', std::max(seen_, begin_));
    const std::size_t upto = end == std::string::npos ? buffer_.size() : end;
    if (line_.size() + (upto - begin_) > limits_.line) {
      fail("expected a line of at most " + std::to_string(limits_.line) + " bytes, got a longer one");
      return false;
    }
    if (end == std::string::npos) {
      seen_ = buffer_.size();
      return false;
    }
    line_.append(buffer_, begin_, end - begin_);
    begin_ = seen_ = end + 1;
    if (line_.ends_with('\r')) line_.pop_back();
    const Announced literal = announced(line_);
    if (!literal.is_there || !takes_literals()) return true;
    if (!literal.size || *literal.size > limits_.literal - literal_bytes_) {
      fail("expected literals of at most " + std::to_string(limits_.literal) + " bytes together, got " + shown(line_));
      return false;
    }
    if (literals_.size() >= limits_.values) {
      fail("expected at most " + std::to_string(limits_.values) + " literals, got more");
      return false;
    }
    literal_bytes_ += static_cast<std::size_t>(*literal.size);
    missing_ = static_cast<std::size_t>(*literal.size);
    literals_.emplace_back();
    line_ += "\r\n";
  }
}

std::optional<Response> ResponseReader::take() {
  std::optional<Response> response;
  while (error_.empty() && !response) {
    if (!gather()) break;
    if (line_.empty()) continue;  // an empty line between responses says nothing
    response.emplace();
    Parser parser(line_, literals_, limits_);
    if (!parser.read(*response)) {
      response.reset();
      fail(parser.error());
    }
    line_.clear();
    literals_.clear();
    literal_bytes_ = 0;
  }
  // Only now: what was looked at goes at once, not byte by byte.
  if (begin_ == buffer_.size() || begin_ > kept_room) {
    buffer_.erase(0, begin_);
    seen_ -= std::min(seen_, begin_);
    begin_ = 0;
    if (buffer_.empty() && buffer_.capacity() > kept_room) buffer_ = {};
    if (line_.empty() && line_.capacity() > kept_room) line_ = {};
  }
  return response;
}

}  // namespace patchbay::imap
