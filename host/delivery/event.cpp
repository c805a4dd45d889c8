#include "delivery/event.hpp"

#include "contact/json_text.hpp"

#include <cstdio>

namespace patchbay::delivery {
namespace {

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

// As wide as the widest number, so that sorting by text is sorting by commit.
void append_sequence(std::string& to, store::EventId id) {
  constexpr std::size_t width = 20;
  const std::string digits = std::to_string(store::number(id));
  if (digits.size() < width) to.append(width - digits.size(), '0');
  to += digits;
}

}  // namespace

std::string cloud_event(std::string_view store_id, store::EventId id, store::EventType type, std::string_view subject,
                        TimePoint at, std::string_view data) {
  const std::string_view name = store::name_of(type);

  std::string event;
  event.reserve(512 + store_id.size() + subject.size() + data.size());
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
    contact::append_text(event, subject);
  }
  event += R"(,"time":")";
  event += rfc3339(at);
  event += R"(","datacontenttype":"application/json","dataschema":"urn:patchbay:schema:)";
  event += name;
  event += R"(:1","sequence":")";
  append_sequence(event, id);
  event += R"(","data":)";
  event += data;
  event += '}';
  return event;
}

std::string cloud_event(std::string_view store_id, store::EventId id, store::EventType type, std::string_view subject,
                        TimePoint at, const nlohmann::json& data) {
  std::string text;
  contact::append_json(text, data);
  return cloud_event(store_id, id, type, subject, at, std::string_view(text));
}

}  // namespace patchbay::delivery
