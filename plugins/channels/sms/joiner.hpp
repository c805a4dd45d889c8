// Puts the parts of long messages together again, in whatever order they come, with others in between and some twice.
//
// A part that was answered may not be lost: what add() keeps is written by the caller before it answers (stored()), and
// given back with restore() at the next start. When a part stays away for too long the others come out as they are; a
// part that comes after that is a message of its own.
//
// Pure but for what it holds; reads no clock. One thread at a time.
#pragma once

#include "coding.hpp"
#include "user_data_header.hpp"

#include <patchbay/errors.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::sms {

// One part, without what the parts have in common.
struct Fragment {
  std::string octets;  // behind the header
  Coding coding = Coding::gsm;
  Alphabet alphabet;
  TimePoint arrived{};
};

struct Joined {
  std::string key;
  std::uint8_t total = 0;
  std::map<std::uint8_t, Fragment> fragments;  // by their number

  [[nodiscard]] bool is_complete() const { return fragments.size() == total; }
  // Nothing where a part is binary. A gap is shown as " [...] ".
  [[nodiscard]] std::optional<std::string> text() const;
};

// Who the parts of one message come from, and what else they share: parts that differ in any of it are of different
// messages (3GPP TS 23.040, section 9.2.3.24.1; the total and other elements keep a reference that is used again
// apart).
[[nodiscard]] std::string key_of(std::string_view from, std::string_view to, const Part& part,
                                 const UserDataHeader& header);

class Joiner {
 public:
  explicit Joiner(std::chrono::microseconds patience = std::chrono::minutes{30}) : patience_(patience) {}

  enum class Added : std::uint8_t {
    kept,   // others are missing
    known,  // it was there already: answer it, and forget it
    whole,  // it was the last one: take()
  };
  [[nodiscard]] Added add(const std::string& key, const Part& part, Fragment fragment);

  // What has been kept under that key, or would be with the fragment: JSON.
  [[nodiscard]] std::string stored(const std::string& key) const;
  // Throws Failure (PB_BUG) for what stored() did not write.
  void restore(const std::string& key, std::string_view stored);

  // Takes it out: once it is durable as a message.
  [[nodiscard]] Joined take(const std::string& key);
  // Those whose last part came longer ago than the patience.
  [[nodiscard]] std::vector<std::string> overdue(TimePoint now) const;
  // When the next one will be.
  [[nodiscard]] std::optional<TimePoint> next_overdue() const;
  [[nodiscard]] std::size_t size() const { return begun_.size(); }

 private:
  const std::chrono::microseconds patience_;
  std::map<std::string, Joined> begun_;
};

}  // namespace patchbay::sms
