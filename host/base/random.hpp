// Randomness, handed in to whoever needs it, so that a test can choose it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace patchbay {

// Fills with randomness.
using Random = std::function<void(std::span<std::uint8_t>)>;

// The kernel's, by way of OpenSSL. Ends the process where there is none: no promise of ours holds without it.
void system_random(std::span<std::uint8_t> to);

}  // namespace patchbay
