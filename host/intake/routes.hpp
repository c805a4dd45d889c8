// Which destinations hear of what happens on a channel. A plain value, made once from the settings; any thread.
#pragma once

#include "store/records.hpp"

#include <map>
#include <vector>

namespace patchbay::intake {

enum class Historical : std::uint8_t { leave_out, include };

struct Target {
  store::DestinationId destination{};
  Historical historical = Historical::include;
};

using Routes = std::map<store::ChannelId, std::vector<Target>>;

}  // namespace patchbay::intake
