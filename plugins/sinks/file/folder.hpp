// One folder of the file system, held open, and what may be done in it durably.
//
// Every name is one of a file within. A function returns when what it did survives a power cut, and throws a Failure
// (PB_TRANSIENT, with the path, what the system said, and what can be done) when that could not be had. [instance].
#pragma once

#include <patchbay/errors.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::file {

// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// "doing path: No space left on device; free some space on that disk". `error` is errno.
[[nodiscard]] Failure failed(std::string_view doing, std::string_view path, int error);

class Folder {
 public:
  // Throws PB_INVALID_SETTINGS at /folder where the path leads to none into which this user may write.
  static void check(const std::string& path);

  explicit Folder(std::string path);

  // Whether the path still leads to the folder that was opened: another may have been mounted or put in its place.
  [[nodiscard]] bool is_still_there() const;
  // Holds the file's lock until the descriptor is closed; nothing where somebody else holds it.
  [[nodiscard]] std::optional<Descriptor> lock(const std::string& name) const;

  [[nodiscard]] Descriptor create(const std::string& name) const;  // which must not be there
  [[nodiscard]] Descriptor open(const std::string& name) const;    // to read and write; closed where it is not there
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::string read(const std::string& name) const;  // empty where it is not there
  void replace(const std::string& name, std::string_view content) const;
  void rename(const std::string& from, const std::string& to) const;
  void remove(const std::string& name) const;

  [[nodiscard]] std::string path_of(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void sync() const;

  std::string path_;
  Descriptor descriptor_;
};

// The whole file; `path` is for the error.
[[nodiscard]] std::string read_all(const Descriptor& file, std::string_view path);
// Writes at that place and makes it durable.
void write_durably(const Descriptor& file, std::uint64_t at, std::string_view bytes, std::string_view path);
void cut_durably(const Descriptor& file, std::uint64_t length, std::string_view path);
// False once nothing names it any more, so that what is written to it is lost.
[[nodiscard]] bool has_a_name(const Descriptor& file);

}  // namespace patchbay::file
