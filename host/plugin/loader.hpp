// Takes an admitted library into this process. Here the plugin's code runs for the first time.
//
// A library stays loaded until the process ends, and with it the function tables. [load]: one thread at a time for one
// library.
#pragma once

#include "base/result.hpp"
#include "plugin/catalog.hpp"
#include "plugin/sealed_file.hpp"

#include <patchbay/abi.h>

#include <optional>

namespace patchbay::plugin {

// A plugin's functions, copied to the sizes known here. What the plugin does not offer is absent.
struct Functions {
  pb_plugin core{};
  std::optional<pb_check> check;
  std::optional<pb_http_endpoint> http_endpoint;
  std::optional<pb_poll> poll;
  std::optional<pb_run> run;
  std::optional<pb_http_client> http_client;
  std::optional<pb_oauth2> oauth2;
  std::optional<pb_stream> stream;
  std::optional<pb_send> send;
  std::optional<pb_replay> replay;
  std::optional<pb_sink> sink;
  std::optional<pb_deliver> deliver;

  // By the extension's id: "patchbay.send/1".
  [[nodiscard]] bool offers(std::string_view extension) const;
};

[[nodiscard]] Result<Functions> load(const Descriptor& library, const Manifest& manifest);

// The checks of load() on a table that is in the process already.
[[nodiscard]] Result<Functions> take_table(const pb_plugin* table, const Manifest& manifest);

}  // namespace patchbay::plugin
