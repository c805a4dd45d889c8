// The settings file: YAML in, checked settings out, or every mistake at once with its line.
//
// load() reads one file (and the files that ${file:PATH} names), fills in the plugins' defaults, checks each channel
// and destination against its plugin's JSON Schema (draft-07), and takes the secrets out. It changes nothing. The
// result is a plain value; any thread. It never throws: whatever is wrong is a Problem, all of them at once, by line.
//
// YAML 1.2 with the core schema; what is quoted stays text. Relative paths are taken from the settings file's folder.
#pragma once

#include "base/oauth2_offer.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::config {

// Where in which file, and what would be right.
struct Problem {
  std::string file;
  int line = 0;          // 1 = the first; 0 = the file as a whole
  std::string path;      // RFC 6901 pointer: "/channels/support/host"
  std::string expected;  // "a host name"
  std::string got;       // "42"
  std::string remedy;

  // "rossi.yaml:12: /channels/support/host: expected a host name, got 42; write it in quotes"
  [[nodiscard]] std::string text() const;
};

// Secrets by number, out of the JSON that plugins see. Never printed.
using Secrets = std::vector<std::string>;

struct Business {
  std::string name;
  std::string region;            // ISO 3166-1 alpha-2, upper case
  std::string timezone;          // IANA name
  std::vector<std::string> own;  // the business's own domains, addresses and numbers
  friend bool operator==(const Business&, const Business&) = default;
};

struct Tls {
  std::string certificate, key;  // PEM files
  friend bool operator==(const Tls&, const Tls&) = default;
};

struct PublicListener {
  std::string address;
  std::string url;  // without a slash at the end
  std::vector<std::string> trust_proxies;
  std::optional<Tls> tls;
  friend bool operator==(const PublicListener&, const PublicListener&) = default;
};

struct AdminListener {
  std::string address = "127.0.0.1:8080";
  friend bool operator==(const AdminListener&, const AdminListener&) = default;
};

struct StoreSettings {
  std::string sqlite;                    // folder
  std::string key;                       // for what is stored encrypted; empty where none is given
  std::vector<std::string> former_keys;  // with which older entries may still be encrypted
  friend bool operator==(const StoreSettings&, const StoreSettings&) = default;
};

// How a destination is sent to. What is left out is the gateway's own choice.
struct Sending {
  std::optional<double> per_second;       // requests, in the long run
  std::optional<double> burst;            // at once beyond that rate
  std::optional<std::uint32_t> parallel;  // requests under way
  std::optional<std::uint32_t> attempts;  // at one event
  friend bool operator==(const Sending&, const Sending&) = default;
};

enum class Isolation : std::uint8_t { worker, in_process };
enum class Workers : std::uint8_t { per_channel, shared };

enum class ClientAuthentication : std::uint8_t { header, body };  // RFC 6749, section 2.3.1

// How a channel or destination gets its access tokens: what the manifest offers and the settings say, put together.
struct OAuth2 {
  OAuth2Flow flow = OAuth2Flow::device;
  std::string device_url, authorization_url, token_url;
  std::string client_id;
  std::string client_secret;  // empty: a public client
  ClientAuthentication client_authentication = ClientAuthentication::header;
  std::vector<std::string> scopes;
  OAuth2Parameters parameters;
  std::size_t handle = 0;  // what stands for the access token: {"$secret": handle} in the plugin's `oauth2`
  friend bool operator==(const OAuth2&, const OAuth2&) = default;
};

// One channel or destination. `settings` is the plugin's part: defaults filled in, each secret {"$secret": N} with N
// an index into `secrets`.
struct Section {
  std::string name;
  std::string plugin;
  nlohmann::json settings;
  Secrets secrets;
  std::vector<std::string> allow_private;   // CIDR[:PORT], host key of both kinds
  std::string ca_file;                      // host key of both kinds
  Isolation isolation = Isolation::worker;  // host key of both kinds
  Workers workers = Workers::per_channel;   // host key of both kinds
  std::optional<OAuth2> oauth2;             // host key of both kinds
  std::string stream_proxy;                 // host key of channels: "socks5://..." or "http://..."
  Sending sending;                          // host keys of destinations
  friend bool operator==(const Section&, const Section&) = default;
};

struct Route {
  std::vector<std::string> from;  // channel names; empty = all
  std::string to;
  bool historical = true;  // whether backfilled interactions go, too
  friend bool operator==(const Route&, const Route&) = default;
};

struct Settings {
  std::string file;
  Business business;
  std::optional<PublicListener> public_listener;
  AdminListener admin;
  StoreSettings store;
  std::vector<Section> channels;      // in the file's order
  std::vector<Section> destinations;  // in the file's order
  std::vector<Route> routes;
  std::vector<Problem> warnings;  // what is allowed and yet hardly meant, such as a channel without a route
};

// What the file may name: the plugins' settings schemas. Null = no such plugin; `names` are for the remedy.
struct Schemas {
  std::function<const nlohmann::json*(std::string_view name)> connector;
  std::function<const nlohmann::json*(std::string_view name)> sink;
  std::vector<std::string> connector_names;
  std::vector<std::string> sink_names;
  // What their manifests offer about OAuth2. Null = it does not use it.
  std::function<const OAuth2Offer*(std::string_view name)> connector_oauth2{}, sink_oauth2{};
};

// The value of an environment variable, or nothing. Handed in: config reads no environment of its own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

[[nodiscard]] tl::expected<Settings, std::vector<Problem>> load(const std::string& file, const Schemas& schemas,
                                                                const Environment& environment);
// The same for text that was read already; `file` is used in problems and as the base of relative paths.
[[nodiscard]] tl::expected<Settings, std::vector<Problem>> parse(std::string_view yaml, const std::string& file,
                                                                 const Schemas& schemas,
                                                                 const Environment& environment);

}  // namespace patchbay::config
