// Collects the mistakes of one settings file, so that all of them are told at once, in the file's order.
//
// Owned by the call that parses; one thread.
#pragma once

#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::config {

// In the settings file, both from 1; line 0 = the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
};

struct Mistake {
  Position at;
  std::string path;  // RFC 6901
  std::string expected;
  std::string got;
  std::string remedy;
};

class Report {
 public:
  explicit Report(std::string file) : file_(std::move(file)) {}

  void add(Mistake mistake);
  [[nodiscard]] bool empty() const { return mistakes_.empty(); }
  [[nodiscard]] const std::string& file() const { return file_; }
  // Sorted by line, then column; each told once.
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  std::string file_;
  std::vector<Mistake> mistakes_;
};

// "/channels" + "a/b" = "/channels/a~1b"
[[nodiscard]] std::string pointer_to(std::string_view parent, std::string_view key);
[[nodiscard]] std::string pointer_to(std::string_view parent, std::size_t index);

}  // namespace patchbay::config
