// UIDs as IMAP writes them, "2,4:7,9" (RFC 3501, section 9: sequence-set), kept as ranges: a server may say
// 1:4294967295.
//
// Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::imap {

class UidSet {
 public:
  // Nothing where it is no such set, holds "*", or is made of more ranges than `most`.
  [[nodiscard]] static std::optional<UidSet> read(std::string_view text, std::size_t most = most_ranges);

  void add(std::uint32_t uid) { add(uid, uid); }
  void add(std::uint32_t from, std::uint32_t upto);
  void add(const UidSet& other);
  void remove(const UidSet& other);
  [[nodiscard]] bool contains(std::uint32_t uid) const;
  [[nodiscard]] bool is_empty() const { return ranges_.empty(); }
  [[nodiscard]] std::uint64_t count() const;  // of the UIDs
  [[nodiscard]] std::uint32_t last() const { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }
  // What of it, from its beginning, is written in at most so many characters, but at least one range.
  [[nodiscard]] UidSet beginning(std::size_t characters) const;
  [[nodiscard]] std::string text() const;
  bool operator==(const UidSet&) const = default;

 private:
  static constexpr std::size_t most_ranges = 1'000'000;
  void remove(std::uint32_t from, std::uint32_t upto);

  std::map<std::uint32_t, std::uint32_t> ranges_;  // the first of each and the last; apart by one at least
};

}  // namespace patchbay::imap
