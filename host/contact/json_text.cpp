#include "contact/json_text.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace patchbay::contact {
namespace {

using nlohmann::json;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool needs_escape(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F || c == '"' || c == '\\'; }
bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x7F && !needs_escape(c); }

// What can stand between quotes as it is. Nearly all text is plain ASCII, and most of the rest is well-formed UTF-8.
bool stands_as_it_is(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return true;
  return std::none_of(text.begin(), text.end(), needs_escape) && is_utf8(text);
}

}  // namespace

// The library escapes what must be escaped and replaces what is no UTF-8. Taking everything through it costs four times
// as much.
void append_text(std::string& to, std::string_view text) {
  if (!stands_as_it_is(text)) {
    to += dump(json(text));
    return;
  }
  to += '"';
  to += text;
  to += '"';
}

void append_json(std::string& to, const json& value) {
  if (const auto* text = value.get_ptr<const json::string_t*>()) return append_text(to, *text);
  if (const auto* members = value.get_ptr<const json::object_t*>()) {
    char before = '{';
    for (const auto& [name, member] : *members) {
      to += std::exchange(before, ',');
      append_text(to, name);
      to += ':';
      append_json(to, member);
    }
    to += members->empty() ? "{}" : "}";
    return;
  }
  if (const auto* elements = value.get_ptr<const json::array_t*>()) {
    char before = '[';
    for (const json& element : *elements) {
      to += std::exchange(before, ',');
      append_json(to, element);
    }
    to += elements->empty() ? "[]" : "]";
    return;
  }
  if (value.is_null()) {
    to += "null";
  } else if (const auto* truth = value.get_ptr<const json::boolean_t*>()) {
    to += *truth ? "true" : "false";
  } else if (value.is_number_integer()) {
    to += value.is_number_unsigned() ? std::to_string(value.get<std::uint64_t>())
                                     : std::to_string(value.get<std::int64_t>());
  } else {
    to += dump(value);
  }
}

}  // namespace patchbay::contact
