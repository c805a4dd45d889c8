#include "envelope.hpp"

#include <algorithm>

namespace patchbay::whatsapp {

namespace {

constexpr std::string_view whatsapp_object = "whatsapp_business_account";
constexpr std::uint32_t most_reasons = 5;

// The lists that a value holds its elements in; all else in it (metadata, contacts) is context.
constexpr std::string_view element_lists[] = {"messages", "message_echoes", "statuses",        "calls",
                                              "history",  "errors",         "user_preferences"};

struct ParseResult {
  Json document;
  std::string error;  // empty: parsed
};

ParseResult parse_json(std::string_view body) {
  try {
    return {Json::parse(body), {}};
  } catch (const Json::parse_error& error) {
    // The library's own text quotes the body, which may hold what a customer wrote.
    return {{}, "expected JSON, found something else at byte " + std::to_string(error.byte)};
  } catch (const Json::exception&) {
    return {{}, "expected JSON, found a number that is out of range"};
  }
}

std::optional<unsigned> hexadecimal(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<unsigned>(c - 'A') + 10;
    else
      return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

// The value of \uXXXX at `at`, if there is one.
std::optional<unsigned> escape_at(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  return hexadecimal(text.substr(at + 2, 4));
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

ParsedBody unreadable(std::string reason, std::string remedy) {
  return {std::nullopt, {"reading a webhook body: " + std::move(reason), std::move(remedy)}};
}

void read_change(Envelope& to, const Json& entry, const Json& change, std::string pointer) {
  const Json* field = member(change, "field");
  if (field == nullptr || !field->is_string()) {
    to.rejected.add(entry, change, {pointer + "/field", "text", describe(field)});
    return;
  }
  const Json* value = member(change, "value");
  if (value == nullptr || !value->is_object()) {
    to.rejected.add(entry, change, {pointer + "/value", "an object", describe(value)});
    return;
  }
  to.changes.push_back({std::move(pointer), text_at(entry, "id"), moment_of(member(entry, "time")),
                        field->get<std::string>(), &entry, value});
}

void read_entry(Envelope& to, const Json& entry, const std::string& pointer) {
  const Json* changes = member(entry, "changes");
  if (changes == nullptr || !changes->is_array()) {
    to.rejected.add(entry, {pointer + "/changes", "a list", describe(changes)});
    return;
  }
  for (std::size_t i = 0; i < changes->size(); ++i)
    read_change(to, entry, (*changes)[i], pointer + "/changes/" + std::to_string(i));
}

// The entry around one of its changes.
Json entry_with(const Json& entry, Json change) {
  static constexpr std::string_view changes[] = {"changes"};
  Json copy = without(entry, changes);
  copy["changes"] = Json::array();
  copy["changes"].push_back(std::move(change));
  return copy;
}

}  // namespace

void Rejected::count(const Problem& problem) {
  if (++count_ > most_reasons) return;
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_ += problem.text();
}

void Rejected::add(const Json& entry, const Problem& problem) {
  count(problem);
  entries_.push_back(entry);
  last_value_ = nullptr;
}

void Rejected::add(const Json& entry, const Json& change, const Problem& problem) {
  count(problem);
  entries_.push_back(entry_with(entry, change));
  last_value_ = nullptr;
}

void Rejected::add(const Change& change, std::string_view list, const Json& element, const Problem& problem) {
  count(problem);
  if (last_value_ != change.value) {
    Json around = Json::object();
    around["field"] = change.field;
    around["value"] = without(*change.value, element_lists);
    entries_.push_back(entry_with(*change.entry, std::move(around)));
    last_value_ = change.value;
  }
  entries_.back()["changes"][0]["value"][std::string(list)].push_back(element);
}

Original Rejected::original() const {
  Original original;
  Json body = Json::object();
  body["object"] = whatsapp_object;
  body["entry"] = entries_;
  original.bytes = one_line(body);
  original.media_type = "application/json";
  original.reason = "mapping a webhook body: " + reasons_;
  if (count_ > most_reasons) original.reason += "; and " + std::to_string(count_ - most_reasons) + " more";
  original.remedy =
      "compare the original with Meta's webhook reference; once a newer version of the connector reads it, replay it";
  return original;
}

std::size_t nesting(std::string_view body, std::size_t limit) noexcept {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
      if (deepest > limit) return deepest;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

std::string without_lone_surrogates(std::string_view body) {
  std::string copy(body);
  for (std::size_t i = 0; i + 1 < copy.size(); ++i) {
    if (copy[i] != '\\') continue;
    const std::optional<unsigned> unit = escape_at(copy, i);
    if (!unit) {
      ++i;  // over what is escaped, so that \\u is no \u
      continue;
    }
    const std::optional<unsigned> next = escape_at(copy, i + 6);
    if (is_high(*unit) && next && is_low(*next)) {
      i += 11;
      continue;
    }
    if (is_high(*unit) || is_low(*unit)) copy.replace(i + 2, 4, "FFFD");
    i += 5;
  }
  return copy;
}

ParsedBody parse_envelope(std::string_view body) {
  static constexpr std::string_view not_meta =
      "see that the webhook of a WhatsApp app, and nothing else, is sent to this channel";
  if (body.size() > largest_body)
    return unreadable(
        "expected at most " + std::to_string(largest_body) + " bytes, found " + std::to_string(body.size()),
        std::string(not_meta));
  if (nesting(body, deepest_nesting) > deepest_nesting)
    return unreadable("expected at most " + std::to_string(deepest_nesting) + " levels of nesting, found more",
                      std::string(not_meta));
  ParseResult parsed = parse_json(body);
  if (!parsed.error.empty()) {
    ParseResult repaired = parse_json(without_lone_surrogates(body));
    if (!repaired.error.empty()) return unreadable(std::move(parsed.error), std::string(not_meta));
    parsed = std::move(repaired);
  }

  Envelope envelope;
  envelope.document = std::move(parsed.document);
  const Json* object = member(envelope.document, "object");
  if (object == nullptr || !object->is_string() || object->get_ref<const std::string&>() != whatsapp_object) {
    const Problem problem{"/object", "\"" + std::string(whatsapp_object) + "\"", describe(object)};
    return {std::nullopt, {problem.text(), std::string(not_meta)}};
  }
  const Json* entries = member(envelope.document, "entry");
  if (entries == nullptr || !entries->is_array())
    return {std::nullopt, {Problem{"/entry", "a list", describe(entries)}.text(), std::string(not_meta)}};
  for (std::size_t i = 0; i < entries->size(); ++i) read_entry(envelope, (*entries)[i], "/entry/" + std::to_string(i));
  return {std::move(envelope), {}};
}

}  // namespace patchbay::whatsapp
