#include "config/settings.hpp"

#include "config/checks.hpp"
#include "config/document.hpp"
#include "config/mapping_reader.hpp"
#include "config/plugin_sections.hpp"
#include "config/references.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

namespace patchbay::config {

namespace {

namespace fs = std::filesystem;

// Where each (channel, destination) pair was first routed.
using Routed = std::map<std::pair<std::string, std::string>, int>;

std::string in_folder(const fs::path& folder, const std::string& path) {
  return path.empty() ? path : (folder / path).string();
}

Business read_business(MappingReader reader) {
  Business business;
  if (!reader.present()) return business;
  business.name = reader.text("name", Need::required, "the business's name");
  business.region = reader.text("region", Need::required, "a country code such as IT", region);
  business.timezone = reader.text("timezone", Need::required, "a time zone such as Europe/Rome", time_zone);
  business.own = reader.texts("own", "a domain, an e-mail address or a phone number");
  reader.finish();
  return business;
}

std::optional<PublicListener> read_public(MappingReader reader, const fs::path& folder) {
  if (!reader.present()) return std::nullopt;
  PublicListener listener;
  listener.address = reader.text("address", Need::required, "an address with a port", listen_address);
  listener.url = reader.text("url", Need::required, "the https URL that providers call", public_url);
  while (listener.url.ends_with('/')) listener.url.pop_back();
  listener.trust_proxies = reader.texts("trust_proxies", "an IP address or a range", proxy_address);
  MappingReader tls = reader.mapping("tls", Need::optional, "");
  if (tls.present()) {
    listener.tls = Tls{in_folder(folder, tls.text("certificate", Need::required, "the path of a PEM file")),
                       in_folder(folder, tls.text("key", Need::required, "the path of a PEM file"))};
    tls.finish();
  }
  reader.finish();
  return listener;
}

AdminListener read_admin(MappingReader reader) {
  AdminListener listener;
  if (!reader.present()) return listener;
  const std::string address = reader.text("address", Need::optional, "an address with a port", listen_address);
  if (!address.empty()) listener.address = address;
  reader.finish();
  return listener;
}

StoreSettings read_store(MappingReader reader, const fs::path& folder) {
  StoreSettings store;
  if (!reader.present()) return store;
  store.sqlite = in_folder(folder, reader.text("sqlite", Need::required, "the path of a folder"));
  store.key = reader.text("key", Need::optional, "a secret", nullptr, Privacy::secret);
  store.former_keys = reader.texts("former_keys", "a secret");
  reader.finish();
  return store;
}

std::vector<std::string> names_of(const std::vector<PlacedSection>& sections) {
  std::vector<std::string> names;
  names.reserve(sections.size());
  for (const PlacedSection& each : sections) names.push_back(each.section.name);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Routes {
 public:
  Routes(const std::vector<PlacedSection>& channels, const std::vector<PlacedSection>& destinations, Report& report)
      : channels_(names_of(channels)), destinations_(names_of(destinations)), report_(report) {}

  std::vector<Route> read(const Member* member) {
    std::vector<Route> routes;
    if (member == nullptr || member->value.scalar.is_discarded()) return routes;
    const Node& list = member->value;
    if (list.kind == NodeKind::scalar && list.scalar.is_null()) return routes;
    if (list.kind != NodeKind::list) {
      report_.add({member->at, "/routes", "a list of routes", describe(list), "write - {from: \"*\", to: NAME}"});
      return routes;
    }
    for (std::size_t i = 0; i < list.items.size(); ++i)
      routes.push_back(read_one(list.items[i], pointer_to("/routes", i)));
    return routes;
  }

  [[nodiscard]] bool leads_from(const std::string& channel) const { return leads(channel, Side::from); }
  [[nodiscard]] bool leads_to(const std::string& destination) const { return leads(destination, Side::to); }

 private:
  enum class Side : std::uint8_t { from, to };

  Route read_one(const Node& node, const std::string& path) {
    Route route;
    MappingReader reader(&node, node.at, path, report_);
    if (!reader.present()) return route;
    const Member* from = reader.take("from", Need::required, "\"*\" or a list of channels");
    if (from != nullptr) route.from = read_from(*from, pointer_to(path, "from"));
    route.to = reader.text("to", Need::required, "the name of a destination");
    if (!route.to.empty() && !contains(destinations_, route.to)) {
      reader.mistake(*node.find("to"), "the name of a destination",
                     known_words(route.to, destinations_, "add it below destinations"));
    } else if (!route.to.empty() && from != nullptr) {
      remember(route, node.at, path);
    }
    route.historical = reader.flag("historical", true);
    reader.finish();
    return route;
  }

  std::vector<std::string> read_from(const Member& from, const std::string& path) {
    const Node& value = from.value;
    std::vector<std::string> names;
    if (value.scalar.is_discarded() || (value.kind == NodeKind::scalar && value.text == "*")) return names;
    if (value.kind != NodeKind::list || value.items.empty()) {
      const bool word = value.kind == NodeKind::scalar && value.scalar.is_string() && !value.referenced;
      report_.add({from.at, path, "\"*\" or a list of channels",
                   value.kind == NodeKind::list ? "an empty list" : describe(value),
                   word ? "write [" + printable(value.text) + "]" : "write \"*\" for all channels"});
      return names;
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Node& item = value.items[i];
      if (item.scalar.is_discarded()) continue;
      const bool known = item.scalar.is_string() && contains(channels_, item.text);
      if (known && !contains(names, item.text)) {
        names.push_back(item.text);
        continue;
      }
      report_.add({item.at, pointer_to(path, i), known ? "each channel once" : "the name of a channel", describe(item),
                   known ? "remove it" : known_words(item.text, channels_, "add it below channels")});
    }
    return names;
  }

  // What reaches a destination by two routes would reach it twice.
  void remember(const Route& route, Position at, const std::string& path) {
    for (const std::string& channel : route.from.empty() ? channels_ : route.from) {
      const auto [earlier, fresh] = routed_.emplace(std::pair(channel, route.to), at.line);
      if (fresh) continue;
      report_.add({at, path, "one route from " + printable(channel) + " to " + printable(route.to), "a second one",
                   "the first is on line " + std::to_string(earlier->second) + ": keep one of them"});
    }
  }

  [[nodiscard]] bool leads(const std::string& name, Side side) const {
    return std::any_of(routed_.begin(), routed_.end(), [&](const auto& each) {
      return (side == Side::from ? each.first.first : each.first.second) == name;
    });
  }

  std::vector<std::string> channels_, destinations_;
  Report& report_;
  Routed routed_;
};

std::vector<Section> without_places(std::vector<PlacedSection> placed) {
  std::vector<Section> sections;
  sections.reserve(placed.size());
  for (PlacedSection& each : placed) sections.push_back(std::move(each.section));
  return sections;
}

void warn_of_loose_ends(const std::vector<PlacedSection>& channels, const std::vector<PlacedSection>& destinations,
                        const Routes& routes, Report& warnings) {
  for (const PlacedSection& each : channels) {
    if (routes.leads_from(each.section.name)) continue;
    warnings.add({each.at, pointer_to("/channels", each.section.name), "a route from this channel", "none",
                  "what arrives is kept, and sent nowhere: add it to routes"});
  }
  for (const PlacedSection& each : destinations) {
    if (routes.leads_to(each.section.name)) continue;
    warnings.add({each.at, pointer_to("/destinations", each.section.name), "a route to this destination", "none",
                  "nothing is sent to it: add it to routes"});
  }
}

// What a person consented to is stored, and only encrypted.
void expect_key(const std::vector<PlacedSection>& sections, const std::string& path, const StoreSettings& store,
                Report& report) {
  constexpr std::size_t shortest = 32;
  for (const PlacedSection& each : sections) {
    if (!each.section.oauth2 || each.section.oauth2->flow == OAuth2Flow::client_credentials) continue;
    if (store.key.size() >= shortest) continue;
    report.add({each.at, pointer_to(pointer_to(path, each.section.name), "oauth2"),
                "a store.key of at least 32 characters, with which tokens are stored encrypted",
                store.key.empty() ? "none" : "a shorter one",
                "write store: {key: \"${file:PATH}\"} with what `openssl rand -base64 32` makes"});
  }
}

Settings read_settings(const Node& root, const fs::path& folder, const Schemas& schemas, Report& report) {
  Settings settings;
  settings.file = report.file();
  MappingReader top(&root, root.at, "", report);
  if (!top.present()) return settings;
  settings.business =
      read_business(top.mapping("business", Need::required, "a mapping with name, region and timezone"));
  MappingReader listen = top.mapping("listen", Need::optional, "");
  settings.public_listener = read_public(listen.mapping("public", Need::optional, ""), folder);
  settings.admin = read_admin(listen.mapping("admin", Need::optional, ""));
  listen.finish();
  settings.store = read_store(top.mapping("store", Need::required, "a mapping with sqlite"), folder);

  std::vector<PlacedSection> channels = read_plugin_sections(
      top.mapping("channels", Need::optional, ""), {"connector", "a connector", SectionKind::channel},
      {schemas.connector, schemas.connector_names, schemas.connector_oauth2}, folder, report);
  std::vector<PlacedSection> destinations = read_plugin_sections(
      top.mapping("destinations", Need::optional, ""), {"sink", "a sink", SectionKind::destination},
      {schemas.sink, schemas.sink_names, schemas.sink_oauth2}, folder, report);
  expect_key(channels, "/channels", settings.store, report);
  expect_key(destinations, "/destinations", settings.store, report);
  Routes routes(channels, destinations, report);
  settings.routes = routes.read(top.take("routes", Need::optional, ""));
  top.finish();

  Report warnings(report.file());
  warn_of_loose_ends(channels, destinations, routes, warnings);
  settings.warnings = warnings.problems();
  settings.channels = without_places(std::move(channels));
  settings.destinations = without_places(std::move(destinations));
  return settings;
}

tl::unexpected<std::vector<Problem>> unreadable(const std::string& file, std::string got, std::string remedy) {
  return tl::unexpected(
      std::vector<Problem>{{file, 0, "", "a settings file that can be read", std::move(got), std::move(remedy)}});
}

}  // namespace

tl::expected<Settings, std::vector<Problem>> parse(std::string_view yaml, const std::string& file,
                                                   const Schemas& schemas, const Environment& environment) {
  Report report(file);
  std::optional<Node> root = read_document(yaml, report);
  if (!root || (root->kind == NodeKind::scalar && root->scalar.is_null())) {
    if (report.empty())
      report.add(
          {{}, "", "settings", "an empty file", "begin with business: {name: ..., region: IT, timezone: Europe/Rome}"});
    return tl::unexpected(report.problems());
  }
  const fs::path folder = fs::path(file).parent_path();
  resolve_references(*root, folder, environment, report);
  Settings settings = read_settings(*root, folder, schemas, report);
  if (!report.empty()) return tl::unexpected(report.problems());
  return settings;
}

tl::expected<Settings, std::vector<Problem>> load(const std::string& file, const Schemas& schemas,
                                                  const Environment& environment) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found)
    return unreadable(file, "no such file", "name another with --settings, or create it");
  if (fs::is_directory(status)) return unreadable(file, "a folder", "name the file in it");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return unreadable(file, std::generic_category().message(errno), "let the gateway's user read it");
  std::string content(most_file_bytes + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (stream.bad()) return unreadable(file, "an input error", "check the disk it is on");
  content.resize(static_cast<std::size_t>(stream.gcount()));
  if (content.size() > most_file_bytes) return unreadable(file, "one of more than 1 MiB", "is this the settings file?");
  return parse(content, file, schemas, environment);
}

}  // namespace patchbay::config
