// What is to be done so that a running gateway does what other settings say: the least that leads there.
//
// Pure; any thread.
#pragma once

#include "config/settings.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

struct Renewal {
  std::string name;
  std::string why;  // "its settings have changed"
};

// What is done to the channels, or to the destinations. Names as in the settings, in the order of the file.
struct SectionPlan {
  std::vector<std::string> added, removed;
  std::vector<Renewal> renewed;    // its plugin is started anew
  std::vector<std::string> paced;  // only how a destination is sent to has changed
};

struct Plan {
  SectionPlan channels, destinations;
  bool routes = false;  // or the business's own addresses
  // What cannot be changed while the gateway runs: "listen.public".
  std::vector<std::string> at_next_start;

  [[nodiscard]] bool empty() const;
};

// What is new of the plugin behind a section: "its plugin has changed", or empty.
using PluginNews = std::function<std::string(const config::Section& section)>;

[[nodiscard]] Plan plan_of(const config::Settings& now, const config::Settings& next, const PluginNews& of_channel,
                           const PluginNews& of_destination);

}  // namespace patchbay::gateway
