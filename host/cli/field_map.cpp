#include "cli/field_map.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "config/mapping_reader.hpp"

namespace patchbay::cli {
namespace {

using config::Need;
using identity::Persona;
using identity::PostalAddress;

constexpr std::array<std::pair<const char*, std::string Persona::*>, 7> text_fields{{
    {"name", &Persona::name},
    {"given_name", &Persona::given_name},
    {"family_name", &Persona::family_name},
    {"birth_date", &Persona::birth_date},
    {"birth_place", &Persona::birth_place},
    {"occupation", &Persona::occupation},
    {"language", &Persona::language},
}};
constexpr std::array<std::pair<const char*, std::string PostalAddress::*>, 5> address_fields{{
    {"street", &PostalAddress::street},
    {"number", &PostalAddress::number},
    {"postcode", &PostalAddress::postcode},
    {"town", &PostalAddress::town},
    {"country", &PostalAddress::country},
}};
constexpr std::array<std::pair<const char*, std::vector<std::string> Persona::*>, 2> list_fields{{
    {"emails", &Persona::emails},
    {"phones", &Persona::phones},
}};

std::optional<std::regex> compiled(const std::string& pattern) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

std::optional<config::Wish> regular_expression(const std::string& pattern) {
  const std::optional<std::regex> expression = compiled(pattern);
  if (expression && expression->mark_count() == 1) return std::nullopt;
  return config::Wish{"a regular expression (ECMAScript) with one group", "put what names the person between ( and )"};
}

std::string cell_of(const std::vector<std::string>& header, const std::vector<std::string>& row,
                    const std::string& name) {
  const auto column = static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  return column < row.size() ? row[column] : std::string();
}

}  // namespace

std::optional<FieldMap> FieldMap::read(Context& context, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    context.fail({ErrorCode::not_found, "reading " + file + " failed", "name a file that can be read"});
    return std::nullopt;
  }
  config::Report report(file);
  FieldMap map;
  if (const std::optional<config::Node> root = config::read_document(text, report)) {
    constexpr const char* column = "the name of a column";
    config::MappingReader reader(&*root, root->at, "", report);
    for (const auto& [key, field] : text_fields)
      if (std::string name = reader.text(key, Need::optional, column); !name.empty())
        map.columns_.push_back({std::move(name), field});
    for (const auto& [key, field] : address_fields)
      if (std::string name = reader.text(key, Need::optional, column); !name.empty())
        map.address_columns_.push_back({std::move(name), field});
    for (const auto& [key, field] : list_fields)
      for (std::string& name : reader.texts(key, column)) map.list_columns_.push_back({std::move(name), field});
    if (const config::Member* ids = reader.take("ids", Need::optional, "")) {
      for (std::size_t i = 0; i < ids->value.items.size(); ++i) {
        const config::Node& item = ids->value.items[i];
        config::MappingReader id(&item, item.at, config::pointer_to("/ids", i), report);
        IdColumn& added = map.id_columns_.emplace_back();
        added.name = id.text("column", Need::required, column);
        added.id.kind = id.text("kind", Need::required, "a kind of identifier, such as customer_number");
        added.id.scope = id.text("scope", Need::optional, "within what it is unique");
        if (id.flag("one_per_person", false)) added.id.rule = identity::IdentifierRule::one_per_person;
        id.finish();
      }
      if (ids->value.kind != config::NodeKind::list)
        reader.mistake(*ids, "a list of mappings", "write `- {column: ..., kind: ...}` below it");
    }
    map.region_ = reader.text("region", Need::optional, "a country", config::region);
    const std::string pattern =
        reader.text("truth_pattern", Need::optional, "a regular expression with one group", regular_expression);
    reader.finish();
    if (!pattern.empty()) map.truth_pattern_ = compiled(pattern);
  }
  if (report.empty()) return map;
  context.fail(report.problems());
  return std::nullopt;
}

std::vector<std::string> FieldMap::missing(const std::vector<std::string>& header) const {
  std::vector<std::string> names;
  const auto look_for = [&](const auto& columns) {
    for (const auto& column : columns)
      if (std::find(header.begin(), header.end(), column.name) == header.end()) names.push_back(column.name);
  };
  look_for(columns_);
  look_for(address_columns_);
  look_for(list_columns_);
  look_for(id_columns_);
  return names;
}

Persona FieldMap::persona(const std::vector<std::string>& header, const std::vector<std::string>& row) const {
  Persona persona;
  for (const Column& column : columns_) persona.*column.field = cell_of(header, row, column.name);
  for (const AddressColumn& column : address_columns_)
    persona.address.*column.field = cell_of(header, row, column.name);
  for (const ListColumn& column : list_columns_)
    if (std::string cell = cell_of(header, row, column.name); !cell.empty())
      (persona.*column.field).push_back(std::move(cell));
  for (const IdColumn& column : id_columns_) {
    identity::ServiceId id = column.id;
    id.value = cell_of(header, row, column.name);
    if (!id.value.empty()) persona.ids.push_back(std::move(id));
  }
  persona.region = region_;
  return persona;
}

std::string FieldMap::truth(const std::string& cell) const {
  std::smatch found;
  return truth_pattern_ && std::regex_search(cell, found, *truth_pattern_) ? found[1].str() : cell;
}

}  // namespace patchbay::cli
