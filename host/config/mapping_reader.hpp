// Reads the keys of one mapping of the host's own, and reports what is missing, wrong or unknown.
//
// Borrows the document and the report; one thread. A reader of nothing (a section that is not there) is fine: what is
// required is then reported missing.
#pragma once

#include "config/checks.hpp"
#include "config/document.hpp"

#include <optional>
#include <string>
#include <vector>

namespace patchbay::config {

enum class Need : std::uint8_t { required, optional };
enum class Privacy : std::uint8_t { shown, secret };

class MappingReader {
 public:
  // `node` may be null; `at` is where the mapping's key stands.
  MappingReader(const Node* node, Position at, std::string path, Report& report);

  // Each names a key that is known from then on.
  const Member* take(const std::string& key, Need need, const std::string& expected);
  std::string text(const std::string& key, Need need, const std::string& expected, Check check = nullptr,
                   Privacy privacy = Privacy::shown);
  std::vector<std::string> texts(const std::string& key, const std::string& expected, Check check = nullptr);
  bool flag(const std::string& key, bool otherwise);
  std::optional<double> number(const std::string& key, Need need, double lowest, double highest);
  std::optional<std::uint32_t> whole_number(const std::string& key, std::uint32_t lowest, std::uint32_t highest);
  MappingReader mapping(const std::string& key, Need need, const std::string& expected);

  void mistake(const Member& member, std::string expected, std::string remedy, Privacy privacy = Privacy::shown);
  // To be called last: what was not taken is unknown.
  void finish();

  [[nodiscard]] bool present() const { return node_ != nullptr; }
  [[nodiscard]] const Node* node() const { return node_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Position at() const { return at_; }

 private:
  const Node* node_;
  Position at_;
  std::string path_;
  Report& report_;
  std::vector<std::string> known_;
};

}  // namespace patchbay::config
