// The mailboxes that the settings describe, with what their provider's preset adds. Pure; throws a Failure that names
// every wrong place.
#pragma once

#include "people.hpp"
#include "session.hpp"

#include <patchbay/settings.hpp>

#include <vector>

namespace patchbay::imap {

struct Account {
  Owner owner;
  SessionSettings session;  // without the password
  pb_secret password = 0;
};

[[nodiscard]] std::vector<Account> read_accounts(const Settings& settings);

}  // namespace patchbay::imap
