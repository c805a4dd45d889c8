// What the commands that read the store have in common: a page to ask for, an id to look up, a document to print.
#pragma once

#include "cli/context.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace patchbay::cli {

// --after and --limit.
void add_page_options(CLI::App& command, store::Page& page);

// Reads from the store and prints what was found: as JSON, or by `print`.
void read_store(Context& context, const std::function<Result<nlohmann::json>(store::Reader&)>& read,
                const std::function<void(const nlohmann::json&)>& print);
// The same for who needs the settings, too.
void read_store(Context& context,
                const std::function<Result<nlohmann::json>(store::Reader&, const config::Settings&)>& read,
                const std::function<void(const nlohmann::json&)>& print);

// "contact_17" or 17; anything else has been told and is nothing.
template <class Id>
[[nodiscard]] std::optional<Id> id_of(Context& context, const std::string& text, std::string_view word) {
  if (const auto number = store::number_of(text, word)) return Id{*number};
  context.fail(
      {ErrorCode::invalid, "reading an id: expected " + std::string(word) + "_ and a number, got " + text, ""});
  context.exit = Exit::usage;
  return std::nullopt;
}

// Text, "" for null, everything else as JSON.
[[nodiscard]] std::string text_of(const nlohmann::json& value);
// "More: --after KEY", where there is more.
void print_next(Context& context, const nlohmann::json& page);

}  // namespace patchbay::cli
