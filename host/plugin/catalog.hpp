// The plugins found on this machine, after the gate: what may be loaded, what may not and why.
//
// scan() reads folders and files only; no code of a plugin runs before open(). A Catalog never forgets a plugin while
// the process lives, and libraries are never unloaded. Catalogs that follow each other have their workers in common.
// [any-thread] once made.
#pragma once

#include "base/executor.hpp"
#include "base/oauth2_offer.hpp"
#include "base/result.hpp"
#include "plugin/instance.hpp"
#include "plugin/services.hpp"

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::plugin {

enum class PluginKind : std::uint8_t { channel, sink };

// How the host tells a real request from a forged one before it wakes the plugin (manifest: endpoint.signature).
struct EndpointSignature {
  std::string scheme;                // abi.h, patchbay.secrets/1: "hmac-sha256", "hmac-sha1"
  std::string header;                // lower case
  std::string prefix;                // in front of the signature in the header: "sha256="
  std::string encoding;              // "hex" or "base64"
  std::string secret;                // JSON pointer into the channel's settings
  std::vector<std::string> methods;  // which are signed: POST
};

// How a channel sends, as far as the host must know (manifest: sending).
struct SendingRules {
  // Seconds after a person's last inbound interaction on an account within which they may be written to; 0 = always.
  std::uint32_t window_s = 0;
  std::string window_remedy;  // what to do outside of it, for a person
  bool idempotent = false;    // the provider takes the same id once, however often it comes
};

// What its worker process may use.
struct WorkerLimits {
  std::uint64_t memory_mb = 512;
  std::uint64_t cpu_seconds = 0;    // over its whole life; 0 = no limit
  std::uint64_t call_seconds = 30;  // for one call; 0 = no limit
};

struct Manifest {
  std::string name;
  PluginKind kind = PluginKind::channel;
  std::string version;
  std::string title;
  std::string summary;
  std::string library;           // file name in the plugin's folder
  std::string sha256;            // of that file, hex
  std::string status;            // "experimental", "stable"
  std::string security_posture;  // whom its input comes from, and what stands between
  // "secrets.reveal", "http:graph.facebook.com", "files.read:/folder", "files.write:/folder",
  // "streams:/server"
  std::vector<std::string> capabilities;
  std::optional<EndpointSignature> signature;
  bool endpoint = false;
  std::string idempotency;  // of a sink: "A" to "D"
  SendingRules sending;     // of a channel that sends
  std::optional<OAuth2Offer> oauth2;
  bool strict = false;  // no worker is better than one that the kernel cannot confine wholly
  WorkerLimits limits;
};

struct Plugin {
  std::filesystem::path folder;
  Manifest manifest;
  nlohmann::json schema;  // settings.schema.json, draft-07
};

// A folder that the gate refused.
struct Refused {
  std::filesystem::path folder;
  Error error;
};

enum class Isolation : std::uint8_t { in_process, worker };
// Whether an instance has its worker process for itself, or may share it with others of its plugin.
enum class Workers : std::uint8_t { per_channel, shared };

// What is expected of an instance: one whose plugin has just crashed is given least of the processor for a while, so
// that crashing again and again, and whatever it does before, costs the others little.
enum class Trust : std::uint8_t { usual, on_probation };

struct OpenSettings {
  std::string name;  // of the channel or destination
  nlohmann::json settings;
  std::string region;
  std::uint32_t credit = 64;
  Isolation isolation = Isolation::in_process;
  Workers workers = Workers::per_channel;
  Trust trust = Trust::usual;
};

class Catalog {
 public:
  // Every folder below `roots` with a manifest.json in it goes through the gate. Of two plugins of one kind and name
  // the one in the earlier root counts. A library that `earlier` has too is not loaded a second time.
  [[nodiscard]] static std::shared_ptr<Catalog> scan(const std::vector<std::filesystem::path>& roots,
                                                     const Catalog* earlier = nullptr);
  virtual ~Catalog() = default;

  [[nodiscard]] virtual const std::vector<Plugin>& plugins() const = 0;
  [[nodiscard]] virtual const std::vector<Refused>& refused() const = 0;
  [[nodiscard]] virtual const Plugin* find(PluginKind kind, std::string_view name) const = 0;

  // Opens an instance as the settings say: in a worker process, or in this one after loading the library if that has
  // not happened. In this process it lives on a thread of its own where `executor` is null or the plugin offers run/1,
  // else on that executor (which must outlive it). The error is what the plugin reported, all mistakes joined.
  [[nodiscard]] virtual Result<std::unique_ptr<Instance>> open(const Plugin& plugin, const OpenSettings& settings,
                                                               Services& services, Executor* executor) = 0;
};

}  // namespace patchbay::plugin
