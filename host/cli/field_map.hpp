// Which column of a table holds which field of a persona: the file behind `identity evaluate --fields`.
//
// Pure but for reading the file. Any thread. Mistakes are told with file, line and remedy, like those of the settings.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "identity/persona.hpp"

namespace patchbay::cli {

class FieldMap {
 public:
  // Tells its mistakes on the context, and then returns nothing.
  [[nodiscard]] static std::optional<FieldMap> read(Context& context, const std::string& file);

  // The columns that the map names and `header` lacks.
  [[nodiscard]] std::vector<std::string> missing(const std::vector<std::string>& header) const;
  // `header` has all of them.
  [[nodiscard]] identity::Persona persona(const std::vector<std::string>& header,
                                          const std::vector<std::string>& row) const;
  // What of the truth column names the person: all of it, or what truth_pattern finds in it.
  [[nodiscard]] std::string truth(const std::string& cell) const;

 private:
  struct Column {
    std::string name;
    std::string identity::Persona::*field = nullptr;
  };
  struct AddressColumn {
    std::string name;
    std::string identity::PostalAddress::*field = nullptr;
  };
  struct ListColumn {
    std::string name;
    std::vector<std::string> identity::Persona::*field = nullptr;
  };
  struct IdColumn {
    std::string name;
    identity::ServiceId id;  // without its value
  };

  std::vector<Column> columns_;
  std::vector<AddressColumn> address_columns_;
  std::vector<ListColumn> list_columns_;
  std::vector<IdColumn> id_columns_;
  std::string region_;
  std::optional<std::regex> truth_pattern_;
};

}  // namespace patchbay::cli
