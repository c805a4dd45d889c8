// Which destinations hear of what happens on a channel. A plain value, made once from the settings; any thread.
#pragma once

#include "store/store.hpp"

#include <map>
#include <vector>

namespace patchbay::intake {

using store::Historical;

struct Target {
  store::DestinationId destination{};
  Historical historical = Historical::include;
};

using Routes = std::map<store::ChannelId, std::vector<Target>>;

}  // namespace patchbay::intake
