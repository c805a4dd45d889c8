// JSON (RFC 8259) written straight into a string, for what is written with every interaction: a document of nlohmann's
// first costs five times as much. Appends to what is given; pure; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace patchbay::contact {

// Any text; what is no UTF-8 is replaced.
void append_text(std::string& to, std::string_view text);
void append_json(std::string& to, const nlohmann::json& value);

// The members of one object, from its making to end(). Names are literals of ours and need no escapes.
class ObjectText {
 public:
  explicit ObjectText(std::string& to) : to_(to) { to_ += '{'; }

  // What is appended next is this member's value.
  std::string& member(std::string_view name) {
    if (!is_first_) to_ += ',';
    is_first_ = false;
    to_.append(1, '"').append(name).append("\":");
    return to_;
  }
  ObjectText& text(std::string_view name, std::string_view value) {
    append_text(member(name), value);
    return *this;
  }
  ObjectText& text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? json(name, "null") : text(name, value);
  }
  // A value that is JSON already.
  ObjectText& json(std::string_view name, std::string_view value) {
    member(name) += value;
    return *this;
  }
  // Members that are JSON already, without their braces.
  ObjectText& splice(std::string_view members) {
    if (!is_first_) to_ += ',';
    is_first_ = false;
    to_ += members;
    return *this;
  }
  ObjectText& number(std::string_view name, std::int64_t value) { return json(name, std::to_string(value)); }
  ObjectText& truth(std::string_view name, bool value) { return json(name, value ? "true" : "false"); }
  void end() { to_ += '}'; }

 private:
  std::string& to_;
  bool is_first_ = true;
};

}  // namespace patchbay::contact
