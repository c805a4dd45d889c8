#include "cli/scaffold.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

namespace patchbay::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_in_template = "newcomer";
constexpr std::string_view class_in_template = "Newcomer";
constexpr std::string_view source_in_template = "newcomer.cpp";
constexpr const char* install =
    "install the SDK where this program is installed: cmake --install BUILD --component sdk";

char upper(char letter) { return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter; }

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

bool is_code(const fs::path& file) { return file.extension() == ".cpp" || file.extension() == ".c"; }

Status write_file(const fs::path& from, const fs::path& to, std::string_view name, std::string_view source) {
  std::ifstream in(from, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return failure(ErrorCode::unavailable, "reading " + from.string() + " failed", "install the SDK again");
  text = replaced(std::move(text), source_in_template, std::string(name) + std::string(source));
  text = replaced(std::move(text), name_in_template, name);
  text = replaced(std::move(text), class_in_template, is_code(from) ? class_name(name) : title_of(name));
  std::ofstream out(to, std::ios::binary);
  out << text << std::flush;
  if (!out) return failure(ErrorCode::unavailable, "writing " + to.string() + " failed", "free space on that disk");
  return {};
}

Status copy(const fs::path& layer, std::string_view name, std::string_view source, const fs::path& to) {
  std::error_code error;
  for (fs::directory_iterator at(layer, error), end; !error && at != end; at.increment(error)) {
    const std::string file = replaced(at->path().filename().string(), name_in_template, name);
    PATCHBAY_CHECK(write_file(at->path(), to / file, name, source));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return failure(ErrorCode::unavailable, "reading the template in " + layer.string() + ": " + error.message(),
                   install);
  return {};
}

Status copy_all(const Template& from, std::string_view name, const fs::path& to) {
  for (const fs::path& layer : from.layers) PATCHBAY_CHECK(copy(layer, name, from.source, to));
  std::error_code ignored;
  if (!fs::is_empty(to, ignored)) return {};
  return failure(ErrorCode::not_found, "there is no template in " + from.layers.back().string(), install);
}

}  // namespace

Status valid_plugin_name(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (!name.empty() && name.size() <= 64 && letters.find(name.front()) != std::string_view::npos &&
      name.find_first_not_of(others) == std::string_view::npos)
    return {};
  return failure(
      ErrorCode::invalid,
      "naming a plugin: expected up to 64 of a-z, 0-9 and _, a letter first, got \"" + std::string(name) + "\"",
      "choose another name, such as trip_advisor");
}

std::string class_name(std::string_view name) {
  std::string made;
  bool first = true;
  for (const char letter : name) {
    if (letter != '_') made += first ? upper(letter) : letter;
    first = letter == '_';
  }
  return made;
}

std::string title_of(std::string_view name) {
  std::string title(name);
  for (char& letter : title)
    if (letter == '_') letter = ' ';
  if (!title.empty()) title.front() = upper(title.front());
  return title;
}

Status scaffold(const Template& from, std::string_view name, const fs::path& to) {
  const std::string doing = "making " + to.string();
  std::error_code error;
  if (fs::symlink_status(to, error).type() != fs::file_type::not_found)
    return failure(ErrorCode::conflict, doing + ": it is there already", "name another folder, or remove that one");
  fs::create_directories(to, error);
  if (error)
    return failure(ErrorCode::unavailable, doing + ": " + error.message(), "name a folder that can be written to");
  Status copied = copy_all(from, name, to);
  if (copied) return {};
  fs::remove_all(to, error);
  return failure(std::move(copied.error()).while_doing(doing));
}

}  // namespace patchbay::cli
