#include "cli/listing.hpp"

#include <CLI/CLI.hpp>

namespace patchbay::cli {

void add_page_options(CLI::App& command, store::Page& page) {
  command.add_option("--limit", page.limit, "How many to list")->check(CLI::Range(1, 10'000))->capture_default_str();
  command.add_option("--after", page.after, "Go on behind this one, as the last page said");
}

void read_store(Context& context, const std::function<Result<nlohmann::json>(store::Reader&)>& read,
                const std::function<void(const nlohmann::json&)>& print) {
  read_store(
      context, [&read](store::Reader& reader, const config::Settings&) { return read(reader); }, print);
}

void read_store(Context& context,
                const std::function<Result<nlohmann::json>(store::Reader&, const config::Settings&)>& read,
                const std::function<void(const nlohmann::json&)>& print) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const std::unique_ptr<store::Store> store = context.store_to_read(*settings);
  if (!store) return;
  auto reader = store->reader();
  if (!reader) return context.fail(reader.error());
  const Result<nlohmann::json> found = read(**reader, *settings);
  if (!found) return context.fail(found.error());
  if (context.json)
    context.print(*found);
  else
    print(*found);
}

std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_next(Context& context, const nlohmann::json& page) {
  if (!page["next"].is_null()) context.out << "\nMore: --after " << page["next"] << "\n";
}

}  // namespace patchbay::cli
