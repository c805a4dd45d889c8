// Files of a plugin's folder, read once: small ones as text, the library into memory that nobody can change any more.
//
// A name is taken in its folder only: it has no slash, and a symbolic link counts only if it points to another name in
// the same folder. What is read is a regular file within a size limit. Any thread; no state.
// Linux: memfd_create(2), F_ADD_SEALS.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace patchbay::plugin {

using patchbay::Descriptor;

// The bytes of a file, mapped for as long as this lives.
class Mapping {
 public:
  [[nodiscard]] static Result<Mapping> of(const Descriptor& file);
  // Of a file in memory that came from somebody who is not trusted: refused unless it is sealed, and so can neither
  // change nor shrink under its reader, and has that many bytes.
  [[nodiscard]] static Result<Mapping> of_sealed(const Descriptor& file, std::size_t length);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  explicit Mapping(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::span<const std::uint8_t> bytes_;
};

[[nodiscard]] Result<std::string> read_text(const std::filesystem::path& folder, const std::string& name,
                                            std::uint64_t limit);

// A copy of the file in memory, sealed against every change: what is checked is what will be loaded.
[[nodiscard]] Result<Descriptor> read_sealed(const std::filesystem::path& folder, const std::string& name,
                                             std::uint64_t limit);

// The same with bytes that are here already.
[[nodiscard]] Result<Descriptor> sealed_copy(const std::string& name, std::string_view bytes);

}  // namespace patchbay::plugin
