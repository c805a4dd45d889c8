#include "csv.hpp"

#include "formula_guard.hpp"

#include <patchbay/errors.hpp>

#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>

namespace patchbay::file {
namespace {

using Json = nlohmann::json;

// The member of an object, or null, which has no members either.
const Json& member(const Json& object, const char* key) {
  static const Json none;
  const auto found = object.find(key);
  return object.is_object() && found != object.end() ? *found : none;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() || value.is_structured() ? std::string() : value.dump();
}

// The first that says something.
std::string first_text(std::initializer_list<const Json*> values) {
  for (const Json* value : values)
    if (std::string text = text_of(*value); !text.empty()) return text;
  return {};
}

void join(std::string& to, std::string_view separator, std::string_view text) {
  if (!to.empty()) to += separator;
  to += text;
}

std::string all_of(const Json& list) {
  if (!list.is_array()) return text_of(list);
  std::string all;
  for (const Json& value : list) join(all, " ", text_of(value));
  return all;
}

std::string identifiers(const Json& contact, std::string_view kind) {
  std::string all;
  for (const Json& identifier : member(contact, "identifiers"))
    if (text_of(member(identifier, "kind")) == kind) join(all, " ", text_of(member(identifier, "value")));
  return all;
}

std::string attachments(const Json& interaction) {
  std::string all;
  for (const Json& attachment : member(interaction, "attachments")) {
    const std::string name = text_of(member(attachment, "name")), type = text_of(member(attachment, "media_type"));
    join(all, ", ", name.empty() ? type : name + " (" + type + ")");
  }
  return all;
}

// What the cells are taken from.
struct Parts {
  explicit Parts(const Json& from)
      : event(from),
        data(member(from, "data")),
        contact(member(data, "contact")),
        interaction(member(data, "interaction")),
        fact(member(data, "fact")) {}
  const Json& event;
  const Json& data;
  const Json& contact;
  const Json& interaction;
  const Json& fact;
};

// A fact's own word counts before that of the interaction it refers to; a notice stands in `data` itself.
std::string described(const Parts& of, const char* key) {
  return first_text({&member(of.fact, key), &member(of.interaction, key), &member(of.data, key)});
}

struct Column {
  const char* name;
  std::string (*cell)(const Parts& of);
};

constexpr std::array<Column, 23> columns{{
    {"id", [](const Parts& of) { return text_of(member(of.event, "id")); }},
    {"type", [](const Parts& of) { return text_of(member(of.event, "type")); }},
    {"time", [](const Parts& of) { return text_of(member(of.event, "time")); }},
    {"channel", [](const Parts& of) { return described(of, "channel"); }},
    {"account", [](const Parts& of) { return described(of, "account"); }},
    {"contact",
     [](const Parts& of) {
       return first_text({&member(of.contact, "id"), &member(of.data, "id")});
     }},
    {"name", [](const Parts& of) { return text_of(member(of.contact, "name")); }},
    {"email", [](const Parts& of) { return identifiers(of.contact, "email"); }},
    {"phone", [](const Parts& of) { return identifiers(of.contact, "phone"); }},
    {"other_contacts",
     [](const Parts& of) {
       std::string all;
       for (const char* key : {"merged", "from", "aliases"})
         if (const std::string ids = all_of(member(of.data, key)); !ids.empty()) join(all, " ", ids);
       return all;
     }},
    {"interaction",
     [](const Parts& of) {
       return first_text({&member(of.interaction, "id"), &member(of.data, "cause")});
     }},
    {"external_id", [](const Parts& of) { return text_of(member(of.interaction, "external_id")); }},
    {"conversation", [](const Parts& of) { return text_of(member(of.interaction, "conversation")); }},
    {"in_reply_to", [](const Parts& of) { return text_of(member(of.interaction, "in_reply_to")); }},
    {"kind", [](const Parts& of) { return described(of, "kind"); }},
    {"direction", [](const Parts& of) { return text_of(member(of.interaction, "direction")); }},
    {"visibility", [](const Parts& of) { return text_of(member(of.interaction, "visibility")); }},
    {"occurred_at", [](const Parts& of) { return described(of, "occurred_at"); }},
    {"receipt", [](const Parts& of) { return text_of(member(of.fact, "receipt")); }},
    {"subject", [](const Parts& of) { return text_of(member(of.interaction, "subject")); }},
    {"text", [](const Parts& of) { return described(of, "text"); }},
    {"attachments", [](const Parts& of) { return attachments(of.interaction); }},
    {"source", [](const Parts& of) { return text_of(member(of.event, "source")); }},
}};

void append_cell(std::string& row, std::string_view text) {
  if (!row.empty()) row += ',';
  row += '"';
  for (const char c : guarded(text)) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

}  // namespace

std::string csv_header() {
  std::string row;
  for (const Column& column : columns) append_cell(row, column.name);
  return row + "\r\n";
}

std::string csv_row(std::string_view event) {
  const Json parsed = Json::parse(event, nullptr, false);
  if (!parsed.is_object())
    throw permanent("writing an event as CSV: expected a JSON object, and its text is none",
                    "tell the author of Patchbay");
  const Parts parts(parsed);
  std::string row;
  row.reserve(event.size());
  for (const Column& column : columns) append_cell(row, column.cell(parts));
  return row + "\r\n";
}

CsvRow read_csv_row(std::string_view text) {
  CsvRow row;
  std::size_t at = 0;
  const auto stop = [&](CsvRow::End end) {
    row.end = end;
    row.cells.clear();
    return std::move(row);
  };
  for (;;) {
    if (at == text.size()) return stop(CsvRow::End::torn);
    if (text[at++] != '"') return stop(CsvRow::End::damaged);
    std::string& cell = row.cells.emplace_back();
    for (;; ++at) {
      if (at == text.size()) return stop(CsvRow::End::torn);
      if (text[at] == '\0') return stop(CsvRow::End::damaged);
      if (text[at] == '"') {
        if (at + 1 == text.size()) return stop(CsvRow::End::torn);
        if (text[at + 1] != '"') break;
        ++at;
      }
      cell += text[at];
    }
    const char behind = text[++at];
    ++at;
    if (behind == ',') continue;
    if (behind != '\r') return stop(CsvRow::End::damaged);
    if (at == text.size()) return stop(CsvRow::End::torn);
    if (text[at] != '\n') return stop(CsvRow::End::damaged);
    row.end = CsvRow::End::whole;
    row.length = at + 1;
    return row;
  }
}

}  // namespace patchbay::file
