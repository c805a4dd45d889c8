#include "plugin/stream_rules.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace patchbay::plugin {
namespace {

using Json = nlohmann::json;

constexpr std::string_view capability = "streams:";
constexpr std::uint64_t largest_port = 65'535;

// Names are compared without regard to case (RFC 4343); a dot at the end changes nothing.
std::string name_of_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string name(host);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

struct Server {
  std::string_view host;
  std::uint64_t port = 0;
};

// "HOST:PORT" or "[IPv6]:PORT".
std::optional<Server> read_server(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Server server{.host = text.substr(0, colon)};
  if (server.host.starts_with('[') && server.host.ends_with(']'))
    server.host = server.host.substr(1, server.host.size() - 2);
  else if (server.host.find(':') != std::string_view::npos)
    return std::nullopt;  // an IPv6 address without brackets: nobody knows where the port begins
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), server.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return server;
}

}  // namespace

bool uses_streams(const Manifest& manifest) {
  return std::any_of(manifest.capabilities.begin(), manifest.capabilities.end(),
                     [](const std::string& one) { return one.starts_with(capability); });
}

StreamRules::StreamRules(const Manifest& manifest, const Json& settings) {
  for (const std::string& one : manifest.capabilities) {
    if (!one.starts_with(capability)) continue;
    const std::string_view what = std::string_view(one).substr(capability.size());
    if (what.starts_with('/'))
      follow(what, settings);
    else if (const auto server = read_server(what))
      add(server->host, server->port);
  }
}

// The gate let no pointer pass that has an escape in it.
void StreamRules::follow(std::string_view pointer, const Json& settings) {
  if (pointer.empty()) return add(settings);
  const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
  const std::string step(pointer.substr(1, end - 1));
  const std::string_view rest = pointer.substr(end);
  if (step == "*") {
    if (settings.is_structured())
      for (const Json& member : settings) follow(rest, member);
  } else if (settings.is_object()) {
    if (const auto member = settings.find(step); member != settings.end()) follow(rest, *member);
  }
}

void StreamRules::add(const Json& server) {
  if (server.is_array()) {
    for (const Json& one : server)
      if (!one.is_array()) add(one);
  } else if (server.is_string()) {
    if (const auto read = read_server(server.get_ref<const std::string&>())) add(read->host, read->port);
  } else if (server.is_object()) {
    const auto host = server.find("host");
    const auto port = server.find("port");
    if (host != server.end() && host->is_string() && port != server.end() && port->is_number_integer() && *port > 0)
      add(host->get_ref<const std::string&>(), port->get<std::uint64_t>());
  }
}

void StreamRules::add(std::string_view host, std::uint64_t port) {
  std::string name = name_of_host(host);
  if (!name.empty() && port > 0 && port <= largest_port)
    servers_.emplace(std::move(name), static_cast<std::uint32_t>(port));
}

bool StreamRules::allows(std::string_view host, std::uint32_t port) const {
  return servers_.contains({name_of_host(host), port});
}

}  // namespace patchbay::plugin
