#include "delivery/event.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace patchbay::delivery {
namespace {

using nlohmann::json;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// One segment of a URI's path.
void append_segment(std::string& to, std::string_view text) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      to += c;
      continue;
    }
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    to.append(escaped, 3);
  }
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F || c == '"' || c == '\\'; }
bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x7F && !needs_escape(c); }

// What can stand between quotes as it is. Nearly all text is plain ASCII, and most of the rest is well-formed UTF-8.
bool stands_as_it_is(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return true;
  return std::none_of(text.begin(), text.end(), needs_escape) && is_utf8(text);
}

// The library escapes what must be escaped and replaces what is no UTF-8. Taking everything through it costs four times
// as much.
void append_string(std::string& to, std::string_view text) {
  if (!stands_as_it_is(text)) {
    to += dump(json(text));
    return;
  }
  to += '"';
  to += text;
  to += '"';
}

void append_value(std::string& to, const json& value) {
  if (const auto* text = value.get_ptr<const json::string_t*>()) return append_string(to, *text);
  if (const auto* members = value.get_ptr<const json::object_t*>()) {
    char before = '{';
    for (const auto& [name, member] : *members) {
      to += std::exchange(before, ',');
      append_string(to, name);
      to += ':';
      append_value(to, member);
    }
    to += members->empty() ? "{}" : "}";
    return;
  }
  if (const auto* elements = value.get_ptr<const json::array_t*>()) {
    char before = '[';
    for (const json& element : *elements) {
      to += std::exchange(before, ',');
      append_value(to, element);
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

// As wide as the widest number, so that sorting by text is sorting by commit.
void append_sequence(std::string& to, store::EventId id) {
  constexpr std::size_t width = 20;
  const std::string digits = std::to_string(store::number(id));
  if (digits.size() < width) to.append(width - digits.size(), '0');
  to += digits;
}

}  // namespace

std::string cloud_event(std::string_view store_id, store::EventId id, store::EventType type, std::string_view subject,
                        TimePoint at, const json& data) {
  const std::string_view name = store::name_of(type);

  std::string event;
  event.reserve(2048 + store_id.size() + subject.size());
  event += R"({"specversion":"1.0","id":")";
  event += store::public_id(id);
  event += R"(","source":"/patchbay/)";
  append_segment(event, store_id);
  event += R"(","type":")";
  event += name;
  event += '"';
  // CloudEvents knows no empty subject; where there is none, the attribute is left out.
  if (!subject.empty()) {
    event += R"(,"subject":)";
    append_string(event, subject);
  }
  event += R"(,"time":")";
  event += rfc3339(at);
  event += R"(","datacontenttype":"application/json","dataschema":"urn:patchbay:schema:)";
  event += name;
  event += R"(:1","sequence":")";
  append_sequence(event, id);
  event += R"(","data":)";
  append_value(event, data);
  event += '}';
  return event;
}

}  // namespace patchbay::delivery
