// What the gate must know of a plugin's library before it may be loaded, read from the file's bytes.
//
// A bounded reader of ELF64 shared libraries as the System V gABI and its GNU extensions describe them: program
// headers, dynamic section, dynamic symbols and notes, never section headers, so that stripped files read the same.
// The bytes are hostile: every offset and count is checked, and the work is bounded by the file's size.
// Pure. Any thread.
#pragma once

#include "base/result.hpp"

#include <patchbay/abi.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace patchbay::plugin {

// The descriptor of a note named "Patchbay", as found: nothing in it has been judged yet.
struct Note {
  std::uint32_t abi_major = 0, abi_minor = 0, least_host_minor = 0;
  std::uint64_t magic = 0;
  std::vector<std::string> extensions;  // host extensions without which the plugin cannot work
};

struct Library {
  std::vector<std::string> exports;  // dynamic symbols that are defined here and visible to others
  std::vector<Note> notes;           // those named "Patchbay"
};

// The library in `bytes`, if it is a 64-bit shared library for the machine this host runs on. ErrorCode::invalid else.
[[nodiscard]] Result<Library> read_library(std::span<const std::uint8_t> bytes);

}  // namespace patchbay::plugin
