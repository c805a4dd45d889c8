// From a message as the mailbox has it to what the host takes: an interaction, facts about what was sent earlier, or an
// original for the quarantine. docs/channels/imap.md says what becomes what.
//
// Pure functions on GMime; any thread. Whatever the bytes are, they end as one of the three, in bounded time and
// memory.
#pragma once

#include "people.hpp"

#include <patchbay/values.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

enum class Box : std::uint8_t { inbound, outbound };

struct Mail {
  std::string_view bytes;
  std::optional<std::chrono::sys_seconds> came_in;  // when the server got it
  Box box = Box::inbound;                           // the folder it lies in
  std::uint64_t whole_size = 0;                     // larger than bytes: they are its beginning only
  bool is_historical = false;
};

struct Mapped {
  std::optional<Interaction> interaction;  // or else
  std::optional<Original> quarantined;
  std::vector<Fact> facts;
};

[[nodiscard]] Mapped map_mail(const Mail& mail, const Owner& owner);

inline constexpr std::size_t largest_original = std::size_t{8} << 20U;  // kept with the interaction
inline constexpr std::size_t longest_mail_text = std::size_t{1} << 20U;

}  // namespace patchbay::imap
