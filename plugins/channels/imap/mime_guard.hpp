// Looks at a message before the MIME library does: whether reading it stays within bounds of memory and time.
//
// The library makes an object of every part and an address of every name, so that some megabytes of made up parts would
// become gigabytes. Here they are only counted, in one pass. Pure; any thread; linear in the message.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::imap {

struct MimeLimits {
  std::size_t parts = 2'000;        // lines that separate parts
  std::size_t boundaries = 100;     // different ones: how deep multiparts stand in each other
  std::size_t messages = 100;       // messages within messages
  std::size_t header = 512 * 1024;  // of the message itself
};

// Why the message cannot be read ("expected at most ..., found ..."), or nothing.
[[nodiscard]] std::optional<std::string> exceeded(std::string_view message, const MimeLimits& limits = {});

}  // namespace patchbay::imap
