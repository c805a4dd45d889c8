// Which servers a plugin's streams may lead to: those that the operator wrote into the settings, where the manifest's
// capabilities `streams:POINTER` point, and those that a capability `streams:HOST:PORT` names itself, for a provider
// whose address nobody should have to write down. Pure; any thread.
//
// A pointer is one of RFC 6901, in which a step `*` stands for every member of a list or an object:
// "streams:/accounts/*/server". What it leads to is text HOST:PORT ("imap.example.org:993", "[2001:db8::1]:993"), an
// object with `host` and `port`, or a list of either. Anything else there allows nothing.
#pragma once

#include "plugin/catalog.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace patchbay::plugin {

[[nodiscard]] bool uses_streams(const Manifest& manifest);

class StreamRules {
 public:
  StreamRules(const Manifest& manifest, const nlohmann::json& settings);

  [[nodiscard]] bool allows(std::string_view host, std::uint32_t port) const;
  [[nodiscard]] const std::set<std::pair<std::string, std::uint32_t>>& servers() const { return servers_; }

 private:
  void follow(std::string_view pointer, const nlohmann::json& settings);
  void add(const nlohmann::json& server);
  void add(std::string_view host, std::uint64_t port);

  std::set<std::pair<std::string, std::uint32_t>> servers_;  // hosts in lower case, IPv6 without brackets
};

}  // namespace patchbay::plugin
