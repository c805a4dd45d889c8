// The outer shape of a Meta webhook body: {"object": "whatsapp_business_account", "entry": [{"id", "time",
// "changes": [{"field", "value"}]}]}.
//
// Pure functions; any thread. parse_envelope() owns the document that its changes point into: move it, never copy it.
// Whatever the bytes are, it costs time and memory linear in them and never throws: depth is bounded before the JSON
// library sees the body, and that library's exceptions end here.
//
// An element that is wrong does not spoil its neighbours: it is noted in Rejected, which can be written out as a body
// that holds only what was rejected, so that it can be replayed by itself.
#pragma once

#include "read_json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::whatsapp {

// Far above anything that Meta documents (12), far below what recursion could not take.
inline constexpr std::size_t deepest_nesting = 64;
// Meta sends at most 3 MB; the host's own limit is usually lower.
inline constexpr std::size_t largest_body = std::size_t{4} << 20U;

struct Change {
  std::string pointer;  // "/entry/0/changes/1"
  std::string account;  // the WhatsApp Business Account: entry.id
  std::optional<Moment> time;
  std::string field;
  const Json* entry = nullptr;
  const Json* value = nullptr;
};

// The elements of a body that could not be taken.
class Rejected {
 public:
  // A whole entry.
  void add(const Json& entry, const Problem& problem);
  // A whole change of an entry.
  void add(const Json& entry, const Json& change, const Problem& problem);
  // One element of the list `list` in a change's value. What the value says besides its lists stays with it.
  void add(const Change& change, std::string_view list, const Json& element, const Problem& problem);

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  // A body of the same shape that holds only what was rejected, and why. Not to be called when empty.
  [[nodiscard]] Original original() const;

 private:
  void count(const Problem& problem);

  Json entries_ = Json::array();
  std::string reasons_;
  std::uint32_t count_ = 0;
  const Json* last_value_ = nullptr;  // the change that the last element of entries_ was made for
};

struct Envelope {
  Json document;
  std::vector<Change> changes;
  Rejected rejected;
};

// Nothing of a body could be taken: why, and what a person can do about it.
struct Unreadable {
  std::string reason;
  std::string remedy;
};

struct ParsedBody {
  std::optional<Envelope> envelope;  // or else
  Unreadable unreadable;
};

[[nodiscard]] ParsedBody parse_envelope(std::string_view body);

// The deepest nesting of lists and objects in a text, strings aside. Stops counting beyond `limit`.
[[nodiscard]] std::size_t nesting(std::string_view body, std::size_t limit) noexcept;

// The same text with each \uXXXX that is half a surrogate pair replaced by \uFFFD: names that were cut within an emoji.
[[nodiscard]] std::string without_lone_surrogates(std::string_view body);

}  // namespace patchbay::whatsapp
