// What the settings say about reading mail rather than about fetching it: forms, certified mail. Pure; throws a Failure
// that names the wrong place.
#pragma once

#include "people.hpp"

#include <patchbay/settings.hpp>

#include <string>

namespace patchbay::imap {

// `place` is that of the mailbox, "/accounts/info", or empty; what it leaves out holds as it is written for all.
void read_mapping_settings(Owner& owner, const Settings& settings, const std::string& place);

}  // namespace patchbay::imap
