// What settings may hold where they name a server: nothing but that server is allowed by it.
#include "plugin/stream_rules.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay::plugin;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Manifest manifest;
  manifest.capabilities = {"streams:/server", "streams:/servers/*/server"};
  const auto settings = nlohmann::json::parse(text, nullptr, false);
  const StreamRules whole(manifest, settings);
  const StreamRules one(manifest, {{"server", text}});
  if (one.servers().size() > 1) std::abort();
  for (const StreamRules* rules : {&whole, &one})
    for (const auto& [host, port] : rules->servers())
      if (host.empty() || port == 0 || port > 65'535 || !rules->allows(host, port)) std::abort();
  return 0;
}
