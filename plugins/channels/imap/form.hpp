// Mail that a form on a website writes: who filled it in, and what they wrote, by rules in the settings.
//
// Rules are made once and then only read: any thread. What is looked through came from strangers: regular expressions
// are those of RE2, whose time is linear in the text, and texts are cut before.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace patchbay::imap {

// Finds a value in a text: what stands behind a label at the beginning of a line ("Name: ..." or on the line below it),
// or what the first group of a regular expression between slashes matches ("/Name = (.*)/").
class Finder {
 public:
  Finder() = default;  // finds nothing
  explicit Finder(std::string_view written);

  [[nodiscard]] bool is_there() const { return !label_.empty() || expression_ != nullptr; }
  [[nodiscard]] const std::string& error() const { return error_; }  // empty: none
  // Whether the line has this label; what stands behind it is `rest` then.
  [[nodiscard]] bool labels(std::string_view line, std::string_view& rest) const;
  // What the expression finds in the whole text; nothing for a label.
  [[nodiscard]] std::string matched(std::string_view text) const;

 private:
  std::string label_, error_;
  std::shared_ptr<const re2::RE2> expression_;
};

struct FilledIn {
  std::string name, email, phone, message;  // empty: not found
};

struct FormRule {
  std::string from;                           // an address, or "@rossi.example", in lower case
  std::shared_ptr<const re2::RE2> subject{};  // none = any subject
  Finder name{}, email{}, phone{}, message{};
  // Whoever fills in a form may write anybody's address. Whether the site made sure of it, or the business takes it so.
  enum class Belief : std::uint8_t { believed, claimed } belief = Belief::believed;

  [[nodiscard]] bool is_about(std::string_view author, std::string_view subject_line) const;
  // Nothing where neither an address, nor a number, nor a name was found.
  [[nodiscard]] std::optional<FilledIn> read(std::string_view text) const;
};

// An expression that is found anywhere in a text, or the reason why it is none.
struct Compiled {
  std::shared_ptr<const re2::RE2> expression;
  std::string error;
};
[[nodiscard]] Compiled compiled(std::string_view written);

}  // namespace patchbay::imap
